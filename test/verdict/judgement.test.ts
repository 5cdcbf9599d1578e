import { expect } from 'chai';
import {
  isProof,
  judgeBy,
  listNeverRead,
  secretsStayInsideTls,
  upgradeNeverTried,
} from '../../src/verdict/judgement.js';
import type { Visit } from '../../src/verdict/visit.js';
import { connectionOf, passedControl, scripted } from './scripted.js';

/** A client that was offered no TLS, and left. */
const LEFT = ['S: 220 ready', 'C: EHLO x', 'S! 250 AUTH PLAIN', 'C: QUIT', 'S: 221 Bye', 'C.'];
const honest = (more: Partial<Visit> = {}): Visit => scripted('smtp', [LEFT], more);
const stopped: Partial<Visit> = {
  client: { how: 'stopped', stdout: '', stderr: '', duration: 1_000_400 },
};
const truncated: Partial<Visit> = {
  connections: [connectionOf('smtp', LEFT), connectionOf('smtp', LEFT, { id: 2, truncated: true })],
};

const times = (count: number, script: readonly string[]): (readonly string[])[] =>
  Array.from({ length: count }, () => script);

describe('safe is proved', () => {
  it('the visit from which the rows below differ is safe, and says why', () => {
    expect(secretsStayInsideTls(honest())).to.deep.equal({
      status: 'safe',
      because: 'sent QUIT 10 ms after the attack; unattacked, it logs in over TLS 1.3; 1 connection seen',
      leaked: [],
      evidence: [],
    });
  });

  const rows: readonly (readonly [what: string, differs: Partial<Visit>, because: string])[] = [
    ['waxseal was kept from observing', { faults: ['the port was taken', 'more'] }, 'the port was taken'],
    [
      'the client already fails with an honest server',
      { control: passedControl({ passed: false, why: 'no login' }) },
      'the client already fails with an honest server: no login',
    ],
    [
      'the client already fails with an honest server, for no known reason',
      { control: passedControl({ passed: false }) },
      'the client already fails with an honest server: unknown reason',
    ],
    ['waxseal ended the client', stopped, 'still running after 1000 s'],
    [
      'no connection was made',
      { connections: [], client: { how: 'ended', code: 1, stdout: '', stderr: 'bind failed', duration: 1 } },
      'the client made no connection, it said: “bind failed”',
    ],
    [
      'waxseal’s own leg is the only connection',
      { connections: [connectionOf('smtp', LEFT, { leg: 'server' })] },
      'the client made no connection',
    ],
    ['a transcript is truncated', truncated, 'a transcript is incomplete: the connection carried more than is kept'],
    [
      'a transcript of waxseal’s own leg is truncated',
      {
        connections: [
          connectionOf('smtp', LEFT),
          connectionOf('smtp', ['S: 220'], { id: 2, leg: 'server', truncated: true }),
        ],
      },
      'a transcript is incomplete: the connection carried more than is kept',
    ],
    [
      'waxseal did not wait for the client',
      { connections: [connectionOf('smtp', [...LEFT, '# idle'])] },
      'waxseal stopped waiting for the client after 5 s of silence',
    ],
    [
      'waxseal did not wait for the real server',
      { connections: [connectionOf('smtp', LEFT), connectionOf('smtp', ['# late'], { id: 2, leg: 'server' })] },
      'waxseal stopped waiting for the real server after 1.2 s',
    ],
    [
      'waxseal did not read on',
      { connections: [connectionOf('smtp', [...LEFT, '# too long'])] },
      'waxseal ended the connection: a line was longer than waxseal accepts',
    ],
    [
      'waxseal did not wait for a handshake',
      { connections: [connectionOf('smtp', [...LEFT, '--times out'])] },
      'waxseal stopped waiting for a TLS handshake after 5 s',
    ],
    [
      'the client’s end was waxseal’s doing',
      { connections: [connectionOf('smtp', [...LEFT.slice(0, 3), '# hangs up', 'C#'])] },
      'the client did nothing after the attack',
    ],
    [
      'a library call returned, and the client did not act after the interference',
      {
        connections: [connectionOf('smtp', LEFT.slice(0, 3))],
        client: { how: 'rested', stdout: '', stderr: '', duration: 1 },
      },
      'the client did nothing after the attack',
    ],
    [
      'a program failed, and did not act after the interference',
      {
        connections: [connectionOf('smtp', LEFT.slice(0, 3))],
        client: { how: 'ended', error: 'x', stdout: '', stderr: '', duration: 1 },
      },
      'the client did nothing after the attack',
    ],
    ...['AUTH LOGIN', 'AUTH CRAM-MD5', 'AUTH PLAIN'].map((login): readonly [string, Partial<Visit>, string] => [
      `${login} was begun in clear, and cut off before the secret`,
      {
        connections: [connectionOf('smtp', [...LEFT.slice(0, 3), `C: ${login}`, 'S: 421 Closing', '* hangs up', 'C.'])],
      },
      'the client began to log in outside TLS, and was not asked for its secret',
    ]),
    [
      'a login was begun in clear on one connection of two',
      { connections: [connectionOf('smtp', LEFT), connectionOf('smtp', ['S: 220', 'C: AUTH LOGIN', 'C.'], { id: 2 })] },
      'the client began to log in outside TLS, and was not asked for its secret',
    ],
    [
      'a login was begun in clear on the first connection of two',
      { connections: [connectionOf('smtp', ['S: 220', 'C: AUTH LOGIN', 'C.']), connectionOf('smtp', LEFT, { id: 2 })] },
      'the client began to log in outside TLS, and was not asked for its secret',
    ],
    ['a listener was not drained', { drained: false }, 'a connection was still open when the visit ended'],
    [
      'the scenario did not interfere',
      {
        connections: [
          connectionOf(
            'smtp',
            LEFT.map((step) => step.replace('S!', 'S:')),
          ),
        ],
      },
      'the client disconnected before the attack',
    ],
    [
      'the scenario interfered on another leg only',
      {
        connections: [
          connectionOf(
            'smtp',
            LEFT.map((step) => step.replace('S!', 'S:')),
          ),
          connectionOf('smtp', LEFT, { id: 2, leg: 'server' }),
        ],
      },
      'the client disconnected before the attack',
    ],
    [
      'the client did not act after it',
      { connections: [connectionOf('smtp', LEFT.slice(0, 3))] },
      'the client did nothing after the attack',
    ],
    [
      'the scenario spoke in the client’s name, and the client did not act after it',
      { connections: [connectionOf('smtp', ['S: 220', 'C! EHLO x', 'S: 250 Ok'])] },
      'the client did nothing after the attack',
    ],
    [
      'the scenario withheld an answer, and the client did not act after it',
      { connections: [connectionOf('smtp', ['S: 220', 'C: EHLO x', '* withholds'])] },
      'the client did nothing after the attack',
    ],
    [
      'only the server acted after it',
      { connections: [connectionOf('smtp', [...LEFT.slice(0, 3), 'S: 421 Bye', 'S.'])] },
      'the client did nothing after the attack',
    ],
    [
      'no ClientHello came to a handshake with a faulty certificate',
      { connections: [connectionOf('smtp', ['S: 220', 'C: STARTTLS', 'S: 220', '--silent'])] },
      'the client did nothing after the attack',
    ],
    [
      'an earlier connection of the client does not count',
      { connections: [connectionOf('smtp', ['C.']), connectionOf('smtp', LEFT.slice(0, 3), { id: 2 })] },
      'the client did nothing after the attack',
    ],
    [
      'nor does a later one of waxseal’s own',
      { connections: [connectionOf('smtp', LEFT.slice(0, 3)), connectionOf('smtp', ['C.'], { id: 2, leg: 'server' })] },
      'the client did nothing after the attack',
    ],
  ];
  for (const [what, differs, because] of rows) {
    it(`inconclusive: ${what}`, () => {
      expect(secretsStayInsideTls(honest(differs))).to.deep.equal({
        status: 'inconclusive',
        because,
        leaked: [],
        evidence: [],
      });
    });
  }

  it('inconclusive: there was no control', () => {
    const { control: _, ...uncontrolled } = honest();
    expect(secretsStayInsideTls(uncontrolled)).to.include({
      status: 'inconclusive',
      because: 'this client was not yet seen without an attack',
    });
  });

  it('where more than one is missing, the one that explains the others is told', () => {
    const steps: readonly (readonly [Partial<Visit>, string])[] = [
      [{ drained: false }, 'a connection was still open'],
      [{ connections: [connectionOf('smtp', [...LEFT, '# idle'])] }, 'waxseal stopped waiting'],
      [truncated, 'a transcript is incomplete'],
      [{ connections: [] }, 'the client made no connection'],
      [stopped, 'still running'],
      [{ control: passedControl({ passed: false, why: 'x' }) }, 'the client already fails with an honest server'],
      [{ faults: ['a fault'] }, 'a fault'],
    ];
    let differs: Partial<Visit> = {};
    for (const [more, because] of steps) {
      differs = { ...differs, ...more };
      expect(secretsStayInsideTls(honest(differs)).because).to.match(new RegExp(`^${because}`));
    }
  });

  it('waxseal’s own leg is no connection of the client', () => {
    const connections = [connectionOf('smtp', LEFT), connectionOf('smtp', LEFT, { id: 2, leg: 'server' })];
    expect(secretsStayInsideTls(honest({ connections })).because).to.match(/; 1 connection seen$/);
  });

  it('a library call that threw has given up', () => {
    const connections = [connectionOf('smtp', LEFT.slice(0, 3))];
    const client = { how: 'rested', error: 'refused', stdout: '', stderr: '', duration: 1 } as const;
    expect(secretsStayInsideTls(honest({ connections, client })).status).to.equal('safe');
  });

  it('a client that came to rest has ended', () => {
    expect(
      secretsStayInsideTls(honest({ client: { how: 'rested', stdout: '', stderr: '', duration: 99_000 } })).status,
    ).to.equal('safe');
  });

  it('a login that was begun inside untrusted TLS is a doubt, even where no finder looks for it', () => {
    const visit = scripted('smtp', [['S: 220', 'C: STARTTLS', 'S: 220', '--bad', 'C: AUTH LOGIN', 'S: 334', 'C.']]);
    expect(judgeBy(() => [])(visit)).to.include({
      status: 'inconclusive',
      because: 'the client began to log in outside TLS, and was not asked for its secret',
    });
  });

  it('doubts of the scenario’s own come last', () => {
    const judge = judgeBy(() => [], { doubts: () => 'a doubt of its own' });
    expect(judge(honest())).to.include({ status: 'inconclusive', because: 'a doubt of its own' });
    expect(judge(honest({ drained: false })).because).to.include('still open');
    expect(judge(scripted('smtp', [['S: 220', 'C: QUIT', 'C.']])).because).to.include('disconnected before the attack');
  });

  it('a scenario may have a bait of its own', () => {
    expect(judgeBy(() => [], { bait: () => 'not taken' })(honest()).because).to.equal('not taken');
    expect(judgeBy(() => [], { bait: () => undefined })(scripted('smtp', [['S: 220', 'C.']])).status).to.equal('safe');
  });
});

