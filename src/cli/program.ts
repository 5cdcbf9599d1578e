import { PROTOCOL_NAMES } from '../protocols/names.js';
import { Command, CommanderError, Option } from 'commander';
import { exitCodeOf, isFault } from '../fault.js';
import { bugMessage } from './bug.js';
import type { ProxyCommandOptions } from './proxy.js';
import { collect, countFrom, FORMATS, formatAndFile, secondsToMs, type CommonOptions } from './options.js';

/** What a command's module exports; it is loaded when the command runs, so that the others cost nothing. */
export type Action<O, A> = (input: {
  readonly options: O;
  readonly operands: A;
  readonly version: string;
}) => Promise<number>;

/** Runs one invocation and returns its exit code; never throws, never ends the process. */
export const runProgram = async (argv: readonly string[], version: string): Promise<number> => {
  // A reader that went away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const at = argv.indexOf('--');
  const own = at === -1 ? argv : argv.slice(0, at);
  const after = at === -1 ? undefined : argv.slice(at + 1);
  const outcome = { code: 0 };
  try {
    await program(version, after, outcome).parseAsync(own, { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, own, after);
    if (isFault(error) && error.code !== 'HARNESS_BUG') {
      process.stderr.write(`waxseal: ${error.message}\n`);
      return exitCodeOf(error);
    }
    process.stderr.write(bugMessage(error));
    return 70;
  } finally {
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignoreClosedPipe);
  }
};

