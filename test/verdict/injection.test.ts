import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import {
  believesNothingInjected,
  choosesFromTheListInside,
  followsTheListInside,
} from '../../src/verdict/injection.js';
import type { Visit, WithheldFacts } from '../../src/verdict/visit.js';
import { scripted } from './scripted.js';
import { canaries } from './visits.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const login = (mechanism: string): string =>
  `C: AUTH ${mechanism} ${base64(`\0${canaries.user}\0${canaries.password}`)}`;
const UPGRADED = [
  'S: 220',
  'C: EHLO x',
  'S: 250-lab',
  'S: 250 STARTTLS',
  'C: STARTTLS',
  'S! 220 Go',
  '--',
  '* withholds',
];
const INJECTED = UPGRADED.map((line) => (line === 'S! 220 Go' ? 'S! 220 Go\r\n250 AUTH PLAIN' : line));
const usual: WithheldFacts = { beforeRelease: ['EHLO'], verbs: ['EHLO', 'AUTH', 'QUIT'], mechanisms: ['LOGIN'] };

/** What a judge says of a visit in a few words. */
const verdict = (
  judge: (visit: Visit) => { status: string; because: string; evidence: readonly { cause: string }[] },
  visit: Visit,
): string => {
  const { status, because, evidence } = judge(visit);
  return `${[status, ...evidence.map(({ cause }) => cause)].join(' ')}: ${because}`;
};

const visitOf = (
  script: readonly string[],
  withheld: WithheldFacts | undefined,
  protocol: ProtocolName = 'smtp',
): Visit => scripted(protocol, [script], withheld === undefined ? {} : { withheld });

