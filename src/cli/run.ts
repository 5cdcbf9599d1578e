import { extname, resolve } from 'node:path';
import { targetName, type ConfiguredClient, type ConfiguredTarget, type FoundConfig } from '../config/config.js';
import { isSelected } from '../cases/selection.js';
import { isInShard } from '../cases/shard.js';
import { Fault } from '../fault.js';
import { escaped } from '../report/escape.js';
import { configOf } from './configured.js';
import { formatAndFile, type CommonOptions } from './options.js';
import type { CommandAction } from './commands/definition.js';

/** One command line that the configuration stands for. */
interface Order {
  readonly name: string;
  readonly command: 'test' | 'audit';
  readonly words: readonly string[];
  /** What comes after `--`. */
  readonly after: readonly string[];
}

/** `waxseal run`: tests all clients of the configuration and audits all its targets. */
export const runConfigured: CommandAction<CommonOptions, readonly string[]> = async ({
  options,
  operands,
  version,
}) => {
  const found = await configOf(options);
  if (found === undefined)
    throw new Fault(
      'BAD_USAGE',
      'there is no waxseal.config.ts, .js or .json in this folder; waxseal init makes one, --config FILE names one',
    );
  const all = [...clientOrders(found), ...targetOrders(found, options)];
  const orders = all.filter(({ name }) => isSelected(operands, [name]));
  const idle = operands.find((each) => !all.some(({ name }) => isSelected([each], [name])));
  if (idle !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `${JSON.stringify(idle)} is not in ${found.file}; it has ${all.map(({ name }) => name).join(', ') || 'no client and no target'}`,
    );
  if (all.length === 0) throw new Fault('BAD_USAGE', `${found.file} has neither clients nor targets`);
  const words = [
    ...(options.shard === undefined ? [] : ['--shard', `${String(options.shard.index)}/${String(options.shard.of)}`]),
    ...(options.writeKnown === true ? ['--write-known'] : []),
    ...(options.knownReason === undefined ? [] : ['--known-reason', options.knownReason]),
    ...(options.knownOwner === undefined ? [] : ['--known-owner', options.knownOwner]),
    ...(options.knownUntil === undefined ? [] : ['--known-until', options.knownUntil]),
    ...(options.failOn === undefined ? [] : ['--fail-on', options.failOn]),
    ...(options.verbose === true ? ['--verbose'] : []),
    '--format',
    options.format,
    ...options.report.flatMap(({ format, file }) => ['--report', `${format}:${file}`]),
    ...options.plugin.flatMap((path) => ['--plugin', path]),
    ...configWords(options),
  ];
  return followed(orders, words, found, options, version);
};

/** `waxseal test` without a command: the clients of the configuration. */
export const testConfigured: CommandAction<CommonOptions, readonly string[]> = async (input) => {
  const found = await configOf(input.options);
  if (found === undefined || (found.config.clients ?? []).length === 0) {
    const { test } = await import('./test.js');
    return test({ ...input, operands: { words: [], command: undefined } });
  }
  return followed(clientOrders(found), input.words.slice(1), found, input.options, input.version);
};

/** `waxseal audit` without a target: the targets of the configuration. */
export const auditConfigured: CommandAction<CommonOptions, readonly string[]> = async (input) => {
  const found = await configOf(input.options);
  if (found === undefined || (found.config.targets ?? []).length === 0) {
    const { auditServers } = await import('./audit.js');
    return auditServers(input);
  }
  return followed(targetOrders(found, input.options), input.words.slice(1), found, input.options, input.version);
};

/** Carries orders out one after the other; Ctrl-C ends them all. `words` are those of the user. */
const followed = async (
  orders: readonly Order[],
  words: readonly string[],
  { config, folder }: FoundConfig,
  { format }: Pick<CommonOptions, 'format'>,
  version: string,
): Promise<number> => {
  const [first, ...more] = orders;
  if (first === undefined) {
    process.stderr.write('waxseal: no target belongs to this part (--shard)\n');
    return 0;
  }
  if (format !== 'text' && more.length > 0)
    throw new Fault(
      'BAD_USAGE',
      `--format ${format} prints one document, and there are ${String(orders.length)} of them; use --report ${format}:FILE, or name one client or target`,
    );
  const reports = (config.report ?? []).map((each) => {
    const [{ format: id, file } = { format: '', file: '' }] = formatAndFile(each, []);
    return `${id}:${resolve(folder, file)}`;
  });
  const { runProgram } = await import('./program.js');
  const codes: number[] = [];
  for (const { name, command, words: own, after } of orders) {
    if (format === 'text') process.stdout.write(`${codes.length === 0 ? '' : '\n'}${escaped(name)}:\n\n`);
    const all = [
      ...reports.flatMap((each) => ['--report', each]),
      // What the user says comes last, and wins. Of targets those of other shards are gone already.
      ...(command === 'audit' ? withoutShard(words) : words),
    ];
    const code = await runProgram(
      [
        command,
        ...own,
        ...(more.length === 0 ? all : withNamedReports(all, name)),
        ...(after.length === 0 ? [] : ['--', ...after]),
      ],
      version,
    );
    codes.push(code);
    if (code === 130) break;
  }
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
};

