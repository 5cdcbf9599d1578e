import { expect } from 'chai';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import checks from '../../src/checks/index.js';
import { audit } from '../../src/audit/audit.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { rawServer } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

type Answer = (line: string, inside: boolean, isAcquainted: boolean) => string;

interface Behaviour {
  readonly greeting: string;
  readonly answer: Answer;
  /** Keeps whole lines that came with STARTTLS; discarded unless told. */
  readonly keepsLines?: true;
  /** Said unasked inside TLS. */
  readonly announces?: string;
  /** Milliseconds before each reply. */
  readonly slow?: number;
}

const isUpgrade = (line: string): boolean => /^(?:\S+ )?(?:STARTTLS|STLS)\b/i.test(line);
const isGoAhead = (reply: string): boolean => /^(?:220|\+OK|OK|\S+ OK) go/.test(reply);

/** Plays a server that starts TLS in place; line by line, slowly where told. */
const upgrading =
  (
    { greeting, answer, keepsLines, announces, slow = 0 }: Behaviour,
    credential: { readonly keyPem: string; readonly certPem: string },
  ) =>
  (plain: Socket): void => {
    let socket = plain;
    let inside = false;
    let isAcquainted = false;
    let pending = '';
    let work = Promise.resolve();
    const turn = async (): Promise<void> => {
      const end = pending.indexOf('\n');
      if (end === -1) return;
      const line = pending.slice(0, end).trimEnd();
      pending = pending.slice(end + 1);
      if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
      const reply = answer(line, inside, isAcquainted);
      isAcquainted ||= line.toUpperCase().startsWith('EHLO');
      if (socket.destroyed) return;
      socket.write(reply, 'latin1');
      if (!inside && isUpgrade(line) && isGoAhead(reply)) {
        inside = true;
        pending = keepsLines === true ? pending.slice(0, pending.lastIndexOf('\n') + 1) : '';
        plain.removeAllListeners('data');
        socket = new TLSSocket(plain, { isServer: true, key: credential.keyPem, cert: credential.certPem });
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.once('secure', resolve));
        socket.on('data', hear);
        if (announces !== undefined) socket.write(announces, 'latin1');
      }
      if (/^(?:\S+ )?(?:QUIT|LOGOUT)$/i.test(line)) socket.end();
      await turn();
    };
    const hear = (bytes: Buffer): void => {
      pending += bytes.toString('latin1');
      work = work.then(turn);
    };
    plain.write(greeting, 'latin1');
    plain.on('data', hear);
  };

const smtp =
  (own: Partial<Record<string, string | ((inside: boolean) => string)>> = {}): Answer =>
  (line, inside) => {
    const verb = line.split(' ')[0]?.toUpperCase() ?? '';
    const said = own[line.toUpperCase()] ?? own[verb];
    if (said !== undefined) return typeof said === 'string' ? said : said(inside);
    const usual: Partial<Record<string, string>> = {
      EHLO: inside ? '250-mail\r\n250 AUTH PLAIN LOGIN\r\n' : '250-mail\r\n250 STARTTLS\r\n',
      STARTTLS: inside ? '503 5.5.1 no\r\n' : '220 go\r\n',
      NOOP: '250 ok\r\n',
      RSET: '250 ok\r\n',
      QUIT: '221 bye\r\n',
    };
    return usual[verb] ?? '502 5.5.1 what?\r\n';
  };

const imap =
  (outside: string, login: string): Answer =>
  (line, inside) => {
    const [tag = '*', verb = ''] = line.split(' ');
    switch (verb.toUpperCase()) {
      case 'CAPABILITY':
        return `* CAPABILITY IMAP4rev1 ${inside ? 'AUTH=PLAIN' : outside}\r\n${tag} OK done\r\n`;
      case 'STARTTLS':
        return inside ? `${tag} BAD no\r\n` : `${tag} OK go\r\n`;
      case 'LOGIN':
        return `${tag} ${login}\r\n`;
      case 'AUTHENTICATE':
        return `${tag} NO unsupported\r\n`;
      case 'NOOP':
        return `${tag} OK done\r\n`;
      case 'LOGOUT':
        return `* BYE\r\n${tag} OK\r\n`;
      default:
        return `${tag} BAD what\r\n`;
    }
  };

