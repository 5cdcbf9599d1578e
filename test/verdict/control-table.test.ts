import { expect } from 'chai';
import {
  controlFacts,
  judgeControl,
  knowsOldTlsOnly,
  patienceOf,
  reportsFailure,
  stoodInTls,
  verbsBeforeRelease,
  withheldFacts,
} from '../../src/verdict/control.js';
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
    ['TLS 1.0, and 1.3 elsewhere', [offering(['TLSv1.0'], STOOD), offering(['TLSv1.3'], STOOD, 2)], false, false],
  ];
  for (const [what, connections, old, unsafe] of rows) {
    it(`${what}: ${unsafe ? 'unsafe' : 'no evidence'}`, () => {
      const visit = controlOf(connections, { hits: [hit] });
      expect(knowsOldTlsOnly(visit)).to.equal(old);
      const { status, leaked, severity } = judgeControl(visit);
      if (unsafe) expect([status, severity, ...leaked]).to.deep.equal(['unsafe', 'high', 'encryption']);
      else expect(leaked).to.deep.equal([]);
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

  it('the mechanisms inside TLS only, where answers are withheld', () => {
    const visit = controlOf([connectionOf('smtp', ['S: 220', PLAIN, '--', 'S: 220', 'C: AUTH LOGIN'])]);
    expect(withheldFacts(visit).mechanisms).to.deep.equal(['LOGIN']);
  });

  it('no reason that a client gave which passed', () => {
    const client = ended({ code: 0, stderr: 'warning: /etc/mail/rc: permission denied' });
    expect(facts([...UPGRADED, '--', PLAIN, 'S: 235'], { hits: [hit], client }).passed).to.equal(true);
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
    ['another alert', 'starttls', withAlert('protocol_version'), 'failed (alert protocol_version)'],
    ['an alert about the CA', 'starttls', withAlert('unknown_ca'), 'does not trust waxseal'],
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
