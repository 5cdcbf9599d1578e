import { PROTOCOL_NAMES } from '../protocols/names.js';
import { Command, CommanderError, Option } from 'commander';
import { exitCodeOf, isFault } from '../fault.js';
import { escaped } from '../report/escape.js';
import { bugMessage } from './bug.js';
import { isOutOfDescriptors } from './files.js';
import { Unexpected } from './unexpected.js';
import type { ProxyCommandOptions } from './proxy.js';
import {
  collect,
  countFrom,
  FORMATS,
  formatAndFile,
  idleSeconds,
  ratePerSecond,
  secondsToMs,
  type CommonOptions,
} from './options.js';

/** What a command's module exports; it is loaded when the command runs, so that the others cost nothing. */
export type CommandAction<O, A> = (input: {
  readonly options: O;
  readonly operands: A;
  readonly version: string;
}) => Promise<number>;

/** Runs one invocation and returns its exit code; never ends the process, and throws only where no file descriptors are left to load it. */
export const runProgram = async (argv: readonly string[], version: string): Promise<number> => {
  // A reader that went away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const at = argv.indexOf('--');
  const own = at === -1 ? argv : argv.slice(0, at);
  const after = at === -1 ? undefined : argv.slice(at + 1);
  const outcome = { code: 0 };
  using unexpected = new Unexpected();
  try {
    await Promise.race([program(version, after, outcome).parseAsync(own, { from: 'user' }), unexpected.ended]);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, own, after);
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
  const run = async <O, A>(load: () => Promise<CommandAction<O, A>>, options: O, operands: A): Promise<void> => {
    outcome.code = await (await load())({ options, operands, version });
  };

  reporting(
    visiting(command('test', 'run a mail client against honest and attacking servers, once per case, and judge it')),
  )
    .usage('[options] -- COMMAND… [--then COMMAND…]')
    .argument('[words...]')
    .addOption(new Option('--protocol <name>', 'protocol of the client').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the client is configured to start TLS').choices(MODES))
    .addOption(
      new Option(
        '--tls-policy <policy>',
        'required: the client is configured to insist on TLS; opportunistic: it uses TLS only where it is offered',
      )
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .option('--verbose', 'list safe cases too')
    .option('--all', 'run every case; without it, slow cases and further cases of the same kind are left out')
    .option('--through <target>', 'put waxseal between the client and this real server')
    .option(
      '--preset <name>',
      'a ready-made configuration of a well-known client instead of COMMAND (waxseal list presets)',
    )
    .addOption(
      new Option(
        '--trust <how>',
        "namespace: replace the system's trusted certificates by the session's CA, for this client only",
      )
        .choices(['files', 'namespace'])
        .default('files'),
    )
    .addOption(repeatable('--env <name>', 'pass this environment variable on to the client'))
    .addOption(
      repeatable('--file <name=template>', 'write a file, with placeholders filled in, into the client’s home'),
    )
    .option('--shell', 'COMMAND is one line for sh -c')
    .option('--cwd <dir>', 'start the client in this folder (default: a fresh, empty one)')
    .option('--repeat <n>', 'runs per case; a verdict that changes between runs is inconclusive', countFrom(1, 1000), 1)
    .option('--tty', 'give the client a terminal (24 lines, 80 columns)')
    .addOption(
      repeatable(
        '--answer <pattern=text>',
        'type this text and Enter when the client’s output matches the regular expression, such as password:={password}',
      ),
    )
    .option('--home <dir>', 'copy the contents of this folder into the client’s home before each run')
    .addOption(
      new Option(
        '--until-idle <seconds>',
        'end the client when nothing has been sent for this long, for clients that never end by themselves (at least 3)',
      ).argParser(idleSeconds),
    )
    .addOption(repeatable('--ca <file>', 'trust this CA for the server behind --through (PEM)'))
    .addOption(interceptionOption())
    .addOption(otherDoorOption())
    .option(
      '--account <file>',
      'file with two lines, user and password of a real account behind --through; or set WAXSEAL_ACCOUNT_USER and WAXSEAL_ACCOUNT_PASSWORD',
    )
    .option(
      '--authorized-by <text>',
      'who permits this test; required unless the server behind --through is this machine or in a private network',
    )
    .option(
      '--no-self-test',
      'skip the self-test, which runs flawed clients first to prove that verdicts can be trusted here',
    )
    .addHelpText('after', PLACEHOLDER_HELP)
    .action((words: string[], options: CommonOptions) =>
      run(async () => (await import('./test.js')).test, options, { words, command: after }),
    );

  reporting(command('audit', 'probe mail servers and report findings'))
    .argument('[target...]', 'host, host:port or scheme://host[:port]')
    .option('--verbose', 'list checks that passed too')
    .addOption(repeatable('--check <glob>', 'only these checks', 'all'))
    .addOption(
      new Option(
        '--depth <depth>',
        'how thorough: quick runs only checks that need one or two connections, full runs all checks',
      )
        .choices(['quick', 'normal', 'full'])
        .default('normal'),
    )
    .option('--intrusive', 'also run intrusive checks; on loopback and private addresses they always run')
    .option('--targets <file>', 'file with one target per line; - reads standard input')
    .addOption(repeatable('--ca <file>', 'trust this CA too (PEM)'))
    .option('--servername <name>', 'server name to send (SNI) and to look for in certificates, instead of the target’s')
    .option(
      '--login-attempts <n>',
      'login attempts that ban filters may count, per address (default: 4)',
      countFrom(0, 100),
    )
    .option('--max-connections <n>', 'connections per listener (address and port; default: 48)', countFrom(1, 10_000))
    .option('--parallel <n>', 'parallel connections per host (default: 3)', countFrom(1, 100))
    .option('--rate <n>', 'connections to a host per second, or as in 5/min (default: no limit)', ratePerSecond)
    .option(
      '--max-wait <seconds>',
      'how long a greeting may take (default: 30 for SMTP with STARTTLS, else 10)',
      secondsToMs,
    )
    .option(
      '--ehlo <name>',
      'name to say in EHLO (default: this machine’s full name; if it has none or it is refused, its address as [192.0.2.1])',
    )
    .option('--seed <text>', 'make up the same user names and markers as an earlier run')
    .option('--connect-timeout <seconds>', 'time limit to connect (default: 5)', secondsToMs)
    .option('--max-time <seconds>', 'time limit per target (default: 120)', secondsToMs)
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((targets: string[], options: CommonOptions) =>
      run(async () => (await import('./audit.js')).auditServers, options, targets),
    );

  command('serve', 'run test servers for clients that you start yourself; a verdict for each connection')
    .addOption(new Option('--protocol <name>', 'only this protocol').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'only this way to start TLS').choices(MODES))
    .addOption(
      new Option(
        '--tls-policy <policy>',
        'required: the client is configured to insist on TLS; opportunistic: it uses TLS only where it is offered',
      )
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .addOption(
      repeatable(
        '--scenario <glob>',
        'one attacking server for each of these instead of honest ones; each client’s first connection is not attacked',
      ),
    )
    .option('--listen <address>', 'listen on this address of this machine instead of loopback; needs --allow-client')
    .addOption(repeatable('--allow-client <cidr>', 'accept clients from this network'))
    .option(
      '--port <n>',
      'listen on this port; further servers get the ports after it (default: free ports)',
      countFrom(1, 65_535),
    )
    .option(
      '--account <user:file>',
      'user that clients log in as, and the file that holds the password (default: a new account for each server)',
    )
    .option(
      '--state <dir>',
      'keep CA, its key and accounts in this folder, for clients that are set up by hand (default: new ones every time)',
    )
    .option('--seed <text>', 'use the same accounts as an earlier run')
    .option('--record <dir>', 'write a recording of every connection into this folder')
    .option('--keep-secrets', 'do not mask real passwords in what is stored (labs only)')
    .addOption(new Option('--format <format>', 'json: one event per line').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--report <format:file>', 'write a report to this file at the end (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .option('--known <file>', 'JSON file of accepted results, each with a reason')
    .action((options: CommonOptions) => run(async () => (await import('./serve.js')).serveClients, options, undefined));

  command('list', 'list scenarios, checks, presets and more')
    .argument('[kind]', 'scenarios, checks, protocols, ports, certificates, presets, placeholders or formats')
    .addOption(plainFormatOption())
    .action((kind: string | undefined, options: CommonOptions) =>
      run(async () => (await import('./list.js')).list, options, kind),
    );

  command('explain', 'explain a scenario, check, port, topic or a word of these messages')
    .argument(
      '<id...>',
      'id of a scenario or check; port, such as 993; topic: firewall, sharing, visible, hsts, advice; or a word, such as canary, cell, control, seat',
    )
    .addOption(plainFormatOption())
    .action((ids: string[], options: CommonOptions) =>
      run(async () => (await import('./explain.js')).explain, options, ids),
    );

  reporting(
    command('proxy', 'attack connections between a client and a real server in your lab; Ctrl-C ends it with a report'),
  )
    .argument('<target>', 'the real server: host:port, or scheme://host[:port]')
    .addOption(
      repeatable(
        '--scenario <glob>',
        'attacks to run, which take turns',
        'starttls-not-offered; with implicit TLS: control, the honest server',
      ),
    )
    .addOption(new Option('--protocol <name>', 'protocol of the server').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the server starts TLS').choices(MODES))
    .addOption(
      new Option(
        '--tls-policy <policy>',
        'required: the client is configured to insist on TLS; opportunistic: it uses TLS only where it is offered',
      )
        .choices(['required', 'opportunistic'])
        .default('required'),
    )
    .option('--listen <address:port>', 'where to listen for clients (default: 127.0.0.1 and a free port)')
    .addOption(
      repeatable('--allow-client <cidr>', 'accept clients from this network; required if --listen is not loopback'),
    )
    .option('--no-control', 'attack each client’s first connection too; by default it is not attacked, for comparison')
    .addOption(interceptionOption())
    .addOption(otherDoorOption())
    .addOption(repeatable('--ca <file>', 'trust this CA for the real server (PEM)'))
    .option('--write-ca <file>', 'write waxseal’s own CA to this file, for the client to trust')
    .option('--verbose', 'list safe cases too')
    .option('--connections <n>', 'end after this many connections', countFrom(1, 1_000_000))
    .option('--seed <text>', 'inject the same text as an earlier run')
    .option(
      '--authorized-by <text>',
      'who permits this; required unless the server is this machine or in a private network',
    )
    .option('--record <dir>', 'write recordings into this folder')
    .option('--keep-secrets', 'do not mask real passwords and mail in what is stored (labs only)')
    .action((target: string, options: ProxyCommandOptions) =>
      run(async () => (await import('./proxy.js')).proxy, options, target),
    );

  command('judge', 're-evaluate recordings with this version')
    .argument('<path...>', 'recordings, or folders that hold recordings')
    .option('--verbose', 'list safe cases too')
    .addOption(formatOption())
    .option('--known <file>', 'JSON file of accepted results, each with a reason')
    .addOption(failOnOption())
    .option('--transcript', 'show every transcript, not only the first of each finding')
    .addOption(
      new Option('--report <format:file>', 'also write the report to this file (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .action((paths: string[], options: CommonOptions) =>
      run(async () => (await import('./judge.js')).judge, options, paths),
    );

  command('demo', 'a tour on this machine: real clients and servers, safe and unsafe; no network needed').action(() =>
    run(async () => (await import('./demo.js')).demo, {}, undefined),
  );

  return root;
};

/** Options of everything that makes visits. */
const visiting = (command: Command): Command =>
  command
    .addOption(
      repeatable(
        '--scenario <glob>',
        'only these scenarios; an id includes its variants, a pattern such as starttls-* leaves slow cases out',
        'the default set',
      ),
    )
    .option('--jobs <n>', 'clients run in parallel', countFrom(1, 256), 8)
    .addOption(
      new Option('--max-time <seconds>', 'time limit for one run of the client')
        .argParser(secondsToMs)
        .default(20_000, '20'),
    )
    .addOption(
      new Option(
        '--place <place>',
        'where to run clients: loopback, or cell = isolated network namespace with real host names and ports, for clients that need these',
      )
        .choices(['loopback', 'cell'])
        .default('loopback'),
    )
    .option('--seed <text>', 'use the same user names and passwords as an earlier run')
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('--record <dir>', 'write a recording of every run into this folder')
    .option('--keep-secrets', 'do not mask real passwords in what is stored (labs only)');

/** Options of everything that reports. */
const reporting = (command: Command): Command =>
  command
    .addOption(formatOption())
    .addOption(
      new Option('--report <format:file>', 'also write the report to this file (repeatable)')
        .argParser(formatAndFile)
        .default([], 'none'),
    )
    .option('--transcript', 'show every transcript, not only the first of each finding')
    .option('--known <file>', 'JSON file of accepted results, each with a reason')
    .addOption(failOnOption());

const repeatable = (flags: string, description: string, byDefault = 'none'): Option =>
  new Option(flags, `${description} (repeatable)`).argParser(collect).default([], byDefault);

const interceptionOption = (): Option =>
  new Option(
    '--interception <how>',
    'terminate: waxseal reads what is inside TLS, and the client must trust {ca}; tunnel: TLS is passed on unread',
  ).choices(['terminate', 'tunnel']);

const otherDoorOption = (): Option =>
  new Option(
    '--other-door <host:port>',
    'where the real server starts TLS in the other way (default: the usual port, such as 993 for 143, if it is open)',
  );

/** The report's format. */
const formatOption = (): Option =>
  new Option('--format <format>', 'format of standard output').choices([...FORMATS]).default('text');

/** What is no report is told as lines or as one JSON document. */
const plainFormatOption = (): Option =>
  new Option('--format <format>', 'format of standard output').choices(['text', 'json']).default('text');

const failOnOption = (): Option =>
  new Option(
    '--fail-on <severity>',
    'lowest severity that makes the exit code 1 (default: medium for servers, any for clients)',
  ).choices(['critical', 'high', 'medium', 'low', 'info']);

/** Commander's complaint as one line of ours, with what to do. */
const usage = (error: CommanderError, own: readonly string[], after: readonly string[] | undefined): number => {
  if (error.exitCode === 0) return 0;
  const [name = ''] = own.filter((word) => !word.startsWith('-'));
  if (error.code === 'commander.help') {
    process.stderr.write(`waxseal: missing command; waxseal --help lists commands, waxseal demo shows a tour\n`);
    return 2;
  }
  const what = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  const separator =
    name === 'test' && after === undefined && error.code === 'commander.unknownOption'
      ? '; the client and its own options come after --'
      : '';
  process.stderr.write(
    `waxseal: ${escaped(what)}${separator}; see waxseal ${name === '' || error.code === 'commander.unknownCommand' ? '' : `${name} `}--help\n`,
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

Exit codes: 0 all as expected, 1 findings, 2 usage error, 3 something could not be observed, 70 bug in waxseal, 130 interrupted.`;

const PLACEHOLDER_HELP = `
COMMAND may use {host} {port} {url} {scheme} {servername} {ip} {user} {password} {token} {from} {to} {message}
{ca} {ca_dir} {ca_p12} {ca_jks} {home} {dir}; the same values are in its environment as WAXSEAL_HOST … With {url} or {scheme} and
without --tls, both STARTTLS and implicit TLS are tested. --then between two commands runs both, the second if the first succeeds.`;

/** The help of every command, for the reference. */
export const commandReference = (version: string): { readonly name: string; readonly help: string }[] => {
  const root = program(version, undefined, { code: 0 });
  const width = { helpWidth: 100 };
  return [root, ...root.commands].map((each) => ({
    name: each === root ? 'waxseal' : `waxseal ${each.name()}`,
    help: each.configureHelp(width).helpInformation(),
  }));
};
