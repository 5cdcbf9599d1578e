import { expect } from 'chai';
import { createHash, createHmac } from 'node:crypto';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { maskVisit, type Masked, type Masking } from '../../src/verdict/mask.js';
import type { Visit } from '../../src/verdict/visit.js';
import { connectionOf, passedControl, scripted } from './scripted.js';
import { canaries } from './visits.js';

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const masking = (...known: readonly string[]): Masking => ({
  secrets: 'mask',
  key: Buffer.from('key'),
  known: new Set(known),
});

/** What is stored of each entry, line ends aside. */
const shown = ({ visit }: Masked): string[] =>
  visit.connections.flatMap(({ entries }) =>
    entries.map((entry) => {
      if (entry.kind === 'bytes') return entry.data.replace(/\r\n$/, '');
      return entry.kind === 'boundary' ? entry.pending.map(({ data }) => data).join('|') : entry.kind;
    }),
  );

const MIDDLE: Partial<Visit> = { seat: 'middle', ownCredentials: false };
const cram = (password: string, challenge: string): string =>
  b64(`bob ${createHmac('md5', password).update(challenge).digest('hex')}`);
const x = (text: string): string => text.replace(/./g, 'x');
/** Overwritten base64, whose padding stays. */
const xb = (text: string): string => text.replace(/[^=]/g, 'x');
const WORD = b64('hunter2 secret');
const LONG = b64('a password of a hundred and fifty letters, which is more than a piece'.repeat(3)).slice(0, 200);
const apop = (password: string): string => createHash('md5').update(`<1@h>${password}`).digest('hex');
const crams = (password: string): string[] => [
  'S: 220',
  'C: AUTH CRAM-MD5',
  `S: 334 ${b64('<1@h>')}`,
  `C: ${cram(password, '<1@h>')}`,
];

