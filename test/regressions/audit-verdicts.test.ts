import { expect } from 'chai';
import { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { audit } from '../../src/audit/audit.js';
import { patienceFor } from '../../src/audit/options.js';
import checks from '../../src/checks/index.js';
import { reportExitCode } from '../../src/document/exit-code.js';
import { waxseal } from '../cli/run-cli.js';
import { certificateChain, type CertificateChain } from '../support/certificate-chain.js';
import {
  audited,
  LONG_ENOUGH_TO_HEAR,
  PATIENCE,
  said,
  smtp,
  speaksSmtp,
  tls,
  upgrading,
  type Options,
  type Play,
} from '../support/played-server.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Verdicts on servers that were once wrong, each with other servers of its kind.

/** Of an audit with one result, by its status. */
const EXIT_CODES: Readonly<Record<string, number>> = { pass: 0, info: 0, fail: 1, inconclusive: 3 };

describe('a capability command that fails is no empty list', () => {
  const it = sideBySide();
  const rows: readonly (readonly [title: string, play: Play, expected: RegExp, options?: Partial<Options>])[] = [
    [
      'EHLO is refused once with 421',
      (socket, connection) => (connection === 1 ? smtp({ EHLO: '421 4.3.2 too busy\r\n' })(socket) : smtp()(socket)),
      /^pass: /,
    ],
    [
      'EHLO is refused twice with 451',
      (socket, connection) => (connection <= 2 ? smtp({ EHLO: '451 4.7.1 later\r\n' })(socket) : smtp()(socket)),
      /^pass: /,
    ],
    [
      'the name is refused with 550, the address literal is not',
      scripted(['220 ready\r\n'], { QUIT: '221 bye\r\n', STARTTLS: '454 no\r\n' }, (line) =>
        line === 'EHLO [127.0.0.2]' ? '250-x\r\n250 STARTTLS\r\n' : '550 5.7.1 your name is not known\r\n',
      ),
      /^pass: /,
      { ehlo: undefined },
    ],
    [
      'the name is refused with 450, the address literal is not',
      scripted(['220 ready\r\n'], { QUIT: '221 bye\r\n', STARTTLS: '454 no\r\n' }, (line) =>
        line === 'EHLO [127.0.0.2]' ? '250-x\r\n250 STARTTLS\r\n' : '450 4.7.1 Host not found\r\n',
      ),
      /^pass: /,
      { ehlo: undefined },
    ],
    ...(['client.example', 'other.example'] as const).map(
      (name) =>
        [
          `of two names, only ${name} is welcome`,
          scripted(['220 ready\r\n'], { QUIT: '221 bye\r\n', STARTTLS: '454 no\r\n' }, (line) =>
            line === `EHLO ${name}` ? '250-x\r\n250 STARTTLS\r\n' : '550 5.7.1 Helo command rejected\r\n',
          ),
          name === 'client.example' ? /^pass: / : /^inconclusive: .*refuses EHLO client\.example.*--ehlo/,
          { ehlo: 'client.example' },
        ] as const,
    ),
    ['every name is refused with 550', smtp({ EHLO: '550 5.7.1 bad name\r\n' }), /^inconclusive: .*--ehlo/],
    ['every name is refused with 501', smtp({ EHLO: '501 5.5.4 bad name\r\n' }), /^inconclusive: .*--ehlo/],
    [
      'EHLO is always refused with 421',
      smtp({ EHLO: '421 4.3.2 too busy\r\n' }),
      /^inconclusive: /,
      // On a busy machine 500 ms were over before the first connection was made: nothing at all was said then.
      { patience: { ...PATIENCE, backOff: 3000 }, maxTime: 8000 },
    ],
    ['there is no EHLO at all', smtp({ EHLO: '502 5.5.1 what?\r\n' }), /^fail: /],
  ];
  // Where strangers deliver, what is missing is no failure; what was not learnt is as open there as elsewhere.
  for (const role of ['submission', 'smtp'] as const)
    for (const [title, play, expected, options = {}] of rows) {
      const right = role === 'smtp' ? new RegExp(expected.source.replace('^fail', '^info')) : expected;
      it(`${role}: ${title}: ${String(right)}`, async () => {
        const session = await audited(role, play, ['starttls-not-advertised'], options);
        const told = said(session)['starttls-not-advertised'] ?? '';
        expect(told).to.match(right);
        expect(reportExitCode(session.report())).to.equal(EXIT_CODES[told.split(':')[0] ?? '']);
      });
    }

  it('an IMAP server that refuses CAPABILITY is not said to have no STARTTLS', async () => {
    const session = await audited(
      'imap',
      scripted(['* OK ready\r\n'], { CAPABILITY: 'TAG NO [UNAVAILABLE] backend is down\r\n' }, () => 'TAG BAD no\r\n'),
      ['starttls-not-advertised'],
      { patience: { ...PATIENCE, backOff: 3000 }, maxTime: 8000 },
    );
    expect(said(session)['starttls-not-advertised']).to.match(/^inconclusive: /);
  });
});

describe('injection has its control', () => {
  const it = sideBySide();
  for (const [title, first] of [
    ['greets again inside TLS', '220 hello again\r\n'],
    ['lists its capabilities inside TLS', '250-mail.example\r\n250 AUTH PLAIN\r\n'],
    ['says two things inside TLS', '220 hello again\r\n250 ok\r\n'],
  ] as const) {
    it(`a server that ${title} executes nothing, and speaks unasked`, async () => {
      const session = await audited(
        'submission',
        upgrading(await tls(), speaksSmtp(first)),
        ['injection-full-line', 'injection-partial-line', 'speaks-unasked-inside-tls'],
        { patience: LONG_ENOUGH_TO_HEAR },
      );
      expect(said(session)['injection-full-line']).to.match(/^pass: /);
      expect(said(session)['injection-partial-line']).to.match(/^(pass|inconclusive): /);
      expect(said(session)['speaks-unasked-inside-tls']).to.match(/^fail: .*2[25]0/);
    }).timeout(30_000);
  }
});

it('a server far away that greets again inside TLS is heard, however little patience there is', async () => {
  const secured = await tls();
  const late = (socket: Socket): Socket =>
    Object.assign(socket, {
      write: (bytes: Buffer | string) => setTimeout(() => Socket.prototype.write.call(socket, bytes), 150),
    });
  const session = await audited(
    'submission',
    (socket) => {
      upgrading(secured, (inside) => {
        setTimeout(() => speaksSmtp('220 hello again\r\n')(inside), 150);
      })(late(socket));
    },
    ['speaks-unasked-inside-tls'],
  );
  expect(said(session)['speaks-unasked-inside-tls']).to.match(/^fail: .*220/);
});

describe('an injection that ends the handshake', () => {
  const it = sideBySide();
  const alert = Buffer.from([21, 3, 3, 0, 2, 2, 10]);
  /** As Exim does: what stands where TLS is due is answered with an alert, unexpected_message, whose number is a line feed. */
  const rows: readonly (readonly [title: string, answer: (socket: Socket) => void])[] = [
    ['in the segment of the go-ahead', (socket) => void socket.end(Buffer.concat([Buffer.from('220 go\r\n'), alert]))],
    [
      'in a segment of its own',
      (socket) => {
        socket.write('220 go\r\n');
        socket.once('data', () => socket.end(alert));
      },
    ],
    [
      'and a word, after which it goes on in clear, as Cyrus does,',
      (socket) => {
        socket.write('220 go\r\n');
        socket.once('data', () => socket.write('454 4.7.0 TLS failed\r\n250 ok\r\n'));
      },
    ],
    [
      'in pieces',
      (socket) => {
        socket.write(Buffer.concat([Buffer.from('220 go\r\n'), alert.subarray(0, 3)]));
        setTimeout(() => socket.end(alert.subarray(3)), 20);
      },
    ],
  ];
  for (const [title, answer] of rows) {
    it(`with an alert ${title} is no answer in clear`, async () => {
      const secured = await tls();
      const session = await audited(
        'submission',
        (socket, connection) => {
          // The first two connections see how it should be: the dialogue and the control.
          if (connection <= 2) upgrading(secured, speaksSmtp())(socket);
          else {
            socket.write('220 mail.example ESMTP\r\n');
            socket.on('data', (bytes: Buffer) => {
              const line = bytes.toString('latin1');
              if (line.startsWith('EHLO')) socket.write('250-mail.example\r\n250 STARTTLS\r\n');
              else if (line.startsWith('STARTTLS')) {
                socket.removeAllListeners('data');
                answer(socket);
              }
            });
          }
        },
        ['injection-full-line'],
      );
      expect(said(session)['injection-full-line']).to.match(/^pass: /);
    }).timeout(20_000);
  }
});

describe('what a port wants is named', () => {
  const it = sideBySide();
  it('a client certificate, under either version', async () => {
    for (const newest of [undefined, 'TLSv1.2'] as const) {
      const secured = await tls({ requestCert: true, ...(newest && { newest }) });
      const session = await audited('imaps', (socket) => secured(socket, (inside) => inside.write('* OK ready\r\n')), [
        ...['port-mismatch', 'client-certificate-asked', 'tls-1-2-missing', 'tls-1-3-missing', 'tls-1-0-accepted'],
        'outdated-logins',
      ]);
      const told = said(session);
      expect(told['port-mismatch']).to.match(/^info: .*only clients that show a certificate/);
      expect(told['client-certificate-asked']).to.match(/^info: .*only clients that show a certificate/);
      // What it says to others was not seen.
      expect(told['outdated-logins']).to.match(/^inconclusive: not tried: .*only clients that show a certificate/);
      expect(told['tls-1-2-missing']).to.match(/^pass: /);
      expect(told['tls-1-0-accepted']).to.match(/^pass: /);
      expect(told['tls-1-3-missing']).to.match(newest === undefined ? /^pass: / : /^warn: /);
    }
  }).timeout(20_000);

  it('a client certificate after STARTTLS', async () => {
    for (const newest of [undefined, 'TLSv1.2'] as const) {
      const secured = await tls({ requestCert: true, ...(newest && { newest }) });
      const ids = ['starttls-unusable', 'client-certificate-asked', 'injection-full-line', 'tls-1-0-accepted'];
      const before = ['answers-without-handshake', 'answers-after-failed-handshake', 'starttls-form-refused'];
      const all = [...ids, ...before, 'outdated-logins'];
      const told = said(await audited('submission', upgrading(secured, speaksSmtp()), all, { depth: 'full' }));
      // They end before a certificate is asked for.
      for (const id of before) expect(told[id], id).not.to.match(/certificate/);
      expect(told['answers-without-handshake']).to.match(/^pass: /);
      expect(told['answers-after-failed-handshake']).to.match(/^pass: /);
      expect(told['outdated-logins']).to.match(/^inconclusive: .*only clients that show a certificate/);
      expect(told['starttls-unusable']).to.match(/^info: .*only clients that show a certificate/);
      expect(told['client-certificate-asked']).to.match(/^info: .*only clients that show a certificate/);
      // It was not seen, and may be there for clients that have a certificate.
      expect(told['injection-full-line']).to.match(/^inconclusive: .*only clients that show a certificate/);
      expect(told['tls-1-0-accepted']).to.match(/^pass: /);
    }
  }).timeout(20_000);

  it('a client certificate, perhaps: it is asked for, and the connection ends without a word', async () => {
    const secured = await tls({ requestCert: true });
    const session = await audited(
      'imaps',
      (socket) => secured(socket, (inside) => inside.end(), { rejectUnauthorized: false }),
      ['port-mismatch', 'client-certificate-asked'],
    );
    expect(said(session)['port-mismatch']).to.match(/^inconclusive: .*client certificate/);
    expect(said(session)['client-certificate-asked']).to.match(/^info: the server asks for a client certificate$/);
  }).timeout(20_000);

  it('a PROXY header, in clear and before TLS', async () => {
    const secured = await tls();
    const proxied =
      (then: (socket: Socket) => void) =>
      (socket: Socket): void =>
        void socket.once('data', (bytes: Buffer) => {
          if (!/^PROXY TCP4 127\.0\.0\.2 127\.0\.0\.1 \d+ \d+\r\n/.test(bytes.toString('latin1'))) socket.destroy();
          else {
            socket.pause();
            socket.unshift(bytes.subarray(bytes.indexOf('\n') + 1));
            then(socket);
          }
        });
    for (const [scheme, play] of [
      ['imap', proxied(scripted(['* OK ready\r\n'], {}, () => 'TAG BAD no\r\n'))],
      ['imaps', proxied((socket) => secured(socket, (inside) => inside.write('* OK ready\r\n')))],
    ] as const) {
      const session = await audited(scheme, play, ['port-mismatch']);
      expect(said(session)['port-mismatch'], scheme).to.match(/^inconclusive: .*PROXY protocol/);
    }
  }).timeout(20_000);

  describe('a server name', () => {
    /** TLS for those who name the server; `refuse` ends the others. */
    const strict =
      (secured: Awaited<ReturnType<typeof tls>>, refuse: (socket: Socket) => void, play: (inside: TLSSocket) => void) =>
      (socket: Socket): void =>
        void socket.once('data', (bytes: Buffer) => {
          if (bytes.includes('mail.lab.test')) {
            socket.pause();
            socket.unshift(bytes);
            secured(socket, play);
          } else refuse(socket);
        });
    const alert =
      (description: number) =>
      (socket: Socket): void =>
        void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, description]));

    for (const [title, refuse] of [
      // As HAProxy's strict-sni and nginx's ssl_reject_handshake do.
      ['with the alert for it', alert(112)],
      ['with internal_error, as Go does', alert(80)],
      ['with handshake_failure, as OpenSSL without a certificate does', alert(40)],
      ['by closing', (socket: Socket) => void socket.end()],
      ['by a reset', (socket: Socket) => void socket.resetAndDestroy()],
    ] as const) {
      it(`insisted on ${title}`, async () => {
        const secured = await tls();
        const imaps = strict(secured, refuse, (inside) => inside.write('* OK ready\r\n'));
        const unnamed = await audited('imaps', imaps, ['port-mismatch']);
        expect(said(unnamed)['port-mismatch']).to.match(/^inconclusive: no handshake .* --servername/);
        const named = await audited('imaps', imaps, ['port-mismatch'], { servername: 'mail.lab.test' });
        expect(said(named)['port-mismatch']).to.match(/^pass: /);

        const submission = (greeting: string): Play =>
          upgrading((socket, play) => strict(secured, refuse, play)(socket), speaksSmtp(), greeting);
        const known = await audited('submission', submission('220 mail.lab.test ESMTP\r\n'), ['starttls-unusable']);
        expect(said(known)['starttls-unusable']).to.match(/^inconclusive: .* for mail\.lab\.test it succeeds/);
        const unknown = await audited('submission', submission('220 ready\r\n'), ['starttls-unusable']);
        expect(said(unknown)['starttls-unusable']).to.match(/^inconclusive: no handshake .* --servername/);
      }).timeout(30_000);
    }

    for (const [title, after] of [
      ['hangs up before it sees a hello', (socket: Socket) => void socket.end()],
      ['refuses the version', (socket: Socket) => void socket.once('data', () => alert(70)(socket))],
      [
        'finds no suite, whatever name it is called by',
        (socket: Socket) => void socket.once('data', () => alert(40)(socket)),
      ],
    ] as const) {
      it(`is not what a server misses that ${title}`, async () => {
        const session = await audited('submission', upgrading(after, speaksSmtp(), '220 mail.lab.test ESMTP\r\n'), [
          'starttls-unusable',
        ]);
        expect(said(session)['starttls-unusable']).to.match(/^fail: /);
      }).timeout(20_000);
    }
  });

  it('no certificate, where TLS is implicit', async () => {
    const secureContext = createSecureContext({ ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' });
    const session = await audited(
      'imaps',
      (socket) => void new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined),
      ['port-mismatch'],
    );
    expect(said(session)['port-mismatch']).to.match(/^fail: the server has no certificate/);
  });
});

