import { PROTOCOL_NAMES } from '../protocols/names.js';
import protocols from '../protocols/index.js';
import { answerOf } from '../clients/answers.js';
import { commandDriver } from '../clients/command.js';
import type { CommandOptions } from '../clients/command.js';
import type { Driver } from '../clients/driver.js';
import { takesScheme } from '../clients/placeholders.js';
import { assertInstalled, presetPath } from '../clients/presets/installed.js';
import presets from '../clients/presets/index.js';
import { presetSetUps, type ClientConfiguration, type Preset } from '../clients/presets/preset.js';
import { Fault } from '../fault.js';
import { assertStartable } from '../place/keeper.js';
import type { SetUp } from '../cases/plan.js';
import { nearest } from '../cases/selection.js';
import { readText } from './files.js';
import type { CommonOptions } from './options.js';

/** The client under test: how it is configured, and how it is started. */
export interface Client {
  /** As the user named it, for reports. */
  readonly command: readonly string[];
  readonly setUps: readonly SetUp[];
  /** Milliseconds of silence after which the client is ended; of a preset for a client that never ends. */
  readonly untilIdle?: number;
  /** Milliseconds that one run may take; of a preset for a client that needs longer than others. */
  readonly maxTime?: number;
  driver(options: Omit<CommandOptions, 'files'>): Driver;
}

/** What stands on the command line besides options: words before `--`, and the client's command after it. */
export interface ClientOperands {
  readonly words: readonly string[];
  readonly command: readonly string[] | undefined;
}

/** The client that options and operands mean; throws `BAD_USAGE` or `CANNOT_START` before any visit. */
export const clientOf = (options: CommonOptions, operands: ClientOperands, usual?: SetUp): Client => {
  const [word] = operands.words;
  if (options.preset === undefined) {
    const command = commandOf(operands);
    const files = filesOf(options.file);
    if (options.shell !== true && command[0]?.includes('{') === false) assertStartable(command[0]);
    return {
      command,
      setUps: setUpsOf(options, command, usual),
      driver: (rest) => commandDriver(command, { ...rest, files }),
    };
  }
  if (word !== undefined || operands.command !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `give --preset or a command, not both (--preset ${JSON.stringify(options.preset)} and ${(operands.command ?? operands.words).join(' ')})`,
    );
  if (options.shell === true)
    throw new Fault('BAD_USAGE', '--shell is about COMMAND, and --preset has a command of its own; drop --shell');
  return presetClient(presetOf(options.preset), options, usual);
};

const presetOf = (name: string): Preset => {
  const found = presets.find((each) => each.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    presets.map((each) => each.name),
  );
  throw new Fault(
    'BAD_USAGE',
    `unknown preset ${JSON.stringify(name)}; ${near === undefined ? '' : `did you mean ${near}? `}known presets: ${presets.map((each) => each.name).join(', ')}`,
  );
};

const presetClient = (
  preset: Preset,
  options: CommonOptions,
  /** What the server behind waxseal speaks. */
  usual: SetUp | undefined,
): Client => {
  const { tlsPolicy: policy, file } = options;
  if (preset.discovers === true && options.place !== 'cell')
    throw new Fault(
      'BAD_USAGE',
      `the preset ${preset.name} looks for its server in DNS: add --place cell, where DNS is answered by waxseal`,
    );
  const protocol = options.protocol ?? usual?.protocol;
  const tls = options.tls ?? usual?.tls;
  const setUps = presetSetUps(preset).filter(
    (each) =>
      each.policy === policy &&
      (protocol === undefined || each.protocol === protocol) &&
      (tls === undefined || each.tls === tls),
  );
  if (setUps.length === 0) {
    const there = presetSetUps(preset)
      .map((each) => `${each.protocol} ${each.tls} ${each.policy}`)
      .join(', ');
    throw new Fault(
      'BAD_USAGE',
      `the preset ${preset.name} has no configuration for ${[protocol, tls, policy].filter((each) => each !== undefined).join(' ')}; it has ${there}`,
    );
  }
  const configurations = new Map<string, ClientConfiguration>();
  for (const setUp of setUps) {
    const configuration = preset.configure(setUp);
    if (configuration !== undefined) configurations.set(`${setUp.protocol} ${setUp.tls}`, configuration);
  }
  assertInstalled(preset);
  const files = filesOf(file);
  const all = [...configurations.values()];
  const idle = all.find(({ untilIdle }) => untilIdle !== undefined)?.untilIdle;
  const longest = all.find(({ maxTime }) => maxTime !== undefined)?.maxTime;
  return {
    command: ['--preset', preset.name],
    setUps: setUps.map((each) => ({ protocol: each.protocol, tls: each.tls })),
    ...(idle !== undefined && { untilIdle: idle * 1000 }),
    ...(longest !== undefined && { maxTime: longest * 1000 }),
    driver: (rest) => {
      const drivers = new Map(
        [...configurations].map(([key, configuration]) => [
          key,
          commandDriver(configuration.command, {
            ...rest,
            path: presetPath(preset),
            files: { ...configuration.files, ...files },
            ...(configuration.trust === 'namespace' && { trustNamespace: true }),
            ...(configuration.terminal === true && { terminal: true }),
            answers: [...(rest.answers ?? []), ...(configuration.answers ?? []).map(answerOf)],
            ...(configuration.build && { build: configuration.build }),
          }),
        ]),
      );
      return {
        readsHosts: true,
        prepare: async () => {
          for (const driver of drivers.values()) await driver.prepare?.();
        },
        run: (task) => {
          const driver = drivers.get(`${task.protocol} ${task.tls}`);
          if (driver === undefined)
            throw new Fault('HARNESS_BUG', `${preset.name} has no configuration for ${task.protocol} with ${task.tls}`);
          return driver.run(task);
        },
      };
    },
  };
};

const commandOf = ({ words, command }: ClientOperands): readonly string[] => {
  if (command === undefined || command.length === 0) {
    const came = words.length > 0 ? ` (put -- before ${JSON.stringify(words.join(' '))})` : '';
    throw new Fault(
      'BAD_USAGE',
      `missing client command after --${came}; example: waxseal test --protocol imap -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}`,
    );
  }
  const [word] = words;
  if (word !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `unexpected ${JSON.stringify(word)} before --; put the client and its arguments after --`,
    );
  return command;
};

const setUpsOf = (options: CommonOptions, command: readonly string[], usual: SetUp | undefined): SetUp[] => {
  const protocol = options.protocol ?? usual?.protocol;
  const tls = options.tls ?? usual?.tls;
  if (protocol === undefined) throw new Fault('BAD_USAGE', `missing --protocol: ${PROTOCOL_NAMES.join(', ')}`);
  if (tls !== undefined) return [{ protocol, tls }];
  // The scheme tells the client the mode, so that all modes of the protocol can be tested.
  if (takesScheme(command)) return protocols[protocol].modes.map((mode) => ({ protocol, tls: mode }));
  throw new Fault(
    'BAD_USAGE',
    'missing --tls: starttls or implicit, as the client is configured; or use {url} or {scheme} in its command, to test both',
  );
};

const filesOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, name, path] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (name === undefined || path === undefined)
        throw new Fault(
          'BAD_USAGE',
          `--file needs NAME=TEMPLATE, not ${JSON.stringify(pair)}; example: --file .msmtprc=./msmtprc.template`,
        );
      return [name, readText(path, 'the template')];
    }),
  );