describe('what is stored of a line', () => {
  /** `same` stands for the line as it was said. */
  const rows: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    script: readonly string[],
    at: number,
    stored: string,
    differs?: Partial<Visit>,
  ])[] = [
    // Answers to a login that was refused before they came.
    ['an answer after the refusal', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', `C: ${WORD}`], 3, xb(WORD)],
    [
      'a word after the refusal',
      'imap',
      ['S: * OK', 'C: a AUTHENTICATE LOGIN', 'S: a NO', 'C: hunter2'],
      3,
      x('hunter2'),
    ],
    [
      'a short answer after it',
      'imap',
      ['S: * OK', 'C: a AUTHENTICATE LOGIN', 'S: a NO', 'C: YWJjMTIz'],
      3,
      x('YWJjMTIz'),
    ],
    [
      'a literal after it, cut off',
      'managesieve',
      ['S: OK', 'C: AUTHENTICATE "PLAIN"', 'S: NO', 'C~ {40+}\r\nYWJjMTIz'],
      3,
      `{40+}\r\n${x('YWJjMTIz')}`,
    ],
    [
      'a literal after it, without a line end',
      'managesieve',
      ['S: OK', 'C: AUTHENTICATE "PLAIN"', 'S: NO', 'C~ {8+}\r\nYWJjMTIz'],
      3,
      `{8+}\r\n${x('YWJjMTIz')}`,
    ],
    ['an answer after it, cut off', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', 'C~ YWJjMTIz'], 3, x('YWJjMTIz')],
    ['the end of IDLE after it', 'imap', ['S: * OK', 'C: a AUTHENTICATE LOGIN', 'S: a NO', 'C: DONE'], 3, 'same'],
    ['an empty line after it', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', 'C: '], 3, 'same'],
    ['a harmless command after it', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', 'C: NOOP'], 3, 'same'],
    ['a command with arguments after it', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', 'C: XFOO bar'], 3, 'same'],
    ['a command about something after it', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504 No', 'C: EHLO'], 3, 'same'],
    ['a word where no login was tried', 'smtp', ['S: 220', 'C: hunter2'], 1, 'same'],
    [
      'a word in TLS, where none was tried there',
      'smtp',
      ['S: 220', 'C: AUTH LOGIN', 'S: 504', '--', 'C: hunter2'],
      4,
      'same',
    ],
    // Where a phase begins and ends.
    [
      'a password before a handshake that failed',
      'pop3',
      ['S: +OK', 'C~ PASS hunter2', '--fails', 'C: secret'],
      1,
      `PASS ${x('hunter2')}`,
    ],
    ['what follows it', 'pop3', ['S: +OK', 'C~ PASS hunter2', '--fails', 'C: secret'], 3, x('secret')],
    ['a password that TLS cut off', 'pop3', ['S: +OK', 'C~ PASS hunter2', '--', 'C: NOOP'], 1, `PASS ${x('hunter2')}`],
    ['a command behind it', 'pop3', ['S: +OK', 'C~ PASS hunter2', '--', 'C: NOOP'], 3, 'same'],
    [
      'a password that close_notify cut off',
      'pop3',
      ['--', 'S: +OK', 'C~ PASS hunter2', '==', 'C: NOOP'],
      2,
      `PASS ${x('hunter2')}`,
    ],
    ['a command behind close_notify', 'pop3', ['--', 'S: +OK', 'C~ PASS hunter2', '==', 'C: NOOP'], 4, 'same'],
    ['TLS records in the midst of a login', 'pop3', ['S: +OK', 'C~ PASS hun', 'C% \x16\x03\x01', 'C: ter2'], 2, 'same'],
    ['the login around them', 'pop3', ['S: +OK', 'C~ PASS hun', 'C% \x16\x03\x01', 'C: ter2'], 3, x('ter2')],
    // Line by line.
    ['a user name', 'pop3', ['S: +OK', 'C: USER someone'], 1, 'same'],
    [
      'a quoted password',
      'imap',
      ['S: * OK', 'C: a LOGIN bob "hunter2 secret"'],
      1,
      `a LOGIN bob "${x('hunter2 secret')}"`,
    ],
    [
      'a password after TLS',
      'imap',
      ['S: * OK', 'C: a STARTTLS', 'S: a OK', '--', 'C: b LOGIN bob hunter2'],
      4,
      `b LOGIN bob ${x('hunter2')}`,
    ],
    ['a line without an end', 'smtp', ['S: 220', `C~ ${'y'.repeat(70_000)}`], 1, x('y'.repeat(70_000))],
    ['and what follows it', 'smtp', ['S: 220', `C~ ${'y'.repeat(70_000)}`, 'C: hunter2'], 2, x('hunter2')],
    [
      'a line without an end, in the next phase',
      'smtp',
      ['S: 220', `C~ ${'y'.repeat(70_000)}`, '--', 'C: NOOP'],
      3,
      'same',
    ],
    // Answers to challenges.
    ['APOP with this visit’s password', 'pop3', ['S: +OK <1@h>', `C: APOP bob ${apop(canaries.password)}`], 1, 'same'],
    [
      'APOP with another password',
      'pop3',
      ['S: +OK <1@h>', `C: APOP bob ${apop('hunter2')}`],
      1,
      `APOP bob ${x(apop(''))}`,
    ],
    ['CRAM-MD5 with this visit’s password', 'smtp', crams(canaries.password), 3, 'same'],
    ['CRAM-MD5 with another password', 'smtp', crams('hunter2'), 3, xb(cram('', ''))],
    [
      'CRAM-MD5 for the challenge of an earlier login',
      'smtp',
      [
        'S: 220',
        'C: AUTH CRAM-MD5',
        `S: 334 ${b64('<1@h>')}`,
        'C: *',
        'S: 501',
        'C: AUTH CRAM-MD5',
        `S: 334 ${b64('<2@h>')}`,
        `C: ${cram(canaries.password, '<1@h>')}`,
      ],
      7,
      xb(cram('', '')),
    ],
    [
      'CRAM-MD5 in a string',
      'managesieve',
      ['S: OK', 'C: AUTHENTICATE "CRAM-MD5"', `S: "${b64('<1@h>')}"`, `C: "${cram(canaries.password, '<1@h>')}"`],
      3,
      'same',
    ],
    // Mail.
    ['a message, in front of our own server', 'smtp', ['S: 220', 'C: DATA', 'S: 354', 'C: hello\r\n.'], 3, 'same'],
    ['a message', 'smtp', ['S: 220', 'C: DATA', 'S: 354', 'C: hello\r\n.'], 3, `${x('hello')}\r\n.`, MIDDLE],
    [
      'an unfinished message, in front of our own server',
      'smtp',
      ['S: 220', 'C: DATA', 'S: 354', 'C~ hello'],
      3,
      x('hello'),
    ],
    [
      'a message of this visit',
      'smtp',
      ['S: 220', 'C: DATA', 'S: 354', `C: ${canaries.message}\r\n.`],
      3,
      'same',
      MIDDLE,
    ],
    ['a sender', 'smtp', ['S: 220', 'C: MAIL FROM:<a@lab.test>'], 1, 'same', MIDDLE],
    [
      'mail that is read, in front of our own server',
      'imap',
      ['S: * OK', 'S: * 1 FETCH (BODY[] {5}\r\nhello)'],
      1,
      'same',
    ],
    [
      'mail that is read',
      'imap',
      ['S: * OK', 'S: * 1 FETCH (BODY[] {5}\r\nhello)'],
      1,
      `* 1 FETCH (BODY[] {5}\r\n${x('hello')})`,
      MIDDLE,
    ],
    [
      'a password that the server repeats behind mail that is read',
      'imap',
      ['S: * OK', 'C: a LOGIN bob hunter2', 'S: a OK', 'S: * 1 FETCH (BODY[] {5}\r\nhello)', 'S: * OK hunter2'],
      4,
      `* OK ${x('hunter2')}`,
      MIDDLE,
    ],
    [
      'mail of this visit that is read',
      'imap',
      ['S: * OK', `S: * 1 FETCH (BODY[] {20}\r\n${canaries.mailbox})`],
      1,
      'same',
      MIDDLE,
    ],
    [
      'mail that is read after TLS',
      'imap',
      ['S: * OK', '--', 'S: * 1 FETCH (BODY[] {5}\r\nhello)'],
      2,
      `* 1 FETCH (BODY[] {5}\r\n${x('hello')})`,
      MIDDLE,
    ],
    [
      'an unfinished reply',
      'imap',
      ['S: * OK', 'S: * 1 FETCH (BODY[] {99}\r\nhello'],
      1,
      `* 1 FETCH (BODY[] {99}\r\n${x('hello')}`,
      MIDDLE,
    ],
    [
      'an unfinished reply, in front of our own server',
      'imap',
      ['S: * OK', 'S: * 1 FETCH (BODY[] {99}\r\nhello'],
      1,
      'same',
    ],
    // What grammar does not know.
    ['a command that nobody knows, in front of our own server', 'smtp', ['S: 220', 'C: XFOO hunter2'], 1, 'same'],
    [
      'a command that nobody knows',
      'smtp',
      ['S: 220', 'C: XFOO hunter2 word'],
      1,
      `XFOO ${x('hunter2')}x${x('word')}`,
      MIDDLE,
    ],
    [
      'a command that nobody knows, with a literal',
      'imap',
      ['S: * OK', 'C: a XFOO {3+}\r\nabc bob'],
      1,
      'a XFOO {3+}\r\nxxxxxxx',
      MIDDLE,
    ],
    ['an unfinished command, in front of our own server', 'smtp', ['S: 220', 'C~ NOOP hunter2'], 1, 'same'],
    // What grammar does not expect.
    [
      'words where none was asked for',
      'smtp',
      ['S: 220', 'C: correct horse battery'],
      1,
      x('correct horse battery'),
      MIDDLE,
    ],
    [
      'words that read like a tag',
      'imap',
      ['S: * OK', 'C: correct horse battery'],
      1,
      x('correct horse battery'),
      MIDDLE,
    ],
    ['a command nobody knows', 'imap', ['S: * OK', 'C: a XPASS hunter2'], 1, 'a XPASS xxxxxxx', MIDDLE],
    [
      'words after a refused login',
      'imap',
      ['S: * OK', 'C: a AUTHENTICATE LOGIN', 'S: a NO', 'C: correct horse battery'],
      3,
      x('correct horse battery'),
    ],
    [
      'words where a refused literal was to come',
      'imap',
      ['S: * OK', 'C: a LOGIN {3}', 'S: a NO', 'C: bob {21}', 'S: bob BAD', 'C: correct horse battery'],
      5,
      x('correct horse battery'),
    ],
    [
      'the announcement of another one there',
      'imap',
      ['S: * OK', 'C: a LOGIN {3}', 'S: a NO', 'C: bob {21}'],
      3,
      'xxx {21}',
    ],
    [
      'a long word there that comes back as a tag',
      'imap',
      [
        'S: * OK',
        'C: a LOGIN {3}',
        'S: a NO',
        'C: user3jqjhz {200}',
        'S: user3jqjhz BAD No command',
        `C: ${LONG}`,
        `S: ${LONG} BAD No command`,
      ],
      6,
      `${x(LONG)} BAD No command`,
    ],
    // What is overwritten first makes another dialogue of it: what is overwritten then changes nothing more.
    [
      'words that end a literal, where the server repeats them beside a code of the same name',
      'imap',
      [
        'S: * OK',
        'C~ a LOGIN bob {13}\r\nhunter2secret',
        'C: correct horse battery',
        'S: hunter2secret OK [BATTERY] battery',
      ],
      3,
      `${x('hunter2secret')} OK [BATTERY] ${x('battery')}`,
    ],
    [
      'a login that ends a literal, where the server repeats its password so',
      'imap',
      ['S: * OK', 'C~ a LOGIN bob {13}\r\nhunter2secret', 'C: b LOGIN bob battery', 'S: b OK [BATTERY] battery'],
      3,
      `b OK [BATTERY] ${x('battery')}`,
    ],
    [
      'half a tag after it',
      'imap',
      ['S: * OK', 'C: a AUTHENTICATE LOGIN', 'S: a NO', 'C: hunter2%secret'],
      3,
      x('hunter2%secret'),
    ],
    ['an argument of NOOP', 'smtp', ['S: 220', 'C: NOOP hunter2'], 1, `NOOP ${x('hunter2')}`, MIDDLE],
    ['the same in the server’s seat', 'smtp', ['S: 220', 'C: NOOP hunter2'], 1, 'same'],
    ['a password where a message number stands', 'pop3', ['S: +OK', 'C: LIST hunter2'], 1, 'LIST xxxxxxx', MIDDLE],
    ['a message number', 'pop3', ['S: +OK', 'C: TOP 12 0'], 1, 'same', MIDDLE],
    ['a password after QUIT', 'pop3', ['S: +OK', 'C: QUIT hunter2'], 1, 'QUIT xxxxxxx', MIDDLE],
    ['a password after CAPABILITY', 'imap', ['S: * OK', 'C: a CAPABILITY hunter2'], 1, 'a CAPABILITY xxxxxxx', MIDDLE],
    ['a word after ENABLE', 'imap', ['S: * OK', 'C: a ENABLE QRESYNC'], 1, 'same', MIDDLE],
    ['another word there', 'imap', ['S: * OK', 'C: a ENABLE hunter2'], 1, 'a ENABLE xxxxxxx', MIDDLE],
    ['the name of a mailbox', 'imap', ['S: * OK', 'C: a SELECT "Sent Mail"'], 1, 'same', MIDDLE],
    ['the client’s own name', 'smtp', ['S: 220', 'C: EHLO client.example'], 1, 'same', MIDDLE],
    ['the name of a script', 'managesieve', ['S: OK', 'C: SETACTIVE "mine"'], 1, 'same', MIDDLE],
    ['a tag to be repeated', 'managesieve', ['S: OK', 'C: NOOP "hunter2"'], 1, 'NOOP xxxxxxxxx', MIDDLE],
    ['an unfinished command', 'smtp', ['S: 220', 'C~ NOOP hunter2'], 1, x('NOOP hunter2'), MIDDLE],
    ['an unfinished line after a login', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 504', 'C~ hunter2'], 3, x('hunter2')],
    ['an unfinished answer', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'S: 334', 'C~ hunter2'], 3, x('hunter2')],
    ['a goodbye where an answer was due', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'C: QUIT'], 2, 'same'],
    [
      'a goodbye with a tag where an answer was due',
      'imap',
      ['S: * OK', 'C: a AUTHENTICATE PLAIN', 'C: b LOGOUT'],
      2,
      'same',
    ],
    ['more than a goodbye', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'C: QUIT hunter2'], 2, x('QUIT hunter2')],
    ['a word in front of a goodbye', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'C: hunter2', 'C: QUIT'], 2, x('hunter2')],
    ['a goodbye without an end', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'C~ QUIT'], 2, x('QUIT')],
    ['an unfinished login', 'pop3', ['S: +OK', 'C~ PASS hunter2 secret'], 1, `PASS ${x('hunter2 secret')}`],
    ['an unfinished login, its blanks too', 'pop3', ['S: +OK', 'C~ PASS hunter2  '], 1, `PASS ${x('hunter2  ')}`],
    [
      'an unfinished login of this visit, in quotes',
      'imap',
      ['S: * OK', `C~ a LOGIN "${canaries.password}"`],
      1,
      'same',
    ],
    ['an unfinished login of this visit', 'pop3', ['S: +OK', `C~ PASS ${canaries.password}`], 1, 'same'],
    [
      'an unfinished login with a literal',
      'imap',
      ['S: * OK', 'C~ a LOGIN {7+}\r\nhunter2 {9+}\r\nsec'],
      1,
      'a LOGIN {7+}\r\nxxxxxxx {9+}\r\nxxx',
    ],
  ];
  for (const [what, protocol, script, at, stored, differs] of rows) {
    it(`${what} (${protocol}${differs === undefined ? '' : ', middle seat'})`, () => {
      const visit = scripted(protocol, [script], differs);
      const before = shown({ visit, masks: [], sweep: String });
      expect(shown(maskVisit(visit, masking()))[at]).to.equal(stored === 'same' ? before[at] : stored);
    });
  }
});

