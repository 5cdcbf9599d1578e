import { once } from 'node:events';
import picomatch from 'picomatch';
import { nearest } from '../cases/selection.js';
import { isFault, Fault } from '../fault.js';
import { labPairs, openLab, pairName, type Lab, type LabPair, type RunningPair } from '../lab/lab.js';
import { escaped } from '../report/escape.js';
import type { CommandAction } from './commands/definition.js';
import { Interruption } from './interruption.js';

/** Options of `waxseal lab`. */
export interface LabOptions {
  readonly list?: boolean;
  readonly format: string;
}

/** `waxseal lab`: starts daemons and keeps them until Ctrl-C, or lists them; exit 3 if none of those that were named can be started. */
export const lab: CommandAction<LabOptions, readonly string[]> = async ({ options, operands }) => {
  const pairs = chosenPairs(operands);
  const isJson = options.format === 'json';
  if (options.list === true) {
    const all = operands.length === 0 ? labPairs() : pairs;
    say(isJson ? JSON.stringify(all.map(listed), undefined, 2) : listLines(all).join('\n'));
    return 0;
  }
  using interruption = new Interruption();
  await using open = await openLab();
  const running: RunningPair[] = [];
  const missing: { readonly pair: string; readonly reason: string }[] = [];
  for (const pair of pairs) {
    if (interruption.signal.aborted) return 130;
    try {
      const started = await open.start(pair);
      running.push(started);
      if (!isJson) say(pairLines(started, open).join('\n'));
    } catch (error) {
      if (!isFault(error) || error.code === 'HARNESS_BUG') throw error;
      missing.push({ pair: pairName(pair), reason: error.message });
      if (!isJson) say(`${pairName(pair)}  not started: ${escaped(error.message)}`);
    }
  }
  if (isJson) say(JSON.stringify(document(running, missing, open), undefined, 2));
  if (running.length === 0) return 3;
  if (!isJson)
    say(
      `listening · CA ${open.caFile} · user ${open.account.user}, password ${open.account.password} · end with Ctrl-C`,
    );
  if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
  return 130;
};

/** The pairs that operands stand for; without any, the good configuration of every daemon. */
const chosenPairs = (operands: readonly string[]): LabPair[] => {
  const all = labPairs();
  if (operands.length === 0) return all.filter(({ weakness }) => weakness === undefined);
  const wanted = operands.map((operand) => {
    const pattern = operand.includes(':') ? operand : `${operand}:good`;
    const matches = picomatch(pattern);
    const found = all.filter((pair) => matches(pairName(pair)));
    if (found.length > 0) return found;
    const near = nearest(pattern, all.map(pairName));
    throw new Fault(
      'BAD_USAGE',
      `unknown: ${JSON.stringify(operand)}; ${near === undefined ? '' : `did you mean ${near.replace(/:good$/, '')}? `}waxseal lab --list shows all`,
    );
  });
  return [...new Set(wanted.flat())];
};

const auditOf = (urls: readonly string[], { caFile }: Lab): string =>
  ['waxseal', 'audit', ...urls, '--ca', caFile, '--servername', SERVERNAME].join(' ');

const urlsOf = ({ listeners }: RunningPair): { role: string; url: string }[] =>
  listeners.map(({ portRole, address, port }) => ({
    role: portRole,
    url: `${portRole}://${address}:${String(port)}`,
  }));

const pairLines = (running: RunningPair, open: Lab): string[] => {
  const { daemon, weakness } = running.pair;
  const urls = urlsOf(running);
  const version = running.version === '' ? '' : ` ${running.version}`;
  return [
    `${pairName(running.pair)}  ${daemon.title}${version}: ${weakness === undefined ? 'good' : `${weakness.title} (${weakness.finds.join(', ')})`}`,
    ...urls.map(({ url }) => `  ${auditOf([url], open)}`),
    ...(urls.length > 1
      ? [
          `  ${auditOf(
            urls.map(({ url }) => url),
            open,
          )}`,
        ]
      : []),
  ];
};

const document = (running: readonly RunningPair[], missing: readonly object[], open: Lab): object => ({
  ca: open.caFile,
  servername: SERVERNAME,
  account: open.account,
  running: running.map((each) => ({
    ...listed(each.pair),
    version: each.version,
    listeners: urlsOf(each).map(({ role, url }) => ({ role, url, audit: auditOf([url], open) })),
  })),
  notStarted: missing,
});

const listed = ({ daemon, configuration, weakness }: LabPair): object => ({
  daemon: daemon.id,
  title: daemon.title,
  configuration,
  what: weakness?.title ?? 'good',
  finds: weakness?.finds ?? Object.keys(daemon.known ?? {}),
  packages: daemon.packages,
  needsRoot: daemon.needsRoot !== undefined,
});

const listLines = (pairs: readonly LabPair[]): string[] => {
  const width = Math.max(...pairs.map((pair) => pairName(pair).length)) + 2;
  return pairs.map((pair) => {
    const { daemon, weakness } = pair;
    const what =
      weakness === undefined
        ? `${daemon.title}, good (${daemon.packages}${daemon.needsRoot === undefined ? '' : `; needs root: ${daemon.needsRoot}`})`
        : `${weakness.title} (${weakness.finds.join(', ')})`;
    return `${pairName(pair).padEnd(width)}${what}`;
  });
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The name in the lab’s certificates. */
const SERVERNAME = 'mail.lab.test';
