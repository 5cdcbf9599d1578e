import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { ProtocolName } from '../../../src/protocols/protocol.js';

/** What a client says, `latin1`, and what in it can be cracked offline. */
export interface Said {
  readonly say: string;
  readonly digest?: string;
}

/** What a client says next, made of the server's last challenge (decoded). */
export type Step = string | ((challenge: string) => Said);

/** One way to say a password. */
export interface Login {
  readonly protocol: ProtocolName;
  readonly name: string;
  readonly steps: (user: string, password: string) => readonly Step[];
  /** No grammar says that a secret stands there: masked in the middle seat, and after a login that said it. */
  readonly isStray?: true;
}

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const percented = (text: string): string => hex(text).replaceAll(/../g, '%$&');
const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
const md5 = (data: string | Buffer): Buffer => createHash('md5').update(data).digest();

interface Sasl {
  readonly start: (mechanism: string, initial?: string) => string;
  readonly answer: (text: string) => string;
}

const SASL: Readonly<Record<'imap' | 'smtp' | 'pop3' | 'managesieve', Sasl>> = {
  imap: {
    start: (mechanism, initial) => `l1 AUTHENTICATE ${mechanism}${initial === undefined ? '' : ` ${initial}`}\r\n`,
    answer: (text) => `${text}\r\n`,
  },
  smtp: {
    start: (mechanism, initial) => `AUTH ${mechanism}${initial === undefined ? '' : ` ${initial}`}\r\n`,
    answer: (text) => `${text}\r\n`,
  },
  pop3: {
    start: (mechanism, initial) => `AUTH ${mechanism}${initial === undefined ? '' : ` ${initial}`}\r\n`,
    answer: (text) => `${text}\r\n`,
  },
  managesieve: {
    start: (mechanism, initial) => `AUTHENTICATE "${mechanism}"${initial === undefined ? '' : ` "${initial}"`}\r\n`,
    answer: (text) => `{${String(text.length)}+}\r\n${text}\r\n`,
  },
};

const cram = (password: string, challenge: string): string =>
  createHmac('md5', Buffer.from(password, 'latin1')).update(challenge).digest('hex');

const digestMd5 = (user: string, password: string, challenge: string): string => {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? 'n';
  const secret = Buffer.concat([md5(Buffer.from(`${user}:h:${password}`, 'latin1')), Buffer.from(`:${nonce}:c`)]);
  const proof = `${md5(secret).toString('hex')}:${nonce}:00000001:c:auth:${md5('AUTHENTICATE:imap/h').toString('hex')}`;
  return md5(proof).toString('hex');
};

const scramProof = (hash: 'sha1' | 'sha256', user: string, password: string, challenge: string): string => {
  const [, salt = 'c2FsdA=='] = /s=([^,]*)/.exec(challenge) ?? [];
  const salted = pbkdf2Sync(
    Buffer.from(password, 'latin1'),
    Buffer.from(salt, 'base64'),
    2,
    hash === 'sha1' ? 20 : 32,
    hash,
  );
  const key = createHmac(hash, salted).update('Client Key').digest();
  const signature = createHmac(hash, createHash(hash).update(key).digest())
    .update(`n=${user},r=c,${challenge},c=biws,r=cs`)
    .digest();
  return Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
};

