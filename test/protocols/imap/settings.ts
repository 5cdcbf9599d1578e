import type { Offer, ServerSettings } from '../../../src/protocols/protocol.js';

export const ACCOUNT = {
  user: 'kalmarwoodpigeon0001',
  password: 'p7q8r9s0t1u2v3w4x5y6',
  token: 'tokenabcdefghijklmno',
};

export const EXTENSIONS = [
  'IMAP4rev1',
  'SASL-IR',
  'LITERAL+',
  'ID',
  'ENABLE',
  'IDLE',
  'NAMESPACE',
  'UIDPLUS',
  'MOVE',
  'UNSELECT',
  'CHILDREN',
  'SPECIAL-USE',
];

const OUTSIDE: Offer = { upgrade: true, logins: [], loginDisabled: true, extensions: EXTENSIONS };

const INSIDE: Offer = {
  upgrade: false,
  logins: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'LOGIN command'],
  loginDisabled: false,
  extensions: EXTENSIONS,
};

export const MESSAGE = Buffer.from(
  [
    'From: "Curlew, Anna" <anna@lab.test>',
    'To: bert@lab.test, "Carl" <carl@lab.test>',
    'Subject: Greetings,',
    ' folded',
    'Date: Tue, 3 Feb 2026 10:00:00 +0100',
    'Message-ID: <canarymessageid00001@lab.test>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="xx"',
    '',
    'preamble',
    '--xx',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'canarybody0000000001',
    '--xx',
    'Content-Type: message/rfc822',
    '',
    'Subject: inner',
    '',
    'inner body',
    '--xx--',
    '',
  ].join('\r\n'),
);

/** Settings of a server that is correct; `change` overrides. */
export const settings = (change: Partial<ServerSettings> = {}): ServerSettings => ({
  account: ACCOUNT,
  hostname: 'mail.lab.test',
  message: MESSAGE,
  outside: OUTSIDE,
  inside: INSIDE,
  acceptsLoginOutside: false,
  relay: false,
  nonce: 'nonce0001',
  ...change,
});

/** Settings under which everything works outside TLS too. */
export const openSettings = (): ServerSettings =>
  settings({ outside: { ...INSIDE, upgrade: true }, acceptsLoginOutside: true });