describe('a long message of which the end was not kept', () => {
  const words = Array.from({ length: 60_000 }, (_, index) => `word${String(index)}`).join(' ');
  for (const [protocol, script, what] of [
    ['smtp', ['S: 220', 'C: DATA', 'S: 354', `C~ ${words}`], 'a message'],
    ['imap', ['S: * OK', `C~ a APPEND x {9000000+}\r\n${words}`], 'a literal'],
  ] as const) {
    it(`${what} (${protocol}) is no login: it is masked in place, and looked for nowhere else`, () => {
      const used = masking();
      const { visit } = maskVisit(scripted(protocol, [script], MIDDLE), used);
      expect(JSON.stringify(visit.connections)).not.to.include('word7');
      expect([...used.known].filter((value) => value.length > 1000)).to.deep.equal([]);
    });
  }
});

describe('what is stored of plaintext after the go-ahead', () => {
  const pending = (segments: readonly string[], differs: Partial<Visit> = {}): Visit => {
    const connection = connectionOf('imap', ['S: * OK', 'C: x STARTTLS', 'S: x OK', '--fails']);
    const entries = connection.entries.map((entry) =>
      entry.kind === 'boundary' ? { ...entry, pending: segments.map((data) => ({ at: 1, data })) } : entry,
    );
    return scripted('imap', [], { connections: [{ ...connection, entries }], ...differs });
  };
  const rows: readonly (readonly [segments: readonly string[], stored: string, differs?: Partial<Visit>])[] = [
    [['b LOGIN bob hunter2\r\n'], `b LOGIN bob ${x('hunter2')}\r\n`],
    [['b LOGIN bob hun', 'ter2\r\n'], 'b LOGIN bob xxx|xxxx\r\n'],
    [['a NOOP\r\n', 'b LOGIN bob hunter2\r\n'], `a NOOP\r\n|b LOGIN bob ${x('hunter2')}\r\n`],
    [['a NOOP\r\nb LOGIN bob hunter2'], `a NOOP\r\nb LOGIN ${x('bob')} ${x('hunter2')}`],
    [[`b LOGIN ${canaries.user} ${canaries.password}\r\n`], `b LOGIN ${canaries.user} ${canaries.password}\r\n`],
    [['a APPEND INBOX {5+}\r\nhello\r\n'], 'a APPEND INBOX {5+}\r\nhello\r\n'],
    [['a APPEND INBOX {5+}\r\nhello\r\n'], 'a APPEND INBOX {5+}\r\nxxxxx\r\n', MIDDLE],
  ];
  for (const [segments, stored, differs] of rows) {
    it(`${JSON.stringify(segments)}${differs === undefined ? '' : ' in the middle seat'}`, () => {
      expect(shown(maskVisit(pending(segments, differs), masking()))[3]).to.equal(stored);
    });
  }

  it('words of an unfinished login are searched for one by one', () => {
    const session = masking();
    maskVisit(pending(['b LOGIN someone "hunter2 secret']), session);
    expect([...session.known]).to.include.members(['someone', '"hunter2 secret']);
  });
});

