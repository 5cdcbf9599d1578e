import { Command, CommanderError } from 'commander';
import { exitCodeOf, Fault, isFault } from '../fault.js';
import { inWords } from '../protocols/in-words.js';
import { PROTOCOL_TITLES } from '../protocols/names.js';
import type { CommandShape } from '../report/command-shapes.js';
import { escaped } from '../report/escape.js';
import { bugMessage } from './bug.js';
import type { ConfigurableOptions } from './configured.js';
import type { CommandAction } from './commands/definition.js';
import { test } from './commands/test.js';
import { audit } from './commands/audit.js';
import { serve } from './commands/serve.js';
import { list } from './commands/list.js';
import { explain } from './commands/explain.js';
import { proxy } from './commands/proxy.js';
import { bridge } from './commands/bridge.js';
import { judge } from './commands/judge.js';
import { completion } from './commands/completion.js';
import { diff } from './commands/diff.js';
import { exporter } from './commands/export.js';
import { guide } from './commands/guide.js';
import { run } from './commands/run.js';
import { init } from './commands/init.js';
import { demo } from './commands/demo.js';
import { lab } from './commands/lab.js';
import { rules } from './commands/rules.js';
import { corpus } from './commands/corpus.js';
import { isOutOfDescriptors } from './files.js';
import { Unexpected } from './unexpected.js';

/** Runs one invocation and returns its exit code; never ends the process, and throws only where no file descriptors are left to load it. */
export const runProgram = async (argv: readonly string[], version: string): Promise<number> => {
  // A reader that went away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const at = argv.indexOf('--');
  const own = at === -1 ? argv : argv.slice(0, at);
  const after = at === -1 ? undefined : argv.slice(at + 1);
  const outcome = { code: 0 };
  using unexpected = new Unexpected();
  let root: Command | undefined;
  try {
    root = program(version, own, after, outcome);
    await Promise.race([root.parseAsync(own, { from: 'user' }), unexpected.ended]);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, own, after, root);
    if (isFault(error) && error.code !== 'HARNESS_BUG') {
      process.stderr.write(`waxseal: ${escaped(error.message)}\n`);
      return exitCodeOf(error);
    }
    // Modules of a command are loaded when it runs.
    if (isOutOfDescriptors(error)) throw error;
    process.stderr.write(bugMessage(error));
    return 70;
  } finally {
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignoreClosedPipe);
  }
};

