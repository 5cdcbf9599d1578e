import type { ProtocolName } from '../protocols/protocol.js';

/** What came before on a connection. */
export type State = 'asked' | 'refusal' | 'go-ahead';

/** Something that a sensor can see in the packets of mail connections. */
export interface Detection {
  /** Stable; `sid` is counted from it. */
  readonly number: number;
  readonly id: string;
  readonly protocol: ProtocolName;
  /** What was seen, in a few words. */
  readonly message: string;
  /** What it means, and what it does not. */
  readonly means: string;
  readonly from: 'client' | 'server';
  /** At the beginning of a segment, ignoring case; the syntax that PCRE and Zeek have in common. */
  readonly pattern: string;
  /**
   * Only where this came before on the connection: the upgrade was asked for, or refused, or the go-ahead was given and no TLS came
   * since.
   */
  readonly after?: State;
  /** What the pattern sets for others, and does not report by itself. */
  readonly marks?: State;
  /** Scenarios that make careless clients show it. */
  readonly scenarios: readonly string[];
  readonly severity: 'high' | 'medium';
}

const STRIPPED = ['starttls-not-offered', 'starttls-refused'];

const login = (number: number, protocol: ProtocolName, id: string, pattern: string, message: string): Detection => ({
  number,
  id,
  protocol,
  message,
  means:
    'A password was sent without encryption. Whether TLS was hidden, refused or not asked for shows in what came before.',
  from: 'client',
  pattern,
  scenarios: STRIPPED,
  severity: 'high',
});

const asked = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  number,
  id: `${protocol}-starttls`,
  protocol,
  message: 'TLS asked for',
  means: MARK,
  from: 'client',
  pattern,
  marks: 'asked',
  scenarios: [],
  severity: 'medium',
});

const MARK = 'Needed by other rules; reports nothing.';

const goAhead = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  number,
  id: `${protocol}-go-ahead`,
  protocol,
  message: 'go-ahead for TLS',
  means: MARK,
  from: 'server',
  pattern,
  after: 'asked',
  marks: 'go-ahead',
  scenarios: [],
  severity: 'medium',
});

const refusal = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  ...goAhead(number, protocol, pattern),
  id: `${protocol}-refusal`,
  message: 'TLS refused',
  marks: 'refusal',
});

const wentOn = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  number,
  id: `${protocol}-clear-after-refusal`,
  protocol,
  message: 'login or mail in clear after STARTTLS was refused',
  means: 'A client goes on without encryption when it is denied: what an attacker on the path makes it do.',
  from: 'client',
  pattern,
  after: 'refusal',
  scenarios: ['starttls-refused'],
  severity: 'high',
});

const noTls = (number: number, protocol: ProtocolName): Detection => ({
  number,
  id: `${protocol}-clear-after-go-ahead`,
  protocol,
  message: 'text in clear after the go-ahead, in place of TLS',
  means:
    'Commands that somebody added between STARTTLS and TLS, or a client that goes on in clear where TLS is due. A session that was upgraded does not match: its records are no text.',
  from: 'client',
  pattern: '[A-Za-z0-9][A-Za-z0-9 .:@<>=/+-]*[\\r\\n]',
  after: 'go-ahead',
  scenarios: ['starttls-accepted-without-tls'],
  severity: 'high',
});

const pipelined = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  number,
  id: `${protocol}-text-behind-starttls`,
  protocol,
  message: 'text behind STARTTLS in one segment',
  means: 'Commands that a server which keeps them runs inside TLS (CVE-2011-0411).',
  from: 'client',
  pattern,
  scenarios: [],
  severity: 'medium',
});

const injected = (number: number, protocol: ProtocolName, pattern: string): Detection => ({
  number,
  id: `${protocol}-text-behind-go-ahead`,
  protocol,
  message: 'a second reply behind the go-ahead in one segment',
  means: 'Replies that a client which keeps them believes inside TLS (CVE-2021-38371, CVE-2021-33515).',
  from: 'server',
  pattern,
  after: 'asked',
  scenarios: ['starttls-response-injection'],
  severity: 'high',
});

