import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a forward proxy does with the login that it is given. */
export type ProxyManner = 'takes it' | 'refuses it' | 'refuses it, and repeats it' | 'takes it, and repeats it';

/** The manners, in the order in which they are tried. */
export const MANNERS: readonly ProxyManner[] = [
  'takes it',
  'refuses it, and repeats it',
  'takes it, and repeats it',
  'refuses it',
];

/**
 * A proxy for HTTP CONNECT or SOCKS 5 on loopback that asks for a login, and may repeat it in its answers; a proxy that takes the login
 * connects to `port`, whatever it was asked for.
 */
export const startEchoingProxy = async (
  kind: 'http' | 'socks',
  manner: ProxyManner,
  port: number,
): Promise<AsyncDisposable & { readonly port: number }> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (kind === 'http') httpConnect(socket, manner, port);
    else socks(socket, manner, port);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const join = (socket: Socket, port: number, before: Buffer | string): void => {
  const far = connect(port, '127.0.0.1');
  far.on('error', () => socket.destroy());
  far.once('connect', () => {
    socket.write(before);
    socket.pipe(far).pipe(socket);
  });
  socket.once('close', () => far.destroy());
};

const httpConnect = (socket: Socket, manner: ProxyManner, port: number): void => {
  let head = '';
  const read = (bytes: Buffer): void => {
    head += bytes.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    socket.off('data', read);
    const [, basic = ''] = /proxy-authorization: *basic +(\S+)/i.exec(head) ?? [];
    const login = Buffer.from(basic, 'base64').toString('latin1');
    const echo = login.replaceAll(/[\r\n]/g, ' ');
    if (manner === 'takes it') join(socket, port, 'HTTP/1.1 200 Connected\r\n\r\n');
    // What comes next is taken for the greeting of the server.
    else if (manner === 'takes it, and repeats it')
      socket.end(`HTTP/1.1 200 Connected\r\n\r\n* OK hello ${echo} ${basic}\r\n* BYE ${echo}\r\n`, 'latin1');
    else if (manner === 'refuses it') socket.end('HTTP/1.1 407 No\r\n\r\n');
    else socket.end(`HTTP/1.1 407 Wrong login ${echo}\r\nX-Login: ${basic}\r\n\r\n${echo}`, 'latin1');
  };
  socket.on('data', read);
};

const socks = (socket: Socket, manner: ProxyManner, port: number): void => {
  let step: 'greeting' | 'login' | 'request' = 'greeting';
  let login = Buffer.alloc(0);
  const read = (bytes: Buffer): void => {
    if (step === 'greeting') {
      step = 'login';
      socket.write(Buffer.from([5, 2]));
    } else if (step === 'login') {
      login = Buffer.from(bytes);
      step = 'request';
      const echo = manner === 'refuses it, and repeats it' ? login : Buffer.alloc(0);
      if (manner.startsWith('takes')) socket.write(Buffer.from([1, 0]));
      else socket.end(Buffer.concat([Buffer.from([1, 1]), echo]));
    } else {
      socket.off('data', read);
      const granted = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 1]);
      if (manner === 'takes it') join(socket, port, granted);
      else
        socket.end(
          Buffer.concat([granted, Buffer.from('* OK hello '), login.subarray(2), Buffer.from('\r\n* BYE closing\r\n')]),
        );
    }
  };
  socket.on('data', read);
};