const pop3 =
  (outside: string, inside_: string, accepted: RegExp): Answer =>
  (line, inside) => {
    const verb = line.split(' ')[0]?.toUpperCase() ?? '';
    if (verb === 'CAPA') return `+OK\r\n${inside ? inside_ : `STLS\r\n${outside}`}.\r\n`;
    if (verb === 'STLS') return inside ? '-ERR no\r\n' : '+OK go\r\n';
    if (verb === 'QUIT') return '+OK\r\n';
    return !inside && accepted.test(line) ? (verb === 'AUTH' ? '+ \r\n' : '+OK\r\n') : '-ERR no\r\n';
  };

const sieveList = (inside: boolean): string =>
  `"IMPLEMENTATION" "old"\r\n"SASL" "${inside ? 'PLAIN' : ''}"\r\n"SIEVE" "fileinto"\r\n${inside ? '' : '"STARTTLS"\r\n'}OK\r\n`;

/** ManageSieve from before RFC 5804, which has no NOOP. */
const oldSieve: Answer = (line, inside) => {
  switch (line.split(' ')[0]?.toUpperCase()) {
    case 'CAPABILITY':
      return sieveList(inside);
    case 'STARTTLS':
      return inside || line.includes(' ') ? 'NO\r\n' : 'OK go\r\n';
    case 'LOGOUT':
      return 'OK\r\n';
    default:
      return 'NO\r\n';
  }
};

