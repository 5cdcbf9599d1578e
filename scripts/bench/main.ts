/** Figures of the main job, side by side in one run: ratios travel between machines, milliseconds do not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { loopback } from '../../src/place/loopback.js';
import { casesOf, extraOf } from '../../src/cases/case.js';
import { visit, type VisitSettings } from '../../src/stage/visit.js';
import scenarios from '../../src/scenarios/index.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { toyClient } from '../../src/toys/toy-client.js';

import { testClient } from '../../src/testing/test-client.js';
import { auditFigures } from './audit.js';
import { exporterFigures } from './exporter.js';
import { suiteFigures } from './suite.js';
import { mailFigures } from './mails.js';
import { servingFigures } from './serving.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const waxseal = join(root, 'dist/cli/main.js');

/** Milliseconds of one run of a command. */
const timed = (command: string, args: readonly string[]): number => {
  const started = performance.now();
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  if (error !== undefined) throw error;
  if (status === null) throw new Error(`${command} was ended by a signal`);
  return performance.now() - started;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Runs two commands in turn, so that a slower minute is slower for both. */
const pair = (runs: number, a: () => number, b: () => number): { a: number; b: number; ratio: number } => {
  const pairs = Array.from({ length: runs + 1 }, () => ({ a: a(), b: b() })).slice(1);
  return {
    a: median(pairs.map((each) => each.a)),
    b: median(pairs.map((each) => each.b)),
    ratio: median(pairs.map((each) => each.a / each.b)),
  };
};

const line = (name: string, text: string): void => {
  console.log(`${name.padEnd(34)} ${text}`);
};

const startUp = pair(
  15,
  () => timed(process.execPath, [waxseal, '--version']),
  () => timed(process.execPath, ['-e', '0']),
);
line(
  'start-up',
  `waxseal --version ${startUp.a.toFixed(0)} ms, node -e 0 ${startUp.b.toFixed(0)} ms: ${startUp.ratio.toFixed(2)} times`,
);

await suiteFigures(waxseal, line);

const authority = await createAuthority();
const settings: VisitSettings = {
  seed: 'bench',
  place: loopback,
  authority,
  driver: toyClient(),
  policy: 'required',
  maxTime: 10_000,
  secrets: new Map(),
};
const control = casesOf(scenarios, 'imap', 'starttls', 'server').find(({ scenario }) => scenario.id === 'control');
if (control === undefined) throw new Error('there is no control');
await visit(control, 1, settings);
const started = performance.now();
const VISITS = 200;
const AT_ONCE = 8;
for (let done = 0; done < VISITS; done += AT_ONCE)
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => visit(control, 2 + done + index, settings)));
line(
  'visits, client in this process',
  `${(VISITS / ((performance.now() - started) / 1000)).toFixed(0)} a second (IMAP STARTTLS with login and one message, ${String(AT_ONCE)} at once)`,
);

const chainsStarted = performance.now();
const chains = await testClient(
  async ({ nodemailer, from, to, message }) => {
    await createTransport({ ...nodemailer, requireTLS: true }).sendMail({ envelope: { from, to: [to] }, raw: message });
  },
  { protocol: 'smtp', tls: 'starttls', chains: 'builtin' },
);
const presented = (chains.report().chains ?? [])
  .flatMap(({ invalid, doubtful, valid, open }) => [invalid, doubtful, valid, open])
  .reduce((sum, answers) => sum + (answers?.accepted ?? 0) + (answers?.refused ?? 0), 0);
line(
  'certificate chains, nodemailer',
  `${(presented / ((performance.now() - chainsStarted) / 1000)).toFixed(0)} a second of ${String(presented)} (SMTP STARTTLS, client in this process), ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
);

const CURL = ['-sS', '--ssl-reqd', '--url', '{url}/INBOX', '-u', '{user}:{password}'];
const slice = pair(
  3,
  () => timed(process.execPath, [waxseal, 'test', '--protocol', 'imap', '--tls', 'starttls', '--', 'curl', ...CURL]),
  () => timed('curl', ['--version']),
);
const cases = casesOf(scenarios, 'imap', 'starttls', 'server').filter((one) => extraOf(one) === undefined).length;
line(
  'all IMAP STARTTLS cases of curl',
  `${(slice.a / 1000).toFixed(2)} s for ${String(cases)} cases; ${(slice.a / cases / slice.b).toFixed(1)} times a bare start of curl (${slice.b.toFixed(0)} ms) a case`,
);

const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
for (const { name, text } of await mailFigures(root, folder)) line(name, text);
rmSync(folder, { recursive: true });

for (const { name, text } of await auditFigures()) line(name, text);
for (const { name, text } of await exporterFigures()) line(name, text);
for (const { name, text } of await servingFigures()) line(name, text);
