import { expect } from 'chai';
import { needs } from '../support/installed.js';
import { waxseal } from '../cli/run-cli.js';

/** What a real client makes of the bad chains of one family; checked with the library's own tool and on the wire. */
interface Row {
  readonly client: string;
  readonly chains: string;
  readonly invalid: { readonly accepted: number; readonly refused: number };
}

// GnuTLS leaves the purpose of a server's certificate to the program, which must ask for it; msmtp does not.
const ROWS: readonly Row[] = [
  { client: 'curl', chains: 'extended-key-usage/leaf-*-1', invalid: { accepted: 0, refused: 8 } },
  { client: 'curl', chains: 'ca-flag/*', invalid: { accepted: 0, refused: 18 } },
  { client: 'msmtp', chains: 'extended-key-usage/leaf-*-1', invalid: { accepted: 8, refused: 0 } },
  { client: 'msmtp', chains: 'ca-flag/*', invalid: { accepted: 0, refused: 18 } },
];

interface Report {
  readonly chains: readonly { readonly family: string; readonly invalid?: Row['invalid'] }[];
}

describe('certificate chains through real clients', function () {
  this.timeout(60_000);
  for (const { client, chains, invalid } of ROWS)
    it(`${client}, ${chains}: accepts ${String(invalid.accepted)} bad ones`, async function () {
      needs(this, client);
      const { stdout, stderr } = await waxseal(
        ...['test', '--protocol', 'smtp', '--tls', 'starttls', '--no-self-test', '--format', 'json'],
        ...['--chains', 'builtin', '--chain', chains, '--preset', client],
      );
      expect(stdout, stderr).to.not.equal('');
      const [family] = (JSON.parse(stdout) as Report).chains;
      expect(family?.invalid).to.deep.equal(invalid);
    });
});
