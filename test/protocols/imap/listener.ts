import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls';

import { Dialogue } from '../../../src/protocols/dialogue.js';
import { imap } from '../../../src/protocols/imap/protocol.js';
import type { ClientUnit, HonestServer, ServerSettings, TlsMode } from '../../../src/protocols/protocol.js';

export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Every unit that clients sent, and whether it came inside TLS. */
  readonly units: readonly { readonly unit: ClientUnit; readonly inside: boolean }[];
}

/** Serves the honest IMAP server on loopback, so that real clients can judge the grammar; no more than these tests need. */
export const listen = async (settings: ServerSettings, mode: TlsMode, tls: SecureContextOptions): Promise<Listener> => {
  const units: { unit: ClientUnit; inside: boolean }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    const honest = imap.server(settings);
    const dialogue = new Dialogue(imap);
    const inTls = (): TLSSocket => new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(tls) });
    if (mode === 'implicit') honest.startInside();
    const first = mode === 'implicit' ? inTls() : socket;
    const greeting = honest.greeting();
    dialogue.server(greeting);
    first.write(greeting);
    converse(first, mode === 'implicit', honest, dialogue, inTls, units);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    units,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const converse = (
  stream: Socket,
  inside: boolean,
  honest: HonestServer,
  dialogue: Dialogue,
  inTls: () => TLSSocket,
  units: { unit: ClientUnit; inside: boolean }[],
): void => {
  const onData = (bytes: Buffer): void => {
    dialogue.client(bytes);
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      units.push({ unit: placed.unit, inside });
      const answer = honest.answer(placed.unit);
      dialogue.server(answer.bytes);
      if (answer.upgrade === true) {
        stream.off('data', onData).pause();
        stream.write(answer.bytes);
        dialogue.reset();
        honest.upgraded();
        converse(inTls(), true, honest, dialogue, inTls, units);
        return;
      }
      stream.write(answer.bytes);
      if (answer.close === true) stream.end();
    }
  };
  stream.on('data', onData).on('error', () => stream.destroy());
};
