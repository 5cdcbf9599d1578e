import { expect } from 'chai';
import type { Socket } from 'node:net';
import { audited, said, speaksSmtp, tls } from '../support/played-server.js';

// Some servers take any name in EHLO, and hold it against the client only when it asks for TLS.

const IDS = ['starttls-refused', 'starttls-unusable', 'tls-1-2-missing', 'starttls-twice'];

describe('STARTTLS that is refused for the sake of the EHLO name', () => {
  /** Takes STARTTLS of clients whose last EHLO name is welcome. */
  const choosy = async (isWelcome: (name: string) => boolean, refusal: string): Promise<(socket: Socket) => void> => {
    const secured = await tls();
    return (socket) => {
      let name = '';
      socket.write('220 mail.example ESMTP\r\n');
      const hear = (bytes: Buffer): void => {
        const [line = ''] = bytes.toString('latin1').split('\r\n');
        const [verb, argument = ''] = line.split(' ');
        if (verb === 'EHLO') {
          name = argument;
          socket.write('250-mail.example\r\n250 STARTTLS\r\n');
        } else if (line !== 'STARTTLS') socket.write(verb === 'QUIT' ? '221 bye\r\n' : '502 5.5.1 what?\r\n');
        else if (!isWelcome(name)) socket.write(refusal);
        else {
          socket.off('data', hear);
          socket.write('220 go\r\n');
          secured(socket, speaksSmtp());
        }
      };
      socket.on('data', hear);
    };
  };

  for (const [title, refusal, isWelcome] of [
    ['it has no dot', '550 5.7.1 Access denied - Invalid HELO name\r\n', (name: string) => name.includes('.')],
    [
      'it has no dot, said as a bad sequence',
      '503 polite people say HELO first\r\n',
      (name: string) => name.includes('.'),
    ],
    ['only an address literal will do', '554 5.5.4 bad name\r\n', (name: string) => name.startsWith('[')],
  ] as const) {
    it(`${title}: another one is tried, and used from then on`, async () => {
      const told = said(await audited('submission', await choosy(isWelcome, refusal), IDS, { ehlo: 'laptop' }));
      for (const id of IDS) expect(told[id], id).to.match(/^pass: /);
    }).timeout(20_000);
  }

  it('whatever it is: STARTTLS is refused', async () => {
    const play = await choosy(() => false, '550 5.7.1 Access denied\r\n');
    const told = said(await audited('submission', play, IDS, { ehlo: 'laptop' }));
    expect(told['starttls-refused']).to.match(/^fail: .*550 5\.7\.1 Access denied$/);
  }).timeout(20_000);
});
