import { expect } from 'chai';
import type { Socket } from 'node:net';
import checks from '../../src/checks/index.js';
import { audit } from '../../src/audit/audit.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

const EHLO = '250-mail.example\r\n250-STARTTLS\r\n250 SIZE\r\n';
const REFUSED = '502 5.5.1 what?\r\n';
const smtp = (greeting: readonly string[], answers: Readonly<Record<string, string>> = {}) =>
  scripted(greeting, { EHLO, QUIT: '221 bye\r\n', ...answers }, () => REFUSED);
const imap = (greeting: string, capability: string) =>
  scripted(
    [greeting],
    { CAPABILITY: `* CAPABILITY ${capability}\r\nTAG OK done\r\n`, LOGOUT: '* BYE\r\nTAG OK bye\r\n' },
    () => 'TAG BAD no\r\n',
  );

const inPieces =
  (pieces: readonly string[]) =>
  (socket: Socket): void => {
    pieces.forEach((piece, index) => setTimeout(() => socket.write(piece, 'latin1'), index * 60));
  };

/** A flight of TLS 1.2 with RC4, which no current TLS library takes: ServerHello, an empty Certificate, ServerHelloDone. */
const outdatedFlight = (): Buffer => {
  const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type, 0, 0, body.length]), body]);
  const hello = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 7), Buffer.from([0, 0, 5, 0])]);
  const flight = Buffer.concat([message(2, hello), message(11, Buffer.from([0, 0, 0])), message(14, Buffer.alloc(0))]);
  return Buffer.concat([Buffer.from([22, 3, 3, 0, flight.length]), flight]);
};

