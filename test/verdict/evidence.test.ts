import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { identities, leaks, mailboxInClear, readings, type Cause, type Evidence } from '../../src/verdict/evidence.js';
import { verdictOnEvidence, judgeBy, rank, secretsStayInsideTls, SEVERITIES } from '../../src/verdict/judgement.js';
import type {
  CanaryHit,
  ClientStatus,
  ConnectionRecord,
  Leak,
  Severity,
  TlsPolicy,
  Visit,
} from '../../src/verdict/visit.js';
import { connectionOf, scripted } from './scripted.js';
import { canaries } from './visits.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const PLAIN = `C: AUTH PLAIN ${base64(`\0${canaries.user}\0${canaries.password}`)}`;
const OFFERED = ['S: 220 ready', 'C: EHLO x', 'S: 250-lab', 'S: 250-STARTTLS', 'S: 250 AUTH PLAIN'];
const STRIPPED = ['S: 220 ready', 'C: EHLO x', 'S! 250 AUTH PLAIN'];
const REFUSED = [...OFFERED, 'C: STARTTLS', 'S! 454 No'];
const UPGRADED = [...OFFERED, 'C: STARTTLS', 'S: 220 Go'];
const MAIL = 'C: MAIL FROM:<a@lab.test>';

/** What there is to say of a piece of evidence, the quote aside. */
const gist = ({ leak, cause, connection, entry }: Evidence): string =>
  `${leak} ${cause} ${String(connection)}/${String(entry)}`;

