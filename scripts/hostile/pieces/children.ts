import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  chownSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processesIn, until } from '../../../test/support/processes.js';
import type { Piece } from '../piece.js';
import { Trials } from '../trials.js';

/** A client that means harm: one line for a shell, started once a visit. `$OUT` is a folder outside of the visit. */
interface Child {
  readonly name: string;
  readonly script: string;
  /** Seconds that waxseal gives it. */
  readonly maxTime: number;
  /** What the report must say of the control. */
  readonly says?: RegExp;
  /** Without a limit of processes it would bring the machine down. */
  readonly isBomb?: true;
}

/** Limits of a whole tree of processes: it must not get beyond them whatever it does. */
const LIMITS = { processes: 60, bytes: 64 * 1024 * 1024 };

const LOGIN = `exec 3<>/dev/tcp/$WAXSEAL_IP/$WAXSEAL_PORT; read -r line <&3; printf 'a1 LOGIN %s %s\\r\\n' "$WAXSEAL_USER" "$WAXSEAL_PASSWORD" >&3; read -r line <&3`;

const CHILDREN: readonly Child[] = [
  {
    name: 'ignores every signal',
    script: `trap '' TERM INT HUP QUIT USR1 USR2 PIPE; while :; do sleep 1; done`,
    maxTime: 1,
  },
  {
    name: 'forks within its limit',
    script: `bomb() { bomb 2>/dev/null & bomb 2>/dev/null & wait; }; bomb 2>/dev/null`,
    isBomb: true,
    maxTime: 1,
  },
  {
    name: 'forks twice and leaves its session',
    script: `(setsid sh -c '(sleep 300 &) ; sleep 300 &' &) ; exit 0`,
    maxTime: 1,
  },
  {
    name: 'forgets its environment and its folder',
    script: `cd /; (env -i setsid setsid sh -c 'cd /; exec sleep 300' &) ; exit 0`,
    maxTime: 1,
  },
  { name: 'prints without an end', script: `yes waxseal; yes waxseal >&2`, maxTime: 2 },
  { name: 'prints two gigabytes without a line end', script: `head -c 2000000000 /dev/zero`, maxTime: 20 },
  {
    name: 'leaves a daemon that logs in after its parent ended',
    script: `(setsid bash -c 'sleep 0.7; ${LOGIN.replaceAll("'", `'\\''`)}' >/dev/null 2>&1 &) ; exit 0`,
    maxTime: 10,
    says: /unsafe/,
  },
  {
    name: 'writes to every descriptor that it finds',
    script: `for fd in /proc/self/fd/* /proc/1/fd/* /proc/$PPID/fd/*; do { echo 'exit 0'; echo 'left 0'; } >$fd; done 2>/dev/null; sleep 300`,
    maxTime: 1,
  },
  {
    name: 'kills whatever it can reach',
    script: `for pid in 1 $PPID $(ps -eo pid --no-headers 2>/dev/null | head -50); do [ -e /proc/$pid/root/waxseal-lab ] || continue; kill -9 $pid; done; kill -STOP -1; kill -9 -1; sleep 300`,
    maxTime: 1,
  },
  { name: 'stops itself', script: `kill -STOP $$`, maxTime: 1 },
  { name: 'removes its own home', script: `rm -rf "$HOME"; mkdir -p "$HOME"; sleep 0.2; exit 1`, maxTime: 5 },
  {
    name: 'makes its home a link to the outside',
    script: `cd /; rm -rf "$HOME"; ln -s "$OUT" "$HOME"; exit 1`,
    maxTime: 5,
  },
  {
    name: 'fills its home with links to the outside',
    script: `mkdir "$HOME/folder"; ln -s "$OUT" "$HOME/link"; ln -s "$OUT/precious" "$HOME/file"; ln -s / "$HOME/root"; ln -s "$OUT" "$HOME/folder/link"; exit 1`,
    maxTime: 5,
  },
  {
    name: 'takes the rights of its home away',
    script: `mkdir -p "$HOME/a/b"; touch "$HOME/a/b/c"; chmod 000 "$HOME/a/b" "$HOME/a"; exit 1`,
    maxTime: 5,
  },
  {
    name: 'makes names that nobody can type',
    script: `touch "$HOME/$(printf '\\033[2J\\n-rf')"; mkdir -p "$HOME/-rf/ "; exit 1`,
    maxTime: 5,
  },
];

const BASH = '/bin/bash';

const piece: Piece = {
  id: 'children',
  title: 'Hostile children: ended, judged, nothing else touched',
  run: async (options) => {
    const trials = new Trials('children', options);
    await trials.row(
      'test',
      { long: 10 * CHILDREN.length, short: CHILDREN.length, share: 1.3, atOnce: 2, patience: 90_000 },
      async (_, index) => {
        const child = CHILDREN[index % CHILDREN.length];
        // Without a user of its own, a limit of processes would count those of others.
        if (child === undefined || (child.isBomb === true && !isRoot)) return;
        await visited(child, FIRST_UID + (index % CHILDREN.length));
      },
    );
    return { rows: trials.rows };
  },
};

const visited = async ({ name, script, maxTime, says }: Child, uid: number): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-children-'));
  const [out, scratch] = [join(folder, 'out'), join(folder, 'scratch')];
  try {
    mkdirSync(out);
    mkdirSync(scratch);
    writeFileSync(join(out, 'precious'), 'untouched');
    writeFileSync(join(folder, 'client.sh'), script);
    if (isRoot) for (const path of [folder, out, scratch, join(out, 'precious')]) chownSync(path, uid, uid);
    const report = join(folder, 'report.json');
    const waxseal = spawn(
      'prlimit',
      [
        // Of files: a client must not fill the disk either.
        `--fsize=${String(LIMITS.bytes)}`,
        // Hard, for everything together: a limit of processes counts them by user, and this one has no others.
        ...(isRoot ? [`--nproc=${String(2 * LIMITS.processes)}`] : []),
        process.execPath,
        MAIN,
        ...[
          'test',
          '--no-self-test',
          '--protocol',
          'imap',
          '--tls',
          'starttls',
          '--scenario',
          'control',
          '--env',
          'OUT',
        ],
        ...['--max-time', String(maxTime), '--report', `json:${report}`],
        ...['--', BASH, '-c', `ulimit -u ${String(LIMITS.processes)}; exec ${BASH} "$0"`, join(folder, 'client.sh')],
      ],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', TMPDIR: scratch, HOME: folder, OUT: out },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(isRoot && { uid, gid: uid }),
      },
    );
    let printed = '';
    for (const stream of [waxseal.stdout, waxseal.stderr])
      stream.on('data', (bytes: Buffer) => void (printed = (printed + bytes.toString()).slice(-20_000)));
    const [code] = (await once(waxseal, 'close')) as [number | null];
    if (code === null || code === 70 || code === 2)
      throw new Error(`${name}: exit code ${String(code)}: ${printed.slice(-400)}`);
    await until(`${name}: no process is left`, () => processesIn(folder).length === 0, 5000);
    if (readFileSync(join(out, 'precious'), 'utf8') !== 'untouched' || readdirSync(out).length !== 1)
      throw new Error(`${name}: something outside of the visit was touched: ${readdirSync(out).join(', ')}`);
    const left = readdirSync(scratch);
    if (left.length > 0) throw new Error(`${name}: left in the temporary folder: ${left.join(', ')}`);
    if (!existsSync(report) || statSync(report).size === 0)
      throw new Error(`${name}: no report was written: ${printed.slice(-300)}`);
    const { results } = JSON.parse(readFileSync(report, 'utf8')) as { results: readonly { status: string }[] };
    const status = results.map((each) => each.status).join(', ');
    if (status === '' || status.includes('safe') !== (says !== undefined) || (says !== undefined && !says.test(status)))
      throw new Error(`${name}: judged ${JSON.stringify(status)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
};

const isRoot = process.getuid?.() === 0;
/** Users that nothing else runs as. */
const FIRST_UID = 61_200;
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

export default piece;