describe('belief in injected answers', () => {
  const judge = believesNothingInjected;
  const honest = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', 'C: AUTH LOGIN', 'S: 334 x', 'C: eA=='];
  const rows: readonly (readonly [
    what: string,
    script: readonly string[],
    withheld: WithheldFacts | undefined,
    expected: RegExp,
  ])[] = [
    ['does what its control did', honest, usual, /^safe: /],
    ['leaves', [...UPGRADED, 'C: QUIT'], usual, /^safe: /],
    [
      'goes on before the answer',
      [...UPGRADED, 'C: EHLO x', login('PLAIN')],
      usual,
      /^unsafe believed: sent AUTH before the server had answered/,
    ],
    [
      'speaks before the answer where its control hears it out and leaves without a word',
      [...UPGRADED, '* withholds', login('PLAIN'), '* releases', 'S: 250 AUTH LOGIN', 'C.'],
      { beforeRelease: [], verbs: [], mechanisms: [], ways: [], waited: true },
      /^unsafe believed: sent AUTH before the server had answered/,
    ],
    [
      'speaks after the answer at which its control leaves without a word',
      [...UPGRADED, '* withholds', '* releases', 'S: 250 AUTH LOGIN', 'C: EHLO x', 'C.'],
      { beforeRelease: [], verbs: ['QUIT'], mechanisms: [], ways: [], waited: true },
      /^unsafe believed: sent EHLO: it believed text from before TLS; without that text this client disconnects/,
    ],
    [
      'leaves without a word, as its control does',
      [...UPGRADED, '* withholds', '* releases', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      { beforeRelease: [], verbs: [], mechanisms: [], ways: [], waited: true },
      /^safe: /,
    ],
    [
      'speaks where its control left without a word before the answer',
      [...UPGRADED, '* withholds', login('PLAIN'), '* releases', 'S: 250 AUTH LOGIN', 'C.'],
      { beforeRelease: [], verbs: [], mechanisms: [], ways: [] },
      /^inconclusive: the client said nothing inside TLS in control-withheld/,
    ],
    [
      'leaves although it waits in its control',
      [...UPGRADED, '* withholds', 'C: EHLO x', 'C.'],
      { ...usual, waited: true },
      /^inconclusive: the client disconnected while answers were withheld; without injected data it waits for them/,
    ],
    [
      'leaves, as in its control',
      [...UPGRADED, '* withholds', 'C: EHLO x', 'C.'],
      { ...usual, ways: [['EHLO']] },
      /^safe: /,
    ],
    ['repeats its question', [...UPGRADED, 'C: EHLO x', 'C: EHLO x'], usual, /^safe: /],
    ['loses patience', [...UPGRADED, 'C: EHLO x', 'C: NOOP', 'C: RSET', 'C: HELO x', 'C: QUIT'], usual, /^safe: /],
    [
      'begins otherwise',
      [...UPGRADED, '* releases', 'C: VRFY x'],
      usual,
      /^unsafe believed: sent VRFY first inside TLS: it believed text from before TLS; without that text this client first sends EHLO/,
    ],
    [
      'begins otherwise, after a way out',
      [...UPGRADED, '* releases', 'C: RSET', 'C: VRFY x'],
      { ...usual, verbs: ['NOOP', 'EHLO'] },
      /^unsafe believed: sent VRFY first inside TLS: it believed text from before TLS; without that text this client first sends EHLO/,
    ],
    [
      'uses what was injected only',
      [...INJECTED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN')],
      usual,
      /^unsafe believed: logged in with PLAIN, which was offered in clear only/,
    ],
    [
      'uses what nobody offered',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN')],
      usual,
      /^unsafe believed: logged in with PLAIN, which no list offered; without injected data this client does not use it/,
    ],
    [
      'uses what it always uses',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN')],
      { ...usual, mechanisms: ['PLAIN'] },
      /^safe: /,
    ],
    [
      'uses what was injected in clear',
      ['S: 220', 'C: EHLO x', 'S: 250-lab', 'S: 250 STARTTLS', login('PLAIN')],
      usual,
      /^unsafe on-offer: /,
    ],
    [
      'goes another way once it is logged in',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH PLAIN', login('PLAIN'), 'S: 235 Ok', 'C: VRFY x'],
      { ...usual, mechanisms: ['PLAIN'], ways: [['EHLO', 'AUTH PLAIN', '(logged in)', 'MAIL']] },
      /^inconclusive: after .* the client (?:sent|disconnected)/,
    ],
    [
      'uses what was injected only, after a login in clear that came to nothing',
      [
        ...['S: 220', 'C: AUTH CRAM-MD5', 'S: 334 x', 'C: *', 'S: 501 No', ...UPGRADED.slice(1)],
        ...['C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN')],
      ],
      usual,
      /^unsafe believed: logged in with PLAIN/,
    ],
    [
      'uses what was listed in clear, where no list came inside TLS',
      [
        ...UPGRADED.map((line) => (line === 'S: 250-lab' ? 'S: 250-lab\r\n250-AUTH PLAIN' : line)),
        ...['* releases', login('PLAIN')],
      ],
      { ...usual, beforeRelease: [], verbs: ['AUTH'] },
      /^unsafe believed: logged in with PLAIN, which was offered in clear only/,
    ],
    [
      'uses what an earlier list inside TLS offered',
      [
        ...[...UPGRADED, 'C: EHLO x', '* releases', 'S: 250-lab\r\n250 AUTH PLAIN'],
        ...['C: EHLO x', 'S: 250-lab\r\n250 AUTH LOGIN', login('PLAIN')],
      ],
      usual,
      /^unsafe believed: logged in with PLAIN/,
    ],
    [
      'did not end by itself in control-withheld',
      honest,
      { ...usual, stopped: true },
      /^inconclusive: the client did not end by itself in control-withheld/,
    ],
    [
      'had no control',
      honest,
      undefined,
      /^inconclusive: this client was never seen with delayed answers and without injected data \(control-withheld\)$/,
    ],
    [
      'said nothing inside TLS in its control',
      honest,
      { beforeRelease: [], verbs: ['QUIT'], mechanisms: [] },
      /^inconclusive: the client said nothing inside TLS in control-withheld/,
    ],
    [
      'says nothing inside TLS, as in its control',
      [...UPGRADED, 'C: QUIT'],
      { beforeRelease: [], verbs: [], mechanisms: [] },
      /^safe: /,
    ],
    [
      'uses what is offered inside, but not what it usually does',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250-lab\r\n250 AUTH PLAIN LOGIN', login('PLAIN'), 'S: 454 later'],
      usual,
      /^safe: /,
    ],
    [
      'uses what is offered inside, and sends mail',
      [
        ...[...UPGRADED, 'C: EHLO x', '* releases', 'S: 250-lab\r\n250 AUTH PLAIN LOGIN', login('PLAIN'), 'S: 235 Ok'],
        ...['C: MAIL FROM:<a@b>', 'S: 250 Ok'],
      ],
      usual,
      /^safe: /,
    ],
    [
      'uses what it named itself in clear, and what the server names inside without an offer',
      [
        ...['S: 220', 'C: HELP PLAIN', 'S: 214', ...UPGRADED.slice(1), 'C: EHLO x', '* releases'],
        ...['S: 250 AUTH LOGIN', 'C: HELP', 'S: 214 PLAIN', login('PLAIN')],
      ],
      usual,
      /^unsafe believed: logged in with PLAIN, which no list offered/,
    ],
    [
      'does something else than its control, before it logs in',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', 'C: VRFY x'],
      { ...usual, ways: [['EHLO', 'AUTH LOGIN']] },
      /^unsafe believed: sent VRFY: .* this client sends AUTH LOGIN$/,
    ],
    [
      'says two things before the answer',
      [...UPGRADED, 'C: EHLO x', 'C: VRFY x', login('PLAIN')],
      usual,
      /^unsafe believed: sent VRFY before the server had answered/,
    ],
    [
      'says more than a way out, where its control said nothing inside TLS',
      [...UPGRADED, '* releases', 'S: 250 lab', 'C: EHLO x', 'C: QUIT'],
      { beforeRelease: [], verbs: [], mechanisms: [] },
      /^inconclusive: the client said nothing inside TLS in control-withheld/,
    ],
    [
      'goes on once it is logged in, where its control stops',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH PLAIN', login('PLAIN'), 'S: 235 Ok', 'C: MAIL FROM:<a@b>'],
      { ...usual, mechanisms: ['PLAIN'], ways: [['EHLO', 'AUTH PLAIN', '(logged in)']] },
      /^inconclusive: after AUTH PLAIN the client sent MAIL; without injected data it disconnects$/,
    ],
    [
      'goes on after the answers, where its control had lost patience',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('LOGIN')],
      { ...usual, ways: [['EHLO']] },
      /^inconclusive: after EHLO the client sent AUTH LOGIN; without injected data it disconnects$/,
    ],
    [
      'goes on before the answers, where its control had lost patience',
      [...UPGRADED, 'C: EHLO x', login('LOGIN')],
      { ...usual, ways: [['EHLO']] },
      /^unsafe believed: /,
    ],
    [
      'stops where its control goes on',
      [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      { ...usual, ways: [['EHLO', 'AUTH LOGIN']] },
      /^inconclusive: after EHLO the client disconnected; without injected data it sends AUTH LOGIN$/,
    ],
    [
      'does not wait in its control',
      honest,
      { ...usual, beforeRelease: ['EHLO', 'AUTH', 'QUIT'] },
      /^inconclusive: the client does not wait for answers$/,
    ],
    [
      'waits in its control, but for ways out',
      honest,
      { ...usual, beforeRelease: ['EHLO', 'EHLO', 'QUIT', 'NOOP'] },
      /^safe: /,
    ],
    [
      'does not wait in its control, and goes on',
      [...UPGRADED, 'C: EHLO x', 'C: VRFY x'],
      { ...usual, beforeRelease: ['EHLO', 'AUTH'] },
      /^inconclusive: the client does not wait for answers$/,
    ],
    [
      'does not wait, begins otherwise, and uses what was injected only',
      [...UPGRADED, login('PLAIN')],
      { ...usual, beforeRelease: ['EHLO', 'AUTH'] },
      /^unsafe believed: logged in with PLAIN/,
    ],
  ];
  for (const [what, script, withheld, expected] of rows) {
    it(`a client that ${what}: ${expected.source.slice(1, 40)}`, () => {
      expect(verdict(judge, visitOf(script, withheld))).to.match(expected);
    });
  }

  it('where the server speaks first inside TLS, one command is one too many', () => {
    const script = [
      'S: "STARTTLS"',
      'S: OK',
      'C: STARTTLS',
      'S! OK',
      '--',
      '* withholds',
      '* releases',
      'S: OK',
      'C: CAPABILITY',
    ];
    const withheld = { beforeRelease: ['CAPABILITY'], verbs: ['CAPABILITY'], mechanisms: [] };
    expect(verdict(judge, visitOf(script, withheld, 'managesieve'))).to.match(
      /^inconclusive: the client does not wait/,
    );
    expect(verdict(judge, visitOf(script, { ...withheld, beforeRelease: [] }, 'managesieve'))).to.match(/^safe: /);
  });

  describe('a client that leaves TLS without a word', () => {
    const silent: WithheldFacts = { ...usual, verbs: [], mechanisms: [], beforeRelease: [] };
    /** Each connection ends so many milliseconds after TLS stood. */
    const leaving = (ends: readonly number[], script: readonly string[], withheld: WithheldFacts): string => {
      const visit = scripted(
        'smtp',
        ends.map(() => script),
        { withheld },
      );
      const connections = visit.connections.map((each, index) => ({
        ...each,
        entries: each.entries.map((entry) =>
          entry.kind === 'end' ? { ...entry, at: 10 * (script.indexOf('--') + 1) + (ends[index] ?? 0) } : entry,
        ),
      }));
      return verdict(judge, { ...visit, connections });
    };
    const brooded = (seconds: string): RegExp =>
      new RegExp(`^inconclusive: the client said nothing inside TLS for ${seconds} s and left; without injected data`);
    for (const [what, ends, script, withheld, expected] of [
      ['after two seconds', [2000], [...UPGRADED, 'C.'], usual, /^safe: /],
      ['a moment later', [2001], [...UPGRADED, 'C.'], usual, brooded('2')],
      ['after 2.35 s', [2350], [...UPGRADED, 'C.'], usual, brooded('2\\.4')],
      ['late on one connection of two', [100, 2600], [...UPGRADED, 'C.'], usual, brooded('2\\.6')],
      ['late, where its control says nothing there either', [2600], [...UPGRADED, 'C.'], silent, /^safe: /],
      ['because waxseal hung up', [2600], [...UPGRADED, 'C#'], usual, /^(?!.*said nothing inside TLS for)/],
      ['late, but with a word', [2600], [...UPGRADED, 'C: QUIT', 'C.'], usual, /^safe: /],
      ['late, where TLS was never trusted to begin', [2600], ['--fails', 'C.'], usual, /^(?!.*said nothing inside)/],
    ] as const) {
      it(what, () => {
        expect(leaving(ends, script, withheld)).to.match(expected);
      });
    }
  });

  it('the evidence is the command that shows it', () => {
    const { evidence } = judge(visitOf([...UPGRADED, 'C: EHLO x', login('PLAIN')], usual));
    expect(evidence).to.deep.equal([
      {
        leak: 'trust',
        cause: 'believed',
        connection: 1,
        entry: 9,
        quote: 'AUTH PLAIN …',
        why: 'sent AUTH before the server had answered: it believed text from before TLS; without that text this client waits',
      },
    ]);
  });

  it('the evidence is the first command that shows it, on whatever connection', () => {
    const waits = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', 'C: QUIT'];
    const begins = [...UPGRADED, '* releases', 'C: VRFY x', 'S: 252', 'C: VRFY y'];
    const { evidence } = judge(
      scripted('smtp', [waits, [...UPGRADED, 'C: EHLO x', 'C: VRFY x', 'C: VRFY y']], { withheld: usual }),
    );
    expect(evidence.map(({ connection, entry }) => [connection, entry])).to.deep.equal([[2, 9]]);
    expect(judge(visitOf(begins, usual)).evidence.map(({ entry }) => entry)).to.deep.equal([9]);
  });

  it('a client that waits on one connection only has left', () => {
    const waits = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', 'C: AUTH LOGIN'];
    expect(
      verdict(
        judge,
        scripted('smtp', [waits, [...UPGRADED, 'C: EHLO x', 'C.']], { withheld: { ...usual, waited: true } }),
      ),
    ).to.match(/^inconclusive: the client disconnected while answers were withheld/);
  });

  describe('a protocol’s own login, which its control does not use', () => {
    const imap = (clear: string): string[] => [
      ...[
        'S: * OK',
        'C: a CAPABILITY',
        `S: * CAPABILITY ${clear}`,
        'S: a OK',
        'C: b STARTTLS',
        'S! b OK',
        '--',
        '* withholds',
      ],
      ...[
        'C: c CAPABILITY',
        '* releases',
        'S: * CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN',
        'S: c OK',
        'C: d LOGIN x y',
      ],
    ];
    const pop3 = (clear: string): string[] => [
      ...['S: +OK', 'C: CAPA', 'S: +OK', `S: ${clear}`, 'S: STLS', 'S: .', 'C: STLS', 'S! +OK', '--', '* withholds'],
      ...['C: CAPA', '* releases', 'S: +OK', 'S: SASL PLAIN', 'S: .', 'C: USER x'],
    ];
    for (const [what, protocol, script, verb, where] of [
      [
        'IMAP’s LOGIN, which every list offers that does not forbid it',
        'imap',
        imap('IMAP4rev1'),
        'CAPABILITY',
        'which was offered in clear only',
      ],
      ['POP3’s USER, listed in clear', 'pop3', pop3('USER'), 'CAPA', 'which was offered in clear only'],
      ['POP3’s USER, not listed in clear', 'pop3', pop3('X-USER'), 'CAPA', 'which no list offered'],
    ] as const) {
      it(what, () => {
        const withheld: WithheldFacts = { beforeRelease: [verb], verbs: [verb], mechanisms: ['PLAIN'] };
        expect(verdict(judge, visitOf(script, withheld, protocol))).to.match(/^unsafe believed: logged in with /);
        expect(verdict(judge, visitOf(script, withheld, protocol))).to.include(where);
      });
    }
  });

  it('a login that is announced only is a word inside TLS in the control', () => {
    const script = [
      ...['S: * OK', 'C: b STARTTLS', 'S! b OK', '--', '* withholds', '* releases', 'S: * CAPABILITY IMAP4rev1'],
      ...['C: c LOGIN {1}', 'S: + go', 'C: x {1}', 'S: + go', 'C: y', 'S: c NO', 'C: d LOGOUT'],
    ];
    const withheld: WithheldFacts = { beforeRelease: [], verbs: [], mechanisms: ['LOGIN command'], announced: true };
    expect(verdict(judge, visitOf(script, withheld, 'imap'))).to.match(/^safe: /);
  });

  it('the evidence is what came inside TLS, though the same was said before; a line that nobody knows is not quoted', () => {
    const before = ['S: 220', 'C: HELP', 'S: 214', ...UPGRADED.slice(1), '* releases'];
    expect(judge(visitOf([...before, 'C: HELP'], usual)).evidence.map(({ entry }) => entry)).to.deep.equal([
      before.length,
    ]);
    expect(judge(visitOf([...before, 'C: hunter2'], usual)).evidence.map(({ quote }) => quote)).to.deep.equal(['…']);
  });

  it('mail that is taken is no login that is', () => {
    const script = [
      ...[...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH PLAIN', login('PLAIN'), 'S: 535 no'],
      ...['C: MAIL FROM:<a@b>', 'S: 250', 'C: DATA', 'S: 354', 'C: x\r\n.', 'S: 250'],
    ];
    expect(verdict(judge, visitOf(script, { ...usual, mechanisms: ['PLAIN'], failed: true }))).to.match(
      /^inconclusive: the client reported success/,
    );
  });

  describe('a client that only logs in and leaves', () => {
    const refused = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN'), 'S: 535 5.7.8 no'];
    const ways = [['EHLO', 'AUTH PLAIN']];
    const succeeds: WithheldFacts = { ...usual, mechanisms: ['PLAIN'], ways };
    const fails: WithheldFacts = { ...succeeds, failed: true };
    const ended = { how: 'ended', stdout: '', stderr: '', duration: 1 } as const;
    for (const [what, client, compared, expected] of [
      [
        'reports success where its control fails',
        { ...ended, code: 0 },
        fails,
        /^inconclusive: the client reported success/,
      ],
      [
        'is ended when idle where its control fails',
        { ...ended, how: 'rested', idle: true },
        fails,
        /^inconclusive: waxseal ended the client when it was idle, and no login was accepted/,
      ],
      [
        'is ended when idle, as its control is',
        { ...ended, how: 'rested', idle: true },
        succeeds,
        /^inconclusive: waxseal ended the client when it was idle, so that it reported nothing/,
      ],
      ['fails as its control does', { ...ended, code: 1 }, fails, /^safe: /],
      ['fails with an error', { ...ended, error: 'refused' }, fails, /^safe: /],
      [
        'reports success as its control does, although that login was refused, too',
        { ...ended, code: 0 },
        succeeds,
        /^inconclusive: the client ignores the outcome of its login/,
      ],
      [
        'reports success as its control does, whose second way has a refused login',
        { ...ended, code: 0 },
        { ...succeeds, mechanisms: ['LOGIN', 'PLAIN'], ways: [['EHLO', 'AUTH PLAIN'], ['EHLO']] },
        /^inconclusive: the client ignores the outcome of its login/,
      ],
      [
        'reports success as its control does, whose second login was taken',
        { ...ended, code: 0 },
        { ...succeeds, ways: [...ways, ['EHLO', 'AUTH LOGIN', '(login data)', '(logged in)']] },
        /^safe: /,
      ],
    ] as const) {
      it(what, () => {
        expect(verdict(judge, scripted('smtp', [refused], { client, withheld: compared }))).to.match(expected);
      });
    }

    it('reports success as its control does, where both announced their logins only', () => {
      const script = [
        ...['S: * OK', 'C: b STARTTLS', 'S! b OK', '--', '* withholds', 'C: c CAPABILITY', '* releases'],
        ...['S: * CAPABILITY IMAP4rev1', 'S: c OK', 'C: d LOGIN {1}', 'S: d NO', 'C.'],
      ];
      const announced: WithheldFacts = {
        ...{ beforeRelease: ['CAPABILITY'], verbs: ['CAPABILITY'], mechanisms: ['LOGIN command'] },
        ...{ ways: [['CAPABILITY']], announced: true },
      };
      const client = { ...ended, code: 0 };
      expect(verdict(judge, scripted('imap', [script], { client, withheld: announced }))).to.match(
        /^inconclusive: the client ignores the outcome of its login/,
      );
    });

    const taken = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 AUTH LOGIN', login('PLAIN'), 'S: 235 ok'];
    const silent = [...UPGRADED, '* releases', 'S: 250 AUTH LOGIN', 'C: QUIT'];
    for (const [what, scripts, compared] of [
      ['has its login taken, where its control fails', [taken], { ...usual, mechanisms: ['PLAIN'], failed: true }],
      [
        'has one of two logins taken, where its control fails',
        [refused, taken],
        { ...usual, mechanisms: ['PLAIN'], failed: true },
      ],
      ['says nothing inside TLS, where its control fails', [silent], { ...usual, failed: true }],
      ['says nothing inside TLS, where its control succeeds in spite of a refused login', [silent], succeeds],
    ] as const) {
      it(`${what}: safe`, () => {
        const client = { ...ended, code: 0 };
        expect(verdict(judge, scripted('smtp', scripts, { client, withheld: compared }))).to.match(/^safe: /);
      });
    }

    it('ignores no outcome where its own login is taken', () => {
      const client = { ...ended, code: 0 };
      expect(verdict(judge, scripted('smtp', [refused, taken], { client, withheld: succeeds }))).to.match(
        /^inconclusive: after AUTH PLAIN /,
      );
    });
  });
});

describe('a list from before TLS', () => {
  const judge = followsTheListInside;
  const listed = ['S: 220', 'C: EHLO x', 'S! 250-STARTTLS', 'S! 250 AUTH PLAIN', 'C: STARTTLS', 'S: 220', '--'];
  const rows: readonly (readonly [
    what: string,
    script: readonly string[],
    withheld: WithheldFacts | undefined,
    expected: RegExp,
  ])[] = [
    [
      'asks again, and logs in as the new list says',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: AUTH LOGIN'],
      usual,
      /^safe: /,
    ],
    [
      'skips its question',
      [...listed, login('PLAIN')],
      usual,
      /^unsafe believed: sent AUTH first inside TLS: it believed text from before TLS; without that text this client first sends EHLO/,
    ],
    [
      'logs in as the old list said',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', login('PLAIN')],
      usual,
      /^unsafe believed: logged in with PLAIN/,
    ],
    [
      'asks for TLS before any list',
      ['S: 220', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      usual,
      /^safe: /,
    ],
    ['logs in in clear', [...listed.slice(0, 4), login('PLAIN')], usual, /^unsafe (?:denied|on-offer): password/],
    [
      'logs in as the old list said, where its control left without a word',
      [...listed, 'C: EHLO x', 'S: 250 SIZE', login('PLAIN')],
      { beforeRelease: [], verbs: [], mechanisms: [] },
      /^unsafe believed: logged in with PLAIN/,
    ],
    [
      'logs in as the old list said, where its control did not end by itself',
      [...listed, 'C: EHLO x', 'S: 250 SIZE', login('PLAIN')],
      { beforeRelease: [], verbs: [], mechanisms: [], stopped: true },
      /^inconclusive: the client did not end by itself in control-withheld/,
    ],
    [
      'stops where its control logs in',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      { ...usual, ways: [['EHLO', 'AUTH LOGIN']] },
      /^inconclusive: after .* the client (?:sent|disconnected)/,
    ],
    [
      'does something else than its control',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: VRFY x'],
      { ...usual, ways: [['EHLO', 'AUTH LOGIN']] },
      /^unsafe believed: sent VRFY: it believed text from before TLS; without that text this client sends AUTH LOGIN/,
    ],
    ...[
      ['LOGIN LOGIN command', 'LOGIN'],
      ['PASS USER/PASS', 'PASS'],
      ['APOP APOP', 'APOP'],
      ['AUTHENTICATE LOGIN', 'AUTHENTICATE LOGIN'],
    ].map(
      ([step = '', words = '']) =>
        [
          `does something else than its control, which is told as ${words}`,
          [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: VRFY x'],
          { ...usual, ways: [['EHLO', step]] },
          new RegExp(`this client sends ${words}$`),
        ] as const,
    ),
    [
      'had no control',
      [...listed, 'C: EHLO x', 'C: QUIT'],
      undefined,
      /^inconclusive: this client was never seen with delayed answers and without injected data \(control-withheld\)/,
    ],
    [
      'logs in although nothing is offered, as always',
      [...listed, 'C: EHLO x', 'S: 250 SIZE', 'C: AUTH LOGIN'],
      usual,
      /^safe: /,
    ],
    [
      'logs in as the newest list inside TLS says, which its control did not see',
      [
        ...listed,
        'C: EHLO x',
        'S: 250-lab\r\n250 SIZE',
        'C: EHLO x',
        'S: 250-lab\r\n250 AUTH PLAIN',
        login('PLAIN'),
        'S: 235 ok',
      ],
      usual,
      /^safe: /,
    ],
    [
      'began to log in before TLS, and not inside',
      ['S: 220', 'C: AUTH LOGIN', 'S: 503 no', ...listed.slice(1), 'C: EHLO x', 'S: 250 SIZE', 'C: QUIT'],
      usual,
      /^inconclusive: the client began to log in outside TLS/,
    ],
    [
      'does not wait for answers',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      { ...usual, beforeRelease: ['EHLO', 'AUTH'] },
      /^safe: /,
    ],
  ];
  for (const [what, script, withheld, expected] of rows) {
    it(`a client that ${what}: ${expected.source.slice(1, 40)}`, () => {
      expect(verdict(judge, visitOf(script, withheld))).to.match(expected);
    });
  }

  for (const [what, script, compared, expected] of [
    ['logs in in clear', [...listed.slice(0, 4), login('PLAIN')], usual, /^unsafe (?:denied|on-offer): /],
    [
      'goes by the old list',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', login('PLAIN')],
      usual,
      /^unsafe believed: logged/,
    ],
    ['skips its question', [...listed, 'C: AUTH LOGIN'], usual, /^safe: /],
    [
      'stops where its control logs in',
      [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'],
      { ...usual, ways: [['EHLO', 'AUTH LOGIN']] },
      /^inconclusive: after .* the client (?:sent|disconnected)/,
    ],
    [
      'logs in although no login is offered',
      [...listed, 'C: EHLO x', 'S: 250 SIZE', 'C: AUTH'],
      { ...usual, mechanisms: ['PLAIN'] },
      /^inconclusive: the client logged in although no login was offered/,
    ],
  ] as const)
    it(`whose mechanism alone counts, a client that ${what}: ${expected.source.slice(1, 16)}`, () => {
      expect(verdict(choosesFromTheListInside, visitOf(script, compared))).to.match(expected);
    });

  it('proves nothing of the client’s choice without a visit to compare it with', () => {
    const script = [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'];
    expect(verdict(choosesFromTheListInside, visitOf(script, undefined))).to.match(/^inconclusive: .*control-withheld/);
    expect(verdict(choosesFromTheListInside, visitOf(script, usual))).to.match(/^safe: /);
  });

  it('one connection on which a login comes although none is offered is enough for doubt', () => {
    const asks = [...listed, 'C: EHLO x', 'S: 250 AUTH LOGIN', 'C: QUIT'];
    const logsIn = [...listed, 'C: EHLO x', 'S: 250 SIZE', login('PLAIN')];
    expect(judge(scripted('smtp', [asks, logsIn], { withheld: { ...usual, mechanisms: ['PLAIN'] } })).status).to.equal(
      'safe',
    );
    const literal = [
      'S: * OK',
      'C: a STARTTLS',
      'S! a OK',
      '--',
      'C: b CAPABILITY',
      'S: * CAPABILITY IMAP4rev1 LOGINDISABLED',
      'S: b OK',
    ];
    const withheld: WithheldFacts = { beforeRelease: ['CAPABILITY'], verbs: ['CAPABILITY'], mechanisms: [] };
    expect(
      verdict(
        judge,
        scripted(
          'imap',
          [
            [...literal, 'C: c LOGOUT'],
            [...literal, 'C: c LOGIN {5}', 'C.'],
          ],
          { withheld },
        ),
      ),
    ).to.match(/^inconclusive: .*although no login was offered/);
  });

  describe('that begins a login with a literal', () => {
    const begun = ['S: * OK', 'C: a STARTTLS', 'S! a OK', '--', 'C: b CAPABILITY'];
    const withheld: WithheldFacts = { beforeRelease: ['CAPABILITY'], verbs: ['CAPABILITY'], mechanisms: [] };
    const NONE = 'S: * CAPABILITY IMAP4rev1 LOGINDISABLED';
    for (const [what, script, expected] of [
      [
        'although no login is offered',
        [...begun, NONE, 'S: b OK', 'C: c LOGIN {5}', 'C.'],
        /^inconclusive: .*although no login was offered/,
      ],
      [
        'although none is offered, and one is later',
        [...begun, NONE, 'S: b OK', 'C: c LOGIN {5}', 'S: * CAPABILITY IMAP4rev1 AUTH=PLAIN', 'C.'],
        /^inconclusive: .*although no login was offered/,
      ],
      [
        'where no list came inside TLS',
        ['S: * OK', NONE, ...begun.slice(1), 'S: b OK', 'C: c LOGIN {5}', 'C.'],
        /^safe: /,
      ],
    ] as const) {
      it(what, () => {
        expect(verdict(judge, visitOf(script, withheld, 'imap'))).to.match(expected);
      });
    }
  });
});
