import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesIn, until } from '../../../test/support/processes.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { Run, type Started } from '../secrets/run.js';
import { Trials } from '../trials.js';

const isRoot = process.getuid?.() === 0;

const SERVE = ['serve', '--protocol', 'imap', '--tls', 'starttls', '--format', 'json'];
const test = (script: string, ...more: readonly string[]): string[] => [
  ...['test', '--no-self-test', '--protocol', 'imap', '--tls', 'starttls', '--scenario', 'control', ...more],
  ...['--shell', '--', script],
];

/** Commands in the middle of their work; `{silent}` is the port of a server that never says a word. */
const COMMANDS: readonly (readonly string[])[] = [
  test('sleep 300 & setsid sleep 300 & sleep 300'),
  ...(isRoot ? [test('sleep 300 & setsid sleep 300', '--place', 'cell')] : []),
  ['audit', 'imap://127.0.0.1:{silent}', '--max-wait', '300', '--max-time', '300'],
  ['proxy', 'imap://127.0.0.1:{silent}', '--scenario', 'starttls-not-offered'],
  SERVE,
  ['demo'],
  ['test', '--no-self-test', '--preset', 'curl-imap', '--scenario', 'starttls-*'],
  ['judge', 'recordings'],
];

/** A listener that accepts and says nothing. */
const silence = async (): Promise<AsyncDisposable & { readonly port: number; readonly reached: Promise<void> }> => {
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    reach();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        setTimeout(resolve, 200).unref();
      });
    },
  };
};

/** Nothing of a run is left but what it was told to write. */
const expectNothingLeft = async (run: Run, swept: boolean): Promise<void> => {
  await until('no process is left', () => processesIn(run.folder).length === 0, 10_000);
  if (readFileSync('/proc/self/mounts', 'utf8').includes(run.folder)) throw new Error('a mount is left');
  if (!swept) {
    // The next start sweeps.
    const next = run.start(SERVE);
    await next.says(/"event":"ready"/);
    next.child.kill('SIGTERM');
    await next.closed;
  }
  const left = readdirSync(run.scratch);
  if (left.length > 0) throw new Error(`left in the temporary folder: ${left.join(', ')}`);
};

/** Ended by itself, in words and not as a bug. */
const expectWords = async (started: Started, codes: readonly number[], words?: RegExp): Promise<void> => {
  const code = await started.closed;
  const { text } = started.printed;
  if (code === null || !codes.includes(code) || /a bug in waxseal|^ {4}at /m.test(text))
    throw new Error(`exit code ${String(code)}: ${text.slice(-500)}`);
  if (words !== undefined && !words.test(text)) throw new Error(`it did not say ${String(words)}: ${text.slice(-500)}`);
};

const expectReport = (path: string): unknown => {
  if (!existsSync(path) || statSync(path).size === 0) throw new Error('no report was written');
  return JSON.parse(readFileSync(path, 'utf8'));
};

const killed = async (random: Random, index: number): Promise<void> => {
  using run = new Run();
  await using silent = await silence();
  const args = (COMMANDS[index % COMMANDS.length] ?? SERVE).map((arg) => arg.replace('{silent}', String(silent.port)));
  const started = run.start(args);
  await Promise.race([delay(random.int(1800)), started.closed]);
  started.child.kill('SIGKILL');
  await started.closed;
  await expectNothingLeft(run, false);
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'closed pipe'] as const;

const signalled = async (random: Random, index: number): Promise<void> => {
  using run = new Run();
  await using silent = await silence();
  const signal = SIGNALS[index % SIGNALS.length] ?? 'SIGINT';
  const report = join(run.out, 'report.json');
  const which = Math.floor(index / SIGNALS.length) % 4;
  const rows = [
    SERVE,
    ['proxy', `imap://127.0.0.1:${String(silent.port)}`, '--scenario', 'starttls-not-offered'],
    test('sleep 300'),
    ['audit', `imap://127.0.0.1:${String(silent.port)}`, '--max-wait', '300', '--max-time', '300'],
  ];
  const [command = '', ...rest] = rows[which] ?? SERVE;
  const started = run.start([command, '--report', `json:${report}`, ...rest]);
  if (which < 2) await started.says(/listening on|"event":"ready"/);
  else if (which === 2) await until('the client runs', () => processesIn(run.folder).length > 2, 20_000);
  else await silent.reached;
  await delay(random.int(100));
  if (signal === 'closed pipe') {
    started.child.stdout?.destroy();
    started.child.stderr?.destroy();
    started.child.kill('SIGINT');
  } else started.child.kill(signal);
  const code = await Promise.race([
    started.closed,
    once(started.child, 'exit').then(([each]) => each as number | null),
  ]);
  if (code !== 130)
    throw new Error(`${command}, ${signal}: exit code ${String(code)}: ${started.printed.text.slice(-300)}`);
  expectReport(report);
  await expectNothingLeft(run, true);
};

/** One thing that the machine does not give. */
interface Want {
  readonly name: string;
  readonly needsRoot: boolean;
  readonly attempt: (run: Run) => Promise<void>;
}

/** Runs a shell's words in a mount namespace of its own, and then waxseal. */
const inNamespace = (words: string, flags: readonly string[] = []): string[] => [
  ...['unshare', '--mount', ...flags, 'sh', '-c', `${words}; exec "$0" "$@"`],
];

