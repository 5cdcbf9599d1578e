import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { TOY_ACCOUNT, toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { requireReal } from '../support/real.js';
import { waxseal } from './run-cli.js';

const ROWS: readonly (readonly [preset: 'python' | 'curl', role: PortRole, scheme: string, setUp: string])[] = [
  ['python', 'imap', 'imap', 'imap starttls'],
  ['python', 'pop3s', 'pop3s', 'pop3 implicit'],
  ['python', 'submission', 'submission', 'smtp starttls'],
  ['curl', 'imaps', 'imaps', 'imap implicit'],
];

// Row A21 of the verdicts that were wrong: POP3 and SMTP were spoken to an IMAP server.
describe('a preset in front of a real server', function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'preset-through-'));
    writeFileSync(join(folder, 'ca.pem'), (await toyAuthority()).pem);
    writeFileSync(join(folder, 'account'), `${TOY_ACCOUNT.user}\n${TOY_ACCOUNT.password}\n`, { mode: 0o600 });
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [preset, role, scheme, setUp] of ROWS) {
    it(`--preset ${preset} --through ${scheme}://… speaks what the server speaks`, async function () {
      requireReal(this, preset === 'python' ? 'python3' : 'curl');
      await using server = await toyServer(role);
      const { code, stdout, stderr } = await waxseal(
        ...['test', '--preset', preset, '--through', `${scheme}://127.0.0.1:${String(server.port)}`],
        ...['--account', join(folder, 'account'), '--ca', join(folder, 'ca.pem')],
        ...['--scenario', 'certificate-fault/self-signed', '--format', 'json', '--no-self-test'],
      );
      const { results } = JSON.parse(stdout) as Report;
      expect([...new Set(results.map(({ protocol, tls }) => `${protocol} ${tls}`))]).to.deep.equal([setUp]);
      expect(
        results.map(({ id, status, because }) => `${id} ${status} ${status === 'safe' ? '' : because}`),
      ).to.deep.equal(['control safe ', 'certificate-fault safe ']);
      expect(code, stderr).to.equal(0);
    });
  }

  it('--protocol that the server does not speak is a usage error', async () => {
    const { code, stderr } = await waxseal(
      ...['test', '--preset', 'python', '--protocol', 'smtp', '--through', 'imap://127.0.0.1:1'],
    );
    expect(code).to.equal(2);
    expect(stderr).to.match(/imap/);
  });

  it('a preset without a configuration for the server’s protocol is a usage error', async () => {
    const { code, stderr } = await waxseal('test', '--preset', 'msmtp', '--through', 'pop3://127.0.0.1:1');
    expect(code).to.equal(2);
    expect(stderr).to.match(/msmtp has no configuration for pop3/);
  });
});