describe('audit of servers with ways of their own', () => {
  const it = sideBySide();
  const rows: readonly (readonly [
    title: string,
    scheme: string,
    behaviour: Behaviour,
    expected: Readonly<Record<string, string>>,
  ])[] = [
    [
      'slow and vulnerable: replies come later than silence is listened for',
      'smtp',
      { greeting: '220 x\r\n', answer: smtp(), keepsLines: true, slow: 150 },
      { 'injection-full-line': 'fail' },
    ],
    [
      'slow and safe',
      'smtp',
      { greeting: '220 x\r\n', answer: smtp(), slow: 150 },
      { 'injection-full-line': 'pass', 'injection-partial-line': 'pass' },
    ],
    [
      'slow and vulnerable POP3',
      'pop3',
      { greeting: '+OK x\r\n', answer: pop3('', 'USER\r\n', /^$/), keepsLines: true, slow: 150 },
      { 'injection-full-line': 'fail' },
    ],
    [
      'MAIL without EHLO is taken, but STARTTLS wants one',
      'smtp',
      {
        greeting: '220 x\r\n',
        answer: (line, inside, isAcquainted) =>
          line === 'STARTTLS' && !isAcquainted
            ? '503 5.5.1 EHLO first\r\n'
            : smtp({ MAIL: '250 ok\r\n', RCPT: '503 5.5.1 MAIL first\r\n' })(line, inside, isAcquainted),
      },
      { 'state-kept-over-upgrade': 'pass' },
    ],
    [
      'AUTH LOGIN in clear, AUTH PLAIN only inside TLS',
      'submission',
      {
        greeting: '220 x\r\n',
        answer: smtp({
          EHLO: (inside) =>
            inside ? '250-x\r\n250 AUTH PLAIN LOGIN\r\n' : '250-x\r\n250-STARTTLS\r\n250 AUTH LOGIN\r\n',
          'AUTH LOGIN': '334 VXNlcm5hbWU6\r\n',
          AUTH: '504 5.5.4 no\r\n',
        }),
      },
      { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'fail' },
    ],
    [
      'only challenges are offered in clear',
      'submission',
      {
        greeting: '220 x\r\n',
        answer: smtp({
          EHLO: (inside) => (inside ? '250 AUTH PLAIN\r\n' : '250-STARTTLS\r\n250 AUTH CRAM-MD5\r\n'),
          AUTH: '538 5.7.11 encryption required\r\n',
        }),
      },
      { 'login-offered-before-tls': 'warn', 'login-accepted-before-tls': 'pass' },
    ],
    [
      'Cyrus refuses LOGIN outside TLS in words of its own',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS LOGINDISABLED', 'NO Login only available under a layer') },
      { 'login-accepted-before-tls': 'pass' },
    ],
    [
      'LOGIN is refused, in words that do not tell why',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS LOGINDISABLED', 'NO Please come by the other door') },
      { 'login-accepted-before-tls': 'inconclusive' },
    ],
    [
      'LOGIN is refused for its password, with an alert',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS LOGINDISABLED', 'NO [ALERT] Invalid credentials') },
      { 'login-accepted-before-tls': 'fail' },
    ],
    [
      'LOGIN is refused without a word',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS LOGINDISABLED', 'NO') },
      { 'login-accepted-before-tls': 'inconclusive' },
    ],
    [
      'Cyrus refuses USER outside TLS in words of its own',
      'pop3',
      {
        greeting: '+OK x\r\n',
        answer: (line, inside, isAcquainted) =>
          line.startsWith('USER') && !inside
            ? '-ERR [AUTH] USER command only available under a layer\r\n'
            : pop3('', 'USER\r\n', /^$/)(line, inside, isAcquainted),
      },
      { 'login-accepted-before-tls': 'pass' },
    ],
    [
      'PASS is tried as a login whether or not a USER was said',
      'pop3',
      {
        greeting: '+OK x\r\n',
        answer: (line, inside, isAcquainted) =>
          line.startsWith('PASS')
            ? '-ERR [AUTH] Authentication failed\r\n'
            : pop3('USER\r\n', 'USER\r\n', /^USER/)(line, inside, isAcquainted),
      },
      { 'login-accepted-before-tls': 'fail', 'user-kept-over-upgrade': 'pass' },
    ],
    [
      'a PASS without USER is refused with the code of a failed login, in other words (Cyrus)',
      'pop3',
      {
        greeting: '+OK x\r\n',
        answer: (() => {
          // One name for all connections is enough: only the comparison says none.
          let isNamed = false;
          return (line, inside, isAcquainted) => {
            if (line.startsWith('USER')) isNamed = true;
            if (!line.startsWith('PASS')) return pop3('USER\r\n', 'USER\r\n', /^USER/)(line, inside, isAcquainted);
            const answer = isNamed ? '-ERR [AUTH] Invalid login\r\n' : '-ERR [AUTH] Must give USER command\r\n';
            isNamed = false;
            return answer;
          };
        })(),
      },
      { 'login-accepted-before-tls': 'fail', 'user-kept-over-upgrade': 'fail' },
    ],
    [
      'LOGIN in clear, AUTHENTICATE only inside TLS',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS', 'NO Login failed.') },
      { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'fail' },
    ],
    [
      'LOGIN is taken in spite of LOGINDISABLED',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS LOGINDISABLED', 'NO Login failed.') },
      { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'pass' },
    ],
    [
      'LOGIN is offered, and refused for want of TLS',
      'imap',
      { greeting: '* OK x\r\n', answer: imap('STARTTLS', 'NO Use TLS first') },
      { 'login-accepted-before-tls': 'pass', 'login-offered-before-tls': 'warn' },
    ],
    [
      'USER in clear, only SASL inside TLS',
      'pop3',
      { greeting: '+OK x\r\n', answer: pop3('USER\r\n', 'SASL PLAIN\r\n', /^USER/) },
      { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'fail' },
    ],
    [
      'AUTH PLAIN in clear, though USER is refused',
      'pop3',
      { greeting: '+OK x\r\n', answer: pop3('', 'USER\r\nSASL PLAIN\r\n', /^AUTH PLAIN/) },
      { 'login-accepted-before-tls': 'fail', 'login-offered-before-tls': 'pass' },
    ],
    [
      'without NOOP',
      'sieve',
      { greeting: sieveList(false), answer: oldSieve, announces: sieveList(true) },
      { 'injection-partial-line': 'pass', 'injection-full-line': 'pass' },
    ],
    [
      'without NOOP, vulnerable',
      'sieve',
      { greeting: sieveList(false), answer: oldSieve, announces: sieveList(true), keepsLines: true },
      { 'injection-full-line': 'fail' },
    ],
    [
      'without STARTTLS',
      'submission',
      { greeting: '220 x\r\n', answer: smtp({ EHLO: '250 x\r\n', STARTTLS: '502 what?\r\n' }) },
      { 'starttls-parameter': 'not-applicable', 'starttls-not-advertised': 'fail' },
    ],
  ];
  for (const [title, scheme, behaviour, expected] of rows) {
    it(`${scheme}: ${title}`, async () => {
      const { certificate } = await certificateFor('good');
      await using server = await rawServer(upgrading(behaviour, certificate));
      const chosen = checks.filter(({ id }) => Object.keys(expected).includes(id));
      const { results } = await audit([`${scheme}://127.0.0.1:${String(server.port)}`], {
        checks: chosen,
        patience: { hint: 200, quiet: 60, reply: 3000, handshake: 3000 },
      });
      expect(Object.fromEntries(results.map(({ id, status }) => [id, status]))).to.deep.equal(expected);
    }).timeout(30_000);
  }
});