describe('patience, and words for what came', () => {
  type Served = (greeting: string) => (socket: Socket) => void;
  const UNFINISHED = /^inconclusive: .*finish its greeting.*220-mail\.exa/;
  const rows: readonly (readonly [
    title: string,
    play: (served: Served) => Play,
    expected: RegExp,
    /** Of a later probe. */
    later?: RegExp,
  ])[] = [
    ['greets late', (served) => (socket) => void setTimeout(() => served('220 x\r\n')(socket), 900), /^pass: /],
    [
      'greets with a teaser line, and much later with the rest',
      (served) => (socket) => {
        socket.write('220-mail.example ESMTP\r\n');
        setTimeout(() => served('220 x\r\n')(socket), 900);
      },
      /^pass: /,
    ],
    [
      'greets byte by byte',
      (served) => (socket) => {
        const greeting = '220 mail.example\r\n';
        for (const [index, byte] of greeting.split('').entries()) setTimeout(() => socket.write(byte), 40 * index);
        setTimeout(() => served('')(socket), 40 * greeting.length);
      },
      /^pass: /,
    ],
    [
      'never finishes its greeting',
      () => (socket) => void socket.write('220-mail.exa'),
      UNFINISHED,
      /^(?:inconclusive|not-applicable): /,
    ],
  ];
  const waits = sideBySide();
  for (const [title, play, expected, later = expected] of rows) {
    waits(`a server that ${title}: ${String(expected)}`, async () => {
      const secured = await tls();
      const session = await audited(
        'submission',
        play((greeting) => upgrading(secured, speaksSmtp(), greeting)),
        ['port-mismatch', 'tls-1-2-missing'],
      );
      const told = said(session);
      expect(told['port-mismatch']).to.match(expected);
      expect(told['tls-1-2-missing']).to.match(later);
      expect([...Object.values(told), ...session.notes].join('\n')).not.to.match(/limits? connections/);
    }).timeout(20_000);
  }

  it('half a minute for a greeting where strangers send mail, ten seconds elsewhere, or what the user says', () => {
    expect((['smtp', 'submission', 'imap', 'pop3s'] as const).map((role) => patienceFor(role).greeting)).to.deep.equal([
      30_000, 30_000, 10_000, 10_000,
    ]);
    expect(patienceFor('imap', { greeting: 20_000 }).greeting).to.equal(20_000);
  });

  const imap = (greeting: string) =>
    scripted(
      [greeting],
      { CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done\r\n' },
      () => 'TAG BAD no\r\n',
    );
  // As twelve seconds are to the usual ten, and to --max-wait 20.
  for (const [seconds, code, expected] of [
    ['0.5', 3, /did not finish its greeting within [\d.]+ s \(--max-wait/],
    ['20', 0, /^(?!.*greeting)/],
  ] as const)
    it(`a server that has greeted after 1.5 s, --max-wait ${seconds}: exit ${String(code)}`, async () => {
      await using server = await rawServer((socket) => {
        socket.write('* O');
        setTimeout(() => imap('K ready\r\n')(socket), 1500);
      });
      const url = `imap://127.0.0.1:${String(server.port)}`;
      const printed = await waxseal('audit', url, '--check', 'port-mismatch', '--max-wait', seconds);
      expect(printed.stdout.replace(/\s+/g, ' ')).to.match(expected);
      expect(printed.code).to.equal(code);
    }).timeout(20_000);

  it('a server that greets a little later than it is waited for was not told who connects: no header of the PROXY protocol is wanted', async () => {
    const session = await audited(
      'imap',
      (socket) => void setTimeout(() => imap('* OK ready\r\n')(socket), 700),
      ['port-mismatch'],
      {
        patience: { ...PATIENCE, greeting: 100, hint: 400 },
      },
    );
    expect(said(session)['port-mismatch']).to.match(/^inconclusive: the server did not say a word within/);
  }).timeout(20_000);

  it('a server that is silent inside TLS costs seconds, not the patience of every probe', async () => {
    const began = performance.now();
    const session = await audited(
      'submission',
      upgrading(await tls(), () => undefined),
      checks.map(({ id }) => id),
    );
    expect(said(session)['starttls-unusable']).to.match(/^fail: .*nothing is answered inside TLS/);
    expect(performance.now() - began).to.be.below(8 * PATIENCE.reply);
  }).timeout(30_000);

  for (const scheme of ['submission', 'imaps'] as const)
    it(`what one probe of ${scheme} has waited for in vain inside TLS, others do not wait for`, async () => {
      const reply = 6000;
      const secured = await tls();
      const began = performance.now();
      await audited(
        scheme,
        scheme === 'imaps' ? (socket) => secured(socket, () => undefined) : upgrading(secured, () => undefined),
        checks.map(({ id }) => id),
        { depth: 'full', patience: { ...PATIENCE, greeting: reply, reply } },
      );
      // The dialogue waits; each of two sessions would wait as long again.
      expect(performance.now() - began).to.be.below(2 * reply);
    }).timeout(30_000);

  for (const scheme of ['submission', 'imap', 'smtp'] as const)
    it(`a mute server on ${scheme} costs the patience for a greeting: meanwhile it is asked what it waits for`, async () => {
      const session = await audited(
        scheme,
        () => undefined,
        checks.map(({ id }) => id),
        { patience: { ...PATIENCE, greeting: 3000, reply: 3000, handshake: 2700, hint: 450 } },
      );
      const said_ = said(session)['port-mismatch'];
      expect(said_).to.match(/^inconclusive: the server did not say a word within \d+(\.\d+)? s \(--max-wait/);
      // The times of both, one after the other, are above 6 s; a machine that is held up has almost a second to spare.
      expect(Number(/within ([\d.]+) s/.exec(said_ ?? '')?.[1])).to.be.below(5.7);
    }).timeout(20_000);

  it('a mute server that greets while it is asked what it waits for is judged by its greeting', async () => {
    const secured = await tls();
    const session = await audited(
      'submission',
      (socket) => void setTimeout(() => upgrading(secured, speaksSmtp())(socket), 500),
      ['starttls-unusable', 'port-mismatch'],
      { maxTime: 30_000, patience: { ...PATIENCE, greeting: 3000, handshake: 900, hint: 100 } },
    );
    expect(said(session)['port-mismatch']).to.match(/^pass: /);
    expect(said(session)['starttls-unusable']).to.match(/^pass: /);
  }).timeout(30_000);

  for (const [title, scheme, patience, most] of [
    ['of one that mailboxes are read from', 'imaps', {}, 1],
    ['unless more is allowed', 'pop3s', { greeting: 700 }, 1],
    ['of one for submission', 'submissions', {}, 1],
  ] as const) {
    it(`an implicit port that is silent inside TLS costs the patience for a reply, ${title}`, async () => {
      const { greeting: _, ...usual } = PATIENCE;
      const secured = await tls();
      const session = await audited(
        scheme,
        (socket) => secured(socket, () => undefined),
        checks.map(({ id }) => id),
        {
          patience: { ...usual, reply: 400, ...patience },
        },
      );
      const said_ = said(session)['port-mismatch'];
      expect(said_).to.match(/^inconclusive: the server did not say a word within \d+(\.\d+)? s \(--max-wait/);
      expect(Number(/within ([\d.]+) s/.exec(said_ ?? '')?.[1])).to.be.below(most);
    }).timeout(20_000);
  }
});

describe('servers that are not always the same', () => {
  const it = sideBySide();
  const without = smtp({ EHLO: '250 mail.example\r\n', STARTTLS: '502 5.5.1 what?\r\n' });
  for (const [title, has] of [
    ['on every second connection', (connection: number) => connection % 2 === 1],
    ['on the first connections only', (connection: number) => connection <= 2],
    ['on all connections but the third', (connection: number) => connection !== 3],
  ] as const) {
    it(`STARTTLS ${title} is a finding, not a limit`, async () => {
      const secured = await tls();
      const with_ = upgrading(secured, speaksSmtp());
      const session = await audited(
        'submission',
        (socket, connection) => (has(connection) ? with_(socket) : without(socket)),
        ['starttls-flapping', 'starttls-not-advertised', 'tls-1-2-missing'],
      );
      expect(said(session)['starttls-flapping']).to.match(/^fail: STARTTLS is listed on \d of \d+ connections only/);
      expect(Object.values(said(session)).join('\n')).not.to.match(/limits? connections/);
    }).timeout(30_000);
  }

  for (const [title, refuse] of [
    ['with 421', (socket: Socket) => void socket.end('421 4.7.0 too many connections\r\n')],
    ['by closing', (socket: Socket) => void socket.end()],
    ['by a reset', (socket: Socket) => void setTimeout(() => socket.resetAndDestroy(), 5)],
  ] as const) {
    it(`a limit of two connections in 0.8 s, kept ${title}, is waited for, and told`, async () => {
      const secured = await tls();
      const times: number[] = [];
      const session = await audited(
        'submission',
        (socket) => {
          const now = performance.now();
          if (times.filter((time) => now - time < 800).length >= 2) refuse(socket);
          else {
            times.push(now);
            upgrading(secured, speaksSmtp())(socket);
          }
        },
        ['starttls-unusable', 'tls-1-2-missing', 'starttls-twice', 'tls-1-0-accepted'],
        { maxTime: 30_000, patience: { ...PATIENCE, backOff: 100 } },
      );
      expect(
        session.results.filter(({ status }) => status === 'inconclusive').map(({ because }) => because),
      ).to.deep.equal([]);
      expect(session.notes.join()).to.match(/127\.0\.0\.1 limits connections: \d+ s/);
    }).timeout(40_000);
  }
});

describe('a server that cuts connections without a word', () => {
  const it = sideBySide();
  const CUTS: readonly (readonly [how: string, cut: (socket: Socket) => void])[] = [
    ['by closing', (socket) => void socket.end()],
    ['by a reset at once', (socket) => void socket.resetAndDestroy()],
    ['by a reset after a while', (socket) => void setTimeout(() => socket.resetAndDestroy(), 20)],
  ];
  const list = '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n';
  const imaps = async (): Promise<(socket: Socket) => void> => {
    const secured = await tls();
    const play = scripted(
      ['* OK ready\r\n'],
      { CAPABILITY: list, LOGOUT: '* BYE\r\nTAG OK\r\n' },
      () => 'TAG BAD no\r\n',
    );
    return (socket) => secured(socket, play);
  };
  const submission = async (): Promise<(socket: Socket) => void> => upgrading(await tls(), speaksSmtp());
  const ids = checks.map(({ id }) => id).filter((id) => !id.startsWith('certificate-'));
  const options = { servername: 'mail.lab.test', patience: { ...PATIENCE, backOff: 30 } };

  for (const [how, cut] of CUTS)
    for (const [scheme, server] of [
      ['imaps', imaps],
      ['submission', submission],
    ] as const) {
      it(`${scheme}, ${how}, from the sixth connection on: nothing is said of its TLS, and it is given up soon`, async () => {
        const play = await server();
        const good = said(await audited(scheme, play, ids, options));
        const began = performance.now();
        const session = await audited(
          scheme,
          (socket, connection) => (connection > 5 ? cut : play)(socket),
          ids,
          options,
        );
        // 34 times 30 ms of waiting.
        expect(performance.now() - began).to.be.below(10_000);
        const told = said(session);
        for (const [id, words] of Object.entries(told).filter(([each, said]) => said !== good[each]))
          expect(words, id).to.match(
            words.startsWith('inconclusive') ? /banned/ : new RegExp(`^${good[id]?.split(':')[0] ?? ''}:`),
          );
        expect(Object.values(told).join()).to.match(
          /cuts every connection without a word, also after \d+ s without any/,
        );
      }).timeout(30_000);

      it(`${scheme}, ${how}, that lets through five in 0.9 s: everything is asked`, async () => {
        const play = await server();
        const good = said(await audited(scheme, play, ids, options));
        const times: number[] = [];
        let cuts = 0;
        const session = await audited(
          scheme,
          (socket) => {
            const now = performance.now();
            if (times.filter((time) => now - time < 900).length >= 5) {
              cuts += 1;
              cut(socket);
            } else {
              times.push(now);
              play(socket);
            }
          },
          ids,
          options,
        );
        // A busy machine asks about as slowly as it may, and is cut by chance, as by a balancer: something may stay open then.
        const told = said(session);
        const open = Object.keys(told).filter((id) =>
          /^inconclusive: .* (?:limits connections|is probably banned)/.test(told[id] ?? ''),
        );
        expect({ ...told, ...Object.fromEntries(open.map((id) => [id, good[id]])) }).to.deep.equal(good);
        expect(open.length).to.be.below(Object.keys(good).length / 3);
        // A machine that is very busy asks so slowly that it never meets the limit.
        expect(session.notes.join()).to.match(cuts > 0 ? /limits connections/ : /^$/);
      }).timeout(30_000);
    }
});

/** Nothing is said that is not so of the server without its limit; some may stay open because of that, and it is said why. */
const expectAlike = (told: Readonly<Record<string, string>>, good: Readonly<Record<string, string>>): void => {
  const open = Object.keys(told).filter((id) =>
    /^inconclusive: .* (?:limits connections|is probably banned)/.test(told[id] ?? ''),
  );
  expect({ ...told, ...Object.fromEntries(open.map((id) => [id, good[id]])) }).to.deep.equal(good);
  expect(open.length).to.be.below(Object.keys(good).length / 3);
};

describe('a server of implicit TLS that bears two connections at once, and cuts others without a word', () => {
  it('is found to be what it is without that limit', async () => {
    const secured = await tls();
    const play = (socket: Socket): void => {
      secured(socket, (inside) =>
        scripted(
          ['* OK ready\r\n'],
          { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK\r\n' },
          () => 'TAG BAD no\r\n',
        )(inside),
      );
    };
    const ids = checks.map(({ id }) => id).filter((id) => !id.startsWith('certificate-'));
    const options = { servername: 'mail.lab.test', depth: 'full', patience: { ...PATIENCE, backOff: 30 } } as const;
    const good = said(await audited('imaps', play, ids, options));
    let open = 0;
    const limited = await audited(
      'imaps',
      (socket) => {
        if (open === 2) {
          socket.end();
          return;
        }
        open += 1;
        // As a server of processes does, it notices the end of one a little later.
        socket.on('close', () => setTimeout(() => (open -= 1), 5));
        play(socket);
      },
      ids,
      options,
    );
    // On a busy machine it notices the end of connections so late that some are cut where only one is made at once.
    expectAlike(said(limited), good);
  }).timeout(60_000);
});

describe('a server of implicit TLS of which every Nth connection is cut without a word', () => {
  /** SSL 2.0 is cut without a word in any case. */
  const limitedPlay = async (nth: number): Promise<Play> => {
    const secured = await tls();
    let count = 0;
    return (socket) => {
      if ((count += 1) % nth === 0) {
        socket.end();
        return;
      }
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] !== 0x16) {
          socket.end();
          return;
        }
        socket.pause();
        socket.unshift(bytes);
        secured(socket, (inside) =>
          scripted(
            ['* OK ready\r\n'],
            { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK\r\n' },
            () => 'TAG BAD no\r\n',
          )(inside),
        );
      });
    };
  };
  const ids = checks.map(({ id }) => id).filter((id) => !id.startsWith('certificate-'));
  const options = { servername: 'mail.lab.test', depth: 'full', patience: { ...PATIENCE, backOff: 30 } } as const;
  let good: Readonly<Record<string, string>> = {};

  before(async function () {
    this.timeout(30_000);
    good = said(await audited('imaps', await limitedPlay(Infinity), ids, options));
  });

  for (const nth of [2, 3, 4])
    it(`every ${String(nth)}: is found to be what it is without that, or that it limits connections`, async () => {
      const limited = said(await audited('imaps', await limitedPlay(nth), ids, options));
      const different = Object.entries(limited).filter(([id, text]) => good[id] !== text);
      const wrong = different.filter(([, text]) => !/^inconclusive: .* it limits connections; connect less/.test(text));
      expect(Object.fromEntries(wrong)).to.deep.equal({});
      if (nth > 2) expect(Object.fromEntries(different)).to.deep.equal({});
    }).timeout(60_000);
});

describe('an IMAP list inside TLS with LOGINDISABLED', () => {
  const it = sideBySide();
  const speaks = (list: string, greeting: readonly string[] = []) =>
    scripted(
      greeting,
      { CAPABILITY: `* CAPABILITY ${list}\r\nTAG OK done\r\n`, LOGOUT: '* BYE\r\nTAG OK bye\r\n' },
      () => 'TAG BAD no\r\n',
    );
  type Secured = Awaited<ReturnType<typeof tls>>;
  const PLAYS = {
    imaps:
      (secured: Secured, list: string): Play =>
      (socket) =>
        secured(socket, speaks(list, ['* OK ready\r\n'])),
    imap:
      (secured: Secured, list: string): Play =>
      (socket) => {
        socket.write('* OK ready\r\n');
        const hear = (bytes: Buffer): void => {
          const [tag = '', verb = ''] = bytes.toString('latin1').trim().split(' ');
          if (verb === 'STARTTLS') {
            socket.off('data', hear);
            socket.write(`${tag} OK go\r\n`);
            secured(socket, speaks(list));
          } else if (verb === 'CAPABILITY')
            socket.write(`* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n${tag} OK done\r\n`);
          else socket.write(`${tag} BAD no\r\n`);
        };
        socket.on('data', hear);
      },
  };
  for (const scheme of ['imaps', 'imap'] as const)
    for (const [list, expected] of [
      ['IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2', /^pass: /],
      ['IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR', /^pass: /],
      ['IMAP4rev1 LOGINDISABLED', /^fail: /],
      ['IMAP4rev1 AUTH=PLAIN', /^pass: /],
    ] as const) {
      it(`${scheme}, ${list}: ${String(expected)}`, async () => {
        const session = await audited(scheme, PLAYS[scheme](await tls(), list), ['capabilities-after-tls']);
        expect(said(session)['capabilities-after-tls']).to.match(expected);
      });
    }
});

describe('the login budget', () => {
  const open = scripted(
    ['+OK ready\r\n'],
    { CAPA: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', USER: '+OK\r\n', QUIT: '+OK\r\n' },
    () => '-ERR no\r\n',
  );
  it('covers an ordinary host, and what it leaves out is not passed over', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => rawServer(open)));
    try {
      const { results } = await audit(
        servers.map(({ port }) => `pop3://127.0.0.1:${String(port)}`),
        {
          checks: checks.filter(({ id }) => ['login-accepted-before-tls', 'user-kept-over-upgrade'].includes(id)),
          patience: PATIENCE,
        },
      );
      const accepted = results.filter(({ id }) => id === 'login-accepted-before-tls').map(({ status }) => status);
      expect(accepted.sort()).to.deep.equal(['fail', 'fail', 'fail', 'fail', 'inconclusive']);
      const kept = results.filter(({ id }) => id === 'user-kept-over-upgrade');
      expect(kept.find(({ status }) => status === 'inconclusive')?.because).to.match(/login limit reached \(4 per/);
      expect(kept.map(({ because }) => because).join()).not.to.include('USER is not accepted');
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  }).timeout(30_000);
});

describe('evidence is what the probe saw', () => {
  const it = sideBySide();
  it('a continuation is no part of LITERAL+ in another connection', async () => {
    const session = await audited(
      'imap',
      scripted(
        ['* OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS] ready\r\n'],
        {
          CAPABILITY: '* CAPABILITY IMAP4rev1 LITERAL+ STARTTLS\r\nTAG OK done\r\n',
          AUTHENTICATE: '+ \r\n',
          LOGOUT: '* BYE\r\nTAG OK bye\r\n',
        },
        () => 'TAG BAD no\r\n',
      ),
      ['login-accepted-before-tls'],
    );
    const [result] = session.results;
    const [evidence] = result?.evidence ?? [];
    expect(result?.status).to.equal('fail');
    const connection = session.connections.find(({ id }) => id === evidence?.connection);
    expect(connection?.probe).to.equal('plaintext-login');
    const entry = connection?.transcript.entries[evidence?.entry ?? -1];
    expect(entry?.kind === 'bytes' && entry.data).to.equal('+ \r\n');
  });

  const TWINS: readonly (readonly [scheme: string, check: string, play: Play, probe: string, proof: string])[] = [
    [
      'imap',
      'login-accepted-before-tls',
      // The same line answers the question of another connection.
      scripted(
        ['* OK ready\r\n'],
        {
          CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n+ \r\nTAG OK done\r\n',
          AUTHENTICATE: '+ \r\n',
          LOGOUT: '* BYE\r\nTAG OK bye\r\n',
        },
        () => 'TAG BAD no\r\n',
      ),
      'plaintext-login',
      '+ \r\n',
    ],
    [
      'submission',
      'login-accepted-before-tls',
      scripted(
        ['220 334 ready\r\n'],
        { EHLO: '250-334 \r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n', AUTH: '334 \r\n', QUIT: '221 bye\r\n' },
        () => '502 what?\r\n',
      ),
      'plaintext-login',
      '334 \r\n',
    ],
    [
      'pop3',
      'login-accepted-before-tls',
      // The answer to the list and to USER is the greeting's text too.
      scripted(
        ['+OK \r\n'],
        { CAPA: '+OK \r\nSTLS\r\nUSER\r\n.\r\n', USER: '+OK \r\n', PASS: '-ERR wrong\r\n', QUIT: '+OK \r\n' },
        () => '-ERR what?\r\n',
      ),
      'plaintext-login',
      '+OK \r\n',
    ],
    [
      'sieve',
      'login-accepted-before-tls',
      scripted(
        ['"IMPLEMENTATION" "x"\r\n""\r\n"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK\r\n'],
        { AUTHENTICATE: '""\r\n', LOGOUT: 'OK\r\n', CAPABILITY: '""\r\n"STARTTLS"\r\n"SASL" "PLAIN"\r\nOK\r\n' },
        () => 'NO\r\n',
      ),
      'plaintext-login',
      '""\r\n',
    ],
  ];
  for (const [scheme, check, play, probe, proof] of TWINS) {
    it(`of two equal texts on two connections it names the one that the probe saw (${scheme})`, async () => {
      const session = await audited(scheme, play, [check]);
      const [result] = session.results;
      expect(result?.status).to.equal('fail');
      const [evidence] = result?.evidence ?? [];
      const connection = session.connections.find(({ id }) => id === evidence?.connection);
      expect(connection?.probe).to.equal(probe);
      const entries = connection?.transcript.entries ?? [];
      const entry = entries[evidence?.entry ?? -1];
      expect(entry?.kind === 'bytes' && entry.data).to.equal(proof);
      const asked = entries
        .slice(0, evidence?.entry)
        .findLast((each) => each.kind === 'bytes' && each.from === 'client');
      expect(asked?.kind === 'bytes' && asked.data).to.match(/\b(?:AUTH|AUTHENTICATE|USER)\b/);
    });
  }

  it('every piece of evidence stands in the entry that it names', async () => {
    const session = await audited(
      'submission',
      upgrading(await tls(), speaksSmtp('220 hello again\r\n')),
      checks.map(({ id }) => id),
    );
    const evidence = session.results.flatMap((result) => result.evidence.map((each) => ({ id: result.id, ...each })));
    expect(evidence.length).to.be.above(8);
    for (const { id, connection, entry, quote } of evidence) {
      const place = session.connections.find((each) => each.id === connection)?.transcript.entries[entry];
      expect(place, `${id}: ${quote}`).to.not.equal(undefined);
      if (place?.kind === 'bytes' && place.record !== true) expect(place.data, id).to.include(quote);
    }
  }).timeout(40_000);
});

describe('a chain is what came on the wire', () => {
  let chain: CertificateChain;
  before(async () => {
    chain = await certificateChain('localhost', 3);
  });

  const rows: readonly (readonly [title: string, order: readonly number[], expected: RegExp, severity: string])[] = [
    ['leaf, intermediates', [0, 1, 2], /^pass: /, 'high'],
    ['leaf, intermediates, root', [0, 1, 2, 3], /^pass: /, 'high'],
    ['leaf, root, intermediates', [0, 3, 1, 2], /^warn: .*wrong order/, 'low'],
    ['two swapped intermediates', [0, 2, 1], /^warn: .*wrong order/, 'low'],
    ['all of them backwards, but for the leaf', [0, 3, 2, 1], /^warn: .*wrong order/, 'low'],
    ['an intermediate is missing', [0, 2], /^fail: /, 'high'],
    ['the leaf twice', [0, 0, 1, 2], /^pass: /, 'high'],
  ];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [title, order, expected, severity] of rows) {
      it(`${maxVersion}: ${title}: ${String(expected)}`, async () => {
        const secureContext = createSecureContext({
          cert: order.map((index) => chain.pems[index]).join('\n'),
          key: chain.keyPem,
          maxVersion,
        });
        const session = await audited(
          'imaps',
          (socket) => {
            const inside = new TLSSocket(socket, { isServer: true, secureContext });
            inside.on('error', () => undefined);
            inside.once('secure', () => scripted(['* OK ready\r\n'], {}, () => 'TAG BAD no\r\n')(inside));
          },
          ['certificate-untrusted'],
          { servername: 'localhost', authorities: [chain.pems[3] ?? ''] },
        );
        const [result] = session.results;
        expect(said(session)['certificate-untrusted']).to.match(expected);
        expect(result?.severity).to.equal(severity);
        const boundary = session.connections[0]?.transcript.entries.find(({ kind }) => kind === 'boundary');
        // The record says "untrusted" only where the chain is.
        expect(boundary?.kind === 'boundary' && boundary.trusted).to.equal(!expected.source.includes('fail'));
      });
    }
  }
});

