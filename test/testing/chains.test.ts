import { createTransport } from 'nodemailer';
import { expect } from 'chai';
import type { ClientSettings } from '../../src/clients/library.js';
import { testClient, type ClientResults } from '../../src/testing/test-client.js';
import { isThorough } from '../support/representative.js';

const mailer =
  (rejectUnauthorized: boolean) =>
  async ({ nodemailer, from, to, message }: ClientSettings): Promise<void> => {
    const transport = createTransport({
      ...nodemailer,
      requireTLS: true,
      tls: { ...nodemailer.tls, rejectUnauthorized },
    });
    await transport.sendMail({ envelope: { from, to: [to] }, raw: message });
  };

const statuses = (results: ClientResults): Record<string, string> =>
  Object.fromEntries(results.map(({ id, variant, status }) => [variant ?? id, status]));

const JUDGED = [
  'path-building',
  'validity',
  'name-constraints',
  'extended-key-usage',
  'ca-flag',
  'path-length',
  'key-usage',
  'critical-extension',
  'names',
];

describe('certificate chains through a client', () => {
  const rows = [
    { name: 'a client that accepts everything', accepts: true, then: 'unsafe', tls: 'starttls' },
    { name: 'a client that verifies', accepts: false, then: 'safe', tls: 'implicit' },
  ] as const;
  for (const { name, accepts, then, tls } of rows)
    it(`${name} is ${then} in every family that is judged`, async function () {
      // Ten seconds of a core: not in the default suite.
      if (!isThorough()) this.skip();
      this.timeout(120_000);
      const results = await testClient(mailer(!accepts), { protocol: 'smtp', tls, chains: 'builtin', seed: 'chains' });
      expect(statuses(results)).to.deep.equal({
        control: 'safe',
        ...Object.fromEntries(JUDGED.map((family) => [family, then])),
        // OpenSSL itself refuses the one that is not valid, whatever the client asks of it.
        'leaf-key': 'safe',
        policy: 'not-applicable',
        'signature-hash': then,
      });
      for (const { leaked, status } of results) if (status === 'unsafe') expect(leaked).to.include('trust');
      const { chains = [] } = results.report();
      for (const { family, invalid } of chains.filter(
        (each) => each.invalid !== undefined && each.family !== 'leaf-key',
      ))
        expect(accepts ? invalid?.refused : invalid?.accepted, family).to.equal(0);
    });

  it('says nothing of a client that refuses good chains too', async function () {
    // Making a suite takes seconds of a core: not a second time in the default suite.
    if (!isThorough()) this.skip();
    this.timeout(60_000);
    const results = await testClient(
      async (settings) => {
        await mailer(true)({
          ...settings,
          nodemailer: { ...settings.nodemailer, tls: { ...settings.nodemailer.tls, ca: 'none' } },
        });
      },
      { protocol: 'smtp', tls: 'starttls', chains: 'builtin' },
    );
    for (const { id, status } of results) expect(status, id).to.be.oneOf(['inconclusive', 'not-applicable']);
    const { chains = [] } = results.report();
    expect(chains.length).to.be.greaterThan(5);
  });
});
