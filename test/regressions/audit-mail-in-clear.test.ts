import { expect } from 'chai';
import type { Socket } from 'node:net';
import { audited, said, smtp } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Many servers take MAIL from everybody and refuse only the recipient; others refuse the sender that was tried, and would take another.

const IDS = ['mail-accepted-before-tls', 'mail-refused-before-tls'];
const OK = '250 2.1.0 Ok\r\n';
const IN_DOMAIN = '250-mx.lab.example\r\n250 STARTTLS\r\n';

describe('mail before TLS', () => {
  const it = sideBySide();
  for (const [title, scheme, answers, verdict] of [
    ['both are taken', 'submission', { MAIL: OK, RCPT: OK }, /^fail: .*recipient/],
    [
      'a recipient is refused until there is TLS',
      'submission',
      { MAIL: OK, RCPT: '530 5.7.0 Must issue a STARTTLS command first\r\n' },
      /^pass: .*RCPT.*STARTTLS/,
    ],
    [
      'clients that did not log in are refused at the recipient',
      'submission',
      { MAIL: OK, RCPT: '554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Access denied\r\n' },
      /^pass: .*RCPT.*Access denied/,
    ],
    [
      'the recipient is unknown',
      'submission',
      { MAIL: OK, RCPT: '550 5.1.1 User unknown\r\n' },
      /^inconclusive: .*User/,
    ],
    [
      'mail comes back later',
      'submission',
      { MAIL: OK, RCPT: '450 4.7.1 Greylisted\r\n' },
      /^inconclusive: .*Greylisted/,
    ],
    ['the empty sender is refused', 'submission', { MAIL: '550 5.1.7 Sender rejected\r\n' }, /^inconclusive: .*Sender/],
    ['the server is busy', 'submission', { MAIL: '451 4.3.0 Try again later\r\n' }, /^inconclusive: .*Try again/],
    ['a login is wanted', 'submission', { MAIL: '503 AUTH first (#5.5.1)\r\n' }, /^pass: .*AUTH first/],
    [
      'only the bare name of the postmaster is taken',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '450 4.7.1 Session encryption is required\r\n',
        'RCPT TO:<postmaster>': OK,
      },
      /^pass: .*another recipient.*encryption/,
    ],
    [
      'the postmaster and a recipient of its own domain are taken',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '554 5.7.1 Relay access denied\r\n',
        'RCPT TO:<postmaster>': OK,
        'RCPT TO:<postmaster@lab.example>': OK,
      },
      /^fail: .*recipient/,
    ],
    [
      'its own name is none of a domain that it serves, and its address is refused until there is TLS',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '454 4.7.1 <postmaster@mx.lab.example>: Relay access denied\r\n',
        'RCPT TO:<postmaster>': OK,
        'RCPT TO:<postmaster@[127.0.0.1]>': '450 4.7.1 Session encryption is required\r\n',
      },
      /^pass: .*another recipient.*encryption/,
    ],
    [
      'its own name is none of a domain that it serves, and its address is taken',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '454 4.7.1 <postmaster@mx.lab.example>: Relay access denied\r\n',
        'RCPT TO:<postmaster>': OK,
        'RCPT TO:<postmaster@[127.0.0.1]>': OK,
      },
      /^fail: .*recipient/,
    ],
    [
      'nothing but the bare name of the postmaster is known, which Postfix always takes',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '454 4.7.1 <postmaster@mx.lab.example>: Relay access denied\r\n',
        'RCPT TO:<postmaster>': OK,
      },
      /^inconclusive: .*Postfix/,
    ],
    [
      'the bare name of the postmaster is completed with a domain that the server does not serve, and its own domain is taken',
      'submission',
      {
        EHLO: IN_DOMAIN,
        MAIL: OK,
        RCPT: '550 Invalid recipient: <postmaster@mx.lab.example>\r\n',
        'RCPT TO:<postmaster@lab.example>': OK,
      },
      /^fail: .*recipient/,
    ],
    ['strangers are served', 'smtp', { MAIL: OK, RCPT: OK }, /^pass: /],
    [
      'strangers need TLS, by a reply of its own',
      'smtp',
      { MAIL: OK, RCPT: '550 TLS is required\r\n' },
      /^info: .*TLS is/,
    ],
    [
      'strangers need TLS at once',
      'smtp',
      { MAIL: '550 5.7.1 Session encryption is required\r\n' },
      /^info: .*encryption/,
    ],
  ] as const) {
    it(`${title} (${scheme})`, async () => {
      const told = said(await audited(scheme, smtp(answers), IDS));
      expect(told[scheme === 'smtp' ? 'mail-refused-before-tls' : 'mail-accepted-before-tls']).to.match(verdict);
    }).timeout(20_000);
  }

  it('a refusal that is not about the address is heard once', async () => {
    const heard: string[] = [];
    const answer = smtp({
      EHLO: IN_DOMAIN,
      MAIL: OK,
      RCPT: '554 5.7.1 <client[127.0.0.2]>: Client host rejected: Access denied\r\n',
      'RCPT TO:<postmaster>': OK,
    });
    const play = (socket: Socket): void => {
      socket.on('data', (bytes: Buffer) => heard.push(...bytes.toString('latin1').split('\r\n')));
      answer(socket);
    };
    expect(said(await audited('submission', play, IDS))['mail-accepted-before-tls']).to.match(/^pass: /);
    expect(heard.filter((line) => line.startsWith('RCPT'))).to.deep.equal([
      'RCPT TO:<postmaster>',
      'RCPT TO:<postmaster@mx.lab.example>',
    ]);
  }).timeout(20_000);
});
