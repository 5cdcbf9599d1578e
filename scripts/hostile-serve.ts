/**
 * Lets hostile clients loose on `waxseal serve` and watches its memory, while a careful and a careless mail client go on
 * being judged. `tsx scripts/hostile-serve.ts [CONNECTIONS]`, 20,000 by default; exits 1 if a bound is broken.
 * The hostile clients run in a process of their own, so that the honest ones wait for the server only.
 */
import { fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';

interface Endpoint {
  readonly case: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: string;
}

interface Verdict {
  readonly case: string;
  readonly status: string;
  readonly client?: string;
  readonly because: string;
}

interface Judged {
  readonly when: string;
  readonly who: string;
  readonly status: string;
  /** Milliseconds until the client's dialogue was over, of the connection that was judged. */
  readonly served: number;
}

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const AT_ONCE = 100;
const MOST_RSS = 250;
const MOST_SECONDS = 3600;
/** Milliseconds that an honest client is served in, in the middle of all. */
const MOST_SERVED = 1000;
/** Connections that a client makes until one of them is attacked. */
const MOST_TRIES = 12;
/** Milliseconds between two rounds of honest clients. */
const BETWEEN = 2000;

const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const said = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('data', () => resolve());
    socket.once('close', () => resolve());
  });

/** Ways to be hostile; each ends by itself. */
const HOSTILE: readonly ((socket: Socket, number: number) => Promise<unknown>)[] = [
  // Idle: as long as it is let be, at most a while.
  async (socket) => Promise.race([ended(socket), pause(1500)]),
  async (socket) => {
    socket.end(randomBytes(64 * 1024));
    await ended(socket);
  },
  // The same word again and again.
  async (socket) => {
    socket.end(Buffer.from('NOOP\r\n'.repeat(20_000)));
    await ended(socket);
  },
  // Tiny segments, and a line that never ends.
  async (socket) => {
    socket.setNoDelay(true);
    for (let index = 0; index < 100 && !socket.destroyed; index++) {
      socket.write('x');
      await pause(1);
    }
  },
  async (socket) => {
    await said(socket);
    socket.write('EHLO hostile\r\nSTARTTLS\r\n');
    await said(socket);
    socket.write(Buffer.from('16030100', 'hex'));
    await pause(50);
  },
  async (socket, number) => {
    await said(socket);
    socket.write('EHLO hostile\r\n');
    await said(socket);
    socket.write('STARTTLS\r\n');
    await said(socket);
    const tls = connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined);
    tls.resume();
    tls.write(
      `EHLO hostile\r\nAUTH PLAIN ${Buffer.from(`\0someone\0password-${String(number)}`).toString('base64')}\r\n`,
    );
    await Promise.race([ended(socket), pause(200)]);
  },
  // A login in clear with a new password each time.
  async (socket, number) => {
    await said(socket);
    socket.write(
      `EHLO hostile-${String(number)}\r\nAUTH LOGIN\r\nc29tZW9uZQ==\r\n${Buffer.from(`pass-${String(number)}`).toString('base64')}\r\n`,
    );
    await pause(30);
  },
  async (socket) => {
    await said(socket);
    for (const letter of 'EHLO slow\r\n') {
      socket.write(letter);
      await pause(20);
    }
  },
  // A message that does not end.
  async (socket) => {
    await said(socket);
    socket.write('EHLO hostile\r\nMAIL FROM:<a@lab.test>\r\nRCPT TO:<b@lab.test>\r\nDATA\r\n');
    socket.write(Buffer.alloc(256 * 1024, 'mail '));
    await pause(100);
  },
];

const attack = async (ports: readonly number[], number: number): Promise<void> => {
  const port = ports[number % ports.length];
  const hostile = HOSTILE[number % HOSTILE.length];
  if (port === undefined || hostile === undefined) return;
  const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: false });
  socket.on('error', () => undefined).resume();
  await hostile(socket, number);
  socket.destroy();
};

