import { expect } from 'chai';
import { believesNoLogin, takesNoStrayReply, waitsForTheGreeting } from '../../src/verdict/other-door.js';
import type { Judge } from '../../src/verdict/judgement.js';
import type { Visit } from '../../src/verdict/visit.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { connectionOf, passedControl, scripted } from './scripted.js';
import { canaries } from './visits.js';

const UPGRADED = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', '* withholds'];
const withheld = { beforeRelease: ['EHLO'], verbs: ['EHLO', 'AUTH', 'QUIT'], mechanisms: ['LOGIN'] };

const login = `C: AUTH PLAIN ${Buffer.from(`\0${canaries.user}\0${canaries.password}`).toString('base64')}`;
const refused = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250-x\r\n250 AUTH PLAIN', login, 'S: 535 no'];
const succeeds = { how: 'ended', code: 0, stdout: '', stderr: '', duration: 1 } as const;
const idle = { how: 'rested', idle: true, stdout: '', stderr: '', duration: 1 } as const;
const fails = { ...succeeds, code: 1 };
const message = [
  'C: MAIL FROM:<a@b>',
  'S: 250',
  'C: RCPT TO:<a@b>',
  'S: 250',
  'C: DATA',
  'S: 354',
  'C: x\r\n.',
  'S: 250',
];
const failed = { ...withheld, mechanisms: ['PLAIN'], failed: true as const };

const said = (judge: Judge, visit: Visit): string => {
  const { status, because } = judge(visit);
  return `${status}: ${because}`;
};

