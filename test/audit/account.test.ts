import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import { withoutPassword } from '../../src/audit/password-mask.js';
import check from '../../src/checks/login-kept-over-upgrade.js';
import { accountLogin } from '../../src/probes/account-login.js';
import type { ProbeContext } from '../../src/probes/probe.js';
import { TOY_ACCOUNT, toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import type { PortRole } from '../../src/protocols/protocol.js';

const PASSWORD = 'a password with blanks';

const audited = async (role: PortRole, flaw: 'keeps' | 'accepts' | undefined, password: string) => {
  await using server = await toyServer(role, {
    settings: (honest) => ({
      ...honest,
      account: { ...honest.account, user: TOY_ACCOUNT.user, password: PASSWORD },
      ...(flaw !== undefined && { acceptsLoginOutside: true, outside: { ...honest.inside, upgrade: true } }),
      ...(flaw === 'keeps' && { keepsLogin: true }),
    }),
  });
  const session = await audit([`${role}://localhost:${String(server.port)}`], {
    checks: [check],
    family: 4,
    authorities: [(await toyAuthority()).pem],
    account: { user: TOY_ACCOUNT.user, password },
    patience: { hint: 50, greeting: 4000, quiet: 40 },
  });
  const [result] = session.results;
  return { result, text: JSON.stringify(session.report()) };
};

describe('an audit with an account', () => {
  for (const role of ['submission', 'imap', 'pop3', 'sieve'] as const) {
    it(`${role}: finds a login that is kept over STARTTLS, and tells no password`, async () => {
      const { result, text } = await audited(role, 'keeps', PASSWORD);
      expect(`${String(result?.status)}: ${String(result?.because)}`).to.equal(
        'fail: inside TLS the server still accepts the login from before TLS',
      );
      // The evidence shows that something was masked at all.
      expect(text).to.include('xxxxxxxx');
      for (const secret of [
        PASSWORD,
        'with blanks',
        Buffer.from(`\0${TOY_ACCOUNT.user}\0${PASSWORD}`).toString('base64').replace(/=+$/, ''),
      ])
        expect(text).to.not.include(secret);
    });

    it(`${role}: passes where STARTTLS after a login is refused, or forgets it`, async () => {
      const { result } = await audited(role, 'accepts', PASSWORD);
      expect(result?.status, result?.because).to.equal('pass');
    });
  }

  it('says that the account is refused', async () => {
    const { result } = await audited('imap', 'keeps', 'another password');
    expect(result?.because).to.match(/^the login with --account failed: .*are name and password right\?$/);
  });

  it('sends no password where no login is accepted before TLS', async () => {
    const { result } = await audited('imap', undefined, PASSWORD);
    expect(result?.status).to.equal('not-applicable');
  });

  it('sends no password in clear to a server that is far away, unless told to', async () => {
    const context = {
      account: { user: 'alice', password: PASSWORD, inClear: false },
      facts: () => Promise.resolve({ tried: true, outcome: 'challenged', mechanism: 'PLAIN' }),
      dial: () => Promise.reject(new Error('it dialled')),
    } as unknown as ProbeContext;
    expect(await accountLogin.run(context)).to.deep.include({ tried: false, why: 'left-out' });
  });

  it('masks a password wherever it stands', () => {
    const account = { user: 'alice', password: 'hunter2' };
    const value = { a: ['LOGIN alice hunter2'], b: { c: Buffer.from('\0alice\0hunter2').toString('base64') }, d: 7 };
    expect(withoutPassword(value, account)).to.deep.equal({
      a: ['LOGIN alice xxxxxxx'],
      b: { c: 'xxxxxxxxxxxxxxxxxxx=' },
      d: 7,
    });
  });
});