/** The process of the hostile clients; says how many there were when all are through. */
const attackers = async (wanted: number, ports: readonly number[]): Promise<void> => {
  const until = performance.now() + MOST_SECONDS * 1000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < wanted && performance.now() < until) {
      next += 1;
      await attack(ports, next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  process.send?.(next);
  process.disconnect();
};

const [count = '20000', ...ports] = process.argv.slice(2);
const wanted = Number(count);
if (process.send !== undefined && ports.length > 0) {
  await attackers(wanted, ports.map(Number));
  process.exit(0);
}

const server = spawn(
  process.execPath,
  [
    MAIN,
    ...'serve --protocol smtp --tls starttls --scenario control --scenario starttls-not-offered --format json'.split(
      ' ',
    ),
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const endpoints: Endpoint[] = [];
const verdicts: Verdict[] = [];
const counts = new Map<string, number>();
let heard: () => void = () => undefined;
let ca = '';
const ready = new Promise<void>((resolve, reject) => {
  server.once('exit', () => {
    reject(new Error('serve has ended'));
  });
  createInterface({ input: server.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as { event: string; ca?: string } & Endpoint & Verdict;
    if (event.event === 'endpoint') endpoints.push(event);
    if (event.event === 'ready') {
      ca = readFileSync(event.ca ?? '', 'utf8');
      resolve();
    }
    if (event.event !== 'verdict') return;
    counts.set(event.status, (counts.get(event.status) ?? 0) + 1);
    if (event.client?.startsWith('EHLO honest') === true) verdicts.push(event);
    heard();
  });
});

/** MiB of the server, now and at most. */
const memory = (): { rss: number; peak: number } => {
  const status = readFileSync(`/proc/${String(server.pid)}/status`, 'latin1');
  const field = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return { rss: field('VmRSS'), peak: field('VmHWM') };
};

const endpoint = (scenario: string): Endpoint => {
  const found = endpoints.find((each) => each.case.startsWith(scenario));
  if (found === undefined) throw new Error(`no endpoint for ${scenario}`);
  return found;
};

/** A mail client that logs in, again where it was left alone so that a stranger can be seen; its verdict in this case. */
const honest = async (
  scenario: string,
  name: string,
  requireTLS: boolean,
  tries = MOST_TRIES,
): Promise<Omit<Judged, 'when' | 'who'>> => {
  const { port, user, password, from, to } = endpoint(scenario);
  const before = verdicts.length;
  const mine = (): Verdict | undefined =>
    verdicts.slice(before).find((each) => each.client?.startsWith(`EHLO honest-${name}`) === true);
  const transport = createTransport({
    host: 'localhost',
    port,
    name: `honest-${name}`,
    requireTLS,
    tls: { ca },
    auth: { user, pass: password },
  });
  const began = performance.now();
  await transport.sendMail({ from, to, subject: 'x', text: 'x' }).catch(() => undefined);
  const served = Math.round(performance.now() - began);
  transport.close();
  const until = performance.now() + 60_000;
  for (;;) {
    const found = mine();
    if (found !== undefined && tries > 1 && !isOf(found, scenario))
      return honest(scenario, name, requireTLS, tries - 1);
    if (found !== undefined)
      return { status: isOf(found, scenario) ? found.status : `never attacked (${found.status})`, served };
    if (performance.now() > until) return { status: 'no verdict within a minute', served };
    await new Promise<void>((resolve) => {
      heard = resolve;
      setTimeout(resolve, 100);
    });
  }
};

const isOf = (verdict: Verdict, scenario: string): boolean => verdict.case.startsWith(`${scenario}@`);

await ready;
const first = memory();
const judged: Judged[] = [];
const judgeBoth = async (when: string): Promise<void> => {
  for (const [who, requireTLS] of [
    ['careful', true],
    ['careless', false],
  ] as const)
    for (const scenario of ['control', 'starttls-not-offered'])
      judged.push({ when, who: `${who} ${scenario}`, ...(await honest(scenario, who, requireTLS)) });
};
await judgeBoth('before');
const began = performance.now();
const hostiles = fork(fileURLToPath(import.meta.url), [String(wanted), ...endpoints.map(({ port }) => String(port))]);
let made = 0;
hostiles.on('message', (count) => (made = Number(count)));
const over = new Promise<void>((resolve) => hostiles.once('exit', () => resolve()));
await pause(1000);
do {
  await judgeBoth('meanwhile');
  await Promise.race([over, pause(BETWEEN)]);
} while (hostiles.exitCode === null && hostiles.signalCode === null);
const seconds = Math.round((performance.now() - began) / 1000);
await judgeBoth('after');
const last = memory();
server.removeAllListeners('exit');
server.kill('SIGINT');
const [code] = await new Promise<[number | null]>((resolve) => server.once('exit', (status) => resolve([status])));
process.stdout.write(
  `${String(made)} hostile connections in ${String(seconds)} s; RSS ${String(first.rss)} MiB at first, ${String(last.peak)} MiB at most, ${String(last.rss)} MiB at last; verdicts ${JSON.stringify(Object.fromEntries(counts))}\n`,
);
const isRight = ({ who, status }: Judged): boolean =>
  status === (who === 'careless starttls-not-offered' ? 'unsafe' : 'safe');
for (const when of ['before', 'meanwhile', 'after'])
  for (const who of new Set(judged.map((each) => each.who))) {
    const these = judged.filter((each) => each.when === when && each.who === who);
    const right = these.filter(isRight).length;
    const slowest = Math.max(...these.map(({ served }) => served));
    process.stdout.write(
      `  ${when}: ${who}: right ${String(right)} of ${String(these.length)} times, served in ${String(slowest)} ms at most\n`,
    );
  }
const times = judged.filter(({ when }) => when === 'meanwhile').map(({ served }) => served);
const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
process.stdout.write(`  meanwhile: half of the honest connections were served in ${String(middle)} ms\n`);
const wrong = [
  ...(made < wanted ? [`only ${String(made)} of ${String(wanted)} connections`] : []),
  ...(last.peak > MOST_RSS ? [`${String(last.peak)} MiB are more than ${String(MOST_RSS)}`] : []),
  ...(middle > MOST_SERVED ? [`${String(middle)} ms are more than ${String(MOST_SERVED)}`] : []),
  ...(code === 130 ? [] : [`exit code ${String(code)}`]),
  ...judged.filter((each) => !isRight(each)).map(({ when, who, status }) => `${when}: ${who}: ${status}`),
];
for (const each of wrong) process.stdout.write(`WRONG ${each}\n`);
process.exit(wrong.length === 0 ? 0 : 1);
