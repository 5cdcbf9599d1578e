import { expect } from 'chai';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import checks from '../../src/checks/index.js';
import { audited, PATIENCE, said, speaksSmtp, tls, upgrading } from '../support/played-server.js';
import { scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Who limits connections says so in clear, also on a port where TLS is due from the first byte (Exim, Courier).

describe('a server that turns connections away with words', () => {
  const it = sideBySide();
  // How many connections got a list depends on who was turned away.
  const ids = checks.map(({ id }) => id).filter((id) => !/^certificate-|^starttls-flapping$/.test(id));
  const options = { servername: 'mail.lab.test', patience: { ...PATIENCE, backOff: 100 } };
  const imap = scripted(
    ['* OK ready\r\n'],
    { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK\r\n' },
    () => 'TAG BAD no\r\n',
  );
  const within = async (inside: (socket: TLSSocket) => void): Promise<(socket: Socket) => void> => {
    const secured = await tls();
    return (socket) => secured(socket, inside);
  };
  const SMTP = '421 Too many concurrent SMTP connections; please try again later.\r\n';
  const smtps = () => within(speaksSmtp('220 mail.example ESMTP\r\n'));
  const submission = async (): Promise<(socket: Socket) => void> => upgrading(await tls(), speaksSmtp());

  for (const [scheme, server, words] of [
    ['submissions', smtps, SMTP],
    ['imaps', () => within(imap), '* BYE [ALERT] Maximum connection limit reached from 127.0.0.1\r\n'],
    ['submission', submission, SMTP],
  ] as const) {
    it(`${scheme}, but for one at once: everything is asked, and nothing said of its TLS`, async () => {
      const play = await server();
      const good = said(await audited(scheme, play, ids, options));
      let open = 0;
      const session = await audited(
        scheme,
        (socket) => {
          if (open > 0) {
            socket.end(words);
            return;
          }
          open += 1;
          socket.once('close', () => (open -= 1));
          play(socket);
        },
        ids,
        options,
      );
      expect(said(session)).to.deep.equal(good);
    }).timeout(30_000);

    it(`${scheme}, all of them after the first: nothing wrong is said of its TLS`, async () => {
      const play = await server();
      const good = said(await audited(scheme, play, ids, options));
      const session = await audited(
        scheme,
        (socket, connection) => (connection === 1 ? play(socket) : void socket.end(words)),
        ids,
        { ...options, maxTime: 2000 },
      );
      for (const [id, told] of Object.entries(said(session)))
        expect(told, id).to.match(
          told.startsWith('inconclusive')
            ? /limits connections|not done within/
            : new RegExp(`^${good[id]?.split(':')[0] ?? ''}:`),
        );
    }).timeout(30_000);
  }

  it('from the first connection on: that is no sign of a port without TLS', async () => {
    const session = await audited('submissions', (socket) => void socket.end(SMTP), ['port-mismatch'], {
      ...options,
      maxTime: 2000,
    });
    expect(said(session)['port-mismatch']).to.match(/^inconclusive: the server refuses this connection: 421 Too many/);
  }).timeout(30_000);
});
