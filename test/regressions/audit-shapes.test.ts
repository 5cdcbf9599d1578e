import { expect } from 'chai';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import {
  audited,
  PATIENCE,
  said,
  smtp,
  speaksSmtp,
  tls,
  upgrading,
  type Options,
  type Play,
} from '../support/played-server.js';
import { scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Shapes of servers that were met in nginx, HAProxy, stunnel, Courier, Cyrus and OpenSMTPD, and judged wrongly.

const ADDRESSES = Buffer.from([127, 0, 0, 2, 127, 0, 0, 1]);
/** HAProxy, doc/proxy-protocol.txt, §2.2: signature, version and command, family, length. */
const VERSION_2 = Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex');

/** Plays `then` behind a header of version 2; hangs up on everything else, or is silent. */
const behindProxy =
  (then: (socket: Socket) => void, otherwise: (socket: Socket) => void) =>
  (socket: Socket): void =>
    void socket.once('data', (bytes: Buffer) => {
      const isHeader =
        bytes.subarray(0, 16).equals(VERSION_2) && bytes.subarray(16, 24).equals(ADDRESSES) && bytes.length >= 28;
      if (!isHeader) otherwise(socket);
      else {
        socket.pause();
        if (bytes.length > 28) socket.unshift(bytes.subarray(28));
        then(socket);
      }
    });

const hangsUp = (socket: Socket): void => void socket.destroy();
const isSilent = (socket: Socket): void => void socket.resume();
const greets = scripted(['* OK ready\r\n'], {}, () => 'TAG BAD no\r\n');
const greetsInSmtp = scripted(['220 ready\r\n'], {}, () => '500 no\r\n');

describe('a server that wants a header of the PROXY protocol', () => {
  const it = sideBySide();
  for (const [title, scheme, play] of [
    ['knows version 2 only, and hangs up on others', 'imap', behindProxy(greets, hangsUp)],
    ['knows version 2 only, and is silent to others', 'submission', behindProxy(greetsInSmtp, isSilent)],
  ] as const) {
    it(`${title} (${scheme})`, async () => {
      const began = performance.now();
      // A greeting may take a minute here, but nobody needs to wait for it.
      const session = await audited(scheme, play, ['port-mismatch'], {
        patience: { ...PATIENCE, greeting: 60_000, handshake: 60_000 },
      });
      expect(said(session)['port-mismatch']).to.match(/^inconclusive: .*PROXY protocol/);
      expect(performance.now() - began).to.be.below(15_000);
    }).timeout(20_000);
  }

  it('knows version 2 only, before TLS (imaps)', async () => {
    const secured = await tls();
    const play = behindProxy((socket) => secured(socket, (inside) => inside.write('* OK ready\r\n')), hangsUp);
    expect(said(await audited('imaps', play, ['port-mismatch']))['port-mismatch']).to.match(
      /^inconclusive: .*PROXY protocol/,
    );
  }).timeout(20_000);

  it('is none that only greets late, whatever it is told', async () => {
    const play: Play = (socket) => {
      const timer = setTimeout(() => greetsInSmtp(socket), 500);
      socket.on('close', () => clearTimeout(timer));
      socket.resume();
    };
    expect(said(await audited('submission', play, ['port-mismatch']))['port-mismatch']).to.match(/^pass: /);
  }).timeout(20_000);
});

describe('a client certificate is wanted', () => {
  const it = sideBySide();
  const ids = ['port-mismatch', 'tls-1-2-missing', 'tls-1-0-accepted', 'dhe-breaks-handshake'];
  for (const [scheme, goodbye] of [
    ['imaps', '* BYE No required SSL certificate\r\n'],
    ['pop3s', '-ERR No required SSL certificate\r\n'],
    ['submissions', '421 4.7.0 No required SSL certificate\r\n'],
  ] as const) {
    it(`${scheme}: the server says so inside TLS, whose versions are measured all the same`, async () => {
      const secured = await tls({ requestCert: true });
      const told = said(
        await audited(
          scheme,
          (socket) =>
            secured(socket, (inside) => void inside.end(goodbye), { requestCert: true, rejectUnauthorized: false }),
          ids,
        ),
      );
      expect(told['port-mismatch']).to.match(/^info: .*only clients that show a certificate/);
      expect(told['tls-1-2-missing']).to.match(/^pass: /);
      expect(told['tls-1-0-accepted']).to.match(/^pass: /);
      expect(told['dhe-breaks-handshake']).to.match(/^pass: /);
    }).timeout(20_000);
  }

  it('but TLS breaks for another reason', async () => {
    const { certificate } = await certificateFor('good');
    await using server = await listening(
      createTlsServer({
        key: certificate.keyPem,
        cert: certificate.certPem,
        requestCert: true,
        rejectUnauthorized: true,
        maxVersion: 'TLSv1.2',
      }),
    );
    // The second flight of a client is answered with internal_error.
    const breaks = (socket: Socket): void => {
      const real = connect(server.port, '127.0.0.1');
      let flights = 0;
      real.on('data', (bytes: Buffer) => socket.write(bytes)).on('error', () => undefined);
      socket.on('close', () => real.destroy());
      socket.on('data', (bytes: Buffer) => {
        flights += 1;
        if (flights === 1) real.write(bytes);
        else socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80]));
      });
    };
    const session = await audited(
      'submission',
      upgrading(
        (socket) => breaks(socket),
        () => undefined,
      ),
      ['starttls-unusable'],
      { servername: 'mail.lab.test' },
    );
    expect(said(session)['starttls-unusable']).to.match(/^fail: .*alert internal_error/);
  }).timeout(20_000);
});

