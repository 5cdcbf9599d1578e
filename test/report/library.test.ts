import { Ajv } from 'ajv';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { audit, judgeReport, proxy, renderReport, serve, testClient, type Report } from '../../src/index.js';
import type { ServedVerdict } from '../../src/index.js';
import checks from '../../src/checks/index.js';
import formats from '../../src/report/formats/index.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const UNUSED = { case: 'no-such-case', status: 'unsafe', reason: 'r' } as const;

const ofTest = async (): Promise<Report> => {
  const results = await testClient(
    async ({ nodemailer, from, to, message }) => {
      const transport = createTransport({ ...nodemailer });
      await transport.sendMail({ envelope: { from, to }, raw: message }).finally(() => transport.close());
    },
    { protocol: 'smtp', tls: 'starttls', scenario: 'starttls-not-offered' },
  );
  expect(JSON.parse(JSON.stringify(results))).to.be.an('array');
  return results.report();
};

const ofServe = async (): Promise<Report> => {
  let seen: (verdict: ServedVerdict) => void = () => undefined;
  const verdict = new Promise<ServedVerdict>((resolve) => {
    seen = resolve;
  });
  await using server = await serve({
    protocol: 'smtp',
    tls: 'starttls',
    known: [{ case: 'control', status: 'unsafe', reason: 'told the vendor' }],
    onVerdict: seen,
  });
  const [endpoint] = server.endpoints;
  const transport = createTransport({ host: 'localhost', port: endpoint?.port ?? 0, tls: { ca: server.ca } });
  await transport.verify().catch(() => undefined);
  transport.close();
  await verdict;
  return server.report();
};

const ofProxy = async (): Promise<Report> => {
  await using server = await toyServer('submission');
  await using running = await proxy({ target: `submission://127.0.0.1:${String(server.port)}` });
  return running.report();
};

const ofAudit = async (): Promise<Report> => {
  await using server = await toyServer('imaps');
  const { pem } = await toyAuthority();
  const session = await audit([`imaps://localhost:${String(server.port)}`], {
    family: 4,
    authorities: [pem],
    checks: checks.filter(({ id }) => id === 'certificate-untrusted'),
    known: [{ case: 'certificate-untrusted', status: 'fail', reason: 'new certificate is ordered' }],
  });
  return session.report();
};

const ofJudge = (): Promise<Report> =>
  Promise.resolve(
    judgeReport(
      [
        ['curl.json', read('fixtures/recordings/curl-tries-imap.json')],
        ['none.json', '{'],
      ],
      { known: [UNUSED] },
    ).report,
  );

const makers: readonly (readonly [what: string, make: () => Promise<Report>, expected: Partial<Report>])[] = [
  ['testClient', ofTest, { kind: 'test', place: 'loopback', selfTest: 'skipped' }],
  ['serve', ofServe, { kind: 'test', place: 'loopback' }],
  ['proxy', ofProxy, { kind: 'proxy' }],
  ['audit', ofAudit, { kind: 'audit' }],
  ['judgeReport', ofJudge, { kind: 'test' }],
];

describe('the report document from the library', () => {
  const valid = new Ajv({ allErrors: true, strict: false }).compile(
    JSON.parse(read('docs/reference/report.schema.json')) as object,
  );

  for (const [what, make, expected] of makers) {
    it(`${what} gives it, valid, counted, and ready for every format`, async () => {
      const report = await make();
      expect(valid(JSON.parse(JSON.stringify(report))), JSON.stringify(valid.errors)).to.be.true;
      expect(report).to.deep.include(expected);
      expect(report.tool.version).to.match(/^\d/);
      const total = Object.values(report.summary).reduce((sum, count) => sum + count, 0);
      expect(total).to.equal(report.results.length);
      for (const { id } of formats) expect(renderReport(report, id)).to.match(/\n$/);
    });
  }

  it('known results are applied by whoever makes it', async () => {
    const [ofOne] = (await ofAudit()).results;
    expect(ofOne).to.deep.include({ status: 'pass' });
    expect(ofOne?.known?.state).to.equal('unexpectedly-good');
  });

  it('what cannot be judged is a fault, and the rest is judged', async () => {
    const report = await ofJudge();
    expect(report.results.map(({ status }) => status)).to.deep.equal(['unsafe']);
    expect(report.faults?.[0]).to.include('none.json');
    expect(report.diagnosis, 'an entry that matched nothing, of recordings that were chosen').to.equal(undefined);
  });
});