describe('a greeting inside TLS that nobody asked for', () => {
  it('a client that says the next command before the last one is answered is out of step, and the command is named', () => {
    const { status, evidence } = takesNoStrayReply(
      scripted('smtp', [[...UPGRADED, 'C: EHLO x', 'C: VRFY x', '* releases', 'S: 250 x']], { withheld }),
    );
    expect([status, ...evidence.map(({ cause, entry, why }) => `${cause} ${String(entry)} ${why}`)]).to.deep.equal([
      'unsafe',
      'out-of-step 8 sent VRFY before its last command was answered: the server’s greeting was taken for the answer',
    ]);
  });

  describe('a client that asks for the list again', () => {
    const list = 'S: 250-x\r\n250 AUTH CRAM-MD5';
    const again = [...UPGRADED, 'C: EHLO x', 'C: EHLO x', '* releases', list];
    const scripts: readonly (readonly [does: string, script: readonly string[], Partial<Visit>, RegExp])[] = [
      [
        'logs in while that is unanswered',
        [...again, 'C: AUTH CRAM-MD5', list, 'C: MAIL FROM:<a@b>', 'S: 334 PGE=', 'C.'],
        { withheld },
        /^unsafe: sent AUTH before its second EHLO was answered/,
      ],
      [
        'logs in when that is answered',
        [...again, list, 'C: AUTH CRAM-MD5', 'S: 334 PGE=', 'C: YQ==', 'S: 235', 'C: QUIT', 'S: 221', 'C.'],
        { withheld },
        /^safe: /,
      ],
      ['gives up when it sees the greeting', [...again, 'C: QUIT', list, 'S: 221', 'C.'], { withheld }, /^safe: /],
      [
        'does so whenever answers are late',
        [...again, 'C: AUTH CRAM-MD5', list, 'S: 334 PGE=', 'C: YQ==', 'S: 235', 'C: QUIT', 'S: 221', 'C.'],
        { withheld: { ...withheld, beforeRelease: ['EHLO', 'EHLO'] } },
        /^safe: /,
      ],
      [
        'pipelines its mail',
        [
          ...[...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 PIPELINING', 'C: EHLO x', 'S: 250 PIPELINING'],
          ...['C: MAIL FROM:<a@b>', 'C: RCPT TO:<a@b>', 'C: DATA', 'S: 250', 'S: 250', 'S: 354', 'C: x\r\n.', 'S: 250'],
          ...['C: QUIT', 'S: 221', 'C.'],
        ],
        { withheld },
        /^safe: /,
      ],
    ];
    for (const [does, script, more, verdict] of scripts)
      it(`and ${does} is ${verdict.source.slice(1).split(':')[0] ?? ''}`, () => {
        expect(said(takesNoStrayReply, scripted('smtp', [script], more))).to.match(verdict);
      });
  });

  it('a client that waits is not', () => {
    const script = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 x', 'C: QUIT', 'S: 221', 'C.'];
    expect(takesNoStrayReply(scripted('smtp', [script], { withheld })).status).to.equal('safe');
  });

  for (const [what, words, expected] of [
    ['goes on shows neither', ['C: AUTH CRAM-MD5', 'S: 334 PGE=', 'C.'], 'inconclusive'],
    ['says goodbye shows that it believed nothing', ['C: QUIT', 'S: 221', 'C.'], 'safe'],
  ] as const)
    it(`a client that takes longer to speak than the server was silent, and ${what}`, () => {
      const script = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 x', ...words];
      const visit = scripted('smtp', [script], { withheld });
      const late = visit.connections.map((each) => ({
        ...each,
        entries: each.entries.map((entry, index) => ({ ...entry, at: index < 10 ? entry.at : entry.at + 500 })),
      }));
      expect(takesNoStrayReply({ ...visit, connections: late }).status).to.equal(expected);
    });

  const waits = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH PLAIN'];
  const early = [...UPGRADED, 'C: EHLO x', 'C: VRFY x', '* releases', 'S: 250 x'];
  const took = (...taken: ('login' | 'message')[]): Partial<Visit> => ({
    control: passedControl({ reported: 'success', took: taken }),
  });
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    more: Partial<Visit>,
    RegExp,
  ])[] = [
    ['logs in in clear', [['S! 220', login]], { withheld }, /^unsafe: password sent in clear/],
    ['has no control to compare with', [early], {}, /^inconclusive: this client was never seen/],
    [
      'reports failure although its mail was taken',
      [
        [...waits, login, 'S: 235', ...message],
        ['S: 220', 'C: NOOP', 'S: 250', 'C.'],
      ],
      { withheld, client: fails, ...took('login', 'message') },
      /^unsafe: it reported failure, although the server has taken the mail: it was one reply behind 1\/18$/,
    ],
    [
      'reports failure, and nothing was taken',
      [[...waits, 'C: QUIT', 'C.']],
      { withheld, client: fails, ...took('login') },
      /^safe: /,
    ],
    [
      'reports success, and nothing was taken',
      [[...waits, 'C: QUIT', 'C.']],
      { withheld, client: succeeds, ...took('login') },
      /^safe: /,
    ],
    [
      'is out of step, and reports what is untrue',
      [early],
      { withheld, client: succeeds, ...took('message') },
      /taken for the answer; it reported success, although no mail was accepted 1\/8$/,
    ],
    [
      'is out of step, and reports what is true',
      [early],
      { withheld, client: fails, ...took('message') },
      /taken for the answer 1\/8$/,
    ],
    [
      'waits for no answer in its control either',
      [waits],
      { withheld: { ...withheld, beforeRelease: ['EHLO', 'AUTH'] } },
      /^inconclusive: the client does not wait for answers/,
    ],
    [
      'leaves before it is answered, and reports success',
      [
        [...UPGRADED, 'C: EHLO x', 'C.'],
        [...waits, 'C.'],
      ],
      { withheld, client: succeeds },
      /^inconclusive: the client disconnected before its login was answered, and reported success/,
    ],
    [
      'leaves before it is answered, and is ended when idle',
      [
        [...UPGRADED, 'C: EHLO x', 'C.'],
        [...waits, 'C.'],
      ],
      { withheld, client: idle },
      /^inconclusive: the client disconnected before its login was answered; what it reported is not known/,
    ],
    [
      'leaves before it is answered, and reports failure',
      [[...UPGRADED, 'C: EHLO x', 'C.']],
      { withheld, client: fails },
      /^safe: /,
    ],
    ['is answered, and reports success', [[...waits, 'C.']], { withheld, client: succeeds }, /^safe: /],
    [
      'leaves in the middle of a word',
      [
        [...waits, 'C~ AUTH', 'C.'],
        [...waits, 'C.'],
      ],
      { withheld },
      /^inconclusive: the client sent more after its login/,
    ],
    ['leaves in the middle of a word in clear', [['S! 220', 'C~ EH', 'C.']], { withheld }, /^safe: /],
    [
      'says QUIT in the middle of its login, and reports failure',
      [[...UPGRADED, 'C: AUTH LOGIN', 'C: QUIT', 'C.']],
      { withheld: { ...withheld, beforeRelease: ['AUTH'] }, client: fails },
      /^safe: /,
    ],
    [
      'says QUIT in the middle of its login, and reports success',
      [[...UPGRADED, 'C: AUTH LOGIN', 'C: QUIT', 'C.']],
      { withheld: { ...withheld, beforeRelease: ['AUTH'] }, client: succeeds },
      /^inconclusive: the client disconnected before its login was answered, and reported success/,
    ],
    [
      'says a user name in the middle of its login, and QUIT',
      [[...UPGRADED, 'C: AUTH LOGIN', 'C: QUlU', 'C: QUIT', 'C.']],
      { withheld: { ...withheld, beforeRelease: ['AUTH'] }, client: fails },
      /^inconclusive: the client sent more after its login/,
    ],
    [
      'has its login taken, as in its control',
      [[...waits, login, 'S: 235', 'C.']],
      { withheld, ...took('login') },
      /^safe: did not notice the greeting/,
    ],
    [
      'has its login taken, after a control that says nothing of that',
      [[...waits, login, 'S: 235', 'C.']],
      { withheld },
      /^safe: did not notice the greeting/,
    ],
    [
      'has its login taken, and in its control its mail too',
      [[...waits, login, 'S: 235', 'C.']],
      { withheld, ...took('login', 'message') },
      /^safe: (?!did not notice)/,
    ],
    ['has nothing taken', [[...waits, 'C.']], { withheld, ...took() }, /^safe: (?!did not notice)/],
  ];
  for (const [what, scripts, more, expected] of rows)
    it(`a client that ${what}: ${expected.source.slice(0, 14)}`, () => {
      const { status, because, evidence } = takesNoStrayReply(scripted('smtp', scripts, more));
      const where = evidence.map(({ connection, entry }) => ` ${String(connection)}/${String(entry)}`).join('');
      expect(`${status}: ${because}${where}`).to.match(expected);
    });
});

