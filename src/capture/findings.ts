import type { Severity } from '../verdict/visit.js';

/** What can be found in a capture. */
export type FindingId =
  | 'secrets-in-clear'
  | 'starttls-not-taken'
  | 'starttls-refused'
  | 'starttls-stripped'
  | 'text-before-tls'
  | 'greeting-inside-tls'
  | 'tls-downgraded'
  | 'tls-weak'
  | 'certificate-wrong'
  | 'tls-intercepted'
  | 'changed-on-path';

/** One kind of finding, as reports and `explain` tell it. */
export interface Finding {
  readonly id: FindingId;
  /** What should be true. */
  readonly title: string;
  readonly why: string;
  /** What usually mends it. */
  readonly remedy: string;
  /** It is about what is between client and server, and needs captures of both sides. */
  readonly isOnPath?: true;
  readonly references: readonly string[];
  readonly cve: readonly string[];
  readonly cwe: readonly string[];
  /** At most. */
  readonly severity: Severity;
}

/** Everything that `waxseal judge` looks for in a capture. */
export const FINDINGS: readonly Finding[] = [
  {
    id: 'secrets-in-clear',
    title: 'No login and no mail is sent in clear',
    why: 'The capture shows it, and everybody else on the path can read it too.',
    remedy:
      'Client: require TLS (see the cause denied) and change the password that was seen. Server: refuse logins before TLS, and offer none there.',
    references: ['RFC 8314 §4.1', 'RFC 4954 §4', 'RFC 9051 §11.1'],
    cve: [],
    cwe: ['CWE-319', 'CWE-523'],
    severity: 'critical',
  },
  {
    id: 'starttls-not-taken',
    title: 'A client that is offered STARTTLS takes it',
    why: 'The server offered encryption; the client logged in or sent mail without it.',
    remedy:
      'Switch STARTTLS on in the client, or use the port with implicit TLS; on the server, refuse logins and mail before TLS.',
    references: ['RFC 3207 §4', 'RFC 9051 §6.2.1', 'RFC 2595 §4'],
    cve: [],
    cwe: ['CWE-319'],
    severity: 'critical',
  },
  {
    id: 'starttls-refused',
    title: 'A client whose STARTTLS is refused sends nothing more in clear',
    why: 'An attacker on the path answers STARTTLS with an error; a client that goes on gives its secrets away.',
    remedy:
      'Make TLS mandatory in the client instead of “if available”; find out what refuses: the server, or something on the path (capture at the server too, --other-side).',
    references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
    cve: [],
    cwe: ['CWE-757', 'CWE-319'],
    severity: 'critical',
  },
  {
    id: 'starttls-stripped',
    isOnPath: true,
    title: 'The offer of STARTTLS reaches the client, and its STARTTLS the server',
    why: 'The captures of both sides differ: somebody between them removed encryption.',
    remedy:
      'Look for the device between both points of capture (a firewall that inspects SMTP, a proxy); require TLS in clients, use implicit TLS; between servers, publish MTA-STS or DANE.',
    references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
    cve: [],
    cwe: ['CWE-757'],
    severity: 'critical',
  },
  {
    id: 'text-before-tls',
    title: 'Nothing comes in clear between the go-ahead and TLS',
    why: 'Text that an attacker adds there is taken for encrypted by peers that do not empty their buffers.',
    remedy:
      'Update both sides: they must empty their buffers when TLS starts. Where the text comes from neither of them, look for a device on the path that adds it.',
    references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1'],
    cve: ['CVE-2011-0411', 'CVE-2021-38371', 'CVE-2021-33515'],
    cwe: ['CWE-77', 'CWE-349'],
    severity: 'high',
  },
  {
    id: 'greeting-inside-tls',
    title: 'After STARTTLS the server waits for the client to speak',
    why: 'A greeting inside TLS shows that somebody connected the client’s TLS to another port of the server.',
    remedy:
      'Update the client: after STARTTLS it must read nothing before its first command. Look for what connected it to another port.',
    references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1'],
    cve: ['CVE-2021-39272'],
    cwe: ['CWE-924'],
    severity: 'high',
  },
  {
    id: 'tls-downgraded',
    title: 'Both sides agree on the best version of TLS that they know',
    why: 'An attacker breaks handshakes until client and server use an older version, which has known weaknesses.',
    remedy: 'Switch the fallback to older versions off in the client, and allow TLS 1.2 and 1.3 only on both sides.',
    references: ['RFC 8446 §4.1.3', 'RFC 7507 §4'],
    cve: [],
    cwe: ['CWE-757'],
    severity: 'high',
  },
  {
    id: 'tls-weak',
    title: 'TLS is 1.2 or newer, with a suite that encrypts and authenticates',
    why: 'What is encrypted with an old version or a broken suite can be read or changed.',
    remedy: 'Allow TLS 1.2 and newer only, with suites that are recommended today (waxseal audit tells the server’s).',
    references: ['RFC 8996', 'RFC 9325 §3.1.1', 'RFC 9325 §4.1'],
    cve: [],
    cwe: ['CWE-327'],
    severity: 'high',
  },
  {
    id: 'certificate-wrong',
    title: 'A client ends a connection whose certificate is wrong',
    why: 'A client that goes on may be talking to an attacker in the server’s place.',
    remedy:
      'Client: verify the certificate and the name, and end the connection where they are wrong. Server: install a certificate that is valid for its name.',
    references: ['RFC 8314 §4.3', 'RFC 9525 §6'],
    cve: [],
    cwe: ['CWE-295'],
    severity: 'critical',
  },
  {
    id: 'tls-intercepted',
    isOnPath: true,
    title: 'The TLS that the client begins is the TLS that the server sees',
    why: 'The two sides have different TLS sessions: somebody between them reads everything.',
    remedy:
      'Find out what ends TLS between both points of capture. Where it is meant (a load balancer, an inspecting proxy), capture behind it; else change the passwords that passed.',
    references: ['RFC 8446 §1'],
    cve: [],
    cwe: ['CWE-300'],
    severity: 'critical',
  },
  {
    id: 'changed-on-path',
    isOnPath: true,
    title: 'What is said in clear reaches the other side unchanged',
    why: 'The captures of both sides differ: somebody between them changes what is said.',
    remedy:
      'Compare both captures at the byte that is named, and look for the device between them that rewrites mail protocols.',
    references: ['RFC 3207 §6'],
    cve: [],
    cwe: ['CWE-300'],
    severity: 'high',
  },
];

/** The finding with this id. */
export const findingOf = (id: FindingId): Finding => {
  const found = FINDINGS.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no finding ${id}`);
  return found;
};
