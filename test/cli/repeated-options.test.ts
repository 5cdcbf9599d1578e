import { resolve } from 'node:path';
import { expect } from 'chai';
import type { Option } from 'commander';
import type { CommonOptions } from '../../src/cli/options.js';
import { repeatedOptions as ofProxy, type ProxyCommandOptions } from '../../src/cli/proxy.js';
import { placeOf, repeatedOptions as ofServe } from '../../src/cli/serve.js';
import { optionsOf, parsed } from '../support/definitions.js';

/** What is not repeated in a line after “again:” by the options alone, and why. */
type Exceptions = Readonly<Record<string, string>>;

const RESULTS: Exceptions = {
  '--format': 'says how results are told, not what happens',
  '--report': 'says where results are told, and would overwrite the first report',
  '--known': 'marks results',
  '--record': 'says where recordings are kept, and would overwrite the first ones',
  '--keys': 'says where TLS keys are added, and decides nothing',
  '--keep-secrets': 'says what is stored',
};

const CONFIGURATION: Exceptions = {
  '--config': 'gives plug-ins, which are repeated, and known results',
  '--no-config': 'gives nothing',
};

const BY_CASE: Exceptions = {
  '--protocol': 'comes from the case',
  '--tls': 'comes from the case',
  '--scenario': 'comes from the case',
};

const OF_ALL = [
  '--all',
  '--port-offset',
  '--unprivileged-ports',
  '--http',
  '--maildir',
  '--most-mails',
  '--plaintext',
  '--relay',
  '--spamassassin',
  '--link-check',
  '--host-name',
];

interface Row {
  readonly command: string;
  /** What the command line has besides. */
  readonly argv: readonly string[];
  readonly again: (options: Readonly<Record<string, unknown>>) => readonly string[];
  readonly exceptions: Exceptions;
}

const rows: readonly Row[] = [
  {
    command: 'serve',
    argv: ['serve'],
    again: (options) => {
      const all = options as unknown as CommonOptions;
      const [user, file] = all.account?.split(':') ?? [];
      return ofServe(placeOf(all), all.port ?? 0, user && file ? { user, file: resolve(file) } : undefined, all.plugin);
    },
    exceptions: {
      ...RESULTS,
      ...CONFIGURATION,
      ...BY_CASE,
      '--seed': 'the report’s own seed is repeated always',
      '--health': 'asks servers that run already',
      '--control': 'a program asks for each server, and no report is written',
      '--ui': 'shows what happens, and decides nothing',
      ...Object.fromEntries(OF_ALL.map((flag) => [flag, 'belongs to --all, which writes no report'])),
    },
  },
  {
    command: 'proxy',
    argv: ['proxy', 'imap://127.0.0.1'],
    again: (options) => ofProxy(options as unknown as ProxyCommandOptions),
    exceptions: {
      ...RESULTS,
      ...CONFIGURATION,
      ...BY_CASE,
      '--script': 'is repeated where the case is the script’s attack: proxy.test.ts plays one',
      '--authorized-by': 'comes with the report',
      '--rotate': 'one attack is repeated',
      '--transcript': 'says how results are told',
      '--fail-on': 'changes the exit code only',
      '--verbose': 'says how results are told',
    },
  },
];

/** A value that the option takes. */
const valueFor = ({ argChoices, defaultValue, flags }: Option): string | undefined =>
  flags.includes('<')
    ? (argChoices?.find((each) => each !== defaultValue) ??
      VALUES.find(([pattern]) => pattern.test(flags))?.[1] ??
      'value')
    : undefined;

const VALUES: readonly (readonly [flags: RegExp, value: string])[] = [
  [/<n>/, '7'],
  [/<user:file>/, 'alice:value'],
  [/<format:file>/, 'json:value'],
  [/--allow-client/, '192.0.2.7'],
];

describe('the line after “again”', () => {
  for (const { command, argv, again, exceptions } of rows) {
    const options = optionsOf(command).filter(({ long }) => long !== '--help');

    for (const option of options.filter(({ long }) => exceptions[long ?? ''] === undefined))
      it(`of ${command} repeats ${option.flags}`, async () => {
        const flag = option.long ?? '';
        const value = valueFor(option);
        const given = await parsed([...argv, flag, ...(value === undefined ? [] : [value])]);
        const words = again(given.options);
        expect(words).to.include(flag);
        if (value !== undefined)
          expect(words[words.indexOf(flag) + 1]?.replace(resolve('value'), 'value')).to.equal(value);
      });

    it(`of ${command} makes no exception of an option that does not exist`, () => {
      const known = options.map(({ long }) => long);
      expect(Object.keys(exceptions).filter((flag) => !known.includes(flag))).to.deep.equal([]);
    });
  }
});
