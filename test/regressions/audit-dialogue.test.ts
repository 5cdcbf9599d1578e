import { expect } from 'chai';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { audited, said, type Play } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Servers that no toy is like: odd greetings and replies, and what happens around the handshake.

interface Behaviour {
  /** Pieces of the greeting, and milliseconds before each. */
  readonly greeting: readonly (readonly [text: string, after: number])[];
  readonly answer: (line: string, inside: boolean, isAcquainted: boolean) => string | undefined;
  /** What is written for a reply: one piece unless given. */
  readonly pieces?: (reply: string) => readonly string[];
  /** What becomes of plaintext from before TLS. */
  readonly keeps?: (pending: string) => string;
  /** What is said to plaintext where a ClientHello is due; TLS begins with the first record. */
  readonly insteadOfHello?: (line: string, count: number) => string | undefined;
}

const isUpgrade = (line: string): boolean => /^(?:\S+ )?(?:STARTTLS|STLS)\s*$/i.test(line);
const isGoAhead = (reply: string | undefined): boolean => /^(?:220|\+OK|OK|\S+ OK) go/.test(reply ?? '');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Plays such a server; an answer that is undefined hangs up. */
const played = async (behaviour: Behaviour): Promise<Play> => {
  const { certificate } = await certificateFor('good');
  const {
    greeting,
    answer,
    pieces = (reply: string): readonly string[] => [reply],
    keeps = (): string => '',
    insteadOfHello,
  } = behaviour;
  return (plain: Socket) => {
    let socket: Socket = plain;
    let inside = false;
    let isAcquainted = false;
    let pending = '';
    let ignored = 0;
    let mode: 'lines' | 'hello' = 'lines';
    let work = Promise.resolve();
    const say = async (text: string): Promise<void> => {
      for (const [index, piece] of pieces(text).entries()) {
        if (index > 0) await pause(5);
        if (!socket.destroyed) socket.write(piece, 'latin1');
      }
    };
    const startTls = async (first: Buffer | undefined): Promise<void> => {
      plain.removeAllListeners('data');
      plain.pause();
      if (first !== undefined) plain.unshift(first);
      const kept = keeps(pending);
      pending = kept;
      inside = true;
      mode = 'lines';
      socket = new TLSSocket(plain, { isServer: true, key: certificate.keyPem, cert: certificate.certPem });
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('secure', resolve));
      socket.on('data', hear);
      await turn();
    };
    const turn = async (): Promise<void> => {
      for (let end = pending.indexOf('\n'); end !== -1; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end).trimEnd();
        pending = pending.slice(end + 1);
        if (mode === 'hello') {
          ignored += 1;
          const reply = insteadOfHello?.(line, ignored);
          if (reply === undefined) plain.destroy();
          else await say(reply);
          continue;
        }
        const reply = answer(line, inside, isAcquainted);
        isAcquainted ||= /^EHLO/i.test(line);
        if (reply === undefined) {
          socket.destroy();
          return;
        }
        await say(reply);
        if (/^(?:\S+ )?(?:QUIT|LOGOUT)$/i.test(line)) socket.end();
        if (inside || !isUpgrade(line) || !isGoAhead(reply)) continue;
        if (insteadOfHello === undefined) {
          await startTls(undefined);
          return;
        }
        mode = 'hello';
      }
    };
    const hear = (bytes: Buffer): void => {
      if (mode === 'hello' && bytes[0] === 0x16) {
        work = work.then(() => startTls(bytes));
        return;
      }
      pending += bytes.toString('latin1');
      work = work.then(turn);
    };
    work = (async () => {
      for (const [text, after] of greeting) {
        if (after > 0) await pause(after);
        if (!plain.destroyed) plain.write(text, 'latin1');
      }
    })();
    plain.on('data', hear);
  };
};

const smtp =
  (own: Readonly<Record<string, string | undefined>> = {}) =>
  (line: string, inside: boolean): string | undefined => {
    const verb = line.split(' ')[0] ?? '';
    if (line in own) return own[line];
    if (verb in own) return own[verb];
    const usual: Partial<Record<string, string>> = {
      EHLO: inside ? '250-mail\r\n250 AUTH PLAIN LOGIN\r\n' : '250-mail\r\n250 STARTTLS\r\n',
      STARTTLS: inside ? '503 5.5.1 no\r\n' : '220 go\r\n',
      MAIL: inside ? '250 ok\r\n' : '530 5.7.0 Must issue a STARTTLS command first\r\n',
      NOOP: '250 ok\r\n',
      RSET: '250 ok\r\n',
      QUIT: '221 bye\r\n',
    };
    return usual[verb.toUpperCase()] ?? '502 5.5.1 what?\r\n';
  };

