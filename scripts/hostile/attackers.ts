/**
 * The process of hostile clients: `attackers.ts SEED AT-ONCE SECONDS MOST RAMP PORT…`, where MOST connections end it sooner, and all have come
 * after RAMP milliseconds; says at its end how many it made, and how many were open at once.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Random } from './random.js';

const [seed = '', atOnce = '100', seconds = '10', connections = 'Infinity', ramp = '5000', ...ports] =
  process.argv.slice(2);

const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const said = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('data', () => resolve());
    socket.once('close', () => resolve());
  });

/** STARTTLS in every protocol's words; the wrong ones are refused. */
const upgrade = async (socket: Socket): Promise<void> => {
  await said(socket);
  socket.write('EHLO hostile\r\n');
  await said(socket);
  socket.write('STARTTLS\r\n');
  await Promise.race([said(socket), pause(500)]);
};

/** TLS whose client says no more after so many writes: a handshake given up at one of its messages. */
const throttled = (socket: Socket, writes: number): Duplex => {
  let left = writes;
  const duplex = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      left -= 1;
      if (left >= 0 && !socket.destroyed) socket.write(bytes);
      done();
    },
    final: (done) => {
      done();
    },
  });
  socket.on('data', (bytes) => duplex.push(bytes));
  socket.once('close', () => duplex.push(null));
  return duplex;
};

type Attack = (socket: Socket, random: Random) => Promise<unknown>;

/** Ways to be hostile; each ends by itself, or when its connection is closed. */
const ATTACKS: Readonly<Record<string, Attack>> = {
  idle: async (socket) => Promise.race([ended(socket), pause(30_000)]),
  slowloris: async (socket, random) => {
    await said(socket);
    for (let count = 0; count < 200 && !socket.destroyed; count += 1) {
      socket.write('x');
      await pause(50 + random.int(400));
    }
  },
  noise: async (socket, random) => {
    socket.end(random.bytes(16 * 1024));
    await ended(socket);
  },
  flood: async (socket, random) => {
    socket.end(random.pick(['NOOP\r\n', 'A1 NOOP\r\n', '\n', 'EHLO x\r\n', '\x16\x03\x01']).repeat(20_000));
    await ended(socket);
  },
  pipelining: async (socket) => {
    for (let count = 0; count < 100 && !socket.destroyed; count += 1)
      socket.write('EHLO x\r\nMAIL FROM:<a@lab.test>\r\nRCPT TO:<b@lab.test>\r\nRSET\r\nSTARTTLS\r\n');
    await Promise.race([ended(socket), pause(2000)]);
  },
  'abandoned handshake': async (socket, random) => {
    await upgrade(socket);
    const tls = connectTls({
      socket: throttled(socket, random.int(5)),
      rejectUnauthorized: false,
      ...(random.oneIn(2) && { maxVersion: 'TLSv1.2' }),
    });
    tls.on('error', () => undefined).resume();
    await Promise.race([ended(socket), pause(3000)]);
    tls.destroy();
  },
  'torn ClientHello': async (socket) => {
    await upgrade(socket);
    socket.write(Buffer.from('160301020001', 'hex'));
    await Promise.race([ended(socket), pause(5000)]);
  },
  renegotiation: async (socket) => {
    await upgrade(socket);
    const tls = connectTls({ socket, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    tls.on('error', () => undefined).resume();
    tls.once('secureConnect', () => {
      const again = (left: number): void => {
        if (left > 0 && !tls.destroyed)
          tls.renegotiate({ rejectUnauthorized: false }, (error) => {
            if (error === null) again(left - 1);
          });
      };
      again(100);
    });
    await Promise.race([ended(socket), pause(2000)]);
  },
  'login inside TLS': async (socket, random) => {
    await upgrade(socket);
    const tls = connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined);
    tls.resume();
    tls.write(
      `EHLO hostile\r\nAUTH PLAIN ${Buffer.from(`\0someone\0password-${String(random.int(1e9))}`).toString('base64')}\r\n`,
    );
    await Promise.race([ended(socket), pause(300)]);
  },
  'login in clear': async (socket, random) => {
    await said(socket);
    const secret = Buffer.from(`pass-${String(random.int(1e9))}`).toString('base64');
    socket.write(`EHLO hostile-${String(random.int(1e9))}\r\nAUTH LOGIN\r\nc29tZW9uZQ==\r\n${secret}\r\n`);
    socket.write(`A1 LOGIN someone pass-${String(random.int(1e9))}\r\n`);
    await Promise.race([ended(socket), pause(200)]);
  },
  'huge literal': async (socket) => {
    await said(socket);
    socket.write('A1 LOGIN {400000000+}\r\n');
    for (let count = 0; count < 16 && !socket.destroyed; count += 1) {
      socket.write(Buffer.alloc(64 * 1024, 'mail '));
      await pause(50);
    }
  },
  'endless message': async (socket) => {
    await said(socket);
    socket.write('EHLO hostile\r\nMAIL FROM:<a@lab.test>\r\nRCPT TO:<b@lab.test>\r\nDATA\r\n');
    for (let count = 0; count < 8 && !socket.destroyed; count += 1) {
      socket.write(Buffer.alloc(64 * 1024, 'mail '));
      await pause(50);
    }
  },
};

let next = 0;
let open = 0;
let most = 0;

const attack = async (number: number): Promise<void> => {
  const random = new Random(seed, 'attack', number);
  const socket = connectTcp({
    host: '127.0.0.1',
    // So that a source address does not run out of ports.
    localAddress: `127.0.${String(1 + (number % 50))}.1`,
    port: Number(random.pick(ports)),
  });
  socket.on('error', () => undefined).resume();
  socket.once('connect', () => {
    open += 1;
    most = Math.max(most, open);
    socket.once('close', () => (open -= 1));
  });
  // Half of all are idle or slow: they cost the attacker nothing.
  const kind = random.oneIn(2) ? random.pick(['idle', 'slowloris']) : random.pick(Object.keys(ATTACKS));
  await Promise.race([ATTACKS[kind]?.(socket, random), pause(LONGEST)]);
  socket.destroy();
};

const worker = async (number: number): Promise<void> => {
  const random = new Random(seed, 'worker', number);
  await pause(random.int(Number(ramp)));
  while (next < Number(connections)) {
    next += 1;
    await attack(next);
    await pause(REST / 2 + random.int(REST));
  }
};

/** Milliseconds until one comes again. */
const REST = 4000;
/** Milliseconds: a connection that the system dropped from a full queue never hears of it. */
const LONGEST = 120_000;

process.once('disconnect', () => process.exit());
const workers = Array.from({ length: Number(atOnce) }, (_, number) => worker(number));
await Promise.race([pause(Number(seconds) * 1000), Promise.all(workers)]);
process.send?.({ made: next, most }, () => process.exit());