const program = (version: string, after: readonly string[] | undefined, outcome: { code: number }): Command => {
  const root = new Command('waxseal')
    .description(
      'Proves whether encryption started before anything secret was sent, in SMTP, IMAP, POP3 and ManageSieve.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError();
  const command = (name: string, summary: string): Command =>
    root.command(name).description(summary).helpOption('-h, --help', 'show this help');
  const run = async <O, A>(load: () => Promise<Action<O, A>>, options: O, operands: A): Promise<void> => {
    outcome.code = await (await load())({ options, operands, version });
  };

  reporting(visiting(command('test', 'run a mail client once per case and judge it')))
    .usage('[options] -- COMMAND…')
    .argument('[words...]')
    .addOption(new Option('--protocol <name>', 'what the client speaks').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the client is configured').choices(MODES))
    .addOption(
      new Option('--tls-policy <policy>', 'what its user asked of it')
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .option('--through <target>', 'put waxseal between the client and this server')
    .option('--preset <name>', 'a ready-made command instead of COMMAND (waxseal list presets)')
    .addOption(
      new Option('--trust <how>', "namespace: show the CA in place of the system's trusted ones")
        .choices(['files', 'namespace'])
        .default('files'),
    )
    .addOption(repeatable('--env <name>', 'let the client see this variable'))
    .addOption(repeatable('--file <name=template>', 'write a file with placeholders into the visit’s home'))
    .option('--shell', 'COMMAND is one line for sh -c')
    .option('--repeat <n>', 'visits a case; a verdict that flips is inconclusive', countFrom(1, 1000), 1)
    .addOption(repeatable('--ca <file>', 'trust this authority of the server behind --through, PEM'))
    .addOption(interceptionOption())
    .option(
      '--account <file>',
      'two lines, user and password of a real account behind --through; or WAXSEAL_ACCOUNT_USER, WAXSEAL_ACCOUNT_PASSWORD',
    )
    .option('--authorized-by <text>', 'who permits it, for a server behind --through that is neither here nor private')
    .option('--no-self-test', 'skip the flawed toy clients that prove the verdicts first')
    .addHelpText('after', PLACEHOLDER_HELP)
    .action((words: string[], options: CommonOptions) =>
      run(async () => (await import('./test.js')).test, options, { words, command: after }),
    );

  reporting(command('audit', 'probe servers, report findings'))
    .argument('[target...]', 'host, host:port or scheme://host[:port]')
    .addOption(repeatable('--check <glob>', 'only these'))
    .addOption(new Option('--depth <depth>', 'how thorough').choices(['glance', 'verdict', 'full']).default('verdict'))
    .option('--intrusive', 'intrusive checks too; on loopback and private addresses they run anyway')
    .option('--targets <file>', 'a target a line; - reads standard input')
    .addOption(repeatable('--ca <file>', 'trust this authority too, PEM'))
    .option('--servername <name>', 'the name to ask for and to verify')
    .option('--login-attempts <n>', 'an address in ten minutes', countFrom(0, 100))
    .option('--max-connections <n>', 'a listener', countFrom(1, 10_000))
    .option('--parallel <n>', 'connections at once to a host', countFrom(1, 100))
    .option('--rate <n>', 'connections a second to a host', countFrom(1, 1000))
    .option('--connect-timeout <seconds>', 'for one connection', secondsToMs)
    .option('--max-time <seconds>', 'for one target', secondsToMs)
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((targets: string[], options: CommonOptions) =>
      run(async () => (await import('./audit.js')).auditServers, options, targets),
    );

  command(
    'serve',
    'keep endpoints up for clients that are started by hand or by other test suites; verdicts as they happen',
  )
    .addOption(new Option('--protocol <name>', 'only this one').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'only this one').choices(MODES))
    .addOption(
      new Option('--tls-policy <policy>', 'what the client’s user asked of it')
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .addOption(
      repeatable(
        '--scenario <glob>',
        'an endpoint for each instead of honest ones; its first connection goes untouched, as the control',
      ),
    )
    .option('--listen <address>', 'an address of this machine instead of loopback; needs --allow-client')
    .addOption(repeatable('--allow-client <cidr>', 'clients that may come from elsewhere'))
    .option('--seed <text>', 'the same accounts again')
    .option('--record <dir>', 'keep a recording of every connection')
    .option('--keep-secrets', 'do not mask secrets that are not waxseal’s own (labs only)')
    .addOption(new Option('--format <format>', 'json: an event a line').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--report <format:file>', 'write a report at the end (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .option('--known <file>', 'results that are accepted, with a reason each')
    .action((options: CommonOptions) => run(async () => (await import('./serve.js')).serveClients, options, undefined));

  command('list', 'what there is')
    .argument('<kind>', 'scenarios, checks, protocols, ports, certificates, placeholders or formats')
    .addOption(plainFormatOption())
    .action((kind: string, options: CommonOptions) => run(async () => (await import('./list.js')).list, options, kind));

  command('explain', 'why a scenario, check or port matters')
    .argument('<id...>', 'as listed; a port such as 993; or a topic: firewall, sharing, visible, hsts, advice')
    .addOption(plainFormatOption())
    .action((ids: string[], options: CommonOptions) =>
      run(async () => (await import('./explain.js')).explain, options, ids),
    );

  reporting(command('proxy', 'one scenario between a client and a real server, by hand, in a lab; ends on Ctrl-C'))
    .argument('<target>', 'the real server: host:port, or scheme://host[:port]')
    .option(
      '--scenario <id>',
      'what to do to connections, as id or id/variant; starttls-not-offered, or control for implicit TLS',
    )
    .addOption(new Option('--protocol <name>', 'what the server speaks').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how TLS starts there').choices(MODES))
    .addOption(
      new Option('--tls-policy <policy>', 'what the client’s user asked of it')
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .option('--listen <address:port>', 'where the client comes to; 127.0.0.1 and a free port unless told')
    .addOption(repeatable('--allow-client <cidr>', 'who may come, where others than this machine can'))
    .option('--no-control', 'interfere with the first connection too, which is the client’s control otherwise')
    .addOption(interceptionOption())
    .addOption(repeatable('--ca <file>', 'trust this authority of the real server, PEM'))
    .option('--write-ca <file>', 'write waxseal’s own authority there, for the client to trust')
    .option('--connections <n>', 'end after so many', countFrom(1, 500))
    .option('--authorized-by <text>', 'who permits it, for a server that is neither here nor private')
    .option('--record <dir>', 'keep a recording')
    .option('--keep-secrets', 'do not mask secrets (labs only)')
    .action((target: string, options: ProxyCommandOptions) =>
      run(async () => (await import('./proxy.js')).proxy, options, target),
    );

  command('judge', 'judge recordings again')
    .argument('<path...>', 'recordings, or folders of them')
    .addOption(formatOption())
    .option('--known <file>', 'results that are accepted, with a reason each')
    .addOption(failOnOption())
    .option('--transcript', 'show every transcript, not only those of bad results')
    .addOption(
      new Option('--report <format:file>', 'write the report there too (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .action((paths: string[], options: CommonOptions) =>
      run(async () => (await import('./judge.js')).judge, options, paths),
    );

  command('demo', 'the whole round on this machine: no network, no arguments').action(() =>
    run(async () => (await import('./demo.js')).demo, {}, undefined),
  );

  return root;
};

/** Options of everything that makes visits. */
const visiting = (command: Command): Command =>
  command
    .addOption(repeatable('--scenario <glob>', 'only these; an id matches its variants'))
    .option('--jobs <n>', 'visits at once', countFrom(1, 256), 8)
    .addOption(new Option('--max-time <seconds>', 'for one visit').argParser(secondsToMs).default(20_000, '20'))
    .addOption(
      new Option('--place <place>', 'where visits happen; a cell has host names and well-known ports')
        .choices(['loopback', 'cell'])
        .default('loopback'),
    )
    .option('--seed <text>', 'repeat a session with the same canaries')
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('--record <dir>', 'keep a recording of every visit')
    .option('--keep-secrets', 'do not mask secrets that are not waxseal’s own (labs only)');

/** Options of everything that reports. */
const reporting = (command: Command): Command =>
  command
    .addOption(formatOption())
    .addOption(
      new Option('--report <format:file>', 'write a report there too (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .option('--transcript', 'show every transcript, not only those of bad results')
    .option('--known <file>', 'results that are accepted, with a reason each')
    .addOption(failOnOption());

const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description} (repeatable)`).argParser(collect).default([], 'none');

const interceptionOption = (): Option =>
  new Option(
    '--interception <how>',
    'TLS to the real server: terminate it (the client must trust {ca}), or tunnel it, unseen',
  ).choices(['terminate', 'tunnel']);

/** The report's format. */
const formatOption = (): Option =>
  new Option('--format <format>', 'of standard output').choices([...FORMATS]).default('text');

/** What is no report is told as lines or as one JSON document. */
const plainFormatOption = (): Option =>
  new Option('--format <format>', 'of standard output').choices(['text', 'json']).default('text');

const failOnOption = (): Option =>
  new Option('--fail-on <severity>', 'the mildest finding that changes the exit code').choices([
    'critical',
    'high',
    'medium',
    'low',
    'info',
  ]);

/** What was expected, what came, what to do. */
const usage = (error: CommanderError, own: readonly string[], after: readonly string[] | undefined): number => {
  if (error.exitCode === 0) return 0;
  const [name = ''] = own.filter((word) => !word.startsWith('-'));
  if (error.code === 'commander.help') {
    process.stderr.write(
      `waxseal: a command was expected, none came; waxseal --help lists them, waxseal demo shows it all\n`,
    );
    return 2;
  }
  const what = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')
    .replaceAll('\n', ' ');
  const separator =
    name === 'test' && after === undefined && error.code === 'commander.unknownOption'
      ? '; the client and its own options come after --'
      : '';
  process.stderr.write(
    `waxseal: ${what}${separator}; see waxseal ${name === '' || error.code === 'commander.unknownCommand' ? '' : `${name} `}--help\n`,
  );
  return 2;
};

const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};

const MODES = ['starttls', 'implicit'];

const EXAMPLES = `
Examples:
  waxseal demo
  waxseal audit mail.example.org
  waxseal test --protocol imap -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}
  waxseal explain starttls-not-offered

Exit codes: 0 all as expected, 1 something bad, 2 usage, 3 something could not be observed, 70 a bug, 130 interrupted.`;

const PLACEHOLDER_HELP = `
COMMAND may use {host} {port} {url} {scheme} {servername} {ip} {user} {password} {token} {from} {to} {message}
{ca} {ca_dir} {ca_p12} {home} {dir}; the same are in its environment as WAXSEAL_HOST … With {url} or {scheme} both
TLS modes are tested unless --tls says which.`;

/** The help of every command, for the reference. */
export const commandReference = (version: string): { readonly name: string; readonly help: string }[] => {
  const root = program(version, undefined, { code: 0 });
  const width = { helpWidth: 100 };
  return [root, ...root.commands].map((each) => ({
    name: each === root ? 'waxseal' : `waxseal ${each.name()}`,
    help: each.configureHelp(width).helpInformation(),
  }));
};