const imap =
  (outside: string, inside_: string, own: Readonly<Record<string, string>> = {}) =>
  (line: string, inside: boolean): string => {
    const [tag = '*', verb = ''] = line.split(' ');
    const usual: Partial<Record<string, string>> = {
      CAPABILITY: `* CAPABILITY ${inside ? inside_ : outside}\r\n${tag} OK done\r\n`,
      STARTTLS: inside ? `${tag} BAD no\r\n` : `${tag} OK go\r\n`,
      NOOP: `${tag} OK done\r\n`,
      LOGOUT: `* BYE\r\n${tag} OK\r\n`,
    };
    return own[verb.toUpperCase()]?.replaceAll('TAG', tag) ?? usual[verb.toUpperCase()] ?? `${tag} BAD what\r\n`;
  };

const GREETED = [['220 mail.example ESMTP\r\n', 0]] as const;
const octets = (text: string): (readonly [string, number])[] => text.split('').map((each) => [each, 2] as const);

interface Row {
  readonly title: string;
  readonly scheme: 'smtp' | 'submission' | 'imap' | 'pop3' | 'sieve';
  readonly server: Behaviour;
  readonly expected: Readonly<Record<string, RegExp>>;
}

const ALL_WELL = {
  'starttls-not-advertised': /^pass/,
  'starttls-unusable': /^pass/,
  'injection-full-line': /^pass/,
  'injection-partial-line': /^pass/,
};

