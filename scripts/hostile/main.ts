/**
 * Goes on trying to bring waxseal down, to poison its verdicts, and to get secrets out of it.
 *
 *     npm run hostile [-- PIECE…] --list
 *     npm run hostile [-- PIECE…] [--long] [--seed WORD] [--seconds N] [--row NAME]… [--count N] [--only 'ROW:INDEX' [--minimise]] [--progress FILE] [--json FILE]
 *
 * With a file for its progress, a run that was stopped goes on where it was, given the same seed; one piece a file.
 * `--list` tells each row’s number of attempts in the long form. The short form of all pieces takes less than three minutes. Exits 1 if anything failed, with the command that shows it again.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import type { Ordered, Report } from './piece.js';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const all = readdirSync(path('pieces'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort();
const USAGE = `npm run hostile [-- PIECE…] --list
npm run hostile [-- PIECE…] [--long] [--seed WORD] [--seconds N] [--row NAME]… [--count N] [--only 'ROW:INDEX' [--minimise]] [--progress FILE] [--json FILE]
pieces: ${all.join(', ')}`;

const config = {
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    seconds: { type: 'string', default: '11' },
    row: { type: 'string', multiple: true },
    count: { type: 'string' },
    only: { type: 'string' },
    minimise: { type: 'boolean', default: false },
    progress: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
} as const;

const parsed = ((): ReturnType<typeof parseArgs<typeof config>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
})();
const { values, positionals } = parsed;
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const strangers = positionals.filter((id) => !all.includes(id));
if (strangers.length > 0) {
  console.error(`no piece is called ${strangers.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}
// Pieces without rows of that name would attack all the same: the load alone takes minutes.
if (values.row !== undefined && positionals.length === 0) {
  console.error(
    `--row needs the piece that has it: npm run hostile -- readers --row guides; pieces are ${all.join(', ')}`,
  );
  process.exit(2);
}
if (values.progress !== undefined && positionals.length !== 1) {
  console.error('--progress is for one piece');
  process.exit(2);
}
if (!existsSync(path('../../dist/cli/main.js'))) {
  console.error('dist/cli/main.js is missing: npm run build');
  process.exit(2);
}

const only = /^(.+):(\d+)$/.exec(values.only ?? '');
const options: Ordered = {
  list: values.list,
  long: values.long || values.list,
  seed: values.seed,
  seconds: Number(values.seconds),
  minimise: values.minimise,
  ...(values.row !== undefined && { rows: values.row }),
  ...(values.count !== undefined && { count: Number(values.count) }),
  ...(values.progress !== undefined && { progress: resolvePath(values.progress) }),
  ...(only?.[1] !== undefined && { only: { row: only[1], index: Number(only[2]) } }),
};

/** Seconds after which a piece of the short form has hung. */
const PATIENCE = 150;

const runPiece = (id: string): Promise<Report> =>
  new Promise((resolve) => {
    let report: Report | undefined;
    const child = fork(path('run-piece.ts'), [id, JSON.stringify(options)], {
      execArgv: ['--import', 'tsx'],
      // A group of its own: what it started goes with it.
      detached: true,
    });
    const end = (): void => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // All have ended.
      }
    };
    const timer = options.long ? undefined : setTimeout(end, PATIENCE * 1000);
    child.on('message', (message: Report) => (report = message));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (child.pid !== undefined) end();
      const what = `the piece ended with ${signal ?? String(code)} before it was done`;
      resolve(
        report ?? {
          ...{ id, title: id, seconds: 0, rss: NaN, block: NaN, notes: [] },
          rows: [
            {
              ...{ name: 'all', tried: 1, survived: 0 },
              failures: [{ what, again: `npm run hostile -- ${id} --seed ${values.seed}` }],
            },
          ],
        },
      );
    });
  });

if (!values.list) console.log(`hostile, ${values.long ? 'long' : 'short'} form, seed ${values.seed}`);
// Much of a short run is waiting; what a long one measures is measured alone.
const atOnce = pLimit(options.long ? 1 : 2);
const reports = await Promise.all((positionals.length > 0 ? positionals : all).map((id) => atOnce(() => runPiece(id))));

const line = (...cells: readonly (string | number)[]): void => {
  const [name = '', ...numbers] = cells;
  console.log(`${String(name).padEnd(52)}${numbers.map((cell) => String(cell).padStart(11)).join('')}`);
};
if (values.list) {
  line('', 'long form');
  for (const { title, rows } of reports) {
    line(title);
    for (const { name, full } of rows) line(`  ${name}`, full ?? '');
  }
  process.exit(0);
}
line('', 'tried', 'survived', 'peak MiB', 'block ms', 's');
for (const { title, rows, rss, block, seconds, notes } of reports) {
  const sum = (key: 'tried' | 'survived'): number => rows.reduce((total, row) => total + row[key], 0);
  line(title, sum('tried'), sum('survived'), rss, block, seconds);
  for (const row of rows) line(`  ${row.name}`, row.tried, row.survived);
  for (const note of notes) console.log(`  ${note}`);
}
const failures = reports.flatMap(({ id, rows }) =>
  rows.flatMap(({ name, failures }) => failures.map((failure) => ({ ...failure, where: `${id}, ${name}` }))),
);
for (const { where, what, again } of failures) console.log(`FAILED ${where}: ${what}\n       ${again}`);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ seed: values.seed, long: values.long, pieces: reports }, undefined, 2)}\n`,
  );
const isWhole = reports.every(({ rows }) => rows.every(({ tried, survived }) => tried > 0 && survived === tried));
process.exitCode = failures.length === 0 && isWhole ? 0 : 1;