const listening = async (server: Server): Promise<AsyncDisposable & { readonly port: number }> => {
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

describe('a server that goes on in clear', () => {
  const it = sideBySide();
  it('once it has the ClientHello: it is told what it says', async () => {
    const session = await audited(
      'submission',
      upgrading(
        (socket) => void socket.once('data', () => socket.write('500 Error starting couriertls.\r\n')),
        () => undefined,
      ),
      ['starttls-unusable'],
    );
    expect(said(session)['starttls-unusable']).to.equal(
      'fail: after the go-ahead the server goes on in clear: 500 Error starting couriertls.',
    );
  }).timeout(20_000);
});

describe('a login in clear that ends otherwise than with yes or no', () => {
  const it = sideBySide();
  const LISTS = { CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n', STARTTLS: 'TAG NO not now\r\n' };
  const hungUpOn =
    (goodbye: string, own: Readonly<Record<string, string>>) =>
    (socket: Socket): void => {
      const answers = scripted(['* OK ready\r\n'], { ...LISTS, ...own }, () => 'TAG BAD no\r\n');
      socket.prependListener('data', (bytes: Buffer) => {
        if (/^\S+ LOGIN /i.test(bytes.toString('latin1'))) {
          socket.removeAllListeners('data');
          socket.end(goodbye);
        }
      });
      answers(socket);
    };
  const imap = (own: Readonly<Record<string, string>>) =>
    scripted(['* OK ready\r\n'], { ...LISTS, ...own }, () => 'TAG BAD no\r\n');
  /** Refuses PLAIN for its form where no response stands in the same line; otherwise says `then`. */
  const wantsResponse =
    (greeting: string, lists: Readonly<Record<string, string>>, form: string, then: string): Play =>
    (socket) => {
      const answers = scripted([greeting], lists, (line) =>
        /\bAUTH/.test(line) ? (/PLAIN"? \S/.test(line) ? then : form) : '',
      );
      answers(socket);
    };
  const perdition = (then: string): Play =>
    wantsResponse(
      '"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK "ready"\r\n',
      { CAPABILITY: '"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK\r\n', STARTTLS: 'NO "not now"\r\n' },
      'NO "Incorrect argument count, expected AUTHENTICATE \\"PLAIN\\" <challenge>, mate"\r\n',
      then,
    );
  const submission = (auth: string) =>
    smtp({ EHLO: '250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n', STARTTLS: '454 not now\r\n', AUTH: auth });
  const rows: readonly (readonly [title: string, scheme: string, play: Play, expected: RegExp, options?: Options])[] = [
    [
      'hangs up after LOGIN in an emergency, and would ask for the secret (Courier without authdaemond)',
      'imap',
      hungUpOn('* BYE Temporary problem, please try again later\r\n', { AUTHENTICATE: '+ \r\n' }),
      /^fail: PLAIN is accepted/,
    ],
    [
      'hangs up after LOGIN in an emergency, and knows no other login',
      'imap',
      hungUpOn('* BYE Temporary problem\r\n', {}),
      /^inconclusive: LOGIN command fails before TLS, and the answer does not say why: \* BYE Temporary problem/,
    ],
    [
      'hangs up after LOGIN without a word',
      'imap',
      hungUpOn('', {}),
      /^inconclusive: .*closes the connection without an answer/,
    ],
    ['hangs up after LOGIN for want of TLS', 'imap', hungUpOn('* BYE Use TLS first\r\n', {}), /^pass: /],
    [
      'cannot look passwords up now',
      'imap',
      imap({ LOGIN: 'TAG NO [UNAVAILABLE] Internal error occurred.\r\n', AUTHENTICATE: 'TAG NO [UNAVAILABLE] x\r\n' }),
      /^inconclusive: /,
    ],
    [
      'cannot look passwords up now',
      'submission',
      submission('454 4.7.0 Temporary authentication failure\r\n'),
      /^inconclusive: /,
    ],
    [
      'knows PLAIN with an initial response only, and looks at it (Perdition)',
      'managesieve',
      perdition('NO "failed: Could not connect to server"\r\n'),
      /^fail: PLAIN with an initial response is accepted/,
    ],
    [
      'knows PLAIN with an initial response only, and wants TLS first',
      'managesieve',
      perdition('NO "failed: Login Disabled"\r\n'),
      /^pass: /,
    ],
    [
      'knows PLAIN with an initial response only',
      'imap',
      wantsResponse(
        '* OK ready\r\n',
        { ...LISTS, CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN LOGINDISABLED\r\nTAG OK done\r\n' },
        'TAG BAD Missing initial response\r\n',
        'TAG NO [AUTHENTICATIONFAILED] no\r\n',
      ),
      /^fail: PLAIN with an initial response is accepted/,
    ],
    [
      'knows PLAIN with an initial response only',
      'submission',
      wantsResponse(
        '220 x ESMTP\r\n',
        { EHLO: '250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n', STARTTLS: '454 not now\r\n', QUIT: '221 bye\r\n' },
        '501 5.5.4 Syntax: AUTH PLAIN response\r\n',
        '535 5.7.8 no\r\n',
      ),
      /^fail: PLAIN with an initial response is accepted/,
    ],
    ['knows no PLAIN, whatever its form', 'submission', submission('501 5.5.4 Syntax error\r\n'), /^pass: /],
    ['cannot take any login now, for want of TLS', 'submission', submission('454 4.7.0 TLS required\r\n'), /^pass: /],
    [
      'cannot look passwords up now',
      'pop3',
      scripted(
        ['+OK ready\r\n'],
        { CAPA: '+OK\r\nUSER\r\nSTLS\r\n.\r\n', STLS: '-ERR no\r\n', USER: '-ERR [SYS/TEMP] try later\r\n' },
        () => '-ERR no\r\n',
      ),
      /^inconclusive: /,
    ],
  ];
  for (const [title, scheme, play, expected, options] of rows) {
    it(`${scheme}: ${title}`, async () => {
      const session = await audited(scheme, play, ['login-accepted-before-tls'], options);
      expect(said(session)['login-accepted-before-tls']).to.match(expected);
    }).timeout(20_000);
  }
});

describe('several servers behind one address', () => {
  const it = sideBySide();
  it('of which some list what they offer in their greeting: those without STARTTLS are found', async () => {
    const secured = await tls();
    const answers = (list: string) => ({
      CAPABILITY: `* CAPABILITY IMAP4rev1 ${list}\r\nTAG OK done\r\n`,
      LOGOUT: '* BYE\r\nTAG OK\r\n',
    });
    const inside = scripted([], answers('AUTH=PLAIN'), () => 'TAG BAD no\r\n');
    const listing = (socket: Socket): void => {
      socket.prependListener('data', (bytes: Buffer) => {
        const [tag = ''] = /^\S+(?= STARTTLS\r\n)/i.exec(bytes.toString('latin1')) ?? [];
        if (tag === '') return;
        socket.removeAllListeners('data');
        socket.write(`${tag} OK go\r\n`);
        secured(socket, inside);
      });
      scripted(
        ['* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n'],
        answers('STARTTLS LOGINDISABLED'),
        () => 'TAG BAD no\r\n',
      )(socket);
    };
    const bare = scripted(['* OK ready\r\n'], answers('AUTH=PLAIN'), () => 'TAG BAD no\r\n');
    const session = await audited(
      'imap',
      (socket, connection) => (connection % 3 !== 0 ? listing : bare)(socket),
      ['starttls-flapping', 'tls-1-2-missing', 'tls-1-0-accepted', 'dhe-breaks-handshake'],
      { servername: 'mail.lab.test' },
    );
    expect(said(session)['starttls-flapping']).to.match(/^fail: STARTTLS is listed on \d of \d connections only/);
  }).timeout(20_000);
});

describe('what is said inside TLS', () => {
  const it = sideBySide();
  const list =
    (words: string) =>
    (inside: TLSSocket): void => {
      scripted(
        ['* OK ready\r\n'],
        { CAPABILITY: `* CAPABILITY IMAP4rev1 ${words}\r\nTAG OK done\r\n`, LOGOUT: '* BYE\r\nTAG OK bye\r\n' },
        () => 'TAG BAD no\r\n',
      )(inside);
    };
  for (const [words, expected] of [
    ['STARTTLS LOGINDISABLED', /^fail: STARTTLS and LOGINDISABLED listed inside TLS, .*no client can log in/],
    ['LOGINDISABLED', /^fail: LOGINDISABLED listed inside TLS, .*no client can log in/],
    ['LOGINDISABLED AUTH=XOAUTH2', /^pass: /],
    ['logindisabled auth=oauthbearer', /^pass: /],
    ['LOGINDISABLED AUTH=EXTERNAL', /^pass: /],
    ['STARTTLS AUTH=PLAIN', /^fail: STARTTLS listed inside TLS$/],
  ] as const) {
    it(words, async () => {
      const secured = await tls();
      const session = await audited('imaps', (socket) => secured(socket, list(words)), ['capabilities-after-tls']);
      expect(said(session)['capabilities-after-tls']).to.match(expected);
    }).timeout(20_000);
  }

  // Other protocols have no word for it: what is listed is right, with a token alone and without any login (known by address).
  for (const [scheme, greeting, command, answer, expected] of [
    ['pop3s', '+OK ready\r\n', 'CAPA', '+OK\r\nSASL XOAUTH2\r\n.\r\n', /^pass: /],
    ['pop3s', '+OK ready\r\n', 'CAPA', '+OK\r\nUIDL\r\nTOP\r\n.\r\n', /^pass: /],
    ['submissions', '220 mail.test\r\n', 'EHLO', '250-mail.test\r\n250 AUTH OAUTHBEARER\r\n', /^pass: /],
    ['submissions', '220 mail.test\r\n', 'EHLO', '250-mail.test\r\n250 SIZE 1\r\n', /^pass: /],
  ] as const) {
    it(`${scheme}, ${JSON.stringify(answer)}: ${String(expected)}`, async () => {
      const secured = await tls();
      const play = scripted([greeting], { [command]: answer, QUIT: '221 bye\r\n' }, () =>
        scheme === 'pop3s' ? '-ERR no\r\n' : '502 no\r\n',
      );
      const session = await audited(scheme, (socket) => secured(socket, play), ['capabilities-after-tls']);
      expect(said(session)['capabilities-after-tls']).to.match(expected);
    }).timeout(20_000);
  }

  it('nothing: the handshake is told', async () => {
    const secured = await tls();
    const session = await audited(
      'imaps',
      (socket) => secured(socket, (inside) => void inside.end()),
      ['port-mismatch', 'tls-1-2-missing'],
      { servername: 'mail.lab.test' },
    );
    expect(said(session)['port-mismatch']).to.match(
      /^inconclusive: the server completes the TLS handshake and then closes the connection without a word; /,
    );
    expect(said(session)['tls-1-2-missing']).to.match(/^pass: /);
  }).timeout(20_000);
});

describe('a server that answers no hello', () => {
  const it = sideBySide();
  const hangsUpLate = (socket: Socket): void =>
    void socket.once('data', () => {
      const timer = setTimeout(() => socket.end(), 700);
      socket.on('close', () => clearTimeout(timer));
    });
  for (const [title, scheme, play, id, words] of [
    ['hangs up late', 'imaps', hangsUpLate, 'port-mismatch', 'closed'],
    ['hangs up late', 'submission', upgrading(hangsUpLate, () => undefined), 'starttls-unusable', 'closed'],
    ['is silent', 'imaps', isSilent, 'port-mismatch', 'no answer'],
  ] as const) {
    it(`${title} (${scheme}): it is not asked by every probe`, async () => {
      const session = await audited(
        scheme,
        play,
        [id, 'tls-1-0-accepted', 'tls-1-2-missing', 'tls-1-3-missing', 'rc4-accepted', 'unencrypted-suites-accepted'],
        { servername: 'mail.lab.test' },
      );
      const { [id]: first, ...others } = said(session);
      expect(first).to.match(/^fail: .*no (?:TLS )?handshake succeeds/);
      expect(Object.keys(others)).to.have.length(5);
      // That first one is the finding; there is nothing to measure behind it.
      for (const each of Object.values(others))
        expect(each).to.equal(`not-applicable: no ClientHello is answered (${words})`);
      expect(session.connections.length).to.be.below(13);
    }).timeout(30_000);
  }

  it('but those of TLS 1.0: it is measured all the same', async () => {
    const { certificate } = await certificateFor('good');
    const play = (socket: Socket): void =>
      void socket.once('data', (bytes: Buffer) => {
        if (bytes.readUInt16BE(9) !== 0x0301) return void socket.destroy();
        socket.pause();
        socket.unshift(bytes);
        const inside = new TLSSocket(socket, {
          isServer: true,
          key: certificate.keyPem,
          cert: certificate.certPem,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1',
          ciphers: 'ALL:@SECLEVEL=0',
        });
        inside.on('error', () => undefined);
      });
    const told = said(
      await audited('imaps', play, ['tls-1-0-accepted', 'tls-1-2-missing'], { servername: 'mail.lab.test' }),
    );
    expect(told['tls-1-0-accepted']).to.match(/^fail: /);
    expect(told['tls-1-2-missing']).to.match(/^inconclusive: /);
  }).timeout(30_000);
});

describe('shapes from other checkers’ bug reports', () => {
  const it = sideBySide();
  it('a tarpit in front of the server (OpenBSD spamd): what it lists is not what the server lists', async () => {
    const play = smtp(
      { EHLO: '250 Hello, spam sender. Pleased to be wasting your time.\r\n' },
      '220 mail.example ESMTP spamd IP-based SPAM blocker; Thu Nov 26 12:00:00 2026\r\n',
    );
    const told = said(await audited('smtp', play, ['port-mismatch', 'starttls-not-advertised']));
    expect(told['port-mismatch']).to.match(/^inconclusive: the server refuses this connection: .*SPAM blocker/);
    expect(told['starttls-not-advertised']).to.match(/^not-applicable: /);
  }).timeout(20_000);

  it('an address that is blocked after some failed handshakes: its words are told', async () => {
    const secured = await tls();
    const session = await audited(
      'submission',
      (socket, connection) =>
        connection < 4
          ? upgrading(secured, speaksSmtp())(socket)
          : void socket.end('554 5.7.1 your address is blocked\r\n'),
      ['tls-1-2-missing', 'tls-1-0-accepted', 'dhe-breaks-handshake', 'anonymous-suites-accepted'],
      { servername: 'mail.lab.test' },
    );
    expect(Object.values(said(session)).join('\n')).to.include(
      'did not greet as it did before (554 5.7.1 your address is blocked)',
    );
  }).timeout(20_000);

  for (const [keeps, expected] of [
    [false, /^pass: /],
    [true, /^fail: /],
  ] as const) {
    it(`POP3 without CAPA, ${keeps ? 'which keeps' : 'which discards'} what came with STLS`, async () => {
      const secured = await tls();
      const play = (socket: Socket): void => {
        socket.write('+OK ready\r\n');
        let pending = '';
        const hear = (bytes: Buffer): void => {
          pending += bytes.toString('latin1');
          const end = pending.indexOf('\r\n');
          if (end === -1) return;
          const line = pending.slice(0, end);
          pending = pending.slice(end + 2);
          if (line !== 'STLS') {
            socket.write(line === 'QUIT' ? '+OK\r\n' : '-ERR what\r\n');
            return;
          }
          socket.off('data', hear);
          socket.write('+OK go\r\n');
          let kept = keeps ? pending : '';
          secured(socket, (inside) => {
            inside.on('data', (more: Buffer) => {
              kept += more.toString('latin1');
              for (let at = kept.indexOf('\r\n'); at !== -1; at = kept.indexOf('\r\n')) {
                inside.write(kept.slice(0, at) === 'QUIT' ? '+OK\r\n' : '-ERR what\r\n');
                kept = kept.slice(at + 2);
              }
            });
          });
        };
        socket.on('data', hear);
      };
      const session = await audited('pop3', play, ['injection-partial-line'], { servername: 'mail.lab.test' });
      expect(said(session)['injection-partial-line']).to.match(expected);
    }).timeout(20_000);
  }
});