const WANTS: readonly Want[] = [
  {
    name: 'room for temporary files',
    needsRoot: true,
    attempt: async (run) => {
      const by = inNamespace(
        `mount -t tmpfs -o size=4k,nr_inodes=4 none ${run.scratch}; head -c 4096 /dev/zero >${run.scratch}/full`,
      );
      for (const args of [SERVE, test('true')])
        await expectWords(run.start(args, {}, { by }), [2, 3], /the disk is full|ENOSPC|no temporary folder/);
      // It goes on without the steps that need a folder.
      await expectWords(run.start(['demo'], {}, { by }), [0], /the disk is full|ENOSPC|no temporary folder/);
    },
  },
  {
    name: 'room for the report and recordings',
    needsRoot: true,
    attempt: async (run) => {
      const by = inNamespace(`mount -t tmpfs -o size=4k none ${run.out}`);
      const args = test('exit 1', '--report', `json:${run.out}/report`, '--record', `${run.out}/recordings`);
      await expectWords(run.start(args, {}, { by }), [2, 3], /disk is full/);
    },
  },
  {
    name: 'processes',
    needsRoot: true,
    attempt: async (run) => {
      for (const path of [run.folder, run.scratch, run.out]) chownSync(path, FIRST_UID, FIRST_UID);
      for (const most of [14, 16, 18])
        await expectWords(
          run.start(test('true'), {}, { by: ['prlimit', `--nproc=${String(most)}`], uid: FIRST_UID }),
          [2, 3],
        );
    },
  },
  {
    name: 'descriptors',
    needsRoot: false,
    attempt: async (run) => {
      // Set once it is up: to load itself, a program needs more.
      const started = run.start(test('sleep 1; exit 1'));
      await until('the client runs', () => processesIn(run.folder).length > 2, 20_000);
      spawnSync('prlimit', ['--pid', String(started.child.pid), '--nofile=16:']);
      await expectWords(started, [2, 3]);
    },
  },
  {
    name: '/dev/pts',
    needsRoot: true,
    attempt: async (run) => {
      const by = inNamespace('mount -t tmpfs none /dev/pts');
      await expectWords(run.start(test('exit 1'), {}, { by }), [3]);
      await expectWords(run.start(test('exit 1', '--place', 'cell'), {}, { by }), [3]);
    },
  },
  {
    name: 'a steady clock',
    needsRoot: false,
    attempt: async (run) => {
      const jumps = `let by = 0; const { now } = Date; Date.now = () => now() + by; setInterval(() => { by = by > 0 ? -4e9 : 4e9; }, 20).unref();`;
      const options = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jumps)}` };
      await expectWords(run.start(['demo'], options), [0, 1]);
    },
  },
  {
    name: 'IPv6, in the middle',
    needsRoot: true,
    attempt: async (run) => {
      const report = join(run.out, 'report.json');
      const words = `ip link set lo up; (sleep 2; echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6) & cd .`;
      const by = inNamespace(words, ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']);
      const script = 'sleep 3; exec 3<>/dev/tcp/$WAXSEAL_IP/$WAXSEAL_PORT; read -r line <&3; exit 1';
      const command = ['test', '--no-self-test', '--protocol', 'imap', '--tls', 'starttls', '--scenario', 'control'];
      const args = [...command, '--report', `json:${report}`, '--', 'bash', '-c', script];
      const started = run.start(args, {}, { by });
      await expectWords(started, [3]);
      expectReport(report);
    },
  },
];

const sideBySide = async (random: Random): Promise<void> => {
  using run = new Run();
  const args = (name: string): string[] => [
    ...[
      'test',
      '--no-self-test',
      '--preset',
      'curl',
      '--protocol',
      'imap',
      '--tls',
      'starttls',
      '--scenario',
      'starttls-refused',
    ],
    ...['--seed', String(random.int(1000)), '--report', `json:${join(run.out, name)}`],
  ];
  const both = ['one', 'two'].map((name) => run.start(args(name)));
  for (const each of both) await each.closed;
  const [one, two] = ['one', 'two'].map((name) => {
    const { results } = expectReport(join(run.out, name)) as { results: readonly { case: string; status: string }[] };
    return JSON.stringify(results.map((each) => [each.case, each.status]));
  });
  if (one !== two) throw new Error(`two runs side by side differ: ${String(one)} and ${String(two)}`);
  await expectNothingLeft(run, true);
};

const piece: Piece = {
  id: 'faults',
  title: 'Faults: nothing left, reports written, words instead of traces',
  run: async (options) => {
    const trials = new Trials('faults', options);
    await trials.row('kill -9', { long: 200, short: COMMANDS.length, share: 0.5, atOnce: 2, patience: 60_000 }, killed);
    await trials.row(
      'a signal, a closed pipe',
      { long: 160, short: 16, share: 0.4, atOnce: 2, patience: 60_000 },
      signalled,
    );
    const wants = WANTS.filter(({ needsRoot }) => isRoot || !needsRoot);
    for (const { name, attempt } of wants)
      await trials.row(`without ${name}`, { long: 5, short: 1, patience: 60_000 }, async () => {
        using run = new Run();
        await attempt(run);
        // Without descriptors no folder can be read, and so none removed.
        await expectNothingLeft(run, name !== 'descriptors');
      });
    await trials.row('two side by side', { long: 20, short: 1, patience: 60_000 }, sideBySide);
    return { rows: trials.rows, ...(!isRoot && { notes: ['what needs root was left out'] }) };
  },
};

/** A user that nothing else runs as. */
const FIRST_UID = 61_300;

export default piece;