const TAG = '[A-Za-z0-9.]+ ';

/** Everything that rules are written for. A number is never used again. */
export const DETECTIONS: readonly Detection[] = [
  asked(10, 'smtp', 'STARTTLS'),
  goAhead(1, 'smtp', '220 '),
  refusal(2, 'smtp', '(4|5)[0-9][0-9] '),
  login(3, 'smtp', 'smtp-auth-plain', 'AUTH +PLAIN +[A-Za-z0-9+/=]{4}', 'AUTH PLAIN in clear'),
  login(4, 'smtp', 'smtp-auth-login', 'AUTH +LOGIN', 'AUTH LOGIN in clear'),
  login(5, 'smtp', 'smtp-auth-token', 'AUTH +(XOAUTH2|OAUTHBEARER) +[A-Za-z0-9+/=]{4}', 'token in clear'),
  wentOn(6, 'smtp', '(AUTH |MAIL FROM:)'),
  noTls(7, 'smtp'),
  pipelined(8, 'smtp', 'STARTTLS\\r\\n[A-Za-z]'),
  injected(9, 'smtp', '220[ -][^\\r\\n]*\\r\\n[0-9]'),
  asked(30, 'imap', `${TAG}STARTTLS`),
  goAhead(21, 'imap', `${TAG}OK `),
  refusal(22, 'imap', `${TAG}(NO|BAD) `),
  login(23, 'imap', 'imap-login', `${TAG}LOGIN `, 'LOGIN in clear'),
  login(
    24,
    'imap',
    'imap-authenticate-plain',
    `${TAG}AUTHENTICATE +(PLAIN|LOGIN)`,
    'AUTHENTICATE PLAIN or LOGIN in clear',
  ),
  login(25, 'imap', 'imap-authenticate-token', `${TAG}AUTHENTICATE +(XOAUTH2|OAUTHBEARER)`, 'token in clear'),
  wentOn(26, 'imap', `${TAG}(LOGIN|AUTHENTICATE|SELECT|APPEND) `),
  noTls(27, 'imap'),
  pipelined(28, 'imap', `${TAG}STARTTLS\\r\\n[A-Za-z0-9]`),
  injected(29, 'imap', `${TAG}OK [^\\r\\n]*\\r\\n[A-Za-z0-9*]`),
  asked(50, 'pop3', 'STLS'),
  goAhead(41, 'pop3', '\\+OK'),
  refusal(42, 'pop3', '-ERR'),
  login(43, 'pop3', 'pop3-pass', 'PASS ', 'PASS in clear'),
  login(44, 'pop3', 'pop3-auth-plain', 'AUTH +(PLAIN|LOGIN)', 'AUTH PLAIN or LOGIN in clear'),
  wentOn(46, 'pop3', '(USER|PASS|APOP|AUTH) '),
  noTls(47, 'pop3'),
  pipelined(48, 'pop3', 'STLS\\r\\n[A-Za-z]'),
  injected(49, 'pop3', '\\+OK[^\\r\\n]*\\r\\n[+-]'),
  asked(70, 'managesieve', 'STARTTLS'),
  goAhead(61, 'managesieve', 'OK'),
  refusal(62, 'managesieve', 'NO'),
  login(
    63,
    'managesieve',
    'managesieve-authenticate-plain',
    'AUTHENTICATE +"(PLAIN|LOGIN)"',
    'AUTHENTICATE PLAIN or LOGIN in clear',
  ),
  wentOn(66, 'managesieve', '(AUTHENTICATE|PUTSCRIPT) '),
  noTls(67, 'managesieve'),
  pipelined(68, 'managesieve', 'STARTTLS\\r\\n[A-Za-z]'),
  injected(69, 'managesieve', 'OK[^\\r\\n]*\\r\\n["A-Z]'),
];