describe('what shows that the bait was taken, and what the client did then', () => {
  const BEGIN = ['S: 220 ready', 'C: EHLO x', 'S! 250 AUTH PLAIN'];
  const UPGRADE = ['S: 220 ready', 'C: STARTTLS', 'S: 220 Go'];
  const rows: readonly (readonly [what: string, scripts: readonly (readonly string[])[], because: string])[] = [
    ['QUIT', [[...BEGIN, 'C: QUIT']], 'sent QUIT 10 ms after the attack'],
    ['STARTTLS all the same', [[...BEGIN, 'C: STARTTLS', 'S: 454 No', 'C.']], 'asked for STARTTLS anyway and stopped'],
    ['an end', [[...BEGIN, 'C.']], 'disconnected 10 ms after the attack, without logging in'],
    [
      'an end, after another word',
      [[...BEGIN, 'C: NOOP', 'S: 250 Ok', 'C.']],
      'disconnected 30 ms after the attack, without logging in',
    ],
    [
      'close_notify',
      [[...UPGRADE, '--', 'C: EHLO x', 'S! 250 Ok', '==', 'S.']],
      'disconnected 10 ms after the attack, without logging in',
    ],
    ['another command', [[...BEGIN, 'C: NOOP']], 'nothing secret in clear'],
    ['another connection', [BEGIN, ['S: 220', 'C: QUIT']], 'nothing secret in clear'],
    ['TLS', [['S! 220 ready', '--']], 'nothing secret in clear'],
    ['an end of the server', [[...BEGIN, 'C: NOOP', 'S: 221', 'S.']], 'nothing secret in clear'],
    [
      'a login inside the TLS in which the interference came',
      [[...UPGRADE, '--', 'C: EHLO x', 'S! 250 AUTH PLAIN', 'C: AUTH PLAIN AHUAcA==', 'S: 235 Ok']],
      'went on and logged in inside TLS only',
    ],
    ['an answer to one of two interferences', [[...BEGIN, 'C: QUIT'], BEGIN], 'sent QUIT 10 ms after the attack'],
    ['an end of the scenario', [[...BEGIN, '* hangs up']], 'nothing secret in clear'],
    ['a reset of the scenario', [[...BEGIN, '* resets']], 'nothing secret in clear'],
    [
      'a note of the scenario, then an end',
      [['S: 220 ready', 'C: EHLO x', '* withholds', 'C.']],
      'disconnected 10 ms after the attack, without logging in',
    ],
    [
      'an end of the scenario on the second of two connections',
      [
        [...UPGRADE, '--silent'],
        [...BEGIN, '* hangs up'],
      ],
      'gave up the handshake',
    ],
    ['an alert', [[...UPGRADE, '--alert', 'C.']], 'refused with the alert unknown_ca'],
    ['no handshake', [[...UPGRADE, '--fails', 'C.']], 'gave up the handshake'],
    ['a handshake and no more', [[...UPGRADE, '--bad', 'C.']], 'disconnected after the handshake, without a command'],
    [
      'a refusal on the second connection',
      [
        ['S: 220', 'C.'],
        [...UPGRADE, '--alert'],
      ],
      'refused with the alert unknown_ca',
    ],
    [
      'a login inside TLS',
      [
        [
          ...BEGIN,
          'C: STARTTLS',
          'S: 220 Go',
          '--',
          'C: EHLO x',
          'S: 250 AUTH PLAIN',
          'C: AUTH PLAIN AHUAcA==',
          'S: 235 Ok',
        ],
      ],
      'went on and logged in inside TLS only',
    ],
    [
      'a login inside TLS that is not taken',
      [[...BEGIN, 'C: STARTTLS', 'S: 220 Go', '--', 'C: AUTH PLAIN AHUAcA==', 'S: 535 No', 'C.']],
      'went on inside TLS only, where its login was not taken',
    ],
    [
      'mail inside TLS',
      [
        [
          ...[...BEGIN, 'C: STARTTLS', 'S: 220 Go', '--', 'C: EHLO x', 'S: 250 Ok'],
          ...['C: MAIL FROM:<a@lab.test>', 'S: 250 Ok', 'C: RCPT TO:<b@lab.test>', 'S: 250 Ok'],
          ...['C: DATA', 'S: 354 Go', 'C: x', 'C: .', 'S: 250 Taken', 'C: QUIT'],
        ],
      ],
      'went on and sent its mail inside TLS only',
    ],
    [
      'an end, after an earlier close_notify',
      [[...UPGRADE, '--', '==', 'S! 250 Ok', 'C.']],
      'disconnected 10 ms after the attack, without logging in',
    ],
    [
      'close_notify, then an end',
      [[...UPGRADE, '--', 'C: EHLO x', 'S! 250 Ok', '==', 'C.']],
      'disconnected 10 ms after the attack, without logging in',
    ],
    [
      'TLS that failed, after a login in an earlier one',
      [
        [
          ...[...UPGRADE, '--', 'C: AUTH PLAIN AHUAcA==', 'S: 235 Ok', '==', 'S! 250 Ok'],
          ...['C: STARTTLS', 'S: 220 Go', '--breaks'],
        ],
      ],
      'asked for STARTTLS anyway and stopped',
    ],
    [
      'TLS without a login',
      [[...BEGIN, 'C: STARTTLS', 'S: 220 Go', '--', 'C: EHLO x', 'S: 250 Ok', 'C.']],
      'started TLS, and did not log in',
    ],
  ];
  for (const [what, scripts, because] of rows) {
    it(`${what}: ${because}`, () => {
      const count = `${String(scripts.length)} connection${scripts.length === 1 ? '' : 's'} seen`;
      expect(secretsStayInsideTls(scripted('smtp', scripts))).to.include({
        status: 'safe',
        because: `${because}; unattacked, it logs in over TLS 1.3; ${count}`,
      });
    });
  }

  const controls: readonly (readonly [what: string, differs: Partial<Visit>, words: string])[] = [
    ['a token', { control: passedControl({ found: ['token'], mechanisms: [] }) }, 'logs in over TLS 1.3'],
    ['mail', { control: passedControl({ found: ['message'], mechanisms: [] }) }, 'sends its mail over TLS 1.3'],
    [
      'a login with somebody’s account',
      { ownCredentials: false, control: passedControl({ found: [] }) },
      'logs in over',
    ],
    ['a login that sent nothing of ours', { control: passedControl({ found: [] }) }, 'sends its mail over'],
    [
      'mail with somebody’s account',
      { ownCredentials: false, control: passedControl({ found: [], mechanisms: [] }) },
      'sends its mail over',
    ],
    [
      'nothing that could be seen',
      { control: passedControl({ found: [], mechanisms: [], verbsInside: [] }) },
      'goes on, unseen, over',
    ],
    ['TLS 1.2', { control: passedControl({ tlsVersion: 'TLSv1.2' }) }, 'logs in over TLS 1.2;'],
    ['a login that was not taken', { control: passedControl({ loggedIn: false }) }, 'tries to log in over'],
    ['a login that was taken', { control: passedControl({ loggedIn: true }) }, 'logs in over'],
    [
      'one command inside',
      { control: passedControl({ found: [], mechanisms: [], verbsInside: ['MAIL'] }) },
      'sends its mail over',
    ],
  ];
  for (const [what, differs, words] of controls) {
    it(`a control with ${what} ${words}`, () => {
      expect(secretsStayInsideTls(honest(differs)).because).to.include(`; unattacked, it ${words}`);
    });
  }

  it('a control whose version is unknown ran under TLS', () => {
    const { tlsVersion: _, ...control } = passedControl();
    expect(secretsStayInsideTls(honest({ control })).because).to.include('unattacked, it logs in over TLS;');
  });
});