const ROWS: readonly Row[] = [
  {
    title: 'greets in two parts, the second one late, as postscreen does',
    scheme: 'smtp',
    server: {
      greeting: [
        ['220-mail.example teaser\r\n', 0],
        ['220 mail.example ESMTP\r\n', 600],
      ],
      answer: smtp(),
    },
    expected: ALL_WELL,
  },
  {
    title: 'greets octet by octet',
    scheme: 'submission',
    server: { greeting: octets('220-mail.example\r\n220 ready\r\n'), answer: smtp() },
    expected: ALL_WELL,
  },
  {
    title: 'greets with 220 alone',
    scheme: 'submission',
    server: { greeting: [['220\r\n', 0]], answer: smtp() },
    expected: ALL_WELL,
  },
  {
    title: 'answers in pieces, cut anywhere',
    scheme: 'imap',
    server: {
      greeting: [
        ['* OK rea', 0],
        ['dy\r\n', 20],
      ],
      answer: imap('IMAP4rev1 STARTTLS LOGINDISABLED', 'IMAP4rev1 AUTH=PLAIN'),
      pieces: (reply) => [reply.slice(0, 1), reply.slice(1, -1), reply.slice(-1)],
    },
    expected: ALL_WELL,
  },
  {
    title: 'ends its lines with bare line feeds',
    scheme: 'submission',
    server: {
      greeting: [['220 mail.example\n', 0]],
      answer: smtp(),
      pieces: (reply) => [reply.replaceAll('\r\n', '\n')],
    },
    expected: ALL_WELL,
  },
  {
    title: 'is of IMAP4rev2 only',
    scheme: 'imap',
    server: {
      greeting: [['* OK [CAPABILITY IMAP4rev2 STARTTLS LOGINDISABLED] ready\r\n', 0]],
      answer: imap('IMAP4rev2 STARTTLS LOGINDISABLED', 'IMAP4rev2 AUTH=PLAIN SASL-IR'),
    },
    expected: { ...ALL_WELL, 'capability-lists-differ': /^pass/, 'capabilities-in-go-ahead': /^pass/ },
  },
  {
    title: 'takes strangers for logged in, and serves their mailbox in clear',
    scheme: 'imap',
    server: {
      greeting: [['* PREAUTH welcome\r\n', 0]],
      answer: imap('IMAP4rev1', 'IMAP4rev1', {
        STARTTLS: 'TAG BAD logged in already\r\n',
        SELECT: '* 3 EXISTS\r\nTAG OK [READ-WRITE] done\r\n',
      }),
    },
    expected: { 'starttls-not-advertised': /^fail/, 'mailbox-open-before-tls': /^fail/ },
  },
  {
    title: 'knows no EHLO',
    scheme: 'submission',
    server: {
      greeting: GREETED,
      answer: smtp({ EHLO: '502 5.5.1 what?\r\n', HELO: '250 mail\r\n', STARTTLS: '502 5.5.1 what?\r\n' }),
    },
    expected: { 'starttls-not-advertised': /^fail/ },
  },
  {
    title: 'lists STARTTLS when it is asked only',
    scheme: 'imap',
    server: {
      greeting: [['* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n', 0]],
      answer: imap('IMAP4rev1 STARTTLS LOGINDISABLED', 'IMAP4rev1 AUTH=PLAIN'),
    },
    expected: { 'capability-lists-differ': /^fail: .*STARTTLS is listed by the command only/ },
  },
  {
    title: 'answers an error where a ClientHello is due, and then goes on in clear',
    scheme: 'submission',
    server: {
      greeting: GREETED,
      answer: smtp(),
      insteadOfHello: (_line, count) => (count === 1 ? '454 4.7.0 TLS not available\r\n' : '250 ok\r\n'),
    },
    expected: { 'answers-without-handshake': /^fail: .*250 ok/ },
  },
  {
    title: 'answers 554 to everything where a ClientHello is due',
    scheme: 'submission',
    server: { greeting: GREETED, answer: smtp(), insteadOfHello: () => '554 Security failure\r\n' },
    expected: { 'answers-without-handshake': /^pass: .*554/ },
  },
  {
    title: 'hangs up where a ClientHello is due and none comes',
    scheme: 'submission',
    server: { greeting: GREETED, answer: smtp(), insteadOfHello: () => undefined },
    expected: { 'answers-without-handshake': /^pass: .*closes the connection/ },
  },
  {
    title: 'keeps everything that came with STARTTLS',
    scheme: 'imap',
    server: {
      greeting: [['* OK ready\r\n', 0]],
      answer: imap('IMAP4rev1 STARTTLS LOGINDISABLED', 'IMAP4rev1 AUTH=PLAIN'),
      keeps: (pending) => pending,
    },
    expected: {
      'injection-full-line': /^fail/,
      'injection-partial-line': /^fail/,
      'injection-several-lines': /^fail/,
    },
  },
  {
    title: 'forgets the last line that came with STARTTLS, and nothing else',
    scheme: 'submission',
    server: {
      greeting: GREETED,
      answer: smtp(),
      keeps: (pending) => pending.replace(/[^\n]*\n?$/, ''),
    },
    expected: {
      'injection-full-line': /^pass/,
      'injection-partial-line': /^pass/,
      'injection-several-lines': /^fail/,
    },
  },
  {
    title: 'knows no STARTTLS in small letters',
    scheme: 'submission',
    server: { greeting: GREETED, answer: smtp({ starttls: '500 5.5.1 what?\r\n' }) },
    expected: { 'starttls-form-refused': /^fail: .*small letters is refused: 500/ },
  },
  {
    title: 'breaks at STARTTLS before EHLO',
    scheme: 'submission',
    server: {
      greeting: GREETED,
      answer: (line, inside, isAcquainted) => (isUpgrade(line) && !isAcquainted ? undefined : smtp()(line, inside)),
    },
    expected: { 'starttls-form-refused': /^fail: STARTTLS before EHLO makes the server close the connection/ },
  },
  {
    title: 'tells a known user from others by 251',
    scheme: 'submission',
    server: {
      greeting: GREETED,
      answer: smtp({ 'VRFY postmaster': '251 forwards\r\n', VRFY: '550 5.1.1 no\r\n', HELP: '214 see RFC 5321\r\n' }),
    },
    expected: { 'users-told-before-tls': /^warn: .*251/ },
  },
  {
    title: 'refuses names of one label with 501',
    scheme: 'submission',
    server: { greeting: GREETED, answer: smtp({ 'EHLO waxseal': '501 5.5.4 invalid name\r\n' }) },
    expected: { 'hello-name-refused': /^info: EHLO waxseal is refused: 501/ },
  },
  {
    title: 'wants TLS of strangers',
    scheme: 'smtp',
    server: { greeting: GREETED, answer: smtp() },
    expected: { 'mail-refused-before-tls': /^info: .*530/ },
  },
  {
    title: 'turns strangers away for another reason',
    scheme: 'smtp',
    server: { greeting: GREETED, answer: smtp({ MAIL: '450 4.7.1 greylisted\r\n' }) },
    expected: { 'mail-refused-before-tls': /^pass: .*another reason: 450/ },
  },
];

describe('audit of servers with odd words', () => {
  const it = sideBySide(4);
  for (const { title, scheme, server, expected } of ROWS) {
    it(`${scheme}: one that ${title}`, async () => {
      const session = await audited(scheme, await played(server), Object.keys(expected), { depth: 'full' });
      const told = said(session);
      for (const [id, wanted] of Object.entries(expected)) expect(told[id], id).to.match(wanted);
    });
  }
});