const saslLogins = (Object.entries(SASL) as [keyof typeof SASL, Sasl][]).flatMap(
  ([protocol, { start, answer }]): Login[] => {
    const row = (name: string, steps: Login['steps']): Login => ({ protocol, name, steps });
    const plain = (user: string, password: string): string => b64(`\0${user}\0${password}`);
    const bearer = (user: string, token: string): string => b64(`user=${user}\x01auth=Bearer ${token}\x01\x01`);
    const derived =
      (digest: (challenge: string) => string, message: (digest: string) => string) =>
      (challenge: string): { say: string; digest: string } => {
        const proof = digest(challenge);
        return { say: answer(b64(message(proof))), digest: proof };
      };
    return [
      row('PLAIN', (u, p) => [start('PLAIN'), answer(plain(u, p))]),
      row('PLAIN at once', (u, p) => [start('PLAIN', plain(u, p))]),
      row('PLAIN, both in one segment', (u, p) => [start('PLAIN') + answer(plain(u, p))]),
      row('PLAIN as another user', (u, p) => [start('PLAIN', b64(`${u}\0${u}\0${p}`))]),
      row('PLAIN, not in base64', (u, p) => [start('PLAIN'), answer(`\0${u}\0${p}`)]),
      row('PLAIN cut off', (u, p) => [start('PLAIN'), answer(plain(u, p)).slice(0, -4)]),
      row('LOGIN', (u, p) => [start('LOGIN'), answer(b64(u)), answer(b64(p))]),
      row('LOGIN with the user at once', (u, p) => [start('LOGIN', b64(u)), answer(b64(p))]),
      row('LOGIN, not in base64', (u, p) => [start('LOGIN'), answer(u), answer(p)]),
      row('XOAUTH2', (u, p) => [start('XOAUTH2', bearer(u, p)), answer('')]),
      row('OAUTHBEARER', (u, p) => [start('OAUTHBEARER'), answer(b64(`n,a=${u},\x01auth=Bearer ${p}\x01\x01`))]),
      row('CRAM-MD5', (u, p) => [
        start('CRAM-MD5'),
        derived(
          (challenge) => cram(p, challenge),
          (digest) => `${u} ${digest}`,
        ),
      ]),
      row('DIGEST-MD5', (u, p) => [
        start('DIGEST-MD5'),
        derived(
          (challenge) => digestMd5(u, p, challenge),
          (digest) =>
            `username="${u}",realm="h",nonce="n",nc=00000001,cnonce="c",digest-uri="imap/h",qop=auth,response=${digest}`,
        ),
      ]),
      ...(['sha1', 'sha256'] as const).map((hash) =>
        row(hash === 'sha1' ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256', (u, p) => [
          start(hash === 'sha1' ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256'),
          answer(b64(`n,,n=${u},r=c`)),
          derived(
            (challenge) => scramProof(hash, u, p, challenge),
            (digest) => `c=biws,r=cs,p=${digest}`,
          ),
        ]),
      ),
      row('NTLM', (_, p) => [start('NTLM'), answer(b64(`NTLMSSP\0${Buffer.from(p, 'utf16le').toString('latin1')}`))]),
      row('a mechanism nobody knows', (u, p) => [start('X-OWN'), answer(b64(p + u))]),
      row('a mechanism nobody knows, at once', (u, p) => [start('X-OWN', b64(`${u}:${p}`))]),
    ];
  },
);

const own: readonly Login[] = [
  { protocol: 'imap', name: 'LOGIN quoted', steps: (u, p) => [`l1 LOGIN ${quoted(u)} ${quoted(p)}\r\n`] },
  { protocol: 'imap', name: 'login in small letters', steps: (u, p) => [`l1 login ${u} ${quoted(p)}\r\n`] },
  { protocol: 'imap', name: 'LOGIN without quotes', steps: (u, p) => [`l1 LOGIN ${u} ${p}\r\n`] },
  { protocol: 'imap', name: 'LOGIN badly quoted', steps: (u, p) => [`l1 LOGIN "${u}" "${p}"\r\n`] },
  { protocol: 'imap', name: 'LOGIN cut off', steps: (u, p) => [`l1 LOGIN ${quoted(u)} ${quoted(p)}`] },
  {
    protocol: 'imap',
    name: 'LOGIN in literals',
    steps: (u, p) => [`l1 LOGIN {${String(u.length)}}\r\n`, `${u} {${String(p.length)}}\r\n`, `${p}\r\n`],
  },
  {
    protocol: 'imap',
    name: 'LOGIN in literals+',
    steps: (u, p) => [`l1 LOGIN {${String(u.length)}+}\r\n${u} {${String(p.length)}+}\r\n${p}\r\n`],
  },
  { protocol: 'pop3', name: 'USER and PASS', steps: (u, p) => [`USER ${u}\r\n`, `PASS ${p}\r\n`] },
  { protocol: 'pop3', name: 'USER and PASS in one segment', steps: (u, p) => [`USER ${u}\r\nPASS ${p}\r\n`] },
  { protocol: 'pop3', name: 'pass in small letters', steps: (u, p) => [`user ${u}\r\n`, `pass ${p}\r\n`] },
  { protocol: 'pop3', name: 'PASS cut off', steps: (u, p) => [`USER ${u}\r\n`, `PASS ${p}`] },
  {
    protocol: 'pop3',
    name: 'APOP',
    steps: (u, p) => [
      (challenge) => {
        const digest = md5(Buffer.from((/<[^>]*>/.exec(challenge)?.[0] ?? '<1@h>') + p, 'latin1')).toString('hex');
        return { say: `APOP ${u} ${digest}\r\n`, digest };
      },
    ],
  },
];

