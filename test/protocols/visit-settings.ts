import type { Account, Command, ServerSettings } from '../../src/protocols/protocol.js';

export const account: Account = { user: 'ucanary', password: 'pcanary', token: 'tcanary' };

/** A mail that dot-stuffing could harm. */
export const message = Buffer.from(
  'Subject: scanary\r\nFrom: a@lab.test\r\n\r\nbcanary\r\n.one\r\n..two\r\n.\r\nend\r\n',
);

export const ALL_LOGINS: readonly string[] = ['USER/PASS', 'APOP', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'];

/** Settings of an honest server that offers STARTTLS outside, all logins inside. */
export const settingsWith = (change: Partial<ServerSettings> = {}): ServerSettings => ({
  account,
  hostname: 'mail.lab.test',
  message,
  outside: { upgrade: true, logins: [], loginDisabled: false, extensions: [] },
  inside: { upgrade: false, logins: ALL_LOGINS, loginDisabled: false, extensions: [] },
  acceptsLoginOutside: false,
  relay: false,
  nonce: 'ncanary',
  ...change,
});

/** A login outside TLS is offered and accepted, as a stripping scenario has it. */
export const weakSettings = settingsWith({
  outside: { upgrade: true, logins: ALL_LOGINS, loginDisabled: false, extensions: [] },
  acceptsLoginOutside: true,
});

/** What the secret spans of a unit cover, by class. */
export const secretsOf = ({ raw, secrets }: Pick<Command, 'raw' | 'secrets'>): string[] =>
  secrets.map(({ start, end, class: kind }) => `${kind}=${raw.toString('latin1', start, end)}`);
