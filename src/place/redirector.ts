/**
 * Runs inside a network namespace of its own, where every address is local: what a command connects to arrives here, and is asked for
 * at a SOCKS proxy outside, which a socket of the file system leads to. Arguments: that socket's path, ports, `--`, the command.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { getServers } from 'node:dns';
import { once } from 'node:events';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { constants } from 'node:os';
import ipaddr from 'ipaddr.js';
import { leadsNowhere } from './own-network.js';

const [, , path = '', portList = '', , program = '', ...words] = process.argv;

/** A connection through the proxy; undefined where it does not connect. */
const through = async (address: string, port: number): Promise<Socket | undefined> => {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => undefined);
  const octets = ipaddr.process(address).toByteArray();
  socket.write(Buffer.from([5, 1, 0, 5, 1, 0, octets.length === 4 ? 1 : 4, ...octets, port >> 8, port & 0xff]));
  // Two answers: the login, and the connection.
  const answer = await new Promise<Buffer>((resolve) => {
    let came = Buffer.alloc(0);
    const hear = (bytes: Buffer): void => {
      came = Buffer.concat([came, bytes]);
      if (came.length >= ANSWERS) done();
    };
    const done = (): void => {
      socket.pause();
      socket.off('data', hear).off('close', done);
      resolve(came);
    };
    socket.on('data', hear).on('close', done);
  });
  if (answer.length < ANSWERS || answer[3] !== 0) {
    socket.destroy();
    return undefined;
  }
  if (answer.length > ANSWERS) socket.unshift(answer.subarray(ANSWERS));
  return socket;
};

const redirect = async (client: Socket): Promise<void> => {
  client.on('error', () => undefined);
  const server = await through(client.localAddress ?? '', client.localPort ?? 0);
  if (server === undefined) {
    client.resetAndDestroy();
    return;
  }
  client.once('close', () => {
    server.destroySoon();
  });
  server.once('close', () => {
    client.destroySoon();
  });
  client.pipe(server);
  server.pipe(client);
};

/** Names are resolved by the machine's own resolvers, over TCP. */
const resolver = async (address: string): Promise<void> => {
  const udp = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  udp.on('error', () => undefined);
  udp.on('message', (query, { address: from, port }) => {
    void through(address, DNS).then((server) => {
      if (server === undefined) return;
      let reply = Buffer.alloc(0);
      server.on('data', (bytes: Buffer) => {
        reply = Buffer.concat([reply, bytes]);
        if (reply.length < 2 || reply.length < 2 + reply.readUInt16BE(0)) return;
        udp.send(reply.subarray(2, 2 + reply.readUInt16BE(0)), port, from);
        server.destroy();
      });
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      server.write(Buffer.concat([length, query]));
      setTimeout(() => {
        server.destroy();
      }, PATIENCE).unref();
    });
  });
  await new Promise<void>((resolve) => {
    udp.bind(DNS, address, resolve);
  });
};

const ANSWERS = 12;
const DNS = 53;
/** Milliseconds. */
const PATIENCE = 5000;

const main = async (): Promise<void> => {
  const tools = { env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } };
  // Where it is run by mistake, the machine's own network must not become unreachable.
  if (!leadsNowhere(readFileSync('/proc/net/route', 'latin1'))) {
    process.stderr.write(
      'waxseal: connections are redirected in a network namespace of its own only, and this is none\n',
    );
    process.exitCode = 126;
    return;
  }
  const route = spawnSync('ip', ['route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo'], tools);
  if (route.status !== 0) {
    process.stderr.write(
      'waxseal: connections cannot be redirected: the tool ip is missing (Debian package iproute2)\n',
    );
    process.exitCode = 126;
  } else {
    // Where there is no IPv6, nothing needs to be redirected.
    const hasIpv6 = spawnSync('ip', ['-6', 'route', 'add', 'local', '::/0', 'dev', 'lo'], tools).status === 0;
    await Promise.all([
      ...portList.split(',').map(async (port) => {
        const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
          void redirect(client);
        });
        server.listen(Number(port), hasIpv6 ? '::' : '0.0.0.0', 1024);
        await once(server, 'listening');
      }),
      ...getServers()
        .filter((server) => isIP(server) !== 0)
        .map(resolver),
    ]);
    const child = spawn(program, words, { stdio: 'inherit' });
    child.once('error', () => {
      process.exit(127);
    });
    child.once('exit', (code, signal) => {
      process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  }
};

// Not awaited: the single executable holds this module as CommonJS.
void main();