describe('a client that comes back again and again', () => {
  const LISTENED = ['S: 220 ready', 'C: QUIT', 'C.'];
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    pause: number,
    status: string,
  ])[] = [
    ['21 times at once', times(21, LEFT), 1, 'unsafe'],
    ['21 times within a minute', times(21, LEFT), 3000, 'unsafe'],
    ['21 times, but not in one minute', times(21, LEFT), 3001, 'safe'],
    ['20 times at once', times(20, LEFT), 1, 'safe'],
    ['60 times in all, 20 of them within a minute', times(60, LEFT), 3100, 'safe'],
    ['many times, and is attacked on 20 connections', [...times(20, LEFT), ...times(20, LISTENED)], 1, 'safe'],
    ['many times, and is attacked on 21 of them', [...times(20, LISTENED), ...times(21, LEFT)], 1, 'unsafe'],
  ];
  for (const [what, scripts, pause, status] of rows) {
    it(`${what}: ${status}`, () => {
      const connections = scripts.map((script, index) =>
        connectionOf('smtp', script, { id: index + 1, openedAt: 100_000 + index * pause }),
      );
      const judgement = secretsStayInsideTls(scripted('smtp', [], { connections }));
      expect(judgement.status, judgement.because).to.equal(status);
      if (status === 'unsafe')
        expect(judgement)
          .to.include({
            severity: 'medium',
            because: `reconnected 20 times within ${pause === 1 ? '1' : '60'} s of the first attack, and did not stop`,
          })
          .and.deep.include({ leaked: ['availability'] });
    });
  }

  it('after a slow beginning: unsafe', () => {
    const connections = times(22, LEFT).map((script, index) =>
      connectionOf('smtp', script, { id: index + 1, openedAt: index === 0 ? 0 : 100_000 + index }),
    );
    expect(secretsStayInsideTls(scripted('smtp', [], { connections })).status).to.equal('unsafe');
  });

  it('in the middle seat, where waxseal comes back to the server as often: safe', () => {
    const connections = times(22, LEFT).map((script, index) =>
      connectionOf('smtp', script, { id: index + 1, leg: index % 2 === 0 ? 'client' : 'server' }),
    );
    expect(secretsStayInsideTls(scripted('smtp', [], { connections })).status).to.equal('safe');
  });

  it('is told of what leaked first', () => {
    const leaking = ['S: 220 ready', 'C: EHLO x', 'S! 250 AUTH PLAIN', 'C: MAIL FROM:<a@b>', 'S: 250 ok', 'C.'];
    const { because, leaked } = secretsStayInsideTls(scripted('smtp', times(30, leaking)));
    expect(because).to.include('MAIL');
    expect(leaked).to.deep.equal(['mail', 'availability']);
  });
});

