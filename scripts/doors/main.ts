/** Runs the scenarios about a server's two ports with installed clients, in front of a real Dovecot and a real Postfix. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import picomatch from 'picomatch';
import { assertInstalled } from '../../src/clients/presets/installed.js';
import presets from '../../src/clients/presets/index.js';
import { presetSetUps, type Preset, type PresetSetUp } from '../../src/clients/presets/preset.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { portOf } from '../../src/protocols/port-roles.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { versionOf } from '../clients/version.js';
import type { Client } from './run.js';
import { play } from './session.js';
import { caseNames, isTooSlow, tableOf, unsteady } from './table.js';

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    preset: { type: 'string', multiple: true, default: [] },
    tls: { type: 'string' },
    runs: { type: 'string', default: '20' },
    parallel: { type: 'string', default: '2' },
    state: { type: 'string', default: '.two-doors' },
    'no-run': { type: 'boolean', default: false },
  },
});

const HELP = `scripts/two-doors [options]
Starts a real Dovecot and a real Postfix (as root), and runs every installed preset in front of them, as “waxseal test --through” does:
greeting-inside-starttls with STARTTLS, no-greeting-inside-implicit with implicit TLS. Writes the table of docs/clients.md, and
names clients whose runs differ. What was run is kept, and a second call goes on where the first one ended; runs for which the
machine was too slow are made anew.

  --preset GLOB  run only these presets anew (repeatable); the others come from what was kept
  --tls MODE     run only set-ups of this mode: starttls or implicit
  --runs N       runs of each set-up (default: 20)
  --parallel N   set-ups at once (default: 2)
  --state DIR    where results are kept (default: .two-doors)
  --no-run       run nothing, only write the table of what was kept
`;

interface Job {
  readonly preset: Preset;
  readonly setUp: PresetSetUp;
  readonly path: string;
}

interface Place {
  /** Of whom both have their certificate, PEM. */
  readonly ca: string;
  readonly dovecot: RunningDaemon;
  readonly postfix: RunningDaemon;
}

const main = async (): Promise<void> => {
  mkdirSync(options.state, { recursive: true });
  const jobs = presets.filter((preset) => preset.discovers !== true && isInstalled(preset)).flatMap(jobsOf);
  // Those first that have something to believe.
  const wanted = options['no-run']
    ? []
    : jobs.filter(isWanted).toSorted((a, b) => b.setUp.tls.localeCompare(a.setUp.tls));
  say(`${String(jobs.length)} set-ups of installed clients, ${String(wanted.length)} to run`);
  if (wanted.length > 0) await withServers((place) => runAll(wanted, place));
  const clients = jobs.flatMap(({ path }) => kept(path) ?? []);
  writePage(clients);
  const flipped = unsteady(clients);
  for (const each of flipped) say(`not the same in all runs: ${each}`);
  process.exitCode = flipped.length === 0 ? 0 : 1;
};

const withServers = async (use: (place: Place) => Promise<void>): Promise<void> => {
  const theirs = await createAuthority();
  const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
  const common = {
    address: ADDRESS,
    configuration: 'good',
    certificate,
    users: [{ ...ACCOUNT, message: MESSAGE }],
  } as const;
  await using dovecot = await startDovecot({ ...common, roles: ['imap', 'imaps', 'pop3', 'pop3s'] });
  await using postfix = await startPostfix({ ...common, roles: ['submission', 'submissions'] });
  say(`Dovecot ${dovecot.version}, Postfix ${postfix.version}`);
  await use({ ca: theirs.pem, dovecot, postfix });
};

const runAll = async (wanted: readonly Job[], place: Place): Promise<void> => {
  const queue = [...wanted];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const { preset, setUp, path } = job;
      const version = versionOf(preset);
      const before = options.preset.length === 0 ? kept(path) : undefined;
      const runs = before?.version === version ? before.runs.filter((run) => !run.some(isTooSlow)) : [];
      const subject = { preset, setUp, through: throughOf(job, place) };
      await play(subject, caseNames(setUp.tls), Number(options.runs) - runs.length, (outcomes) => {
        runs.push(outcomes);
        const client: Client = { title: preset.title, version, ...setUp, runs };
        writeFileSync(path, `${JSON.stringify(client)}\n`);
      });
      done += 1;
      say(`${String(done)} of ${String(wanted.length)}  ${preset.name} ${setUp.protocol} ${setUp.tls}`);
    }
  };
  await Promise.all(Array.from({ length: Number(options.parallel) }, work));
};

const isInstalled = (preset: Preset): boolean => {
  try {
    assertInstalled(preset);
    return true;
  } catch {
    say(`${preset.name} is not installed: left out`);
    return false;
  }
};

/** Each protocol and mode once, with the strictest policy that the client has. */
const jobsOf = (preset: Preset): Job[] => {
  const all = presetSetUps(preset).filter(({ protocol }) => protocol in ROLES);
  return all
    .filter(
      ({ protocol, tls, policy }) =>
        policy === 'required' ||
        !all.some((each) => each.protocol === protocol && each.tls === tls && each.policy === 'required'),
    )
    .map((setUp) => ({
      preset,
      setUp,
      path: join(options.state, `${[preset.name, setUp.protocol, setUp.tls].join('.')}.json`),
    }));
};

const isWanted = ({ preset, setUp, path }: Job): boolean =>
  options.tls !== undefined && options.tls !== setUp.tls
    ? false
    : options.preset.length > 0
      ? picomatch.isMatch(preset.name, options.preset)
      : (kept(path)?.runs ?? []).filter((run) => !run.some(isTooSlow)).length < Number(options.runs);

const kept = (path: string): Client | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Client) : undefined;

/** The ports of the server that speaks the protocol: the client's own, and the other one. */
const throughOf = ({ setUp: { protocol, tls } }: Job, { ca, dovecot, postfix }: Place): Through => {
  const [starttls, implicit] = ROLES[protocol] ?? [];
  const server = protocol === 'smtp' ? postfix : dovecot;
  const place = (role: string | undefined): NonNullable<Through['otherDoor']> => {
    const listener = server.listeners.find(({ portRole }) => portRole === role);
    if (listener === undefined) throw new Error(`${server.name} has no ${String(role)}`);
    return { host: ADDRESS, port: listener.port, protocol, tls: portOf(listener.portRole).tls };
  };
  const [own, other] = tls === 'starttls' ? [starttls, implicit] : [implicit, starttls];
  return { server: place(own), otherDoor: place(other), ca, account: ACCOUNT };
};

const writePage = (clients: readonly Client[]): void => {
  const [before, rest] = readFileSync(PAGE, 'utf8').split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lost its marks ${BEGIN} and ${END}`);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${tableOf(clients, today)}\n\n${END}${after}`);
};

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const PAGE = 'docs/clients.md';
const BEGIN = '<!-- two doors: written by scripts/two-doors -->';
const END = '<!-- end of the two doors -->';
/** Dovecot calls a connection between two equal addresses secure; the clients have 127.0.0.1. */
const ADDRESS = '127.0.0.6';
const ACCOUNT = { user: 'lab-account', password: 'n0t-A-Canary' };
const MESSAGE = 'From: a@example.org\r\nTo: b@example.org\r\nSubject: one\r\n\r\nA message.\r\n';
const ROLES: Readonly<Record<string, readonly [starttls: string, implicit: string]>> = {
  imap: ['imap', 'imaps'],
  pop3: ['pop3', 'pop3s'],
  smtp: ['submission', 'submissions'],
};

if (options.help) process.stdout.write(HELP);
else await main();