describe('where else a secret is overwritten', () => {
  const LOGIN = ['S: +OK', 'C: PASS hunter2'];
  const ended = { how: 'ended', code: 0, stdout: '', stderr: '', duration: 1 } as const;

  it('in all that the client printed or threw', () => {
    const client = { ...ended, stdout: 'out hunter2', stderr: 'err hunter2', error: 'threw hunter2' };
    expect(maskVisit(scripted('pop3', [LOGIN], { client }), masking()).visit.client).to.deep.equal({
      ...client,
      stdout: 'out xxxxxxx',
      stderr: 'err xxxxxxx',
      error: 'threw xxxxxxx',
    });
  });

  it('in what passed as it passed, which is not stored then', () => {
    const wire = { openedAt: '2026-01-01T00:00:00.000Z', bytes: [], keys: [] };
    const stored = (script: readonly string[]): unknown =>
      maskVisit(
        scripted('smtp', [], { connections: [connectionOf('smtp', script, { wire })] }),
        masking(),
      ).visit.connections.map((each) => each.wire);
    expect(stored(['S: 220', 'C: EHLO x'])).to.deep.equal([wire]);
    expect(stored(['S: 220', 'C: AUTH PLAIN aHVudGVyMiBzZWNyZXQ='])).to.deep.equal([undefined]);
  });

  it('in faults, and in why the control failed', () => {
    const { visit } = maskVisit(
      scripted('pop3', [LOGIN], {
        faults: ['no hunter2 here'],
        control: passedControl({ passed: false, why: 'it said hunter2' }),
      }),
      masking(),
    );
    expect(visit.faults).to.deep.equal(['no xxxxxxx here']);
    expect(visit.control).to.deep.equal(passedControl({ passed: false, why: 'it said xxxxxxx' }));
  });

  it('on the rest of its connection', () => {
    const masked = maskVisit(scripted('pop3', [[...LOGIN, 'S: -ERR hunter2 is wrong']]), masking());
    expect(shown(masked)[2]).to.equal('-ERR xxxxxxx is wrong');
  });

  it('in the tag that a server repeats', () => {
    const said = ['S: OK', `C: AUTHENTICATE "PLAIN" "${b64('\0bob\0hunter2')}"`, 'S: NO', 'C: NOOP "hunter2"'];
    const masked = maskVisit(scripted('managesieve', [[...said, 'S: OK (TAG "hunter2") "Done"']]), masking());
    expect(shown(masked).slice(-2)).to.deep.equal(['NOOP "xxxxxxx"', 'OK (TAG "xxxxxxx") "Done"']);
  });

  it('in escaped text, such as quotes and reports', () => {
    const { sweep } = maskVisit(scripted('pop3', []), masking('hunt\x1b2\\'));
    expect(sweep(String.raw`said hunt\x1b2\\ twice`)).to.equal(`said ${x('hunt?x1b2??')} twice`);
  });

  it('this visit’s canaries are not', () => {
    const script = [`C: NOOP ${canaries.password}`, 'S: +OK', `C~ PASS ${canaries.password} hunter2`];
    const client = { ...ended, stdout: `hunter2 ${canaries.password} ${canaries.token}` };
    const masked = maskVisit(scripted('pop3', [script], { client }), masking(canaries.token));
    expect(shown(masked)[0]).to.equal(`NOOP ${canaries.password}`);
    expect(masked.visit.client.stdout).to.equal(`xxxxxxx ${canaries.password} ${canaries.token}`);
  });

  it('mail is not: its words are searched for nowhere', () => {
    const session = masking();
    maskVisit(scripted('smtp', [['S: 220', 'C: DATA', 'S: 354', 'C: hello\r\n.']], MIDDLE), session);
    expect([...session.known]).to.deep.equal([]);
  });

  it('words of an unfinished login are searched for one by one', () => {
    const session = masking();
    maskVisit(scripted('imap', [['S: * OK', 'C~ a LOGIN someone "hunter2 secret']]), session);
    expect([...session.known]).to.include.members(['someone', '"hunter2 secret']);
  });

  it('at most 5000 values of a session are remembered', () => {
    const session = masking(...Array.from({ length: 5000 }, (_, index) => `value${String(index)}`));
    maskVisit(scripted('pop3', [LOGIN]), session);
    expect(session.known.size).to.equal(5000);
  });

  it('a value that is a word of the protocol stays elsewhere, and the others do not', () => {
    const masked = maskVisit(
      scripted('pop3', [['S: +OK', 'C: PASS +OK hi', 'S: -ERR no', 'C: PASS hunter2', 'S: +OK hi hunter2']]),
      masking(),
    );
    expect(shown(masked)).to.deep.equal(['+OK', 'PASS xxxxxx', '-ERR no', 'PASS xxxxxxx', '+OK hi xxxxxxx']);
  });

  it('of many values beside a word of the protocol, each is overwritten', () => {
    const logins = Array.from({ length: 20 }, (_, index) => [`C: PASS hunter2${String(index)}`, 'S: -ERR no']).flat();
    const masked = maskVisit(
      scripted('pop3', [['S: +OK', 'C: PASS +OK hi', 'S: -ERR no', ...logins, 'S: +OK hi hunter219']]),
      masking(),
    );
    expect(shown(masked).at(-1)).to.equal('+OK hi xxxxxxxxx');
  });

  it('where one place is a word that judges read, the others are overwritten', () => {
    const masked = maskVisit(
      scripted('pop3', [
        ['S: +OK', 'C: PASS EXTERNAL', 'S: -ERR no', 'C: AUTH EXTERNAL', 'S: -ERR', 'C: NOOP EXTERNAL'],
      ]),
      masking(),
    );
    expect(shown(masked).slice(3)).to.deep.equal(['AUTH EXTERNAL', '-ERR', 'NOOP xxxxxxxx']);
  });
});

