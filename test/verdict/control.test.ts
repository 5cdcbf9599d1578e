import { createHash, createHmac } from 'node:crypto';
import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { withheldFacts } from '../../src/verdict/comparison.js';
import { controlFacts, judgeControl } from '../../src/verdict/control.js';
import type { CanaryHit, ClientEnd, Visit } from '../../src/verdict/visit.js';
import { scripted } from './scripted.js';
import { canaries } from './visits.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const PLAIN = `C: AUTH PLAIN ${base64(`\0${canaries.user}\0${canaries.password}`)}`;
const UPGRADED = ['S: 220 ready', 'C: EHLO x', 'S: 250-lab', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 Go'];
const LOGGED_IN = [...UPGRADED, '--', 'C: EHLO x', 'S: 250 AUTH PLAIN', PLAIN, 'S: 235 Ok', 'C: QUIT', 'C.'];
const MAILED = [
  'C: MAIL FROM:<a@b>',
  'S: 250 Ok',
  'C: RCPT TO:<c@d>',
  'S: 250 Ok',
  'C: DATA',
  'S: 354 Go',
  'C: Hello',
  'C: .',
  'S: 250 Ok',
];
const hit = (canary: CanaryHit['canary'], more: Partial<CanaryHit> = {}): CanaryHit => ({
  connection: 1,
  entry: 9,
  canary,
  form: 'base64',
  inside: true,
  ...more,
});
const ended = (more: Partial<ClientEnd> = {}): ClientEnd => ({
  how: 'ended',
  stdout: '',
  stderr: '',
  duration: 1_000_400,
  ...more,
});

const controlOf = (
  scripts: readonly (readonly string[])[],
  more: Partial<Visit> = {},
  protocol: ProtocolName = 'smtp',
): Visit => {
  const { control: _, ...visit } = scripted(protocol, scripts, more);
  return visit;
};

describe('the control', () => {
  it('passes by its login, and teaches what the client does', () => {
    const facts = controlFacts(controlOf([LOGGED_IN], { hits: [hit('password'), hit('user'), hit('password')] }));
    expect(facts).to.deep.equal({
      passed: true,
      tlsVersion: 'TLSv1.3',
      connections: 1,
      spoken: 1,
      verbsOutside: ['EHLO', 'STARTTLS'],
      verbsInside: ['EHLO', 'AUTH', 'QUIT'],
      tags: [],
      upgrade: { connection: 1, after: ['EHLO'] },
      mechanisms: ['PLAIN'],
      found: ['password', 'user'],
      took: ['login'],
      reported: 'success',
      loggedIn: true,
      pace: 10,
      paceInClear: 10,
      duration: 1,
    });
  });

  it('teaches the tags of the first connection, and every mechanism once', () => {
    const login = [
      'S: * OK',
      'C: a1 AUTHENTICATE PLAIN',
      'S: + ',
      `C: ${base64('\0u\0p')}`,
      'S: a1 OK',
      'C: a2 LOGOUT',
    ];
    const { tags, mechanisms } = controlFacts(controlOf([login, login, ['S: * OK', 'C: b1 LOGIN u p']], {}, 'imap'));
    expect(tags).to.deep.equal(['a1', 'a2']);
    expect(mechanisms).to.deep.equal(['PLAIN', 'LOGIN command']);
  });

  it('teaches on which connection STARTTLS was asked for, after what, and with which tags', () => {
    const look = ['S: * OK', 'C: a1 CAPABILITY', 'S: a1 OK', 'C: a2 LOGOUT'];
    const { tags, upgrade } = controlFacts(
      controlOf([look, ['S: * OK', 'C: b1 NOOP', 'S: b1 OK', 'C: b2 STARTTLS', 'S: b2 OK', '--']], {}, 'imap'),
    );
    expect(tags).to.deep.equal(['b1', 'b2']);
    expect(upgrade).to.deep.equal({ connection: 2, after: ['NOOP'] });
  });

  const safe: readonly (readonly [what: string, visit: Visit, because: string])[] = [
    [
      'a login',
      controlOf([LOGGED_IN], { hits: [hit('password')] }),
      'password found inside TLS 1.3 only; 1 connection seen',
    ],
    ['a token', controlOf([LOGGED_IN], { hits: [hit('token')] }), 'token found inside TLS 1.3 only; 1 connection seen'],
    ['two connections', controlOf([LOGGED_IN, ['C.']], { hits: [hit('password')] }), '; 2 connections seen'],
    [
      'mail without a login',
      controlOf([[...UPGRADED, '--', ...MAILED]], { hits: [hit('message')] }),
      'message found inside TLS 1.3 only',
    ],
    [
      'mail known by its sender',
      controlOf([[...UPGRADED, '--', ...MAILED]], { hits: [hit('from')] }),
      'from found inside',
    ],
    [
      'mail known by its recipient',
      controlOf([[...UPGRADED, '--', ...MAILED]], { hits: [hit('to')] }),
      'to found inside',
    ],
    [
      'a login with somebody’s account',
      controlOf([LOGGED_IN], { ownCredentials: false }),
      'login found inside TLS 1.3 only',
    ],
    [
      'mail with somebody’s account',
      controlOf([[...UPGRADED, '--', ...MAILED]], { ownCredentials: false }),
      'mail found inside TLS 1.3 only',
    ],
    [
      'a login, with mail that has its canaries',
      controlOf([[...LOGGED_IN.slice(0, -2), ...MAILED]], { hits: [hit('password'), hit('to')] }),
      'password, to found inside',
    ],
    [
      'a login, with mail of somebody’s account',
      controlOf([[...LOGGED_IN.slice(0, -2), ...MAILED]], { ownCredentials: false }),
      'login found inside',
    ],
    [
      'TLS that nobody can look into',
      controlOf([[...UPGRADED, '--sealed', 'C.']]),
      'TLS 1.2 started before the client sent anything secret, and was passed on unread; 1 connection seen',
    ],
  ];
  for (const [what, visit, because] of safe) {
    it(`safe: ${what}`, () => {
      const judged = judgeControl(visit);
      expect(judged.because).to.include(because);
      expect(judged).to.include({ status: 'safe' });
      expect([...judged.leaked, ...judged.evidence]).to.deep.equal([]);
    });
  }

  const failed: readonly (readonly [what: string, visit: Visit, because: RegExp])[] = [
    [
      'waxseal was kept from observing',
      controlOf([LOGGED_IN], { faults: ['no port'], hits: [hit('password')] }),
      /^no port$/,
    ],
    [
      'no connection',
      controlOf([], { client: ended({ code: 3 }) }),
      /^the client made no connection to the port that it was given \(exit code 3\); /,
    ],
    [
      'a file that the client did not find',
      controlOf([], { client: ended({ code: 2, stderr: "python3: can't open file 'tests/client.py'" }) }),
      /^the client exited with 2 before connecting, it said: “python3: can't open file 'tests\/client.py'”; commands run in an empty folder: give an absolute path, or --cwd \.$/,
    ],
    [
      'no connection, after a signal',
      controlOf([], { client: ended({ signal: 'SIGSEGV', code: 3 }) }),
      /given \(it was ended by SIGSEGV\);/,
    ],
    [
      'no connection, and an exception',
      controlOf([], { client: ended({ error: 'boom\x1b', signal: 'SIGSEGV' }) }),
      /given \(it threw: boom\\x1b\);/,
    ],
    [
      'no connection, and exit code 0',
      controlOf([], { client: ended({ code: 0, stderr: 'told' }) }),
      /given, it said: “told”;/,
    ],
    [
      'the client was ended',
      controlOf([LOGGED_IN], { hits: [hit('password')], client: ended({ how: 'stopped', stderr: 'Password:' }) }),
      /^the client did not end within 1000 s, it said: “Password:”; its last word was QUIT, inside TLS; give it/,
    ],
    [
      'the client was ended, in TLS that nobody can look into',
      controlOf([['--sealed']], { client: ended({ how: 'stopped' }) }),
      /^the client did not end within 1000 s/,
    ],
    [
      'only a user name is found',
      controlOf([LOGGED_IN], { hits: [hit('user')] }),
      /^the client tried to log in \(PLAIN\), but waxseal does not find the password of this run/,
    ],
    [
      'only another visit’s password is found',
      controlOf([LOGGED_IN], { hits: [hit('password', { visit: 4 })] }),
      /does not find the password/,
    ],
    [
      'mail is found, and the login is not',
      controlOf([LOGGED_IN], { hits: [hit('message')] }),
      /does not find the password/,
    ],
    [
      'mail where mail needs a login',
      controlOf([['S: * OK', '--', 'C: a1 NOOP']], { hits: [hit('message')] }, 'imap'),
      /^the client reached TLS but did not log in; /,
    ],
    [
      'no login',
      controlOf([[...UPGRADED, '--', 'C: EHLO x', 'C: QUIT']]),
      /^the client reached TLS but did not log in; /,
    ],
    [
      'the CA is not trusted',
      controlOf([[...UPGRADED, '--alert']]),
      /^the client does not trust waxseal's CA \(alert unknown_ca\); give it \{ca\}/,
    ],
    [
      'the CA is not trusted by a client that was set up by hand for serve',
      { ...controlOf([[...UPGRADED, '--alert']]), met: { by: 'serve', at: '', peer: '' } },
      /; have it trust the CA file that waxseal serve named at its start$/,
    ],
    [
      'the CA is not trusted by a client before a proxy',
      { ...controlOf([[...UPGRADED, '--alert']]), met: { by: 'proxy', at: '', peer: '' } },
      /; have it trust the CA file that waxseal proxy --write-ca FILE writes$/,
    ],
    [
      'a client before a proxy verifies after the handshake, and closes',
      { ...controlOf([[...UPGRADED, '--', 'C.']]), met: { by: 'proxy', at: '', peer: '' } },
      /; it may not trust waxseal's CA: have it trust the CA file that waxseal proxy --write-ca FILE writes, or check the host name it verifies$/,
    ],
    [
      'a client of serve verifies after the handshake, and says QUIT',
      { ...controlOf([[...UPGRADED, '--', 'C: QUIT']]), met: { by: 'serve', at: '', peer: '' } },
      /, and not trust waxseal's CA \(the CA file that waxseal serve named at its start\)\?$/,
    ],
    ...[
      'curl: (60) SSL certificate problem: certificate is not yet valid',
      'x509: certificate has expired or is not yet valid: current time 1970-01-01T00:00:05Z is before 2026-01-01T00:00:00Z',
      'java.security.cert.CertificateNotYetValidException: NotBefore: Thu Jan 01 00:00:00 UTC 2026',
      'The certificate is NOT trusted. The certificate chain uses not yet valid certificate.',
      'The certificate is NOT trusted. The certificate issuer is not activated.',
    ].flatMap((stderr) =>
      [['--fails'], ['--', 'C.']].map((end): readonly [what: string, visit: Visit, because: RegExp] => [
        `the clock of the client is wrong: ${stderr}, ${end.join(' ')}`,
        controlOf([[...UPGRADED, ...end]], { client: { how: 'ended', code: 1, stdout: '', stderr, duration: 1 } }),
        /^the client finds that the certificate is not valid at this time \(exit code 1\), it said: “.*”; is its clock right\?/,
      ]),
    ),
    ['the handshake failed', controlOf([[...UPGRADED, '--fails']]), /^the TLS handshake failed \(closed\); /],
    [
      'the handshake failed for no known reason',
      controlOf([[...UPGRADED, '--times out']]),
      /^the TLS handshake failed \(unknown\); /,
    ],
    [
      'no ClientHello, although STARTTLS was said',
      controlOf([[...UPGRADED, '--silent']]),
      /^the client was told to begin TLS, and sent no ClientHello \(no ClientHello came\); its own TLS library may refuse to start/,
    ],
    [
      'no ClientHello, on an implicit port',
      controlOf([['--silent']], { tls: 'implicit' }),
      /^no ClientHello came: the client seems to wait for a greeting in clear/,
    ],
    [
      'a ClientHello, on an implicit port',
      controlOf([['--fails']], { tls: 'implicit' }),
      /^the TLS handshake failed \(closed\)/,
    ],
    [
      'nothing after the handshake',
      controlOf([[...UPGRADED, '--', 'C.']]),
      /^the client disconnected right after the TLS handshake; it may not trust/,
    ],
    [
      'QUIT after the handshake',
      controlOf([[...UPGRADED, '--', 'C: QUIT']]),
      /^the client said QUIT right after the TLS handshake, and did not log in; does it need an option/,
    ],
    [
      'silence',
      controlOf([['S: 220', 'C.']]),
      /^the client connected but said nothing the protocol knows; is --protocol smtp right/,
    ],
    [
      'silence after a list in the greeting',
      controlOf([['S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready', 'C.']], {}, 'imap'),
      /^the client read the capability list in the greeting, and disconnected without a word; is STARTTLS switched on/,
    ],
    [
      'no upgrade',
      controlOf([['S: 220', 'C: EHLO x', 'C: QUIT']]),
      /^the client never asked for TLS; is STARTTLS switched on/,
    ],
    [
      'no upgrade, on an implicit port',
      controlOf([['S: 220', 'C: EHLO x']], { tls: 'implicit' }),
      /^TLS was never established/,
    ],
    ['an upgrade that came to nothing', controlOf([['S: 220', 'C: STARTTLS', 'C.']]), /^TLS was never established/],
    [
      'one of two connections asked',
      controlOf([
        ['S: 220', 'C: EHLO x'],
        ['S: 220', 'C: STARTTLS'],
      ]),
      /^TLS was never established/,
    ],
    [
      'failed in TLS that nobody can look into',
      controlOf([['--sealed']], { client: ended({ code: 2 }) }),
      /^the client failed \(exit code 2\), and what it said inside TLS cannot be seen/,
    ],
    [
      'ended by a signal there',
      controlOf([['--sealed']], { client: ended({ signal: 'SIGABRT' }) }),
      /^the client failed \(ended by SIGABRT\)/,
    ],
    [
      'threw there',
      controlOf([['--sealed']], { client: ended({ error: 'bad \x07' }) }),
      /^the client failed \(bad \\x07\)/,
    ],
  ];
  for (const [what, visit, because] of failed) {
    it(`inconclusive: ${what}`, () => {
      const judged = judgeControl(visit);
      expect(judged.because).to.match(because);
      expect(judged.status).to.equal('inconclusive');
      expect(controlFacts(visit)).to.include({ passed: false, why: judged.because });
    });
  }

  it('passes by its login, though it sends mail of its own', () => {
    const judged = judgeControl(controlOf([[...LOGGED_IN.slice(0, -2), ...MAILED]], { hits: [hit('password')] }));
    expect(judged).to.include({ status: 'safe', because: 'password found inside TLS 1.3 only; 1 connection seen' });
  });

  it('a leak is unsafe in the control too, whatever else is wrong', () => {
    const judged = judgeControl(controlOf([['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', PLAIN]], { faults: ['x'] }));
    expect(judged).to.include({ status: 'unsafe', severity: 'critical' });
  });
});

describe('authenticators that prove the password', () => {
  const hmac = (password: string, challenge: string): string =>
    base64(`bob ${createHmac('md5', password).update(challenge).digest('hex')}`);
  const digest = (timestamp: string): string =>
    createHash('md5').update(`${timestamp}${canaries.password}`).digest('hex');
  const cram = (answer: string): readonly string[] => [
    'C: AUTH CRAM-MD5',
    `S: 334 ${base64('<1@h>')}`,
    `C: ${answer}`,
    'S: 235 Ok',
  ];
  const rows: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    script: readonly string[],
    found: readonly string[],
  ])[] = [
    ['CRAM-MD5', 'smtp', ['--', 'S: 220', ...cram(hmac(canaries.password, '<1@h>'))], ['password']],
    ['CRAM-MD5 of another password', 'smtp', ['--', 'S: 220', ...cram(hmac('other', '<1@h>'))], []],
    ['CRAM-MD5 of another challenge', 'smtp', ['--', 'S: 220', ...cram(hmac(canaries.password, '<2@h>'))], []],
    [
      'CRAM-MD5 behind one that was refused',
      'smtp',
      [
        '--',
        'S: 220',
        ...cram(hmac('other', '<1@h>')).slice(0, 3),
        'S: 535',
        ...cram(hmac(canaries.password, '<1@h>')),
      ],
      ['password'],
    ],
    ['CRAM-MD5 in clear', 'smtp', ['S: 220', ...cram(hmac(canaries.password, '<1@h>'))], []],
    [
      'the digest under another mechanism',
      'smtp',
      ['--', 'S: 220', 'C: AUTH LOGIN', `S: 334 ${base64('<1@h>')}`, `C: ${hmac(canaries.password, '<1@h>')}`],
      [],
    ],
    ['APOP', 'pop3', ['--', 'S: +OK hi <1@h>', `C: APOP bob ${digest('<1@h>')}`], ['password']],
    [
      'APOP in capitals',
      'pop3',
      ['--', 'S: +OK hi <1@h>', `C: APOP bob ${digest('<1@h>').toUpperCase()}`],
      ['password'],
    ],
    ['APOP of another timestamp', 'pop3', ['--', 'S: +OK hi <1@h>', `C: APOP bob ${digest('<2@h>')}`], []],
    ['APOP before any greeting', 'pop3', ['--', `C: APOP bob ${digest('<1@h>')}`], []],
    ['APOP in clear', 'pop3', ['S: +OK hi <1@h>', `C: APOP bob ${digest('<1@h>')}`], []],
  ];
  for (const [what, protocol, script, found] of rows) {
    it(`${what}: ${found.join() || 'nothing'}`, () => {
      expect(controlFacts(controlOf([script], {}, protocol)).found).to.deep.equal(found);
    });
  }
});