describe('ManageSieve that begins with TLS', () => {
  const it = sideBySide();
  const list = '"IMPLEMENTATION" "x"\r\n"SASL" "PLAIN"\r\n"SIEVE" "fileinto"\r\nOK\r\n';
  const play = async (): Promise<Play> => {
    const secured = await tls();
    return (socket) =>
      secured(socket, (inside) =>
        scripted([list], { CAPABILITY: list, LOGOUT: 'OK\r\n', STARTTLS: 'NO "in TLS"\r\n' }, () => 'NO\r\n')(inside),
      );
  };
  const ids = ['port-mismatch', 'tls-1-2-missing', 'capabilities-after-tls'];

  for (const scheme of ['sieves', 'managesieves']) {
    it(`is audited as ${scheme}://`, async () => {
      const session = await audited(scheme, await play(), ids);
      expect(Object.values(said(session)).map((each) => each.slice(0, 5))).to.deep.equal(['pass:', 'pass:', 'pass:']);
    });
  }

  it('is found behind sieve://, named, and audited', async () => {
    const session = await audited('sieve', await play(), ids);
    const results = session.results.map(({ id, portRole, status }) => `${id} ${portRole} ${status}`);
    expect(results).to.include.members([
      'port-mismatch sieve fail',
      'port-mismatch sieves pass',
      'tls-1-2-missing sieves pass',
    ]);
    expect(session.results.find(({ status }) => status === 'fail')?.because).to.include('sieves://');
  }).timeout(20_000);
});
