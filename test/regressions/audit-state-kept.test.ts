import { expect } from 'chai';
import type { Duplex } from 'node:stream';
import { audited, said, tls, type Play } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Whether a server still knows a transaction is seen beside a connection that began none, not by its words alone.

interface Habit {
  /** What MAIL and RCPT are answered before EHLO. */
  readonly beforeHello: string;
  /** What was said before TLS counts inside it. */
  readonly isKept?: true;
  /** RCPT is taken without MAIL. */
  readonly isLax?: true;
}

/** SMTP with STARTTLS that has a habit. */
const playing = async ({ beforeHello, isKept, isLax }: Habit): Promise<Play> => {
  const secured = await tls();
  return (socket) => {
    const known = { hello: false, mail: false };
    const speak = (stream: Duplex, isInside: boolean): void => {
      const answer = (line: string): string => {
        const [verb = ''] = line.split(/[ :]/);
        if (verb === 'EHLO') {
          known.hello = true;
          return `250-mail.example\r\n250 ${isInside ? '8BITMIME' : 'STARTTLS'}\r\n`;
        }
        if (verb === 'QUIT') return '221 bye\r\n';
        if (verb === 'RCPT' && isLax === true) return '250 ok\r\n';
        if ((verb === 'MAIL' || verb === 'RCPT') && !known.hello) return beforeHello;
        if (verb === 'RCPT') return known.mail ? '250 ok\r\n' : '503 5.5.1 no transaction\r\n';
        known.mail = verb === 'MAIL';
        return '250 ok\r\n';
      };
      const hear = (bytes: Buffer): void => {
        for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
          if (line !== 'STARTTLS' || isInside) stream.write(answer(line));
          else {
            stream.off('data', hear);
            if (isKept !== true) Object.assign(known, { hello: false, mail: false });
            socket.write('220 go\r\n');
            secured(socket, (inside) => speak(inside, true));
            return;
          }
        }
      };
      stream.on('data', hear);
    };
    socket.write('220 mail.example ESMTP\r\n');
    speak(socket, false);
  };
};

describe('a transaction from before TLS', () => {
  const it = sideBySide();
  for (const [title, habit, verdict] of [
    ['is forgotten, in words of its own', { beforeHello: '550 5.7.1 HELO is required\r\n' }, /^pass: .*HELO is/],
    ['is kept', { beforeHello: '550 5.7.1 HELO is required\r\n', isKept: true }, /^fail: .*goes on inside/],
    ['cannot be seen where none is needed', { beforeHello: '503 EHLO first\r\n', isLax: true }, /^not-applicable: /],
  ] as const) {
    it(title, async () => {
      const told = said(await audited('smtp', await playing(habit), ['state-kept-over-upgrade']));
      expect(told['state-kept-over-upgrade']).to.match(verdict);
    }).timeout(20_000);
  }
});
