import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { configFileIn, type ConfiguredClient, type WaxsealConfig } from '../config/config.js';
import { Fault } from '../fault.js';
import { executable } from '../place/executable.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import { parseTarget } from '../targets/target.js';
import { writeOut } from './files.js';
import type { CommandAction } from './commands/definition.js';

export interface InitOptions {
  readonly yes?: boolean;
  readonly protocol?: ProtocolName;
  readonly tls?: TlsMode;
  readonly force?: boolean;
}

/** What the command line says of the client. */
type Said = Pick<InitOptions, 'protocol' | 'tls'>;

interface InitOperands {
  readonly targets: readonly string[];
  /** The client's words, after `--`. */
  readonly command: readonly string[] | undefined;
}

/** `waxseal init`: writes `waxseal.config.json`. */
export const init: CommandAction<InitOptions, InitOperands> = async ({ options, operands: { targets, command } }) => {
  const there = configFileIn(process.cwd());
  if (there !== undefined && options.force !== true)
    throw new Fault('BAD_USAGE', `${there} exists already; --force replaces it`);
  if (there !== undefined && !there.endsWith(FILE))
    throw new Fault('BAD_USAGE', `${there} is not ${FILE}: remove it first, since one folder has one configuration`);
  for (const target of targets) parseTarget(target);
  if (command?.length === 0)
    throw new Fault(
      'BAD_USAGE',
      'missing client command after --; example: waxseal init --yes --protocol imap -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}',
    );
  if (options.yes !== true && !process.stdin.isTTY)
    throw new Fault(
      'BAD_USAGE',
      'waxseal init asks questions, and standard input is not a terminal; use waxseal init --yes [TARGET…] [-- COMMAND…]',
    );
  const config = options.yes === true ? taken(targets, command, options) : await asked(targets, command, options);
  if (config === undefined) {
    process.stderr.write('\nwaxseal: nothing was written\n');
    return 130;
  }
  writeOut(resolve(FILE), `${JSON.stringify(config, undefined, 2)}\n`, 'the configuration');
  process.stdout.write(`${[`wrote ${FILE}`, ...nextSteps(config)].join('\n')}\n`);
  return 0;
};

const nextSteps = ({ clients = [], targets = [] }: WaxsealConfig): string[] => [
  ...clients.map(({ name, protocol, tls }) => `  client ${name}: ${[protocol, tls].filter(Boolean).join(', ')}`),
  ...targets.map((target) => `  target ${typeof target === 'string' ? target : target.target}`),
  'next: waxseal run',
  'to accept what it finds for now: waxseal run --write-known',
];

/** Without questions. */
const taken = (targets: readonly string[], command: readonly string[] | undefined, said: Said): WaxsealConfig => {
  const wantsExample = command === undefined && targets.length === 0;
  const clients = command === undefined ? (wantsExample ? [exampleClient()] : []) : [clientOf(command, said)];
  return configOf(clients, targets);
};

const configOf = (clients: readonly ConfiguredClient[], targets: readonly string[]): WaxsealConfig => ({
  $schema: existsSync('node_modules/waxseal') ? `./node_modules/waxseal/${SCHEMA}` : 'urn:waxseal:config:1',
  ...(clients.length > 0 && { clients: [...clients] }),
  ...(targets.length > 0 && { targets: [...targets] }),
});

/** A client whose protocol its words may tell: a guess, which the user corrects in the file. */
const clientOf = (command: readonly string[], said: Said): ConfiguredClient => {
  const words = command.join(' ');
  const protocol =
    said.protocol ?? PROTOCOL_NAMES.find((name) => new RegExp(`\\b${name}s?\\b`, 'i').test(words)) ?? FIRST_PROTOCOL;
  const hasScheme = /\{(?:url|scheme)\}/.test(words);
  return {
    name:
      (command[0] ?? 'client')
        .replace(/^.*\//, '')
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '') || 'client',
    protocol,
    ...(said.tls !== undefined ? { tls: said.tls } : !hasScheme && { tls: 'starttls' as const }),
    command: [...command],
  };
};

const exampleClient = (): ConfiguredClient => {
  const library = dependencies().find((name) => name === 'nodemailer' || name === 'imapflow');
  if (library !== undefined && hasProgram('node')) return { name: library, preset: library };
  return {
    name: 'curl',
    protocol: MAILBOX_PROTOCOL,
    command: [
      'curl',
      '--silent',
      '--show-error',
      '--ssl-reqd',
      '--cacert',
      '{ca}',
      '--user',
      '{user}:{password}',
      '{url}',
    ],
  };
};

const dependencies = (): string[] => {
  try {
    const made = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly dependencies?: object;
      readonly devDependencies?: object;
    };
    return Object.keys({ ...made.devDependencies, ...made.dependencies });
  } catch {
    return [];
  }
};

const hasProgram = (name: string): boolean => {
  try {
    executable(name, process.env['PATH']);
    return true;
  } catch {
    return false;
  }
};

/** With questions; undefined where Ctrl-C or the end of input is the answer to one. */
const asked = async (
  targets: readonly string[],
  command: readonly string[] | undefined,
  said: Said,
): Promise<WaxsealConfig | undefined> => {
  const leaving = new AbortController();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  terminal.once('close', () => {
    leaving.abort();
  });
  const answer: Answer = async (question, usual = '') => {
    const words = `${question}${usual === '' ? '' : ` [${usual}]`}: `;
    const given = (await terminal.question(words, { signal: leaving.signal })).trim();
    return given === '' ? usual : given;
  };
  try {
    const words =
      command ?? wordsOf(await answer('Command of the mail client to test, with placeholders (empty: none)'));
    const clients: ConfiguredClient[] = [];
    if (words.length > 0) {
      const guess = clientOf(words, said);
      const name = await answer('Name of this client', guess.name);
      const protocol = await choice(answer, 'Its protocol', PROTOCOL_NAMES, guess.protocol ?? FIRST_PROTOCOL);
      const tls = guess.tls === undefined ? undefined : await choice(answer, 'How it starts TLS', MODES, guess.tls);
      clients.push({ name, protocol, ...(tls && { tls }), command: [...words] });
    }
    const hosts =
      targets.length > 0 ? targets : wordsOf(await answer('Mail servers to audit, with spaces between (empty: none)'));
    for (const host of hosts) parseTarget(host);
    if (clients.length === 0 && hosts.length === 0)
      throw new Fault(
        'BAD_USAGE',
        'there is nothing to do without a client and without a server; waxseal init --yes makes an example',
      );
    return configOf(clients, hosts);
  } catch (error) {
    if (leaving.signal.aborted) return undefined;
    throw error;
  } finally {
    terminal.close();
  }
};

/** Asks one question; an empty answer stands for the usual one. */
type Answer = (question: string, usual?: string) => Promise<string>;

const choice = async <T extends string>(
  answer: Answer,
  question: string,
  choices: readonly T[],
  usual: T,
): Promise<T> => {
  for (;;) {
    const said = await answer(`${question} (${choices.join(', ')})`, usual);
    const found = choices.find((each) => each === said);
    if (found !== undefined) return found;
  }
};

/** Words of a line, some of them in quotation marks. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');

const FILE = 'waxseal.config.json';
const SCHEMA = 'docs/reference/config.schema.json';
const MODES = ['starttls', 'implicit'] as const;
const [FIRST_PROTOCOL] = PROTOCOL_NAMES;
/** The protocol that a mailbox is read with, for the example. */
const MAILBOX_PROTOCOL = PROTOCOL_NAMES.find((name) => name.startsWith('ima')) ?? FIRST_PROTOCOL;
