import { expect } from 'chai';
import { audited, PATIENCE, said, smtp, type Play } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

describe('a list that is cut short', () => {
  const it = sideBySide();
  const cutAfter =
    (text: (connection: number) => string, whole: number): Play =>
    (socket, connection) => {
      if (connection >= whole) {
        smtp()(socket);
        return;
      }
      socket.write('220 mail.example ESMTP\r\n');
      socket.once('data', () => socket.end(text(connection)));
    };

  it('after the same bytes three times is the answer: nobody waits for a limit that is none', async () => {
    const session = await audited(
      'submission',
      cutAfter(() => '250-mail.example\r\n250-STARTTLS\r\n', Infinity),
      ['starttls-not-advertised', 'login-accepted-before-tls', 'mail-accepted-before-tls'],
      { patience: { ...PATIENCE, backOff: 60_000 }, maxTime: 20 * 60_000 },
    );
    for (const because of Object.values(said(session)))
      expect(because).to.match(
        /^inconclusive: .*closes the connection in the middle of its answer to EHLO, 3 times of 3 after the same 32 bytes \(250-STARTTLS\)/,
      );
    expect(session.traffic?.connections).to.equal(3);
  });

  it('once or twice is asked for again', async () => {
    const session = await audited(
      'submission',
      cutAfter(() => '250-mail.example\r\n', 3),
      ['starttls-not-advertised'],
    );
    expect(said(session)['starttls-not-advertised']).to.match(/^pass: /);
  });

  it('before its first byte may be a limit, and is asked for again after a while', async () => {
    const session = await audited(
      'submission',
      cutAfter(() => '', 3),
      ['starttls-not-advertised'],
    );
    expect(said(session)['starttls-not-advertised']).to.match(/^pass: /);
  });
});
