import { expect } from 'chai';
import { spokenOn, type FirstWords } from '../../src/serving/first-words.js';
import { buildClientHello } from '../../src/tls/build-hello.js';

const server = (text: string): FirstWords => ({ from: 'server', bytes: Buffer.from(text) });
const client = (text: string | Buffer): FirstWords => ({ from: 'client', bytes: Buffer.from(text) });
const hello = (...alpn: string[]): Buffer => buildClientHello({ versions: ['TLSv1.2', 'TLSv1.3'], alpn });

const ROWS: readonly (readonly [title: string, port: number, words: FirstWords, role: string | RegExp | undefined])[] =
  [
    ['IMAP greets on 143', 143, server('* OK ready\r\n'), 'imap+starttls imap'],
    ['POP3 greets on 110', 110, server('+OK ready\r\n'), 'pop3+starttls pop3'],
    ['SMTP greets on 25', 25, server('220 mx ESMTP\r\n'), 'smtp+starttls smtp'],
    ['SMTP greets on 587', 587, server('220-mx\r\n220 ESMTP\r\n'), 'smtp+starttls submission'],
    ['ManageSieve greets on 4190', 4190, server('"IMPLEMENTATION" "x"\r\nOK\r\n'), 'managesieve+starttls sieve'],
    ['IMAP greets on a port of no protocol', 2143, server('* OK ready\r\n'), 'imap+starttls imap'],
    ['IMAP greets in clear on 993', 993, server('* OK ready\r\n'), 'imap+starttls imap'],
    ['SMTP greets on IMAP’s port', 143, server('220 mx ESMTP\r\n'), 'smtp+starttls submission'],
    ['half a greeting', 143, server('* O'), undefined],
    ['TLS on 993', 993, client(hello()), 'imap+implicit imaps'],
    ['TLS on 995', 995, client(hello()), 'pop3+implicit pop3s'],
    ['TLS on 465', 465, client(hello()), 'smtp+implicit submissions'],
    ['TLS on 143', 143, client(hello()), 'imap+implicit imaps'],
    ['TLS with ALPN imap on 443', 443, client(hello('imap')), 'imap+implicit imaps'],
    ['half a ClientHello', 993, client(hello().subarray(0, 20)), undefined],
    ['TLS with ALPN h2 on 443', 443, client(hello('h2', 'http/1.1')), /TLS on a port that is not known for mail/],
    ['TLS without ALPN on 8443', 8443, client(hello()), /TLS on a port that is not known for mail/],
    ['HTTP on 80', 80, client('GET / HTTP/1.1\r\n'), /client speaks first, and not TLS/],
    ['SSH on 22', 22, server('SSH-2.0-OpenSSH\r\n'), /server speaks SSH/],
    ['SSH on 993', 993, server('SSH-2.0-OpenSSH\r\n'), /no mail server answers \(SSH\)/],
    ['FTP on 21', 21, server('220 FTP server ready\r\n'), /server speaks FTP/],
    ['nobody speaks', 993, { from: 'nobody', bytes: Buffer.alloc(0) }, /neither side/],
  ];

describe('The first words on a connection', () => {
  for (const [title, port, words, is] of ROWS)
    it(`${title}: ${is === undefined ? 'more must come' : String(is)}`, () => {
      const spoken = spokenOn(port, words);
      if (is === undefined) expect(spoken).to.equal(undefined);
      else if (typeof is === 'string')
        expect(spoken?.is === 'mail' && `${spoken.protocol}+${spoken.tls} ${spoken.portRole}`).to.equal(is);
      else expect(spoken?.is === 'other' && spoken.why).to.match(is);
    });
});