describe('where else a secret is overwritten in the middle seat', () => {
  it('on the leg to the real server', () => {
    const visit = scripted(
      'pop3',
      [
        ['S: +OK', 'C: PASS hunter2secret'],
        ['S: +OK', 'S: -ERR no hunter2secret'],
      ],
      MIDDLE,
    );
    const [client, server] = visit.connections;
    const legs = [client, server && { ...server, leg: 'server' as const }].filter((each) => each !== undefined);
    expect(shown(maskVisit({ ...visit, connections: legs }, masking())).at(-1)).to.equal('-ERR no xxxxxxxxxxxxx');
    expect(shown(maskVisit(visit, masking())).at(-1)).to.equal('-ERR no hunter2secret');
  });

  it('beside what else is masked in a line of which the signs are grammar', () => {
    const identity = '("name" "imapflow" "version" "2';
    const said = ['S: * OK', 'C: a LOGIN bob hunter2secret', 'S: a NO', `C: x ${identity}`, 'S: x BAD'];
    const masked = maskVisit(scripted('imap', [[...said, `C: b ID ${identity} hunter2secret`]], MIDDLE), masking());
    expect(shown(masked).at(-1)).to.equal('b ID ("xxxx" "xxxxxxxx" "xxxxxxx" "2 xxxxxxxxxxxxx');
  });

  it('in many places, of which some are words that judges read', () => {
    const said = ['S: * OK', 'C: a LOGIN bob "CAPABILITY hunter2secret"', 'S: a NO'];
    const lines = Array.from({ length: 100 }, (_, index) => [
      `C: b${String(index)} CAPABILITY`,
      `S: b${String(index)} OK`,
      `C: c${String(index)} NOOP hunter2secret`,
      `S: c${String(index)} OK`,
    ]).flat();
    const masked = shown(maskVisit(scripted('imap', [[...said, ...lines]]), masking()));
    expect(masked.filter((line) => line.includes('hunter2secret'))).to.deep.equal([]);
    expect(masked.filter((line) => line.endsWith('CAPABILITY'))).to.have.length(100);
  });
});