/** Lines that say a password where none is due, `{tag}` aside. */
const STRAY: readonly (readonly [
  name: string,
  protocols: readonly (keyof typeof SASL)[],
  line: (u: string, p: string) => string,
])[] = [
  ['an unknown verb', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `XPASS ${p}`],
  ['an unknown verb, in hexadecimal', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `XPASS ${hex(p)}`],
  ['an unknown verb, percent-coded', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `XPASS ${percented(p)}`],
  ['an unknown verb, in base64', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `XPASS ${b64(p)}`],
  ['NOOP', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `NOOP ${p}`],
  ['NOOP, in hexadecimal', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `NOOP ${hex(p)}`],
  ['NOOP, quoted', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => `NOOP ${quoted(p)}`],
  ['LOGIN of another protocol', ['smtp', 'pop3', 'managesieve'], (u, p) => `LOGIN ${u} ${p}`],
  ['PASS of another protocol', ['smtp', 'imap', 'managesieve'], (_, p) => `PASS ${p}`],
  ['a bare line', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => p],
  ['a bare line, in hexadecimal', ['imap', 'smtp', 'pop3', 'managesieve'], (_, p) => hex(p)],
  ['RSET', ['smtp', 'pop3'], (_, p) => `RSET ${hex(p)}`],
  ['HELP', ['smtp'], (_, p) => `HELP ${p}`],
  ['STAT', ['pop3'], (_, p) => `STAT ${p}`],
  ['CAPA', ['pop3'], (_, p) => `CAPA ${hex(p)}`],
  ['CAPABILITY', ['imap', 'managesieve'], (_, p) => `CAPABILITY ${hex(p)}`],
  ['ENABLE', ['imap'], (_, p) => `ENABLE ${hex(p)}`],
  ['QUIT', ['smtp', 'pop3'], (_, p) => `QUIT ${hex(p)}`],
  ['LOGOUT', ['imap', 'managesieve'], (_, p) => `LOGOUT ${hex(p)}`],
];

const strays = STRAY.flatMap(([name, protocols, line]) =>
  protocols.map((protocol): Login => ({
    protocol,
    name: `after ${name}`,
    steps: (u, p) => [`${protocol === 'imap' ? 's1 ' : ''}${line(u, p)}\r\n`],
    isStray: true,
  })),
);

/** Every way to say a password in every protocol that has logins. */
export const logins: readonly Login[] = [...saslLogins, ...own, ...strays];

/** Said before the first login, and the start of TLS: what clients of a protocol say. */
export const OPENING: Readonly<Record<string, { readonly first: string; readonly upgrade: string }>> = {
  imap: { first: 'o1 CAPABILITY\r\n', upgrade: 'o2 STARTTLS\r\n' },
  smtp: { first: 'EHLO client.example\r\n', upgrade: 'STARTTLS\r\n' },
  pop3: { first: 'CAPA\r\n', upgrade: 'STLS\r\n' },
  managesieve: { first: 'NOOP\r\n', upgrade: 'STARTTLS\r\n' },
};