describe('a login that is refused behind a greeting inside TLS', () => {
  for (const [what, script, more, expected] of [
    [
      'goes on to its mail',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no'],
      { client: fails, withheld: failed },
      /^unsafe: the client sent MAIL although no login was accepted/,
    ],
    [
      'goes on to its mail, as without the greeting',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no'],
      { client: fails, withheld: { ...failed, verbs: ['EHLO', 'AUTH', 'MAIL'] } },
      /^safe: /,
    ],
    ['asks for help', [...refused, 'C: HELP', 'S: 214'], { client: fails, withheld: failed }, /^safe: /],
    [
      'reports success where it reports failure without the greeting',
      refused,
      { client: succeeds, withheld: failed },
      /^unsafe: it reported success, although no login was accepted/,
    ],
    [
      'is idle where it reports failure without the greeting',
      refused,
      { client: idle, withheld: failed },
      /^inconclusive: waxseal ended the client when it was idle, so that it reported nothing: whether it believed/,
    ],
    [
      'is idle, and says more to an honest server',
      refused,
      { client: idle, withheld: failed, control: passedControl({ verbsInside: ['EHLO', 'AUTH', 'MAIL', 'QUIT'] }) },
      /^safe: /,
    ],
    ['reports failure, as without the greeting', refused, { client: fails, withheld: failed }, /^safe: /],
    [
      'reports success, and its login is taken after all',
      [...refused, login, 'S: 235 ok'],
      { client: succeeds, withheld: failed },
      /^safe: /,
    ],
    [
      'reports success always, and says nothing more',
      refused,
      { client: succeeds, withheld: { ...withheld, mechanisms: ['PLAIN'] } },
      /^inconclusive: the client ignores the outcome of its login/,
    ],
    [
      'reports success always, and says more to an honest server',
      refused,
      {
        client: succeeds,
        withheld: { ...withheld, mechanisms: ['PLAIN'] },
        control: passedControl({ verbsInside: ['EHLO', 'AUTH', 'MAIL', 'QUIT'] }),
      },
      /^safe: /,
    ],
    ['has no control to compare with', refused, { client: fails }, /^inconclusive: this client was never seen/],
    [
      'goes on to its mail once its login is taken after all',
      [...refused, login, 'S: 235 ok', 'C: MAIL FROM:<a@b>', 'S: 250'],
      { client: succeeds, withheld: failed },
      /^safe: /,
    ],
    ['logs in in clear', ['S! 220', login], { client: fails, withheld: failed }, /^unsafe: password sent in clear/],
    [
      'sends its message, as without the greeting',
      [...refused, ...message],
      { client: fails, withheld: { ...failed, verbs: ['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA'] } },
      /^safe: /,
    ],
    [
      'has its message taken without a login, as without the greeting, and reports success',
      [...refused, ...message],
      { client: succeeds, withheld: { ...failed, verbs: ['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA'] } },
      /^safe: /,
    ],
    [
      'goes on to its mail and its recipient',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no', 'C: RCPT TO:<a@b>', 'S: 530 no'],
      { client: fails, withheld: failed },
      /^unsafe: the client sent MAIL although no login was accepted; where the server does not greet it stops before that$/,
    ],
    [
      'goes on to its mail and reports success',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no'],
      { client: succeeds, withheld: failed, control: passedControl({ reported: 'success', took: ['login'] }) },
      /it stops before that; it reported success, although no login was accepted$/,
    ],
    [
      'logs in with another command than without the greeting',
      refused,
      { client: fails, withheld: { ...failed, verbs: ['EHLO'] } },
      /^unsafe: the client sent AUTH although/,
    ],
    [
      'does not end',
      refused,
      { client: { ...succeeds, how: 'stopped' }, withheld: failed },
      /^inconclusive: still running/,
    ],
    [
      'leaves in the middle of a word',
      [...refused, 'C~ MAIL'],
      { client: fails, withheld: failed },
      /^inconclusive: the client sent more after its login/,
    ],
    [
      'says QUIT in the middle of its login',
      [...UPGRADED, 'C: AUTH LOGIN', 'C: QUIT', 'C.'],
      { client: fails, withheld: { ...failed, mechanisms: ['LOGIN'] } },
      /^safe: /,
    ],
    [
      'reports success always, and says NOOP to an honest server',
      refused,
      {
        client: succeeds,
        withheld: { ...withheld, mechanisms: ['PLAIN'] },
        control: passedControl({ verbsInside: ['EHLO', 'AUTH', 'NOOP', 'QUIT'] }),
      },
      /^inconclusive: the client ignores the outcome of its login/,
    ],
  ] as const)
    it(`a client that ${what}: ${expected.source.slice(1, 12)}`, () => {
      expect(said(believesNoLogin, scripted('smtp', [script], more))).to.match(expected);
    });

  for (const [what, before, behind, expected] of [
    ['looks into its mailbox', [], ['C: STAT', 'S: -ERR'], /^unsafe: the client sent STAT although/],
    ['looked there in clear', ['C: STAT', 'S: -ERR'], ['C: QUIT', 'S: +OK'], /^safe: /],
  ] as const)
    it(`a client of POP3 that ${what}: ${expected.source.slice(1, 12)}`, () => {
      const script = [
        ...['S: +OK', ...before, 'C: STLS', 'S! +OK', '--', '* withholds'],
        ...[`C: USER ${canaries.user}`, '* releases', 'S: +OK', `C: PASS ${canaries.password}`, 'S: -ERR', ...behind],
      ];
      const verbs = { beforeRelease: ['USER'], verbs: ['USER', 'PASS', 'QUIT'], mechanisms: ['USER/PASS'] };
      const visit = scripted('pop3', [script], { client: fails, withheld: { ...verbs, failed: true } });
      expect(said(believesNoLogin, visit)).to.match(expected);
    });

  const greeting = (data: string, inside = true) =>
    ({ kind: 'bytes', at: 65, from: 'server', inside, data, unasked: true }) as const;
  const greeted = (visit: Visit, at: number, data: string, inside = true): Visit => ({
    ...visit,
    connections: visit.connections.map((each) => ({
      ...each,
      entries: each.entries.toSpliced(at, 0, greeting(data, inside)),
    })),
  });
  const middle: Partial<Visit> = { client: fails, withheld: failed, seat: 'middle' };
  const plain: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    data: string,
    more: Partial<Visit>,
    RegExp,
  ])[] = [
    ['refuses', 'smtp', '554 no\r\n', {}, /^not-applicable: .*: in place of a greeting it said “554 no”; /],
    ['greets', 'smtp', '220 hi\r\n', {}, /^safe: /],
    ['says half a line', 'smtp', '554 n', {}, /^safe: /],
    ['refuses in our own seat', 'smtp', '554 no\r\n', { seat: 'server' }, /^safe: /],
    ['refuses', 'imap', '* BYE no\r\n', {}, /^not-applicable: /],
    ['greets', 'imap', '* OK hi\r\n', {}, /^(?!not-applicable)/],
    ['takes the client for known', 'imap', '* PREAUTH hi\r\n', {}, /^(?!not-applicable)/],
  ];
  for (const [what, protocol, data, more, expected] of plain)
    it(`a server of ${protocol} that ${what} where a greeting is due: ${expected.source.slice(1, 15)}`, () => {
      const visit = scripted(protocol, [refused], { ...middle, ...more });
      expect(said(believesNoLogin, greeted(visit, 6, data))).to.match(expected);
    });

  it('a server that refuses in clear, or on another leg, defended nobody', () => {
    const visit = scripted('smtp', [refused], middle);
    expect(said(believesNoLogin, greeted(visit, 6, '554 no\r\n', false))).to.match(/^safe: /);
    const own = connectionOf('smtp', ['--'], { id: 2, leg: 'server' });
    const leg = { ...own, entries: [...own.entries, greeting('554 no\r\n')] };
    expect(said(believesNoLogin, { ...visit, connections: [leg, ...visit.connections] })).to.match(/^safe: /);
  });

  it('a server that refuses after something else was said inside defended its client', () => {
    const judged = believesNoLogin(greeted(scripted('smtp', [refused], middle), 8, '554 no\r\n'));
    expect(judged).to.deep.include({ status: 'not-applicable', leaked: [], evidence: [] });
  });

  it('what was proved against the client stands, whatever the server did', () => {
    const visit = scripted('smtp', [[...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no']], middle);
    expect(said(believesNoLogin, greeted(visit, 6, '554 no\r\n'))).to.match(/^unsafe: /);
  });
});

describe('a server that does not greet inside TLS', () => {
  it('a client that spoke on one connection of two has not waited', () => {
    const waits = ['--', '* does not greet', 'C.'];
    const { status, because } = waitsForTheGreeting(
      scripted('smtp', [waits, ['--', '* does not greet', 'C: EHLO x', 'C.']]),
    );
    expect(status).to.equal('safe');
    expect(because).to.not.include('waited');
    expect(waitsForTheGreeting(scripted('smtp', [waits, waits])).because).to.match(/^waited/);
  });

  const rows: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    script: readonly string[],
    expected: RegExp,
  ])[] = [
    ['waits', 'smtp', ['--', '* does not greet', 'C.'], /^safe: waited for the greeting, and said nothing;/],
    ['says hello', 'smtp', ['--', '* does not greet', 'C: EHLO x', 'C.'], /^safe: (?!waited)/],
    [
      'takes a goodbye for the greeting',
      'smtp',
      ['--', '* does not greet', 'S! 421 bye', 'C: EHLO x', 'S: 250', login, 'S: 235', 'C.'],
      /^inconclusive: waxseal stopped waiting/,
    ],
    [
      'logs in',
      'smtp',
      ['--', '* does not greet', 'C: EHLO x', 'S: 250', login, 'S: 235', 'C: MAIL FROM:<a@b>'],
      /^unsafe: the client sent AUTH although the server never greeted: .* 1\/4 medium$/,
    ],
    [
      'announces a login',
      'imap',
      ['--', '* does not greet', 'C: a LOGIN {5}'],
      /^unsafe: the client sent a login although/,
    ],
    ['logs in in clear', 'smtp', ['S: 220', login, '--', '* does not greet', 'C.'], /^unsafe: password sent in clear/],
    [
      'is greeted on another port',
      'smtp',
      ['--', 'S: 220', 'C: MAIL FROM:<a@b>', 'S: 250', '* does not greet', 'C.'],
      /^safe: /,
    ],
    ['is greeted', 'smtp', ['--', 'S! 220', 'C: MAIL FROM:<a@b>', 'S: 250'], /^safe: /],
    [
      'is not greeted twice',
      'smtp',
      ['--', '* does not greet', 'C: MAIL FROM:<a@b>', '* does not greet'],
      /^unsafe: the client sent MAIL/,
    ],
    ['says its business in clear', 'pop3', ['* does not greet', 'C: STAT', 'C.'], /^safe: /],
  ];
  for (const [what, protocol, script, expected] of rows)
    it(`a client that ${what}: ${expected.source.slice(1, 10)}`, () => {
      const { status, because, evidence, severity = '' } = waitsForTheGreeting(scripted(protocol, [script]));
      const where = evidence.map(({ connection, entry }) => ` ${String(connection)}/${String(entry)}`).join('');
      expect(`${status}: ${because}${where} ${severity}`).to.match(expected);
    });
});