describe('what stands for a masked secret', () => {
  const print = (text: string): string => createHmac('sha256', 'key').update(text).digest('hex').slice(0, 16);

  it('says where it was, how long, and of which class', () => {
    const script = ['S: * OK', 'C: a STARTTLS', 'S: a OK', '--', 'C~ b LOGIN bob ', 'C: hunter2', 'S: b OK'];
    const { masks } = maskVisit(
      scripted('imap', [], { connections: [connectionOf('imap', script, { id: 3 })] }),
      masking(),
    );
    expect(masks).to.deep.equal([
      {
        class: 'password',
        length: 7,
        fingerprint: print('hunter2'),
        connection: 3,
        entry: 5,
      },
    ]);
  });

  it('of mail that is read, of which the reply’s first line is no part', () => {
    const masks = ['hello)\r\n', 'hello'].flatMap((mail) => {
      const script = ['S: * OK', `S~ * 1 FETCH (BODY[] {${mail === 'hello' ? '99' : '5'}}\r\n${mail}`];
      return maskVisit(scripted('imap', [script], MIDDLE), masking()).masks;
    });
    for (const { class: kind, length, fingerprint } of masks)
      expect([kind, length, fingerprint]).to.deep.equal(['mail', 5, print('hello')]);
    expect(masks).to.have.length(2);
  });
});