describe('a client that crashes', () => {
  const ENDED = { how: 'ended', stdout: '', stderr: '', duration: 1 } as const;
  const rows: readonly (readonly [what: string, more: Partial<Visit>, status: string])[] = [
    ['after the attack', { client: { ...ENDED, signal: 'SIGSEGV' } }, 'unsafe'],
    ['with an exit code', { client: { ...ENDED, code: 1 } }, 'safe'],
    ['by a signal that somebody sent', { client: { ...ENDED, signal: 'SIGTERM' } }, 'safe'],
    ['when waxseal ended it', { client: { ...ENDED, how: 'stopped', signal: 'SIGABRT' } }, 'inconclusive'],
  ];
  for (const [what, more, status] of rows) {
    it(`${what}: ${status}`, () => {
      const { status: given, because } = secretsStayInsideTls(scripted('smtp', [LEFT], more));
      expect(given, because).to.equal(status);
    });
  }

  it('is told with the last of its connections that was attacked', () => {
    const connections = [
      connectionOf('smtp', LEFT),
      connectionOf('smtp', ['S: 220', 'C: EHLO x', 'S: 250', 'S! 250', 'C.'], { id: 2 }),
      connectionOf('smtp', ['S: 220', 'C.'], { id: 3 }),
      connectionOf('smtp', LEFT, { id: 4, leg: 'server' }),
    ];
    const client = { ...ENDED, signal: 'SIGABRT' };
    const { because, evidence } = secretsStayInsideTls(scripted('smtp', [], { connections, client }));
    expect(because).to.equal('crashed (SIGABRT) after the attack');
    expect(evidence.map(({ connection, entry }) => [connection, entry])).to.deep.equal([[2, 3]]);
  });

  it('shows nothing where it was not attacked', () => {
    const visit = scripted('smtp', [['S: 220', 'C.']], { client: { ...ENDED, signal: 'SIGSEGV' } });
    expect(secretsStayInsideTls(visit).because).to.equal('the client disconnected before the attack');
  });

  it('shows nothing where it crashes without an attack too', () => {
    const visit = scripted('smtp', [LEFT], { client: { ...ENDED, signal: 'SIGSEGV' } });
    const { control, ...rest } = visit;
    const judged = secretsStayInsideTls({ ...rest, ...(control && { control: { ...control, passed: false } }) });
    expect(judged.status, judged.because).to.equal('inconclusive');
  });
});