describe('the policy', () => {
  const causes: readonly (readonly [cause: Cause, required: ClientStatus, opportunistic: ClientStatus])[] = [
    ['denied', 'unsafe', 'downgradable'],
    ['on-offer', 'unsafe', 'unsafe'],
    ['unverified', 'unsafe', 'downgradable'],
    ['believed', 'unsafe', 'unsafe'],
    ['referred', 'unsafe', 'unsafe'],
    ['out-of-step', 'unsafe', 'unsafe'],
    ['broken-stream', 'unsafe', 'unsafe'],
    ['broken-tls', 'unsafe', 'downgradable'],
    ['old-tls', 'unsafe', 'downgradable'],
    ['metadata', 'unsafe', 'unsafe'],
    ['availability', 'unsafe', 'unsafe'],
  ];
  const evidence = (cause: Cause, leak: Leak = 'credentials'): Evidence => ({
    leak,
    cause,
    connection: 1,
    entry: 0,
    quote: '',
    why: `${leak}, ${cause}`,
  });
  for (const [cause, ...statuses] of causes) {
    for (const [index, policy] of (['required', 'opportunistic'] as const).entries()) {
      it(`${cause} under ${policy}: ${String(statuses[index])}`, () => {
        expect(verdictOnEvidence(policy, [evidence(cause)]).status).to.equal(statuses[index]);
      });
    }
  }

  const mixed: readonly (readonly [
    list: readonly Evidence[],
    status: ClientStatus,
    severity: Severity,
    because: string,
  ])[] = [
    [[evidence('denied'), evidence('metadata', 'metadata')], 'unsafe', 'medium', 'metadata, metadata'],
    [[evidence('metadata', 'metadata'), evidence('denied')], 'unsafe', 'medium', 'metadata, metadata'],
    [[evidence('unverified', 'trust'), evidence('denied', 'mail')], 'downgradable', 'critical', 'mail, denied'],
    [[evidence('denied', 'mail'), evidence('on-offer')], 'unsafe', 'critical', 'credentials, on-offer'],
    [[evidence('on-offer', 'mail'), evidence('on-offer')], 'unsafe', 'critical', 'credentials, on-offer'],
    [[evidence('denied', 'mail'), evidence('denied')], 'downgradable', 'critical', 'credentials, denied'],
    [[evidence('on-offer', 'trust'), evidence('on-offer', 'mail')], 'unsafe', 'critical', 'mail, on-offer'],
  ];
  for (const [list, status, severity, because] of mixed) {
    it(`${list.map(({ why }) => why).join(' and ')} under opportunistic: ${status} for ${because}`, () => {
      const judged = verdictOnEvidence('opportunistic', list);
      expect(judged).to.include({ status, severity, because });
      expect(judged.evidence).to.deep.equal(list);
      expect(judged.leaked).to.deep.equal(list.map(({ leak }) => leak));
    });
  }

  const severities: readonly (readonly [leak: Leak, severity: Severity])[] = [
    ['credentials', 'critical'],
    ['mail', 'critical'],
    ['trust', 'high'],
    ['encryption', 'high'],
    ['metadata', 'medium'],
    ['availability', 'medium'],
  ];
  for (const [leak, severity] of severities) {
    it(`${leak} is ${severity}`, () => {
      expect(verdictOnEvidence('required', [evidence('on-offer', leak)]).severity).to.equal(severity);
      expect(verdictOnEvidence('required', [evidence('on-offer', leak)], 'low').severity).to.equal('low');
      expect(verdictOnEvidence('required', [evidence('on-offer', leak)], 'critical').severity).to.equal(severity);
      expect(verdictOnEvidence('required', [evidence('on-offer', leak)], severity).severity).to.equal(severity);
    });
  }

  it('the same leak is told once', () => {
    expect(
      verdictOnEvidence('required', [evidence('denied'), evidence('denied'), evidence('denied', 'mail')]).leaked,
    ).to.deep.equal(['credentials', 'mail']);
  });

  it('severities are ranked from the worst', () => {
    expect(SEVERITIES).to.deep.equal(['critical', 'high', 'medium', 'low', 'info']);
    expect(SEVERITIES.map(rank)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('a judge takes its finder’s evidence, and the worst severity that the case can have', () => {
    const judge = judgeBy(() => [evidence('on-offer')], { atMost: 'medium' });
    expect(judge(scripted('smtp', [STRIPPED]))).to.include({ status: 'unsafe', severity: 'medium' });
  });

  const table: readonly (readonly [
    what: string,
    script: readonly string[],
    required: string,
    opportunistic: string,
  ])[] = [
    ['a password because the offer vanished', [...STRIPPED, PLAIN], 'unsafe credentials', 'downgradable credentials'],
    ['mail because the offer vanished', [...STRIPPED, MAIL], 'unsafe mail', 'downgradable mail'],
    ['a password because TLS was refused', [...REFUSED, PLAIN], 'unsafe credentials', 'downgradable credentials'],
    ['mail because TLS was refused', [...REFUSED, MAIL], 'unsafe mail', 'downgradable mail'],
    ['a password although TLS was on offer', [...OFFERED, PLAIN], 'unsafe credentials', 'unsafe credentials'],
    ['mail although TLS was on offer', [...OFFERED, MAIL], 'unsafe mail', 'unsafe mail'],
    [
      'going on with a peer that cannot be verified',
      [...UPGRADED, '--bad', 'C: EHLO x'],
      'unsafe trust',
      'downgradable trust',
    ],
  ];
  for (const [what, script, required, opportunistic] of table) {
    for (const [policy, expected] of [
      ['required', required],
      ['opportunistic', opportunistic],
    ] as const satisfies readonly (readonly [TlsPolicy, string])[]) {
      it(`${what} under ${policy}: ${expected}`, () => {
        const { status, leaked } = secretsStayInsideTls(scripted('smtp', [script], { policy }));
        expect([status, ...leaked].join(' ')).to.equal(expected);
      });
    }
  }

  for (const [what, first, policy, expected] of [
    ['a list that was refused', ['S: +OK', 'C: CAPA', 'S! -ERR', 'C.'], 'opportunistic', 'downgradable'],
    ['a list that was refused', ['S: +OK', 'C: CAPA', 'S! -ERR', 'C.'], 'required', 'unsafe'],
    ['no interference', ['S: +OK', 'C: QUIT', 'S: +OK', 'C.'], 'opportunistic', 'unsafe'],
  ] as const)
    it(`mail that a client fetches in clear on another connection, after ${what}, is ${expected} under ${policy}`, () => {
      const second = [
        ...[
          'S: +OK',
          'C: NOOP',
          'S: +OK',
          `C: USER ${canaries.user}`,
          'S: +OK',
          `C: PASS ${canaries.password}`,
          'S: +OK',
        ],
        ...['C: RETR 1', `S: +OK\r\n${canaries.mailbox}\r\n.`, 'C.'],
      ];
      const hits = [
        { canary: 'password' as const, connection: 2, entry: 5, inside: false, form: 'literal' as const },
        { canary: 'mailbox' as const, connection: 2, entry: 8, inside: false, form: 'literal' as const },
      ];
      const { status, leaked } = secretsStayInsideTls(scripted('pop3', [first, second], { policy, hits }));
      expect(status).to.equal(expected);
      expect(leaked).to.include.members(['credentials', 'mail']);
    });

  for (const [what, said, expected] of [
    ['says HELO alone', ['S: 220 ready', 'C: HELO x', 'S: 250 lab'], 'unsafe'],
    [
      'says HELO where EHLO is refused',
      ['S: 220 ready', 'C: EHLO x', 'S: 502', 'C: HELO x', 'S: 250 lab'],
      'downgradable',
    ],
    ['says EHLO, and is offered no TLS', ['S: 220 ready', 'C: EHLO x', 'S: 250 AUTH PLAIN'], 'downgradable'],
  ] as const)
    it(`a login in clear of a client that ${what} is ${expected} under opportunistic`, () => {
      const visit = scripted('smtp', [[...said, PLAIN, 'S: 235', 'C.']], { policy: 'opportunistic' });
      expect(secretsStayInsideTls(visit).status).to.equal(expected);
    });

  it('what happened on the connection before counts, also within the same millisecond', () => {
    const visit = scripted('pop3', [['S: +OK', 'C: CAPA', 'S! -ERR', 'C: X-WORD', 'C.']], { policy: 'opportunistic' });
    const hits = [{ canary: 'password' as const, connection: 1, entry: 3, inside: false, form: 'literal' as const }];
    const connections = visit.connections.map((each) => ({
      ...each,
      entries: each.entries.map((entry) => ({ ...entry, at: 7 })),
    }));
    expect(secretsStayInsideTls({ ...visit, hits }).status).to.equal('downgradable');
    expect(secretsStayInsideTls({ ...visit, connections, hits }).status).to.equal('downgradable');
  });

  // Ruby's net/imap sends a command's name and its arguments in segments of their own.
  for (const [what, script, inside] of [
    [
      'in clear',
      ['S! * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN]', 'C~ a LOGIN', `C:  ${canaries.user} ${canaries.password}`],
      false,
    ],
    ['to an unverified server', ['--bad', 'C~ a LOGIN', `C:  ${canaries.user} ${canaries.password}`], true],
    [
      'with the next command in its last segment',
      ['S! * OK', 'C~ a LOGIN', `C:  ${canaries.user} ${canaries.password}\r\nb NOOP`],
      false,
    ],
  ] as const)
    it(`the user name of a login ${what} leaks for the login’s reason, wherever segments end`, () => {
      const hit = { connection: 1, entry: 2, inside, form: 'literal' as const };
      const hits = [
        { ...hit, canary: 'user' as const },
        { ...hit, canary: 'password' as const },
      ];
      const { status, leaked } = secretsStayInsideTls(scripted('imap', [script], { policy: 'opportunistic', hits }));
      expect(status).to.equal('downgradable');
      expect(leaked).not.to.include('metadata');
    });

  for (const [what, scripts, hit] of [
    ['after', [['S! * OK', 'C: a LOGIN x y', 'C: b NOOP', `C: c XHELLO ${canaries.user}`]], { entry: 3 }],
    ['before', [['S! * OK', `C: c XHELLO ${canaries.user}`, 'C: a LOGIN x y']], { entry: 1 }],
    [
      'on another connection than',
      [
        ['S! * OK', 'C: a LOGIN x y'],
        ['S! * OK', 'C: b NOOP', `C~ c XHELLO ${canaries.user}`],
      ],
      { connection: 2, entry: 2 },
    ],
  ] as const)
    it(`a user name that is said ${what} the login is still told`, () => {
      const hits = [{ canary: 'user' as const, connection: 1, inside: false, form: 'literal' as const, ...hit }];
      const { status, leaked } = secretsStayInsideTls(scripted('imap', scripts, { policy: 'opportunistic', hits }));
      expect(status).to.equal('unsafe');
      expect(leaked).to.include('metadata');
    });

  it('the user name in an address is told with the address, wherever segments end', () => {
    const hits = [{ canary: 'user' as const, connection: 1, entry: 4, inside: false, form: 'literal' as const }];
    const script = [...STRIPPED, 'C~ MAIL FROM:<', `C: ${canaries.user}@lab.test>`];
    const { status, leaked } = secretsStayInsideTls(scripted('smtp', [script], { policy: 'opportunistic', hits }));
    expect([status, ...leaked]).to.deep.equal(['downgradable', 'mail']);
  });

  it('proof of a leak needs no control, no end and no fence', () => {
    const { control: _, ...visit } = scripted('smtp', [[...OFFERED, PLAIN]], {
      drained: false,
      faults: ['x'],
      client: { how: 'stopped', stdout: '', stderr: '', duration: 1 },
    });
    expect(secretsStayInsideTls(visit).status).to.equal('unsafe');
  });
});

describe('the readings of a visit', () => {
  const connection = connectionOf('smtp', ['S: 220', 'C: EHLO x']);
  const known = scripted('smtp', [], { connections: [connection] });
  const words = (visit: Visit): readonly string[] =>
    readings(visit).map(({ connection: { id }, said }) => `${String(id)} ${String(said.length)}`);

  it('are made once', () => {
    expect(readings(known)).to.equal(readings(known));
  });

  it('hold what was said meanwhile on a connection that is still open, and on new ones', () => {
    const entries = [...connection.entries];
    const connections: ConnectionRecord[] = [{ ...connection, entries }];
    const visit = { ...known, connections };
    expect(words(visit)).to.deep.equal(['1 1']);
    entries.push({ kind: 'bytes', at: 30, from: 'client', inside: false, data: 'QUIT\r\n' });
    expect(words(visit)).to.deep.equal(['1 2']);
    connections.push({ ...connection, id: 2 });
    expect(words(visit)).to.deep.equal(['1 2', '2 1']);
  });

  it('are made anew where one of several connections has grown, and are kept where none has', () => {
    const entries = [...connection.entries];
    const other = connectionOf('smtp', ['S: 220', 'C: EHLO x', 'S: 250', 'C: QUIT'], { id: 2 });
    const visit = { ...known, connections: [{ ...connection, entries }, other] };
    const first = readings(visit);
    expect(readings(visit)).to.equal(first);
    entries.push({ kind: 'bytes', at: 30, from: 'client', inside: false, data: 'QUIT\r\n' });
    expect(words(visit)).to.deep.equal(['1 2', '2 2']);
    expect(readings(visit)).to.not.equal(first);
  });

  it('are those of this visit, where another one had the same entries', () => {
    expect(words(known)).to.deep.equal(['1 1']);
    expect(words({ ...known, connections: [{ ...connection, id: 7 }] })).to.deep.equal(['7 1']);
  });
});

describe('what the client said outside trusted TLS', () => {
  const cram = base64(`${canaries.user} 0123456789abcdef0123456789abcdef`);
  const rows: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    scripts: readonly (readonly string[])[],
    expected: readonly string[],
  ])[] = [
    ['nothing', 'smtp', [[...STRIPPED, 'C: QUIT']], []],
    [
      'a login inside trusted TLS',
      'smtp',
      [[...UPGRADED, '--', 'C: EHLO x', 'S: 250 AUTH PLAIN', PLAIN, 'S: 235', MAIL]],
      [],
    ],
    ['a login although TLS was on offer', 'smtp', [[...OFFERED, PLAIN]], ['credentials on-offer 1/5']],
    [
      'a login where no TLS was listed',
      'smtp',
      [['S: 220', 'C: EHLO x', 'S: 250 AUTH PLAIN', PLAIN]],
      ['credentials denied 1/3'],
    ],
    ['a login after a refusal', 'smtp', [[...REFUSED, PLAIN]], ['credentials denied 1/7']],
    ['a login that waited for no list', 'smtp', [['S: 220', PLAIN]], ['credentials on-offer 1/1']],
    ['the same after an interference', 'smtp', [['S! 220', PLAIN]], ['credentials denied 1/1']],
    ['the same before an interference', 'smtp', [['S: 220', PLAIN, 'S! 235 Ok']], ['credentials on-offer 1/1']],
    ['the same after an act of the scenario', 'smtp', [['S: 220', '* withholds', PLAIN]], ['credentials denied 1/2']],
    [
      'the same after an interference elsewhere',
      'smtp',
      [
        ['S! 220', 'C: NOOP'],
        ['S: 220', PLAIN],
      ],
      ['credentials denied 2/1'],
    ],
    [
      'the same before an interference elsewhere',
      'smtp',
      [
        ['S: 220', PLAIN],
        ['S: 1', 'S! 220'],
      ],
      ['credentials on-offer 1/1'],
    ],
    ['the same once STARTTLS was said', 'smtp', [['S: 220', 'C: STARTTLS', PLAIN]], ['credentials on-offer 1/2']],
    [
      'TLS on offer, after another connection’s refusal',
      'smtp',
      [REFUSED, [...OFFERED, PLAIN]],
      ['credentials denied 2/5'],
    ],
    [
      'TLS on offer, before another connection’s refusal',
      'smtp',
      [[...OFFERED, PLAIN], REFUSED],
      ['credentials on-offer 1/5'],
    ],
    [
      'TLS on offer, after another one’s handshake failed',
      'smtp',
      [
        ['S: 220', '--fails'],
        [...OFFERED, PLAIN],
      ],
      ['credentials denied 2/5'],
    ],
    [
      'TLS on offer, after a peer that deserves no trust',
      'smtp',
      [
        ['S: 220', '--bad', 'C: QUIT'],
        [...OFFERED, PLAIN],
      ],
      ['credentials denied 2/5'],
    ],
    [
      'TLS on offer, after another connection inside TLS',
      'smtp',
      [
        [...UPGRADED, '--', 'C: QUIT'],
        [...OFFERED, PLAIN],
      ],
      ['credentials on-offer 2/5'],
    ],
    [
      'no list, after another one’s handshake failed',
      'smtp',
      [
        ['S: 220', '--fails'],
        ['S: 220', PLAIN],
      ],
      ['credentials denied 2/1'],
    ],
    [
      'a login inside TLS with a peer that deserves no trust',
      'smtp',
      [[...UPGRADED, '--bad', PLAIN]],
      ['credentials unverified 1/8', 'trust unverified 1/8'],
    ],
    [
      'a login after close_notify',
      'smtp',
      [[...UPGRADED, '--', 'C: EHLO x', '==', PLAIN]],
      ['credentials denied 1/10'],
    ],
    [
      'a login after TLS with a peer that deserves no trust ended',
      'smtp',
      [['S: 220', 'C: STARTTLS', 'S: 220 Go', '--bad', '==', PLAIN]],
      ['credentials denied 1/5'],
    ],
    [
      'TLS on offer, after one whose first handshake failed',
      'smtp',
      [
        ['S: 220', 'C: STARTTLS', 'S: 220 Go', '--breaks', 'C: STARTTLS', 'S: 220 Go', '--', 'C: QUIT'],
        [...OFFERED, PLAIN],
      ],
      ['credentials denied 2/5'],
    ],
    [
      'mail',
      'smtp',
      [[...OFFERED, MAIL, 'S: 250', 'C: DATA', 'S: 354', 'C: x', 'C: .']],
      ['mail on-offer 1/5', 'mail on-offer 1/9'],
    ],
    [
      'mail inside TLS with a peer that deserves no trust',
      'smtp',
      [[...UPGRADED, '--bad', MAIL]],
      ['mail unverified 1/8', 'trust unverified 1/8'],
    ],
    [
      'an authenticator',
      'smtp',
      [[...STRIPPED, 'C: AUTH CRAM-MD5', 'S: 334 PDFAaD4=', `C: ${cram}`]],
      ['credentials denied 1/5'],
    ],
    [
      'a user name and a password',
      'pop3',
      [['S: +OK', `C: USER ${canaries.user}`, 'S: +OK', `C: PASS ${canaries.password}`]],
      ['metadata on-offer 1/1', 'credentials on-offer 1/3'],
    ],
    ['a user name, after an interference', 'pop3', [['S! +OK', `C: USER ${canaries.user}`]], ['metadata denied 1/1']],
    [
      'a user name alone, inside TLS with a peer that deserves no trust',
      'pop3',
      [['--bad', 'S: +OK', `C: USER ${canaries.user}`]],
      ['metadata unverified 1/2', 'trust unverified 1/2'],
    ],
    [
      'a login of IMAP',
      'imap',
      [['S: * OK', `C: a1 LOGIN ${canaries.user} ${canaries.password}`]],
      ['credentials on-offer 1/1'],
    ],
    ['a login of IMAP that is only announced', 'imap', [['S: * OK', 'C: a1 LOGIN {5}', 'S: + ']], []],
    [
      'nothing but ways out, inside TLS with a peer that deserves no trust',
      'smtp',
      [[...UPGRADED, '--bad', 'C: RSET', 'C: QUIT']],
      [],
    ],
    ['a command after a way out', 'smtp', [[...UPGRADED, '--bad', 'C: RSET', 'C: NOOP']], ['trust unverified 1/9']],
    [
      'commands, told once a connection',
      'smtp',
      [
        [...UPGRADED, '--bad', 'C: NOOP', 'C: NOOP'],
        [...UPGRADED, '--bad', 'C: NOOP'],
      ],
      ['trust unverified 1/8', 'trust unverified 2/8'],
    ],
  ];
  for (const [what, protocol, scripts, expected] of rows) {
    it(`${what}: ${expected.length === 0 ? 'no leak' : expected.join(', ')}`, () => {
      expect(leaks(scripted(protocol, scripts)).map(gist)).to.deep.equal(expected);
    });
  }

  it('an interference on waxseal’s own leg counts as one', () => {
    const visit = scripted('smtp', [], {
      connections: [
        connectionOf('smtp', ['S: 220', 'S: 1', PLAIN]),
        connectionOf('smtp', ['S! 220'], { id: 2, leg: 'server' }),
      ],
    });
    expect(leaks(visit).map(gist)).to.deep.equal(['credentials denied 1/2']);
  });

  it('waxseal’s own leg is no client', () => {
    expect(
      leaks(scripted('smtp', [], { connections: [connectionOf('smtp', [...OFFERED, PLAIN], { leg: 'server' })] })),
    ).to.deep.equal([]);
  });
});

describe('how a leak is told', () => {
  const long = 'x'.repeat(300);
  const rows: readonly (readonly [protocol: ProtocolName, script: readonly string[], quote: string, why: string])[] = [
    ['smtp', [...OFFERED, PLAIN], 'AUTH PLAIN …', 'password sent in clear (AUTH PLAIN)'],
    [
      'smtp',
      [...OFFERED, `C: AUTH XOAUTH2 ${base64('user=u\x01auth=Bearer t\x01\x01')}`],
      'AUTH XOAUTH2 …',
      'token sent in clear (AUTH XOAUTH2)',
    ],
    [
      'smtp',
      [...OFFERED, 'C: AUTH LOGIN', 'S: 334 VXNlcg==', 'C: dXNlcg==', 'S: 334 UGFzcw==', 'C: cGFzcw=='],
      '…',
      'password sent in clear (LOGIN)',
    ],
    [
      'smtp',
      [...OFFERED, 'C: AUTH CRAM-MD5', 'S: 334 PDFAaD4=', 'C: dSAwMTIz'],
      '…',
      'CRAM-MD5 response sent in clear (can be cracked offline or relayed)',
    ],
    ['smtp', [...OFFERED, MAIL], 'MAIL FROM:<a@lab.test>', 'MAIL sent in clear'],
    ['smtp', [...OFFERED, `C: MAIL FROM:<${long}>`], `MAIL FROM:<${long}`.slice(0, 160), 'MAIL sent in clear'],
    ['smtp', ['S: 220', 'C: DATA', 'S: 354', `C: ${long}`, 'C: .'], long.slice(0, 60), 'message sent in clear'],
    ['pop3', ['S: +OK', 'C: USER bob'], 'USER bob', 'user name sent in clear (USER)'],
    ['imap', ['S: * OK', 'C: a1 LOGIN bob "se cret"'], 'a1 LOGIN bob "…"', 'password sent in clear (LOGIN)'],
    [
      'imap',
      ['S: * OK', 'C: a1 LOGIN "b\x1bb" "cret"'],
      String.raw`a1 LOGIN "b\x1bb" "…"`,
      'password sent in clear (LOGIN)',
    ],
    ['imap', ['S: * OK', 'C: a1 LOGIN "bob" "cret"'], 'a1 LOGIN "bob" "…"', 'password sent in clear (LOGIN)'],
    [
      'pop3',
      ['S: +OK <1@h>', 'C: APOP bob 0123456789abcdef0123456789abcdef'],
      'APOP bob …',
      'APOP response sent in clear (can be cracked offline or relayed)',
    ],
    ['pop3', ['--bad', 'S: +OK', 'C: PASS x'], 'PASS …', 'password sent to an unverified server (PASS)'],
    ['smtp', [...UPGRADED, '--bad', 'C: EHLO me'], 'EHLO me', 'EHLO sent to an unverified server (wrong-name)'],
    [
      'smtp',
      [...UPGRADED, '--', '==', '--bad', 'C: EHLO me'],
      'EHLO me',
      'EHLO sent to an unverified server (wrong-name)',
    ],
    [
      'smtp',
      [...OFFERED, 'C: AUTH LOGIN', 'S: 334 VXNlcjo=', 'C: dXNlcg=='],
      'dXNlcg==',
      'user name sent in clear (LOGIN response)',
    ],
    [
      'smtp',
      [...OFFERED, 'C: AUTH X-NEW', 'S: 334 ', 'C: dXNlcg=='],
      '…',
      'X-NEW response sent in clear (can be cracked offline or relayed)',
    ],
    [
      'smtp',
      [...OFFERED, 'C: AUTH XOAUTH2', 'S: 334 ', `C: ${base64('user=u\x01auth=Bearer t\x01\x01')}`],
      '…',
      'token sent in clear (XOAUTH2)',
    ],
    [
      'smtp',
      [...UPGRADED, '--bad', `C: ${'y'.repeat(70_000)}`],
      'y'.repeat(60),
      'message data sent to an unverified server (wrong-name)',
    ],
    // The connection ended before the line or the literal did.
    [
      'smtp',
      ['S: 220', 'C~ AUTH PLAIN AGFiY'],
      'AUTH PLAIN …',
      'password sent in clear (AUTH PLAIN), until the connection ended',
    ],
    ['smtp', ['S: 220', 'C~ MAIL FROM:<a@l'], 'MAIL FROM:<a@l', 'MAIL sent in clear, until the connection ended'],
    ['pop3', ['S: +OK', 'C~ PASS hun'], 'PASS …', 'password sent in clear (PASS), until the connection ended'],
    [
      'imap',
      ['S: * OK', 'C~ a LOGIN {3+}\r\nbob {7+}\r\nhu'],
      'a LOGIN {3+}\\r\\nbob {7+}\\r\\n…',
      'password sent in clear (LOGIN), until the connection ended',
    ],
    [
      'managesieve',
      ['S: "SASL" ""', 'S: OK', 'C~ PUTSCRIPT "x" {9000+}\r\nkeep;'],
      'PUTSCRIPT "x" {9000+}\\r\\nkeep;',
      'PUTSCRIPT sent in clear, until the connection ended',
    ],
    // What looks like an announcement stands within the script.
    [
      'managesieve',
      ['S: "SASL" ""', 'S: OK', 'C~ PUTSCRIPT "x" {9000+}\r\nkeep {9999}\r\n'],
      'PUTSCRIPT "x" {9000+}\\r\\nkeep {9999}',
      'PUTSCRIPT sent in clear, until the connection ended',
    ],
    [
      'managesieve',
      ['S: "SASL" ""', 'S: OK', 'C~ CHECKSCRIPT {9000+}\r\nkeep;'],
      'CHECKSCRIPT {9000+}\\r\\nkeep;',
      'CHECKSCRIPT sent in clear, until the connection ended',
    ],
    [
      'managesieve',
      ['S: "SASL" ""', 'S: OK', 'C~ AUTHENTICATE "PLAIN" {28+}\r\nAGFi'],
      'AUTHENTICATE "PLAIN" {28+}\\r\\n…',
      'password sent in clear (AUTHENTICATE), until the connection ended',
    ],
    ['smtp', [...UPGRADED, '--bad', 'C:  '], '', 'a line sent to an unverified server (wrong-name)'],
  ];
  for (const [protocol, script, quote, why] of rows) {
    it(`${quote.slice(0, 40)}: ${why}`, () => {
      expect(leaks(scripted(protocol, [script])).map((each) => `${each.quote}: ${each.why}`)).to.include(
        `${quote}: ${why}`,
      );
    });
  }
});

describe('what was cut off by the end of the connection, and holds nothing secret', () => {
  const rows: readonly (readonly [protocol: ProtocolName, script: readonly string[]])[] = [
    ['smtp', ['S: 220', 'C~ AUTH PLAIN']],
    ['smtp', ['S: 220', 'C~ EHLO lab']],
    ['pop3', ['S: +OK', 'C~ USER bo']],
    ['imap', ['S: * OK', 'C~ a AUTHENTICATE PLAIN']],
    ['managesieve', ['S: OK', 'C~ PUTSCRIPT "x" {9000+}\r\n']],
    ['pop3', ['S: +OK', 'C: STLS', 'S: +OK', '--', 'C~ PASS hun']],
  ];
  for (const [protocol, script] of rows) {
    it(`${script.at(-1) ?? ''} (${protocol})`, () => {
      expect(leaks(scripted(protocol, [script]))).to.deep.equal([]);
    });
  }
});

describe('canaries that grammar did not understand', () => {
  const hit = (more: Partial<CanaryHit> = {}): CanaryHit => ({
    connection: 1,
    entry: 1,
    canary: 'password',
    form: 'literal',
    inside: false,
    ...more,
  });
  const STRAY = ['S: 220', `C: NOOP ${canaries.password}`];
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    hits: readonly CanaryHit[],
    expected: readonly string[],
    why?: string,
  ])[] = [
    ['a password', [STRAY], [hit()], ['credentials on-offer 1/1'], 'password sent outside trusted TLS.'],
    ['a password, before an interference', [[...STRAY, 'S! 250']], [hit()], ['credentials on-offer 1/1']],
    [
      'what the server sends behind a login',
      [['S: 220', PLAIN, `S: 235 ${canaries.mailbox}`]],
      [hit({ entry: 2, canary: 'mailbox' })],
      ['credentials on-offer 1/1', 'mail on-offer 1/2'],
    ],
    [
      'a user name in an address',
      [['S: 220', `C: MAIL FROM:<${canaries.user}@lab.test>`]],
      [hit({ canary: 'user' })],
      ['mail on-offer 1/1'],
    ],
    ['a user name on a connection that is not there', [STRAY], [hit({ connection: 3, canary: 'user' })], []],
    ['a password in base64', [STRAY], [hit({ form: 'base64' })], ['credentials on-offer 1/1'], '(base64)'],
    ['another visit’s', [STRAY], [hit({ visit: 7 })], ['credentials on-offer 1/1'], 'password of run 7 sent'],
    ['a token', [STRAY], [hit({ canary: 'token' })], ['credentials on-offer 1/1'], 'token sent'],
    ['a user name', [STRAY], [hit({ canary: 'user' })], ['metadata metadata 1/1'], 'user name sent'],
    ...(['message', 'from', 'to', 'mailbox'] as const).map(
      (canary) => [canary, [STRAY], [hit({ canary })], ['mail on-offer 1/1'], 'sent outside trusted TLS'] as const,
    ),
    ['a capability', [STRAY], [hit({ canary: 'capability' })], []],
    ['a nonce', [STRAY], [hit({ canary: 'nonce' })], []],
    [
      'what the server sent',
      [[`S: 250 ${canaries.mailbox}`]],
      [hit({ entry: 0, canary: 'mailbox' })],
      ['mail on-offer 1/0'],
      'received outside',
    ],
    ['after an interference', [['S! 220', `C: NOOP ${canaries.password}`]], [hit()], ['credentials denied 1/1']],
    [
      'after an upgrade was asked for',
      [['C: STARTTLS', `C: NOOP ${canaries.password}`]],
      [hit()],
      ['credentials denied 1/1'],
    ],
    [
      'after another connection failed',
      [['S: 220', '--fails'], STRAY],
      [hit({ connection: 2 })],
      ['credentials denied 2/1'],
    ],
    ['inside trusted TLS', [['--', `C: NOOP ${canaries.password}`]], [hit({ inside: true })], []],
    [
      'inside TLS with a peer that deserves no trust',
      [['--bad', `C: QUIT ${canaries.password}`]],
      [hit({ inside: true })],
      ['credentials unverified 1/1'],
    ],
    [
      'inside the second TLS, which deserves none',
      [['--', '--bad', `C: QUIT ${canaries.password}`]],
      [hit({ entry: 2, inside: true })],
      ['credentials unverified 1/2'],
    ],
    [
      'inside trusted TLS, before one that deserves none',
      [['--', `C: QUIT ${canaries.password}`, '--bad']],
      [hit({ inside: true })],
      [],
    ],
    [
      'after close_notify of trusted TLS',
      [['--', '==', `C: NOOP ${canaries.password}`]],
      [hit({ entry: 2 })],
      ['credentials denied 1/2'],
    ],
    [
      'inside TLS of which no boundary was kept',
      [['S: 220', `C: QUIT ${canaries.password}`]],
      [hit({ inside: true })],
      ['credentials unverified 1/1'],
    ],
    ['on a connection that is not there', [STRAY], [hit({ connection: 3 })], []],
    ['at an entry that is no bytes', [['S: 220', 'C.']], [hit()], []],
    [
      'of a leak that grammar told for the connection',
      [['S: 220', PLAIN, 'S: 235 Ok', `C: NOOP ${canaries.password}`]],
      [hit({ entry: 3 })],
      ['credentials on-offer 1/1'],
    ],
    [
      'before the login that grammar told',
      [[`S: 220`, `C: NOOP ${canaries.password}`, 'S! 502 No', PLAIN]],
      [hit()],
      ['credentials denied 1/3', 'credentials on-offer 1/1'],
    ],
    [
      'in clear, on a connection whose login grammar told inside TLS that deserves no trust',
      [['S: 220', `C: NOOP ${canaries.password}`, 'S: 250 Ok', '--bad', PLAIN]],
      [hit(), hit({ entry: 4, inside: true })],
      ['credentials unverified 1/4', 'trust unverified 1/4', 'credentials on-offer 1/1'],
    ],
    [
      'after close_notify, on a connection whose login grammar told inside TLS that deserves no trust',
      [['--bad', PLAIN, '==', `C: NOOP ${canaries.password}`]],
      [hit({ entry: 3 })],
      ['credentials unverified 1/1', 'trust unverified 1/1', 'credentials denied 1/3'],
    ],
    [
      'of a leak that grammar told for another connection',
      [['S: 220', PLAIN], STRAY],
      [hit({ connection: 2 })],
      ['credentials on-offer 1/1', 'credentials on-offer 2/1'],
    ],
    [
      'in the entry that grammar told of',
      [['S: 220', `C: USER ${canaries.user}`]],
      [hit({ canary: 'user' })],
      ['metadata on-offer 1/1'],
    ],
  ];
  for (const [what, scripts, hits, expected, why] of rows) {
    it(`${what}: ${expected.length === 0 ? 'no leak' : expected.join(', ')}`, () => {
      const protocol = what === 'in the entry that grammar told of' ? 'pop3' : 'smtp';
      const found = leaks(scripted(protocol, scripts, { hits }));
      expect(found.map(gist)).to.deep.equal(expected);
      if (why !== undefined) expect(`${found.at(-1)?.why ?? ''}.`).to.include(why);
    });
  }

  it('a quote is escaped and short', () => {
    const [found] = leaks(
      scripted('smtp', [['S: 220', `C: NOOP \x1b[2J${'y'.repeat(200)}`]], { hits: [hit({ canary: 'message' })] }),
    );
    expect(found?.quote).to.include('NOOP').and.not.include('\x1b');
    expect(found?.quote.length).to.be.lessThan(100);
  });
});

