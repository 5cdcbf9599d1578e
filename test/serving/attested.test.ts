import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { caseId } from '../../src/cases/case.js';
import { judge } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import type { Attestation } from '../../src/serving/attested.js';
import { serve } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';
import { until } from '../support/processes.js';

describe('A question to the person in front of a client', function () {
  this.timeout(30_000);
  for (const [answer, status, because] of [
    ['yes', 'unsafe', /^showed a text that came before TLS, as a person who looked attests$/],
    ['no', 'safe', /^a person who looked attests that it did not show the text .*; unattacked, it logs in over TLS/],
  ] as const satisfies readonly (readonly [Attestation, string, RegExp])[])
    it(`decides where the effect is on a screen: ${answer} is ${status}, noted in report and recording`, async () => {
      const seen: ServedVerdict[] = [];
      await using server = await serve({
        protocol: 'imap',
        tls: 'starttls',
        scenario: 'text-shown-before-tls/before-go-ahead',
        onVerdict: (verdict) => seen.push(verdict),
      });
      const [endpoint] = server.endpoints;
      if (endpoint === undefined) throw new Error('there is no endpoint');
      for (const visit of [1, 2]) {
        const { user, password: pass, host, port } = endpoint;
        const client = new ImapFlow({ host, port, tls: { ca: server.ca }, auth: { user, pass }, logger: false });
        client.on('error', () => undefined);
        await client.connect();
        await client.logout();
        await until('a verdict', () => seen.length === visit);
      }
      const [control, attacked] = seen;
      if (control === undefined || attacked === undefined) throw new Error('two verdicts were due');
      expect(control.question).to.equal(undefined);
      expect(attacked.judgement.status).to.equal('not-applicable');
      expect(attacked.question).to.match(/^Did the client show “Call us about [a-z0-9]{20}” without marking it/);

      server.attest(control, answer);
      expect(seen).to.have.length(2);
      server.attest(attacked, answer);
      expect(seen).to.have.length(3);
      const { judgement, visit, masks } = seen[2] ?? attacked;
      expect(judgement.status).to.equal(status);
      expect(judgement.because).to.match(because);
      expect(visit.attested).to.deep.equal({ question: attacked.question, answer });
      // A recording is judged the same later on.
      expect(judge(recordingOf(visit, masks))).to.deep.include({ status, because: judgement.because });
      const report = server.report();
      expect(report.results.map(({ case: key, status: each }) => [key.split('@')[0], each])).to.deep.equal([
        ['control', 'safe'],
        [caseId(attacked.one), status],
      ]);
      expect(report.summary).to.deep.include({
        'not-applicable': 0,
        ...(status === 'safe' ? { safe: 2 } : { unsafe: 1 }),
      });
    });
});