const program = (
  version: string,
  words: readonly string[],
  after: readonly string[] | undefined,
  outcome: { code: number },
): Command => {
  const root = new Command('waxseal')
    .description(
      `Proves whether encryption started before anything secret was sent, in ${inWords(PROTOCOL_TITLES, 'and')}.`,
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp(HELP)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError();
  const command = (name: string, summary: string): Command =>
    root.command(name).description(summary).helpOption('-h, --help', 'show this help');
  const start = async <O, A>(load: () => Promise<CommandAction<O, A>>, options: O, operands: A): Promise<void> => {
    if (isWatching(options)) {
      const { runOnChanges } = await import('./watch.js');
      outcome.code = await runOnChanges(words, after);
      return;
    }
    const given = isConfigurable(options)
      ? await (await import('./configured.js')).withConfiguration(words[0] ?? '', options)
      : options;
    outcome.code = await (await load())({ options: given, operands, version, words });
  };

  root.hook('preAction', (_root, chosen) => {
    const name = chosen.name();
    if (after !== undefined && !STARTING.has(name))
      throw new Fault(
        'BAD_USAGE',
        `waxseal ${name} starts no command: drop ${['--', ...after.slice(0, 1)].join(' ')}; only ${[...STARTING].join(', ')} take a command after --`,
      );
  });
  for (const define of COMMANDS) define({ command, run: start, after });
  return root;
};

/** An option that took the next option for its value, as in `--control --port 1`; undefined where there is none. */
const withoutValue = (own: readonly string[], command: Command | undefined): string | undefined => {
  const options = command?.options.filter(({ required }) => required) ?? [];
  return own.find(
    (word, at) =>
      own[at + 1]?.startsWith('--') === true && options.some(({ long, short }) => word === long || word === short),
  );
};

/** Commander's complaint as one line of ours, with what to do. */
const usage = (
  error: CommanderError,
  own: readonly string[],
  after: readonly string[] | undefined,
  root: Command | undefined,
): number => {
  if (error.exitCode === 0) return 0;
  const [name = ''] = own.filter((word) => !word.startsWith('-'));
  if (error.code === 'commander.help') {
    process.stderr.write(`waxseal: missing command; waxseal --help lists commands, waxseal demo shows a tour\n`);
    return 2;
  }
  const idle = withoutValue(
    own,
    root?.commands.find((each) => each.name() === name),
  );
  const message =
    error.code === 'commander.excessArguments' && idle !== undefined ? `option '${idle}' needs a value` : error.message;
  const what = message
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*?)'/, '$1 is invalid for <$2>')
    .replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  const separator =
    name === 'test' && after === undefined && error.code === 'commander.unknownOption'
      ? '; the client and its own options come after --'
      : '';
  const end = error.message.includes('(Did you mean') ? '? See' : '; see';
  process.stderr.write(
    `waxseal: ${escaped(what)}${separator}${end} waxseal ${name === '' || error.code === 'commander.unknownCommand' ? '' : `${name} `}--help\n`,
  );
  return 2;
};

const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};

/** Commands that start what comes after `--`. */
const STARTING: ReadonlySet<string> = new Set(['test', 'proxy', 'bridge', 'init']);

const isWatching = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && 'watch' in options && options.watch === true;

/** Whether a command takes what `waxseal.config` says. */
const isConfigurable = <O>(options: O): options is O & ConfigurableOptions =>
  typeof options === 'object' && options !== null && 'plugin' in options;

/** Help is wrapped however narrow a terminal is; what follows a command’s name stands in its own help. */
const HELP = { minWidthToWrap: 20, subcommandTerm: (command: Command): string => command.name() };

/** In the order of the help. */
const COMMANDS = [
  test,
  audit,
  serve,
  run,
  init,
  list,
  explain,
  proxy,
  bridge,
  judge,
  diff,
  guide,
  rules,
  corpus,
  exporter,
  lab,
  demo,
  completion,
];

const EXAMPLES = `
Examples:
  waxseal demo
  waxseal audit mail.example.org
  waxseal test --protocol imap -- \\
    curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}
  waxseal explain starttls-not-offered

Exit codes: 0 all as expected, 1 findings, 2 usage error, 3 something could not
be observed, 70 bug in waxseal, 130 interrupted.`;

/** The help of every command, for the reference. */
export const commandReference = (
  version: string,
  helpWidth = 100,
): { readonly name: string; readonly help: string }[] => {
  const root = program(version, [], undefined, { code: 0 });
  const width = { ...HELP, helpWidth };
  return [root, ...root.commands].map((each) => ({
    name: each === root ? 'waxseal' : `waxseal ${each.name()}`,
    help: each.configureHelp(width).helpInformation(),
  }));
};

/** What every command takes, for completion and the manual page. */
export const commandShapes = (version: string): CommandShape[] =>
  program(version, [], undefined, { code: 0 }).commands.map((each) => ({
    name: each.name(),
    summary: each.description(),
    operands: each.registeredArguments
      .map((argument) => {
        const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
        return argument.required ? `<${name}>` : `[${name}]`;
      })
      .join(' '),
    options: each.options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ long, short, flags, description, argChoices = [] }) => {
        const [, value] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
        return long == null
          ? []
          : [
              {
                long,
                ...(short != null && { short }),
                ...(value !== undefined && { value }),
                choices: argChoices,
                description,
              },
            ];
      }),
  }));