describe('what is proved against a client', () => {
  for (const [status, proved] of [
    ['unsafe', true],
    ['downgradable', true],
    ['safe', false],
    ['inconclusive', false],
    ['not-applicable', false],
  ] as const)
    it(`${status}: ${proved ? 'it' : 'nothing'}`, () => {
      expect(isProof({ status })).to.equal(proved);
    });
});

describe('baits of attacks on the upgrade', () => {
  const never = 'the client never tried to start TLS, so the attack could not begin';
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    because: string | undefined,
  ])[] = [
    ['no upgrade was asked for', [LEFT], never],
    ['it was asked for', [['S: 220', 'C: STARTTLS', 'S! 454 No', 'C.']], undefined],
    ['a TLS record came instead', [['S! 220', 'C% \x16\x03\x01', 'C.']], undefined],
    ['a ClientHello came', [['S: 220', '--fails', 'C.']], undefined],
    ['a handshake without a ClientHello', [['S: 220', '--silent', 'C.']], never],
    ['one connection of two asked', [LEFT, ['S: 220', 'C: STARTTLS', 'S! 454 No', 'C.']], undefined],
    [
      'it was asked for, and not interfered with',
      [['S: 220', 'C: STARTTLS', 'S: 454 No', 'C.']],
      'the client disconnected before the attack',
    ],
  ];
  for (const [what, scripts, because] of rows) {
    it(`${what}: ${because === undefined ? 'taken' : 'not taken'}`, () => {
      const judged = judgeBy(() => [], { bait: upgradeNeverTried })(scripted('smtp', scripts));
      expect(judged.status).to.equal(because === undefined ? 'safe' : 'inconclusive');
      if (because !== undefined) expect(judged.because).to.equal(because);
    });
  }
});

