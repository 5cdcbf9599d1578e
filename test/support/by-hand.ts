import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ClientTask } from '../../src/clients/driver.js';
import { Conduit } from '../../src/wire/conduit.js';

// Clients of a few lines in this process: they say lines, and read until the answer's last line has come.

/** A connection to the endpoint of a visit. */
export const dial = async (task: ClientTask): Promise<Socket> => {
  const socket = connect({ host: task.ip, port: task.port });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};

/** Resolves with what was read once `end` matches it, or when the peer ended. */
export const heard = (socket: Socket, end: RegExp): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const read = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      if (end.test(text)) done();
    };
    const done = (): void => {
      socket.off('data', read);
      socket.off('end', done);
      socket.off('close', done);
      resolve(text);
    };
    socket.on('data', read);
    socket.once('end', done);
    socket.once('close', done);
    if (socket.destroyed || socket.readableEnded) done();
  });

/** Says a line, and reads the answer up to `end`. */
export const ask = async (socket: Socket, line: string, end: RegExp): Promise<string> => {
  const answer = heard(socket, end);
  socket.write(`${line}\r\n`);
  return answer;
};

/** TLS over a conduit, so that its end is not the connection's. */
export const secured = async (socket: Socket, task: ClientTask): Promise<TLSSocket> => {
  const conduit = new Conduit(socket);
  socket.on('data', (bytes: Buffer) => {
    conduit.feed(bytes);
  });
  for (const end of ['end', 'close']) {
    socket.once(end, () => {
      conduit.feedEnd();
    });
  }
  const tls = connectTls({ socket: conduit, host: task.host, servername: task.servername, ca: task.ca });
  tls.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    tls.once('secureConnect', resolve);
    tls.once('close', () => reject(new Error('no TLS')));
  });
  return tls;
};

/** A visit from the first connection to the end; the socket is closed in any case. */
export const within = async (task: ClientTask, speak: (socket: Socket) => Promise<unknown>): Promise<void> => {
  const socket = await dial(task);
  try {
    await speak(socket);
  } finally {
    socket.destroy();
  }
};