/** What a peer does, and what is said of it: the status of `port-mismatch` and words of its reason, or of another check. */
const ROWS: readonly (readonly [
  title: string,
  scheme: 'smtp' | 'submission' | 'imap' | 'imaps' | 'pop3' | 'sieve',
  play: (socket: Socket) => void,
  check: string,
  status: string,
  because: RegExp,
])[] = [
  ['says nothing', 'imap', () => undefined, 'port-mismatch', 'inconclusive', /did not say a word within \d/],
  [
    'answers hellos with text',
    'submission',
    smtp(['220 ready\r\n'], { STARTTLS: '220 go\r\n' }),
    'anonymous-suites-accepted',
    'inconclusive',
    /something that is not TLS/,
  ],
  [
    'greets, and answers nothing else',
    'imap',
    (socket) => socket.write('* OK mail.example ready\r\n'),
    'starttls-hidden',
    'inconclusive',
    /did not say what it offers/,
  ],
  [
    'closes at once',
    'imap',
    (socket) => socket.end(),
    'port-mismatch',
    'inconclusive',
    /closes the connection without a word/,
  ],
  [
    'resets without a word',
    'imap',
    (socket) => void setTimeout(() => socket.resetAndDestroy(), 40),
    'port-mismatch',
    'inconclusive',
    /closes the connection without a word/,
  ],
  [
    'sends 10 MB without a line end',
    'smtp',
    (socket) => socket.write(`220 ${'a'.repeat(10 * 1024 * 1024)}`),
    'port-mismatch',
    'fail',
    /data without end/,
  ],
  [
    'sends binary garbage',
    'pop3',
    (socket) => socket.write(Buffer.from([0xff, 0, 1, 2, 0x80, 0x0a, 9])),
    'port-mismatch',
    'fail',
    /binary data is spoken on a port for POP3/,
  ],
  [
    'is an SSH server',
    'imap',
    (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    'port-mismatch',
    'fail',
    /SSH is spoken on a port for IMAP: SSH-2\.0/,
  ],
  [
    'is a web server',
    'imap',
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'port-mismatch',
    'inconclusive',
    /did not say a word/,
  ],
  [
    'is a web server with its back to TLS',
    'imaps',
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'port-mismatch',
    'fail',
    /no handshake succeeds/,
  ],
  [
    'is an FTP server',
    'smtp',
    (socket) => socket.write('220 FTP server ready\r\n'),
    'port-mismatch',
    'fail',
    /FTP is spoken/,
  ],
  [
    'says 421',
    'smtp',
    (socket) => socket.end('421 4.7.0 too many connections\r\n'),
    'port-mismatch',
    'inconclusive',
    /refuses this connection: 421/,
  ],
  [
    'says BYE',
    'imap',
    (socket) => socket.end('* BYE overloaded\r\n'),
    'port-mismatch',
    'inconclusive',
    /refuses this connection: \* BYE/,
  ],
  [
    'closes in the middle of the handshake',
    'imaps',
    (socket) => socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 80, 2, 0]))),
    'port-mismatch',
    'fail',
    /no handshake succeeds/,
  ],
  [
    'chooses a suite that our own TLS library refuses',
    'imaps',
    (socket) => socket.once('data', () => socket.write(outdatedFlight())),
    'port-mismatch',
    'inconclusive',
    /this machine's TLS library refuses what the server chose \(ERR_SSL/,
  ],
  [
    'speaks plaintext on an implicit port',
    'imaps',
    imap('* OK ready\r\n', 'IMAP4rev1'),
    'port-mismatch',
    'fail',
    /IMAP is spoken in clear on a port where TLS is due/,
  ],
  [
    'greets in two parts, as postscreen does',
    'smtp',
    (socket) => {
      socket.write('220-mail.example ESMTP\r\n');
      setTimeout(() => smtp(['220 mail.example ESMTP\r\n'])(socket), 150);
    },
    'starttls-not-advertised',
    'pass',
    /listed/,
  ],
  [
    'greets late',
    'smtp',
    (socket) => void setTimeout(() => smtp(['220 late\r\n'])(socket), 200),
    'starttls-not-advertised',
    'pass',
    /listed/,
  ],
  ['greets with a bare 220', 'smtp', smtp(['220\r\n']), 'starttls-not-advertised', 'pass', /listed/],
  [
    'answers EHLO in pieces',
    'smtp',
    (socket) => {
      socket.write('220 ready\r\n');
      socket.once('data', () => inPieces(['250-ma', 'il\r\n250-START', 'TLS\r', '\n250 SIZE\r\n'])(socket));
    },
    'starttls-not-advertised',
    'pass',
    /listed/,
  ],
  [
    'refuses with 454',
    'submission',
    smtp(['220 ready\r\n'], { STARTTLS: '454 4.7.0 not now\r\n' }),
    'starttls-refused',
    'fail',
    /refused: 454 4\.7\.0 not now/,
  ],
  [
    'does not answer STARTTLS',
    'submission',
    smtp(['220 ready\r\n'], { STARTTLS: '' }),
    'starttls-refused',
    'fail',
    /no answer \(silent\)/,
  ],
  [
    'hangs up after the go-ahead',
    'imap',
    (socket) => {
      imap('* OK ready\r\n', 'IMAP4rev1 STARTTLS')(socket);
      socket.on('data', (bytes: Buffer) => {
        if (bytes.includes('STARTTLS')) socket.end();
      });
    },
    'starttls-refused',
    'fail',
    /STARTTLS/,
  ],
  [
    'talks on in clear after the go-ahead',
    'smtp',
    smtp(['220 ready\r\n'], { STARTTLS: '220 go\r\n250 AUTH PLAIN\r\n' }),
    'plaintext-after-go-ahead',
    'fail',
    /16 bytes in clear/,
  ],
  [
    'answers the ClientHello in clear',
    'smtp',
    (socket) => {
      smtp(['220 ready\r\n'], { STARTTLS: '220 go\r\n' })(socket);
    },
    'starttls-unusable',
    'fail',
    /after the go-ahead the server goes on in clear: /,
  ],
  [
    'greets PREAUTH',
    'imap',
    imap('* PREAUTH welcome\r\n', 'IMAP4rev1 STARTTLS'),
    'mailbox-open-before-tls',
    'fail',
    /PREAUTH/,
  ],
  [
    'knows no EHLO',
    'submission',
    scripted(['220 ready\r\n'], { QUIT: '221 bye\r\n' }, () => REFUSED),
    'starttls-not-advertised',
    'fail',
    /not listed/,
  ],
  [
    'knows no CAPA',
    'pop3',
    scripted(['+OK ready\r\n'], { QUIT: '+OK bye\r\n' }, () => '-ERR what?\r\n'),
    'starttls-not-advertised',
    'fail',
    /not listed/,
  ],
  [
    'is IMAP4rev2 only',
    'imap',
    imap('* OK ready\r\n', 'IMAP4rev2 STARTTLS LOGINDISABLED'),
    'starttls-not-advertised',
    'pass',
    /listed/,
  ],
  [
    'is blanked out by a firewall',
    'smtp',
    smtp(['220 ******************************\r\n']),
    'starttls-hidden',
    'warn',
    /greeting is blanked out/,
  ],
  [
    'has its STARTTLS overwritten',
    'smtp',
    smtp(['220 ready\r\n'], { EHLO: '250-mail\r\n250-XXXXXXXA\r\n250 SIZE\r\n' }),
    'starttls-hidden',
    'warn',
    /keyword is overwritten: 250-XXXXXXXA/,
  ],
  [
    'sends terminal escapes',
    'submission',
    smtp(['220 ready\r\n'], { STARTTLS: '454 \u001b[2J\u0007gone\r\n' }),
    'starttls-refused',
    'fail',
    /454 \\x1b\[2J\\x07gone/,
  ],
];

describe('a server that', () => {
  const it = sideBySide();
  for (const [title, scheme, play, id, status, because] of ROWS) {
    it(`${title} (${scheme}): ${id} is ${status}`, async () => {
      await using server = await rawServer(play);
      const { results, faults } = await audit([`${scheme}://127.0.0.1:${String(server.port)}`], {
        checks: checks.filter((check) => check.id === id),
        patience: { connect: 1000, hint: 100, backOff: 20, greeting: 1000, reply: 1000, handshake: 1200, quiet: 40 },
      });
      const said = results
        .filter(({ portRole }) => portRole === scheme)
        .map((result) => `${result.status}: ${result.because}`);
      expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
      expect(said).to.have.length(1);
      expect(said[0])
        .to.match(new RegExp(`^${status}: `))
        .and.to.match(because);
    });
  }

  it('does all of it at every step never makes the whole audit throw, or hang', async () => {
    await using server = await rawServer((socket) =>
      socket.on('data', () => socket.write(Buffer.from([0x2a, 0x20, 0x4f, 0x4b, 0x0d, 0x0a, 0xff]))),
    );
    const { results } = await audit(
      [
        `imap://127.0.0.1:${String(server.port)}`,
        `imaps://127.0.0.1:${String(server.port)}`,
        `sieve://127.0.0.1:${String(server.port)}`,
      ],
      {
        patience: { connect: 1000, hint: 50, backOff: 20, greeting: 100, reply: 100, handshake: 200, quiet: 20 },
      },
    );
    expect(results.length).to.be.above(20);
  });
});
