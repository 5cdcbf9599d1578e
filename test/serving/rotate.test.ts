import { expect } from 'chai';
import { createTransport } from 'nodemailer';
import { serve, type NamedServeOptions } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';
import { caseId } from '../../src/cases/case.js';
import { until } from '../support/processes.js';

const SCENARIOS = ['starttls-not-offered', 'starttls-hidden'];

describe('Several scenarios on one endpoint', () => {
  const ROWS: readonly (readonly [
    rotate: NonNullable<NamedServeOptions['rotate']>,
    keysBefore: readonly number[],
    played: readonly string[],
  ])[] = [
    ['visit', [], ['control', 'starttls-hidden', 'starttls-not-offered', 'starttls-hidden', 'starttls-not-offered']],
    ['key', [3, 4], ['control', 'starttls-hidden', 'starttls-hidden', 'starttls-not-offered', 'starttls-hidden']],
  ];
  for (const [rotate, keysBefore, played] of ROWS)
    it(`take turns by ${rotate}`, async function () {
      this.timeout(30_000);
      const seen: ServedVerdict[] = [];
      await using server = await serve({
        protocol: 'smtp',
        tls: 'starttls',
        scenario: SCENARIOS,
        rotate,
        onVerdict: (verdict) => seen.push(verdict),
      });
      const [endpoint, ...more] = server.endpoints;
      if (endpoint === undefined) throw new Error('there is no endpoint');
      expect(more).to.deep.equal([]);
      expect(endpoint.turns).to.have.lengthOf(2);
      for (let visit = 0; visit < played.length; visit += 1) {
        if (keysBefore.includes(visit)) server.next();
        await createTransport({
          host: endpoint.host,
          port: endpoint.port,
          auth: { user: endpoint.user, pass: endpoint.password },
          tls: { ca: server.ca },
        })
          .sendMail({ from: endpoint.from, to: endpoint.to, text: 'hello' })
          .catch(() => undefined);
        await until('a verdict', () => seen.length > visit);
      }
      expect(seen.map(({ one }) => caseId(one).split('/')[0])).to.deep.equal(played);
    });
});
