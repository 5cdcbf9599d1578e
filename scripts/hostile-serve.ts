/**
 * Lets hostile clients loose on `waxseal serve` and watches its memory, while a careful and a careless mail client go on
 * being judged. `tsx scripts/hostile-serve.ts [CONNECTIONS]`, 20,000 by default; exits 1 if a bound is broken.
 */
import { spawn } from 'node:child_process';
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

const wanted = Number(process.argv[2] ?? 20_000);
const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const AT_ONCE = 200;
const MOST_RSS = 250;
const MOST_SECONDS = 3600;
const started = performance.now();

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
const honest = async (scenario: string, name: string, requireTLS: boolean, tries = 6): Promise<Verdict> => {
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
  await transport.sendMail({ from, to, subject: 'x', text: 'x' }).catch(() => undefined);
  transport.close();
  const until = performance.now() + 60_000;
  for (;;) {
    const found = mine();
    if (found !== undefined && tries > 1 && !isOf(found, scenario))
      return honest(scenario, name, requireTLS, tries - 1);
    if (found !== undefined) return found;
    if (performance.now() > until) return { case: scenario, status: 'no verdict', because: 'within a minute' };
    await new Promise<void>((resolve) => {
      heard = resolve;
      setTimeout(resolve, 100);
    });
  }
};

const isOf = (verdict: Verdict, scenario: string): boolean => verdict.case.startsWith(`${scenario}@`);

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
  async (socket) => Promise.race([ended(socket), pause(3000)]),
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
    for (let index = 0; index < 300 && !socket.destroyed; index++) {
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

const attack = async (number: number): Promise<void> => {
  const target = endpoints[number % endpoints.length];
  const hostile = HOSTILE[number % HOSTILE.length];
  if (target === undefined || hostile === undefined) return;
  const socket = connectTcp({ host: '127.0.0.1', port: target.port, allowHalfOpen: false });
  socket.on('error', () => undefined).resume();
  await hostile(socket, number);
  socket.destroy();
};

await ready;
const first = memory();
const judged: { when: string; who: string; status: string }[] = [];
const judgeBoth = async (when: string): Promise<void> => {
  for (const [who, requireTLS] of [
    ['careful', true],
    ['careless', false],
  ] as const)
    for (const scenario of ['control', 'starttls-not-offered'])
      judged.push({ when, who: `${who} ${scenario}`, status: (await honest(scenario, who, requireTLS)).status });
};
await judgeBoth('before');
let next = 0;
let highest = first.rss;
const worker = async (): Promise<void> => {
  while (next < wanted && performance.now() - started < MOST_SECONDS * 1000) {
    next += 1;
    await attack(next);
  }
};
const watching = setInterval(() => {
  highest = Math.max(highest, memory().rss);
}, 100);
const attacks = Promise.all(Array.from({ length: AT_ONCE }, worker));
await pause(1000);
await judgeBoth('meanwhile');
await attacks;
await judgeBoth('after');
await judgeBoth('after');
clearInterval(watching);
const last = memory();
server.removeAllListeners('exit');
server.kill('SIGINT');
const [code] = await new Promise<[number | null]>((resolve) => server.once('exit', (status) => resolve([status])));
const seconds = Math.round((performance.now() - started) / 1000);
process.stdout.write(
  `${String(next)} hostile connections in ${String(seconds)} s; RSS ${String(first.rss)} MiB at first, ${String(last.peak)} MiB at most, ${String(last.rss)} MiB at last; verdicts ${JSON.stringify(Object.fromEntries(counts))}\n`,
);
for (const { when, who, status } of judged) process.stdout.write(`  ${when}: ${who}: ${status}\n`);
const isRight = ({ when, who, status }: (typeof judged)[number]): boolean => {
  if (who === 'careless starttls-not-offered') return status === 'unsafe';
  if (who.endsWith(' control')) return status === 'safe';
  return status === 'safe' || (when === 'meanwhile' && status === 'inconclusive');
};
const wrong = [
  ...(next < wanted ? [`only ${String(next)} of ${String(wanted)} connections`] : []),
  ...(last.peak > MOST_RSS ? [`${String(last.peak)} MiB are more than ${String(MOST_RSS)}`] : []),
  ...(code === 130 ? [] : [`exit code ${String(code)}`]),
  ...judged.filter((each) => !isRight(each)).map(({ when, who, status }) => `${when}: ${who}: ${status}`),
];
for (const each of wrong) process.stdout.write(`WRONG ${each}\n`);
process.exit(wrong.length === 0 ? 0 : 1);
