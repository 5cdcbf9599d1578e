import { expect } from 'chai';
import {
  isAfterRelease,
  isComparable,
  patienceOf,
  reportsFailure,
  stoodInTls,
  verbsBeforeRelease,
  withheldFacts,
} from '../../src/verdict/comparison.js';
import { controlFacts, factsWithoutSecrets, judgeControl, knowsOldTlsOnly } from '../../src/verdict/control.js';
import { readings } from '../../src/verdict/evidence.js';
import type { BoundaryEntry } from '../../src/wire/entry.js';
import type { CanaryHit, ClientEnd, ConnectionRecord, Visit } from '../../src/verdict/visit.js';
import { connectionOf, scripted } from './scripted.js';
import { canaries } from './visits.js';

const PLAIN = `C: AUTH PLAIN ${Buffer.from(`\0${canaries.user}\0${canaries.password}`).toString('base64')}`;
const UPGRADED = ['S: 220', 'C: EHLO x', 'S: 250-lab', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 Go'];
const MAILED = [
  'C: MAIL FROM:<a@b>',
  'S: 250',
  'C: RCPT TO:<c@d>',
  'S: 250',
  'C: DATA',
  'S: 354',
  'C: x\r\n.',
  'S: 250',
];
const hit: CanaryHit = { connection: 1, entry: 8, canary: 'password', form: 'base64', inside: true };
const controlOf = (connections: readonly ConnectionRecord[], more: Partial<Visit> = {}): Visit => {
  const { control: _, ...visit } = scripted('smtp', [], { connections, ...more });
  return visit;
};
const ended = (more: Partial<ClientEnd> = {}): ClientEnd => ({
  how: 'ended',
  stdout: '',
  stderr: '',
  duration: 1,
  ...more,
});

/** A connection whose ClientHellos offer these versions; none without them. */
const offering = (versions: readonly string[] | undefined, script: readonly string[], id = 1): ConnectionRecord => {
  const connection = connectionOf('smtp', script, { id });
  const entries = connection.entries.map((entry) => {
    if (entry.kind !== 'boundary') return entry;
    const { hello, ...rest } = entry;
    return versions === undefined || hello === undefined ? rest : { ...rest, hello: { ...hello, versions } };
  });
  return { ...connection, entries };
};

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** A connection whose boundaries are changed. */
const changed = (script: readonly string[], change: Partial<BoundaryEntry>): ConnectionRecord => {
  const connection = connectionOf('smtp', script);
  const entries = connection.entries.map((entry) => (entry.kind === 'boundary' ? { ...entry, ...change } : entry));
  return { ...connection, entries };
};
const withPending = (data: string): ConnectionRecord => changed(['--silent'], { pending: [{ at: 0, data }] });
const withAlert = (name: string): ConnectionRecord =>
  changed([...UPGRADED, '--alert'], { alert: { from: 'client', name } });

describe('a client that knows forbidden versions of TLS only', () => {
  const STOOD = [...UPGRADED, '--', PLAIN, 'S: 235'];
  const rows: readonly (readonly [
    what: string,
    connections: readonly ConnectionRecord[],
    old: boolean,
    unsafe: boolean,
  ])[] = [
    ['TLS 1.0', [offering(['TLSv1.0'], STOOD)], true, true],
    ['TLS 1.0 and 1.1', [offering(['TLSv1.0', 'TLSv1.1'], STOOD)], true, true],
    ['TLS 1.0 and 1.2', [offering(['TLSv1.0', 'TLSv1.2'], STOOD)], false, false],
    ['TLS 1.0 that did not stand', [offering(['TLSv1.0'], [...UPGRADED, '--fails'])], true, false],
    ['no ClientHello', [offering(undefined, STOOD)], false, false],
    ['TLS 1.0 on two connections', [offering(['TLSv1.0'], STOOD), offering(['TLSv1.0'], STOOD, 2)], true, true],
    ['TLS 1.0, and 1.3 elsewhere', [offering(['TLSv1.0'], STOOD), offering(['TLSv1.3'], STOOD, 2)], false, false],
  ];
  for (const [what, connections, old, unsafe] of rows) {
    it(`${what}: ${unsafe ? 'unsafe' : 'no evidence'}`, () => {
      const visit = controlOf(connections, { hits: [hit] });
      expect(knowsOldTlsOnly(visit)).to.equal(old);
      const { status, leaked, severity, evidence } = judgeControl(visit);
      if (unsafe) {
        expect([status, severity, ...leaked]).to.deep.equal(['unsafe', 'high', 'encryption']);
        expect(evidence.map(({ connection, entry }) => [connection, entry])).to.deep.equal([[1, 6]]);
        expect(evidence[0]?.quote).to.match(/^ClientHello: TLSv1\.0/);
      } else expect(leaked).to.deep.equal([]);
      const { status: lenient } = judgeControl({ ...visit, policy: 'opportunistic' });
      expect(lenient).to.equal(unsafe ? 'downgradable' : status);
    });
  }
});

describe('what a control teaches', () => {
  const facts = (script: readonly string[], more: Partial<Visit> = {}): ReturnType<typeof controlFacts> =>
    controlFacts(controlOf([connectionOf('smtp', script)], more));

  it('no password that was found outside TLS', () => {
    expect(facts([...UPGRADED, '--', PLAIN], { hits: [{ ...hit, inside: false }] })).to.deep.include({
      found: [],
      passed: false,
    });
  });

  it('the version of the handshake that was completed', () => {
    const connections = [['--fails'], [...UPGRADED, '--', PLAIN]].map((script, index) =>
      connectionOf('smtp', script, { id: index + 1 }),
    );
    expect(controlFacts(controlOf(connections)).tlsVersion).to.equal('TLSv1.3');
  });

  it('no tag that may be a secret', () => {
    const connection = connectionOf('imap', ['S: * OK', 'C: a1 NOOP', 'C: hunter2 word']);
    expect(controlFacts(controlOf([connection], { protocol: 'imap' })).tags).to.deep.equal(['a1', '*']);
  });

  for (const [what, script, taken] of [
    ['a login inside trusted TLS', ['--', 'S: 220', PLAIN, 'S: 235'], true],
    ['a login inside other TLS', ['--bad', 'S: 220', PLAIN, 'S: 235'], false],
    ['a login in clear', ['S: 220', PLAIN, 'S: 235'], false],
    ['mail inside trusted TLS', ['--', 'S: 220', ...MAILED], false],
  ] as const)
    it(`${what} is ${taken ? 'a login' : 'no login'} that was taken`, () => {
      expect(facts(script).loggedIn).to.equal(taken);
    });

  it('nothing of somebody’s login or mail that came in clear', () => {
    const passes = (script: readonly string[], more: Partial<Visit> = {}): boolean =>
      facts(script, { ownCredentials: false, ...more }).passed;
    expect(passes(['--', 'S: 220', PLAIN, 'S: 235'])).to.equal(true);
    expect(passes(['S: 220', PLAIN, 'S: 235'])).to.equal(false);
    expect(passes(['--', 'S: 220', ...MAILED])).to.equal(true);
    expect(passes(['S: 220', ...MAILED])).to.equal(false);
    expect(passes(['--', 'S: 220', ...MAILED], { ownCredentials: true })).to.equal(false);
  });

  it('that what is inside cannot be seen, where one connection of several is passed on', () => {
    const connections = [
      [...UPGRADED, '--sealed', 'C.'],
      ['S: 220', 'C: QUIT', 'C.'],
    ].map((script, index) => connectionOf('smtp', script, { id: index + 1 }));
    expect(judgeControl(controlOf(connections)).because).to.include('was passed on');
  });

  it('nothing of TLS that is passed on and did not stand', () => {
    expect(judgeControl(controlOf([changed([...UPGRADED, '--fails'], { opaque: true })])).because).to.include(
      'handshake failed',
    );
  });

  it('by one connection of several', () => {
    const scripts = [
      ['S: 220', 'C: QUIT', 'C.'],
      ['--', 'S: 220', PLAIN, 'S: 235', ...MAILED],
    ];
    const connections = scripts.map((script, index) => connectionOf('smtp', script, { id: index + 1 }));
    const visit = controlOf(connections, { ownCredentials: false });
    expect(controlFacts(visit)).to.deep.include({ passed: true, loggedIn: true, took: ['login', 'message'] });
    expect(judgeControl(visit).because).to.equal('login found inside TLS 1.3 only; 2 connections seen');
    const mailed = [
      ['S: 220', 'C: QUIT', 'C.'],
      ['--', 'S: 220', ...MAILED],
    ].map((script, index) => connectionOf('smtp', script, { id: index + 1 }));
    expect(controlFacts(controlOf(mailed, { ownCredentials: false })).passed).to.equal(true);
  });

  it('the version of the first TLS that stood', () => {
    const scripts = [['--sealed'], ['--']].map((script, index) => connectionOf('smtp', script, { id: index + 1 }));
    expect(controlFacts(controlOf(scripts)).tlsVersion).to.equal('TLSv1.2');
    expect(controlFacts(controlOf([connectionOf('smtp', ['S: 220'])]))).to.not.have.property('tlsVersion');
  });

  it('commands, and no answers to challenges', () => {
    const login = ['C: AUTH LOGIN', 'S: 334 x', 'C: dQ==', 'S: 334 x', 'C: cA==', 'S: 235', 'C: QUIT'];
    expect(facts(['S: 220', ...login, '--', ...login])).to.deep.include({
      verbsOutside: ['AUTH', 'QUIT'],
      verbsInside: ['AUTH', 'QUIT'],
    });
  });

  it('no report of a client that was ended', () => {
    expect(facts(['S: 220'], { client: ended({ how: 'stopped' }) })).to.not.have.property('reported');
  });

  it('no login that is only announced', () => {
    const connection = connectionOf('imap', ['--', 'S: * OK', 'C: a LOGIN {5}']);
    expect(controlFacts(controlOf([connection], { protocol: 'imap', ownCredentials: false })).passed).to.equal(false);
  });

  for (const [what, more, because] of [
    [
      'was not kept whole, and left TLS again',
      { connections: [connectionOf('smtp', [...UPGRADED, '--', PLAIN, '==', 'C: NOOP'], { truncated: true })] },
      'a transcript is incomplete',
    ],
    [
      'was not kept whole, whose TLS was not trusted',
      {
        connections: [
          connectionOf('smtp', [...UPGRADED, '--', PLAIN]),
          connectionOf('smtp', ['--bad', 'S: 220'], { id: 2, truncated: true }),
        ],
      },
      'a transcript is incomplete',
    ],
    [
      'was not kept whole, whose TLS did not stand',
      {
        connections: [
          connectionOf('smtp', [...UPGRADED, '--breaks', '--', PLAIN, '==', 'S: 220', '--breaks'], { truncated: true }),
        ],
      },
      'a transcript is incomplete',
    ],
    ['was not seen to its end', { drained: false }, 'a connection was still open'],
  ] as const satisfies readonly (readonly [string, Partial<Visit>, string])[])
    it(`no safety where a connection ${what}, but what its login shows`, () => {
      const visit = controlOf([connectionOf('smtp', [...UPGRADED, '--', PLAIN])], { hits: [hit], ...more });
      const judged = judgeControl(visit);
      expect(judged.status).to.equal('inconclusive');
      expect(judged.because).to.include(because);
      expect(controlFacts(visit).passed).to.equal(true);
    });

  it('safety where what was not kept was said inside TLS, as a long mail is', () => {
    const long = connectionOf('smtp', [...UPGRADED, '--', PLAIN], { truncated: true });
    expect(judgeControl(controlOf([long], { hits: [hit] })).status).to.equal('safe');
  });

  it('the mechanisms inside TLS only, where answers are withheld', () => {
    const visit = controlOf([connectionOf('smtp', ['S: 220', PLAIN, '--', 'S: 220', 'C: AUTH LOGIN'])]);
    expect(withheldFacts(visit).mechanisms).to.deep.equal(['LOGIN']);
  });

  it('no reason that a client gave which passed', () => {
    const client = ended({ code: 0, stderr: 'warning: /etc/mail/rc: permission denied' });
    expect(facts([...UPGRADED, '--', PLAIN, 'S: 235'], { hits: [hit], client }).passed).to.equal(true);
  });

  it('no mail without a message, nor by one that came in other TLS', () => {
    const passes = (script: readonly string[]): boolean => facts(script, { ownCredentials: false }).passed;
    expect(passes(['--', 'S: 220', 'C: NOOP', 'S: 250'])).to.equal(false);
    expect(passes(['--', 'S: 220', ...MAILED.slice(0, 5)])).to.equal(false);
  });

  it('its reason as it is told elsewhere, without its own secrets', () => {
    const taught = facts(['--', 'S: 220', PLAIN]);
    const sweep = (text: string): string => text.replaceAll('secret', '…');
    const told = factsWithoutSecrets({ ...taught, mechanisms: ['PLAIN', 'X-secret'], why: 'a secret' }, sweep);
    expect([told.mechanisms, told.why]).to.deep.equal([['PLAIN', 'X-…'], 'a …']);
    const { why: _, ...passed } = taught;
    expect(factsWithoutSecrets(passed, sweep)).to.deep.equal(passed);
  });

  for (const [what, login] of [
    ['password', [PLAIN, 'S: 235']],
    ['token', [`C: AUTH XOAUTH2 ${base64('user=bob\x01auth=Bearer hunter2secret\x01\x01')}`, 'S: 235']],
    ['authenticator', ['C: AUTH CRAM-MD5', `S: 334 ${base64('<1@h>')}`, `C: ${base64('bob 0123')}`, 'S: 235']],
  ] as const)
    it(`a login by somebody’s ${what}`, () => {
      expect(facts(['--', 'S: 220', ...login], { ownCredentials: false }).passed).to.equal(true);
    });

  it('of the mode: a client that begins with TLS where that is due is configured well', () => {
    const visit = controlOf([connectionOf('smtp', ['S: 220', 'C% \x16\x03\x01', 'C.'], { tls: 'implicit' })], {
      tls: 'implicit',
    });
    expect(judgeControl(visit).because).to.not.include('where STARTTLS was due');
  });
});

describe('why a control failed', () => {
  const HELLO = 'C% \x16\x03\x01';

  it('of several handshakes the first that failed is told', () => {
    const connections = [
      [...UPGRADED, '--fails'],
      [...UPGRADED, '--breaks'],
    ].map((script, index) => connectionOf('smtp', script, { id: index + 1 }));
    expect(judgeControl(controlOf(connections)).because).to.include('failed (closed)');
    const silent = [...connections, connectionOf('smtp', ['C: EHLO first', '--silent'], { id: 3, tls: 'implicit' })];
    silent.push(connectionOf('smtp', ['C: EHLO second', '--silent'], { id: 4, tls: 'implicit' }));
    expect(judgeControl(controlOf(silent, { tls: 'implicit' })).because).to.include('“EHLO first”');
  });

  const words: readonly (readonly [what: string, client: Partial<ClientEnd>, because: RegExp])[] = [
    [
      'a file that it did not find, as it threw',
      { error: 'no such file or directory' },
      /^the client ended before connecting/,
    ],
    ['a file that it did not find', { code: 0, stderr: 'file not found' }, /^the client ended before connecting/],
    ['no code', {}, /^the client made no connection to the port that it was given; /],
    ['a long error', { error: 'e'.repeat(200) }, /\(it threw: e{160}\)/],
    [
      'a file that may not be read',
      { stderr: 'open /etc/waxseal/ca.pem: Permission denied' },
      /^the client could not read \/etc\/waxseal\/ca\.pem, it said: .*; if it changes its user, that user must be able to read the file/,
    ],
    [
      'a file that another user may not read',
      { stdout: 'EACCES /etc/waxseal/ca.pem', user: 'mail\x1b' },
      /^the client could not read \/etc\/waxseal\/ca\.pem as the user mail\\x1b, it said: .*; mail\\x1b, which it changed to, must be able to read/,
    ],
    ['a long path', { stderr: `permission denied: /a/${'b'.repeat(300)}` }, /^the client could not read \/a\/b{197}, /],
    ['a path that is not said to be forbidden', { stderr: 'reads /etc/passwd' }, /^the client made no connection/],
    ['a denial without a path', { stderr: 'permission denied' }, /^the client made no connection/],
    ['a denial in one line, a path in another', { stderr: 'permission denied\n/etc/passwd' }, /^the client made no/],
  ];
  for (const [what, client, because] of words)
    it(`no connection: ${what}`, () => {
      expect(judgeControl(controlOf([], { client: ended(client) })).because).to.match(because);
    });

  for (const [script, words] of [
    [[...UPGRADED, '--', 'C: NOOP'], '; its last word was NOOP, inside TLS; '],
    [['S: 220', 'C: EHLO x', 'C: RSET'], '; its last word was RSET, in clear; '],
    [['S: 220', 'C: AUTH LOGIN', 'S: 334 x', 'C: eA=='], '; its last word was (login data), in clear; '],
    [['S: 220'], '2 s; give it what it waits for'],
  ] as const)
    it(`a client that does not end: ${words}`, () => {
      const client = ended({ how: 'stopped', duration: 2_000 });
      const visit = controlOf([connectionOf('smtp', script)], { client });
      expect(controlFacts(visit).why).to.include(words).and.to.include('did not end within 2 s');
    });

  it('a login whose password was not found is told with its mechanisms, each once', () => {
    const script = [
      '--',
      'S: 220',
      'C: AUTH LOGIN',
      'S: 334 x',
      'C: eA==',
      'S: 535',
      'C: AUTH LOGIN',
      'S: 535',
      'C: AUTH X-Y',
    ];
    expect(controlFacts(controlOf([connectionOf('smtp', script)])).why).to.include('tried to log in (LOGIN, X-Y), but');
  });

  it('a long error of a client whose TLS is passed on is cut', () => {
    const visit = controlOf([connectionOf('smtp', ['--sealed'])], { client: ended({ error: 'e'.repeat(200) }) });
    expect(judgeControl(visit).because).to.match(/^the client failed \(e{160}\)/);
  });
  const rows: readonly (readonly [
    what: string,
    tls: 'starttls' | 'implicit',
    connection: ConnectionRecord,
    because: string,
    not?: string,
  ])[] = [
    [
      'a handshake that stood, of which no ClientHello was read',
      'implicit',
      offering(undefined, ['--', 'C: QUIT']),
      'said QUIT right after the TLS handshake, and did not log in',
    ],
    [
      'TLS where STARTTLS was due',
      'starttls',
      connectionOf('smtp', [HELLO, 'C.']),
      'began with TLS where STARTTLS was due',
    ],
    [
      'words in clear where a ClientHello was due',
      'starttls',
      connectionOf('smtp', ['S: 220', 'C: STARTTLS', 'S: 220', 'C: NOOP', 'C: STARTTLS', '--silent']),
      '“NOOP” in clear where its ClientHello was due: it must start TLS or close',
    ],
    [
      'words in clear on an implicit port',
      'implicit',
      connectionOf('smtp', ['C: EHLO a', '--silent'], { tls: 'implicit' }),
      'was due: is it configured for STARTTLS?',
    ],
    ['a line that ends without CR', 'implicit', withPending('EHLO a\nEHLO b\n'), '“EHLO a” in clear'],
    ['a long word', 'implicit', withPending(`${'y'.repeat(100)}\r\n`), `“${'y'.repeat(60)}” in clear`],
    ['TLS behind a command', 'starttls', connectionOf('smtp', ['S: 220', 'C: EHLO x', HELLO]), 'never asked for TLS'],
    [
      'words before a STARTTLS, on an implicit port',
      'implicit',
      connectionOf('smtp', ['C: EHLO a', 'C: STARTTLS', '--silent'], { tls: 'implicit' }),
      '“EHLO a”',
    ],
    [
      'a login where the ClientHello was due',
      'implicit',
      withPending('AUTH PLAIN hunter2\r\nNOOP\r\n'),
      '“AUTH PLAIN …” in clear',
      'hunter2',
    ],
    ['two words there', 'implicit', withPending('EHLO a\r\n'), '“EHLO a” in clear'],
    [
      'a record before a handshake that failed',
      'starttls',
      connectionOf('smtp', ['S: 220', HELLO, '--fails']),
      'handshake failed (closed)',
    ],
    [
      'a record of the server',
      'starttls',
      connectionOf('smtp', ['S% \x16\x03\x01', 'C.']),
      'said nothing the protocol knows',
    ],
    ['half a line', 'starttls', connectionOf('smtp', ['S: 220', 'C~ EHL']), 'said nothing the protocol knows'],
    [
      'a line inside TLS, where no ClientHello had come before',
      'implicit',
      connectionOf('smtp', ['--silent', '--', 'C: EHLO x'], { tls: 'implicit' }),
      'no ClientHello came',
      'EHLO',
    ],
    [
      'no ClientHello, for which waxseal waited in vain',
      'starttls',
      changed([...UPGRADED, '--silent'], { timeout: 5000 }),
      'sent no ClientHello (no ClientHello came); what does it wait for?',
    ],
    [
      'no ClientHello before the end',
      'starttls',
      connectionOf('smtp', [...UPGRADED, '--silent']),
      'its own TLS library may refuse to start',
    ],
    ['another alert', 'starttls', withAlert('protocol_version'), 'failed (alert protocol_version)'],
    ['an alert about the CA', 'starttls', withAlert('unknown_ca'), 'does not trust waxseal'],
    ['an alert about the time', 'starttls', withAlert('certificate_expired'), 'is its clock right?', 'trust'],
  ];
  for (const [what, tls, connection, because, not] of rows) {
    it(what, () => {
      const judged = judgeControl(controlOf([connection], { tls }));
      expect(judged.because).to.include(because);
      if (not !== undefined) expect(judged.because).to.not.include(not);
    });
  }
});

describe('whether a client reports failure', () => {
  const rows: readonly (readonly [client: Partial<ClientEnd>, failed: boolean])[] = [
    [{ code: 0 }, false],
    [{ code: 1 }, true],
    [{ signal: 'SIGABRT' }, true],
    [{ error: 'refused' }, true],
    [{ how: 'rested' }, false],
    [{ how: 'rested', idle: true }, false],
    [{ how: 'stopped', code: 1 }, false],
  ];
  for (const [client, failed] of rows) {
    it(`${JSON.stringify(client)}: ${failed ? 'failure' : 'none'}`, () => {
      expect(reportsFailure(controlOf([], { client: ended(client) }))).to.equal(failed);
    });
  }
});

describe('what is read of withheld answers', () => {
  const patience: readonly (readonly [script: readonly string[], expected: 'waited' | 'left' | undefined])[] = [
    [['--', '* withholds', 'C: EHLO x', '* releases'], 'waited'],
    [['--', '* withholds', 'C: EHLO x'], 'left'],
    [['--', 'C: EHLO x', '* releases'], undefined],
    [['S: 220', 'C: EHLO x', '* withholds'], undefined],
  ];
  for (const [script, expected] of patience) {
    it(`${script.join(', ')}: ${expected ?? 'nothing'}`, () => {
      expect(readings(scripted('smtp', [script])).map((each) => patienceOf(each))).to.deep.equal([expected]);
    });
  }

  const facts = (script: readonly string[], more: Partial<Visit> = {}): ReturnType<typeof withheldFacts> =>
    withheldFacts(controlOf([connectionOf('imap', script)], { protocol: 'imap', ...more }));

  it('a login that is announced inside TLS, and none elsewhere or of another kind', () => {
    expect(facts(['--', 'S: * OK', 'C: a LOGIN {5}'])).to.deep.equal({
      beforeRelease: [],
      verbs: [],
      mechanisms: ['LOGIN command'],
      ways: [],
      announced: true,
    });
    for (const script of [
      ['S: * OK', 'C: a LOGIN {5}'],
      ['--', 'S: * OK', 'C: a APPEND INBOX {5}'],
      ['--', 'S: * OK', 'C: a AUTHENTICATE {5}'],
      ['--', 'S: * OK', 'C: a NOOP'],
    ])
      expect(facts(script)).to.not.have.property('announced');
  });

  it('the way of a client that was ended is not told, its failure is', () => {
    const script = ['--', 'S: * OK', 'C: a NOOP'];
    const stopped = { how: 'stopped', code: 1, stdout: '', stderr: '', duration: 1 } as const;
    expect(facts(script, { client: stopped })).to.deep.equal({
      beforeRelease: ['NOOP'],
      verbs: ['NOOP'],
      mechanisms: [],
      stopped: true,
    });
    expect(facts(script, { client: { ...stopped, how: 'ended' } })).to.deep.include({ failed: true, ways: [] });
  });

  for (const end of ['# idle', '# too long', '--times out'])
    it(`the way of a client for which waxseal would not wait (${end}) is not told either`, () => {
      const { ways, stopped } = facts(['--', 'S: * OK', 'C: a NOOP', end]);
      expect([ways, stopped]).to.deep.equal([undefined, true]);
    });

  it('no wait where nothing was withheld', () => {
    expect(facts(['--', 'S: * OK', '* releases', 'C: a NOOP'])).to.not.have.property('waited');
  });

  it('one connection of several is enough for a wait, and for what is announced', () => {
    const connections = [
      ['--', 'S: * OK', 'C: a NOOP'],
      ['--', '* withholds', 'S: * OK', 'C: a NOOP', 'C: b LOGIN {5}', '* releases'],
    ].map((script, index) => connectionOf('imap', script, { id: index + 1 }));
    expect(withheldFacts(controlOf(connections, { protocol: 'imap' }))).to.deep.include({
      waited: true,
      announced: true,
    });
  });

  it('no verb of a message, and what is said before the first release', () => {
    const script = ['--', 'S: 220', ...MAILED.slice(0, 5), '* releases', ...MAILED.slice(5), '* releases'];
    expect(verbsBeforeRelease(readings(scripted('smtp', [script])))).to.deep.equal(['MAIL', 'RCPT', 'DATA']);
    expect(withheldFacts(scripted('smtp', [script])).verbs).to.deep.equal(['MAIL', 'RCPT', 'DATA']);
  });

  it('that a client goes on with a handshake made by hand, by the message that shows it', () => {
    const going = (answers: readonly string[] | undefined, id = 1): ConnectionRecord => ({
      ...changed(['--fails'], answers === undefined ? {} : { answers: [...answers] }),
      id,
    });
    const KEY = ['client_key_exchange', 'finished'];
    for (const [connections, goesOn] of [
      [[going(KEY)], true],
      [[going(undefined), going(KEY, 2)], true],
      [[going(['client_hello'])], false],
      [[going(undefined)], false],
    ] as const) {
      const visit = controlOf(connections);
      expect(withheldFacts(visit).wentOn).to.equal(goesOn ? true : undefined);
      expect(isComparable(visit)).to.equal(goesOn);
      expect(isComparable({ ...visit, faults: ['the port was taken'] })).to.equal(false);
    }
    expect(isComparable(controlOf([connectionOf('smtp', ['--'])]))).to.equal(true);
    expect(isComparable({ ...controlOf([connectionOf('smtp', ['--'])]), faults: ['x'] })).to.equal(false);
  });

  it('what is said after the first release', () => {
    const script = ['--', 'C: EHLO x', '* releases', 'C: NOOP', '* releases', 'C: QUIT'];
    const after = (lines: readonly string[]): boolean[] =>
      readings(scripted('smtp', [lines])).flatMap((each) => each.said.map((said) => isAfterRelease(each, said)));
    expect(after(script)).to.deep.equal([false, true, true]);
    expect(after(script.filter((line) => line !== '* releases'))).to.deep.equal([false, false, false]);
  });

  it('what is said before the release, inside TLS', () => {
    const read = readings(scripted('smtp', [['S: 220', 'C: NOOP', '--', 'C: EHLO x', '* releases', 'C: QUIT']]));
    expect(verbsBeforeRelease(read)).to.deep.equal(['EHLO']);
  });
});

describe('whether trusted TLS stood', () => {
  for (const [step, stood] of [
    ['--', true],
    ['--bad', false],
    ['--breaks', false],
  ] as const)
    it(`${step}: ${stood ? 'yes' : 'no'}`, () => {
      expect(
        stoodInTls(
          scripted('smtp', [
            ['S: 220', 'C: QUIT'],
            ['S: 220', step],
          ]),
        ),
      ).to.equal(stood);
    });
});