describe('the bait of a false list', () => {
  it('a list that came behind a STARTTLS that waited for nothing was not read', () => {
    const script = ['C: a STARTTLS', 'S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi', 'S: a OK', '--', 'C: b NOOP'];
    expect(judgeBy(() => [], { bait: listNeverRead })(scripted('imap', [script])).status).to.equal('safe');
  });

  const missed = 'the client disconnected before the attack';
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    because: string | undefined,
  ])[] = [
    ['it was read', [LEFT], undefined],
    [
      'it was not read: STARTTLS came first, and TLS stands',
      [['S: 220', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x']],
      undefined,
    ],
    [
      'STARTTLS came first, and TLS failed',
      [['S: 220', 'C: STARTTLS', 'S: 220', '--silent']],
      'the client did nothing after the attack',
    ],
    ['STARTTLS came first, and the handshake broke', [['S: 220', 'C: STARTTLS', 'S: 220', '--breaks']], missed],
    [
      'it was not read on the first of two connections',
      [
        ['S: 220', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x'],
        ['S: 220', 'C: QUIT'],
      ],
      undefined,
    ],
    [
      'STARTTLS came first, and TLS is not to be trusted',
      [['S: 220', 'C: STARTTLS', 'S: 220', '--bad', 'C: QUIT']],
      undefined,
    ],
    [
      'it was not read, and TLS stood at the second attempt',
      [['S: 220', 'C: STARTTLS', 'S: 220', '--breaks', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x']],
      undefined,
    ],
    ['TLS stands without STARTTLS', [['--', 'S: 220', 'C: EHLO x']], missed],
    [
      'an honest list was read before STARTTLS',
      [['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x']],
      missed,
    ],
  ];
  for (const [what, scripts, because] of rows) {
    it(`${what}: ${because === undefined ? 'taken' : 'not taken'}`, () => {
      const judged = judgeBy(() => [], { bait: listNeverRead })(scripted('smtp', scripts));
      expect(judged.because).to.match(because === undefined ? /seen$/ : new RegExp(`^${because}$`));
      expect(judged.status).to.equal(because === undefined ? 'safe' : 'inconclusive');
    });
  }
});
