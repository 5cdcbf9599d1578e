/** Runs every installed preset against the default set, one set-up after the other, and writes the generated part of docs/clients.md. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import picomatch from 'picomatch';
import { assertInstalled } from '../../src/clients/presets/installed.js';
import presets from '../../src/clients/presets/index.js';
import { presetSetUps, type Preset, type PresetSetUp } from '../../src/clients/presets/preset.js';
import type { Cell, Row } from './row.js';
import { isTooSlow, tableOf, untold } from './table.js';
import truths from './truths.js';
import { versionOf } from './version.js';

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    preset: { type: 'string', multiple: true, default: [] },
    state: { type: 'string', default: '.client-table' },
    parallel: { type: 'string', default: '2' },
    fresh: { type: 'boolean', default: false },
    'no-run': { type: 'boolean', default: false },
  },
});

const HELP = `scripts/client-table [options]
Runs every preset that is installed against the default set and writes the table of docs/clients.md. What was run is kept,
and a second call goes on where the first one ended.

  --preset GLOB    run only these presets again (repeatable); the others come from what was kept
  --state DIR      where results are kept (default: .client-table)
  --parallel N     set-ups at once (default: 2)
  --fresh          forget what was kept
  --no-run         run nothing, only write the table of what was kept
`;

interface Job {
  readonly preset: Preset;
  readonly setUp: PresetSetUp;
  readonly version: string;
  readonly path: string;
}

const main = async (): Promise<void> => {
  if (!existsSync(WAXSEAL)) throw new Error(`${WAXSEAL} is missing; run: npm run build`);
  if (options.fresh) rmSync(options.state, { recursive: true, force: true });
  mkdirSync(options.state, { recursive: true });
  const jobs = presets.filter((preset) => preset.discovers !== true && isInstalled(preset)).flatMap(jobsOf);
  const wanted = options['no-run'] ? [] : jobs.filter(isWanted);
  say(`${String(jobs.length)} set-ups of installed clients, ${String(wanted.length)} to run`);
  await runAll(wanted, 4);
  // Where the machine was too slow for some case, once more, one client at a time.
  const again = options['no-run'] ? [] : jobs.filter(({ path }) => kept(path)?.cells.some(isTooSlow) === true);
  if (again.length > 0) say(`${String(again.length)} set-ups were too slow, and are run once more`);
  await runAll(again, 1);
  const rows = jobs.flatMap(({ path }) => kept(path) ?? []);
  writePage(rows);
  const open = untold(rows, truths);
  for (const each of open) say(`wants a sentence in scripts/clients/truths.ts: ${each}`);
  process.exitCode = open.length === 0 ? 0 : 1;
};

const runAll = async (wanted: readonly Job[], visits: number): Promise<void> => {
  const started = performance.now();
  let done = 0;
  const queue = [...wanted];
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const row = await run(job, visits);
      writeFileSync(job.path, `${JSON.stringify(row)}\n`);
      done += 1;
      const perJob = (performance.now() - started) / done;
      say(
        `${String(done)} of ${String(wanted.length)}  ${label(job)}: ${summary(row)}; about ${minutes(perJob * (wanted.length - done))} left`,
      );
    }
  };
  await Promise.all(Array.from({ length: Number(options.parallel) }, work));
};

const isInstalled = (preset: Preset): boolean => {
  try {
    assertInstalled(preset);
    return true;
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}: left out`);
    return false;
  }
};

const jobsOf = (preset: Preset): Job[] => {
  const version = versionOf(preset);
  return presetSetUps(preset).map((setUp) => ({
    preset,
    setUp,
    version,
    path: join(options.state, `${[preset.name, setUp.protocol, setUp.tls, setUp.policy].join('.')}.json`),
  }));
};

/** Presets that were named are run again; of others what was not run yet, or with another version. */
const isWanted = (job: Job): boolean =>
  options.preset.length > 0
    ? picomatch.isMatch(job.preset.name, options.preset)
    : kept(job.path)?.version !== job.version;

const kept = (path: string): Row | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Row) : undefined;

/** `waxseal test` in one set-up. */
const run = async (job: Job, visits: number): Promise<Row> => {
  const { preset, setUp, version } = job;
  const { protocol, tls, policy } = setUp;
  const child = spawn(
    process.execPath,
    [
      ...[WAXSEAL, 'test', '--preset', preset.name, '--protocol', protocol, '--tls', tls, '--tls-policy', policy],
      ...['--no-self-test', '--format', 'json', '--jobs', String(visits)],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (complaint += part));
  await new Promise((resolve) => child.once('close', resolve));
  const row = { preset: preset.name, title: preset.title, version, ...setUp };
  if (text === '') return { ...row, cells: [], fault: complaint.trim().slice(0, 300) };
  const { results } = JSON.parse(text) as { readonly results: readonly Cell[] };
  return {
    ...row,
    cells: results.map(({ id, variant, family, status, because, leaked }) => ({
      ...{ id, family, status, because },
      ...(variant !== undefined && { variant }),
      ...(leaked !== undefined && { leaked }),
    })),
  };
};

const writePage = (rows: readonly Row[]): void => {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lost its marks ${BEGIN} and ${END}`);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${tableOf(rows, truths, today)}\n\n${END}${after}`);
};

const summary = ({ cells, fault }: Row): string => {
  if (fault !== undefined) return fault;
  const counts = new Map<string, number>();
  for (const { status } of cells) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${String(count)} ${status}`).join(', ');
};

const label = ({ preset, setUp }: Job): string => [preset.name, setUp.protocol, setUp.tls, setUp.policy].join(' ');

const minutes = (ms: number): string => `${String(Math.ceil(ms / 60_000))} min`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const WAXSEAL = 'dist/cli/main.js';
const PAGE = 'docs/clients.md';
const BEGIN = '<!-- table: written by scripts/client-table -->';
const END = '<!-- end of the table -->';

if (options.help) process.stdout.write(HELP);
else await main();
