import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import type { Depth } from '../../src/probes/depth.js';
import { audited, said, smtp, speaksSmtp, tls, upgrading } from '../support/played-server.js';

// What a server does is not always what its list says.

describe('what no list says', () => {
  /** STARTTLS, and nothing else listed; `inClear` answers AUTH before TLS. */
  const hidingLogins = async (inClear: string) => {
    const secured = await tls();
    const inside = speaksSmtp('', { EHLO: '250-mail.example\r\n250 SIZE\r\n', AUTH: inClear });
    return upgrading(secured, inside, undefined, { AUTH: inClear });
  };

  for (const [title, scheme, depth, answer, verdict] of [
    ['a login is taken that is listed nowhere', 'submission', 'normal', '334 \r\n', /^fail: PLAIN is accepted/],
    ['a login that is listed nowhere is refused', 'submission', 'normal', '503 5.5.1 no AUTH\r\n', /^pass: /],
    ['strangers’ servers are not asked for it', 'smtp', 'normal', '334 \r\n', /^not-applicable: no login is offered/],
    ['at full depth they are', 'smtp', 'full', '334 \r\n', /^fail: PLAIN is accepted/],
  ] as const satisfies readonly (readonly [string, string, Depth, string, RegExp])[]) {
    it(`${title} (${scheme})`, async () => {
      const session = await audited(scheme, await hidingLogins(answer), ['login-accepted-before-tls'], { depth });
      expect(said(session)['login-accepted-before-tls']).to.match(verdict);
    }).timeout(20_000);
  }

  for (const [title, answers, because] of [
    [
      'a server that knows HELO only is asked all the same',
      { HELO: '250 mail.example\r\n' },
      /^pass: PLAIN is refused/,
    ],
    ['one that knows neither is asked what it speaks', {}, /^inconclusive: .*neither EHLO nor HELO \(502\).*lmtp:/],
  ] as const) {
    it(title, async () => {
      const play = smtp({ EHLO: '500 5.5.1 what?\r\n', ...answers });
      const session = await audited('submission', play, ['login-accepted-before-tls']);
      expect(said(session)['login-accepted-before-tls']).to.match(because);
    }).timeout(20_000);
  }

  it('a certificate is demanded in words, by the first answer inside TLS', async () => {
    const secured = await tls();
    // Postfix with smtpd_tls_req_ccert.
    const refusing = (inside: TLSSocket): void => {
      inside.once('data', () => inside.end('421 4.7.1 mail.example Error: No client certificate presented\r\n'));
    };
    const session = await audited(
      'submission',
      upgrading((socket) => {
        secured(socket, refusing, { requestCert: true, rejectUnauthorized: false });
      }, refusing),
      ['client-certificate-asked', 'injection-full-line'],
    );
    const told = said(session);
    expect(told['client-certificate-asked']).to.match(/^info: the server serves only clients that show a certificate/);
    // An injected command is answered by the same refusal.
    expect(told['injection-full-line']).to.match(/^inconclusive: .*certificate/);
  }).timeout(20_000);
});