describe('what was due and left without its line end', () => {
  const hit: CanaryHit = { connection: 1, entry: 2, canary: 'password', form: 'base64', inside: false };
  const rows: readonly (readonly [
    what: string,
    script: readonly string[],
    differs: Partial<Visit>,
    expected: readonly string[],
  ])[] = [
    ['a password', ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='], { hits: [hit] }, ['credentials on-offer 1/2']],
    ['a word that is not the password', ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='], {}, []],
    [
      'somebody’s own',
      ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
      { ownCredentials: false },
      ['credentials on-offer 1/2'],
    ],
    [
      'a password, after an interference',
      ['S! 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
      { hits: [hit] },
      ['credentials denied 1/2'],
    ],
    ['a password inside trusted TLS', ['--', 'C: AUTH LOGIN', 'C~ cGFzcw=='], { hits: [{ ...hit, inside: true }] }, []],
    [
      'a password inside other TLS',
      ['--bad', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
      { hits: [{ ...hit, inside: true }] },
      ['credentials unverified 1/2', 'trust unverified 1/1'],
    ],
    ['half a command', ['S: 220', 'C: NOOP', 'C~ AUTH PL'], { ownCredentials: false }, []],
    [
      'a password found before it',
      ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
      { hits: [{ ...hit, entry: 1 }] },
      ['credentials on-offer 1/1'],
    ],
    [
      'a user name',
      ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
      { hits: [{ ...hit, canary: 'user' }] },
      ['metadata metadata 1/2'],
    ],
  ];
  for (const [what, script, differs, expected] of rows) {
    it(`${what}: ${expected.length === 0 ? 'no leak' : expected.join(', ')}`, () => {
      const found = leaks(scripted('smtp', [script], differs));
      expect(found.map(gist)).to.deep.equal(expected);
    });
  }

  it('it is told without the word itself', () => {
    const [found] = leaks(scripted('smtp', [['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw==']], { hits: [hit] }));
    expect(found).to.include({
      quote: '…',
      why: 'login response sent outside trusted TLS, before the server asked for it',
    });
  });

  it('what another connection said proves nothing about this one', () => {
    const visit = scripted(
      'smtp',
      [
        ['S: 220', 'C: AUTH LOGIN', 'C~ cGFzcw=='],
        ['--', 'S: 220', 'C~ cGFzcw=='],
      ],
      {
        hits: [{ ...hit, connection: 2, inside: true }],
      },
    );
    expect(leaks(visit)).to.deep.equal([]);
  });
});

describe('a mailbox used outside TLS', () => {
  const rows: readonly (readonly [protocol: ProtocolName, script: readonly string[], expected: readonly string[]])[] = [
    ['imap', ['S: * PREAUTH', 'C: a1 SELECT INBOX', 'C: a2 FETCH 1 BODY[]'], ['trust denied 1/1: SELECT']],
    ['imap', ['S: * OK', '--', 'C: a1 SELECT INBOX'], []],
    ['imap', ['S: * PREAUTH', 'C: a1 LOGOUT'], []],
    ['imap', ['S: * PREAUTH', 'C: a1 APPEND INBOX {5}', 'C: a2 LOGOUT'], ['trust denied 1/1: APPEND']],
    ['smtp', ['S: 220', MAIL], ['trust denied 1/1: MAIL']],
    ['smtp', ['S: 220', 'C: EHLO x'], []],
  ];
  for (const [protocol, script, expected] of rows) {
    it(`${protocol}: ${script.slice(1).join(', ')}: ${expected.join(', ') || 'nothing'}`, () => {
      const found = mailboxInClear(readings(scripted(protocol, [script])));
      expect(
        found.map((each) => `${gist(each)}: ${each.quote.split(' ').find((word) => /^[A-Z]{4,}$/.test(word)) ?? ''}`),
      ).to.deep.equal(expected);
      for (const { why } of found) expect(why).to.match(/^[A-Z]+ sent in clear: the session went on without TLS$/);
    });
  }
});

describe('an IMAP client’s identity', () => {
  const rows: readonly (readonly [script: readonly string[], expected: readonly string[]])[] = [
    [['S: * OK', 'C: a1 ID ("name" "bob")'], ['metadata metadata 1/1']],
    [['S: * OK', 'C: a1 ID NIL'], []],
    [['S: * OK', 'C: a1 ID nil'], []],
    [['S: * OK', 'C: a1 ID ()'], []],
    [['S: * OK', 'C: a1 ID'], []],
    [['S: * OK', 'C: a1 NOOP ("name" "bob")'], []],
    [['--', 'S: * OK', 'C: a1 ID ("name" "bob")'], []],
  ];
  for (const [script, expected] of rows) {
    it(`${script.join(', ')}: ${expected.join(', ') || 'nothing'}`, () => {
      const found = identities(readings(scripted('imap', [script])));
      expect(found.map(gist)).to.deep.equal(expected);
      for (const { why, quote } of found) {
        expect(why).to.equal('client name and version sent in clear (ID)');
        expect(quote).to.include('bob');
      }
    });
  }
});