describe('the control with withheld answers', () => {
  it('teaches what is said before the answers come, and what is said at all', () => {
    const visit = controlOf([
      [...UPGRADED, '--', '* withholds', 'C: EHLO x', '* releases', 'S: 250 AUTH PLAIN', PLAIN, 'S: 235', 'C: QUIT'],
      [...UPGRADED, '--', 'C: AUTH LOGIN', 'S: 334 x', 'C: eA=='],
    ]);
    expect(withheldFacts(visit)).to.deep.equal({
      beforeRelease: ['EHLO', 'AUTH', '(login data)'],
      verbs: ['EHLO', 'AUTH', 'QUIT', 'AUTH', '(login data)'],
      inStep: ['AUTH'],
      mechanisms: ['PLAIN', 'LOGIN'],
      ways: [
        ['EHLO', 'AUTH PLAIN', '(logged in)'],
        ['AUTH LOGIN', '(login data)'],
      ],
      waited: true,
    });
  });

  for (const name of [
    ...['unknown_ca', 'tlsv1_alert_unknown_ca', 'bad_certificate', 'certificate_unknown', 'unsupported_certificate'],
    'handshake_failure',
  ])
    it(`a handshake that the client ended with ${name}`, () => {
      const visit = scripted('smtp', [['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220', '--alert']]);
      const connections = visit.connections.map((each) => ({
        ...each,
        entries: each.entries.map((entry) =>
          entry.kind === 'boundary' ? { ...entry, alert: { from: 'client' as const, name } } : entry,
        ),
      }));
      expect(controlFacts({ ...visit, connections }).why).to.match(
        name === 'handshake_failure' ? /^the TLS handshake failed/ : /^the client does not trust waxseal's CA/,
      );
    });
});