const clientOrders = ({ config: { clients = [] }, folder }: FoundConfig): Order[] =>
  clients.map((client) => ({
    name: client.name,
    command: 'test',
    words: clientWords(client, (path) => resolve(folder, path)),
    after: client.command ?? [],
  }));

const clientWords = (client: ConfiguredClient, from: (path: string) => string): string[] => [
  '--name',
  client.name,
  ...valued('--preset', client.preset),
  ...valued('--protocol', client.protocol),
  ...valued('--tls', client.tls),
  ...valued('--tls-policy', client.tlsPolicy),
  ...(client.scenario ?? []).flatMap((glob) => ['--scenario', glob]),
  ...(client.all === true ? ['--all'] : []),
  ...Object.entries(client.file ?? {}).flatMap(([name, path]) => ['--file', `${name}=${from(path)}`]),
  ...(client.env ?? []).flatMap((name) => ['--env', name]),
  ...valued('--through', client.through),
  ...(client.maxTime === undefined ? [] : ['--max-time', String(client.maxTime)]),
  ...valued('--fail-on', client.failOn),
  ...(client.known === undefined ? [] : ['--known', from(client.known)]),
  ...(client.options ?? []),
];

const targetOrders = (
  { config: { targets = [] }, folder }: FoundConfig,
  { shard }: Pick<CommonOptions, 'shard'>,
): Order[] =>
  targets
    .filter((_, position) => shard === undefined || isInShard(shard, position))
    .map((target) => ({
      name: targetName(target),
      command: 'audit',
      words: typeof target === 'string' ? [target] : targetWords(target, (path) => resolve(folder, path)),
      after: [],
    }));

const targetWords = (target: ConfiguredTarget, from: (path: string) => string): string[] => [
  target.target,
  ...valued('--profile', target.profile),
  ...valued('--depth', target.depth),
  ...(target.check ?? []).flatMap((glob) => ['--check', glob]),
  ...(target.open === undefined || target.open.length === 0 ? [] : ['--expect-open', target.open.join(',')]),
  ...(target.closed === undefined || target.closed.length === 0 ? [] : ['--expect-closed', target.closed.join(',')]),
  ...valued('--servername', target.servername),
  ...(target.ca ?? []).flatMap((path) => ['--ca', from(path)]),
  ...valued('--fail-on', target.failOn),
  ...(target.known === undefined ? [] : ['--known', from(target.known)]),
  ...(target.options ?? []),
];

const valued = (option: string, value: string | undefined): string[] => (value === undefined ? [] : [option, value]);

const configWords = ({ config }: Pick<CommonOptions, 'config'>): string[] =>
  typeof config === 'string' ? ['--config', config] : [];

const withoutShard = (words: readonly string[]): string[] =>
  words.filter((word, index) => !word.startsWith('--shard') && words[index - 1] !== '--shard');

/** Each of several runs writes reports of its own. */
const withNamedReports = (words: readonly string[], name: string): string[] =>
  words.map((word, index) => {
    if (words[index - 1] === '--report') return named(word, name);
    return word.startsWith('--report=') ? `--report=${named(word.slice('--report='.length), name)}` : word;
  });

const named = (report: string, name: string): string => {
  const part = name.replace(/[^A-Za-z0-9.-]+/g, '_');
  const suffix = extname(report);
  return suffix === '' ? `${report}.${part}` : `${report.slice(0, -suffix.length)}.${part}${suffix}`;
};

/** Interrupted, a bug, wrong usage, findings, something unobserved. */
const WORST_FIRST = [130, 70, 2, 1, 3];
