import { Option } from 'commander';
import { PROTOCOL_NAMES } from '../../protocols/names.js';
import { countFrom, idleSeconds, textOf, variableName, type CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import {
  configurable,
  regression,
  visiting,
  reporting,
  repeatable,
  interceptionOption,
  otherDoorOption,
  policyOption,
  MODES,
} from './shared-options.js';

/** Defines `waxseal test`. */
export const test: CommandDefinition = ({ command, run, after }) => {
  regression(
    configurable(
      reporting(
        visiting(
          command('test', 'run a mail client against honest and attacking servers, once per case, and judge it'),
        ),
      ),
    ),
  )
    .usage('[options] [-- COMMAND… [--then COMMAND…]]')
    .argument('[words...]')
    .addOption(new Option('--protocol <name>', 'protocol of the client').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the client is configured to start TLS').choices(MODES))
    .addOption(policyOption())
    .option('--name <text>', 'name of the client, for entries of known results that are about this client only', textOf)
    .option('--verbose', 'list safe cases too (text)')
    .option('--all', 'run every case; without it, slow cases and further cases of the same kind are left out')
    .option(
      '--chains <file>',
      'present every certificate chain of this suite to the client instead of attacks: a file of bettertls or x509-limbo, or builtin; --all includes builtin',
    )
    .addOption(repeatable('--chain <glob>', 'only these chains', 'all'))
    .addOption(
      new Option(
        '--compare-library <library>',
        'present the same chains to openssl s_client or gnutls-cli too, and report where the client answers differently',
      ).choices(['openssl', 'gnutls']),
    )
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
    .addOption(repeatable('--env <name>', 'pass this environment variable on to the client').argParser(variableName))
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
    .addOption(
      new Option(
        '--endpoint-tls <version>',
        '1.0: honest servers also speak TLS 1.0 and 1.1 with weak ciphers, for old clients (default: only with a client that offers nothing newer)',
      ).choices(['1.0']),
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
      textOf,
    )
    .option(
      '--no-self-test',
      'skip the self-test, which runs flawed clients first to prove that verdicts can be trusted here',
    )
    .addHelpText('after', PLACEHOLDER_HELP)
    .action((words: string[], options: CommonOptions) =>
      after === undefined && words.length === 0 && options.preset === undefined
        ? run(async () => (await import('../run.js')).testConfigured, options, [])
        : run(async () => (await import('../test.js')).test, options, { words, command: after }),
    );
};

const PLACEHOLDER_HELP = `
COMMAND may use {host} {port} {url} {scheme} {servername} {ip} {user} {password}
{token} {from} {to} {message} {ca} {ca_dir} {ca_p12} {ca_jks} {home} {dir}; the
same values are in its environment as WAXSEAL_HOST … With {url} or {scheme} and
without --tls, both STARTTLS and implicit TLS are tested. Without COMMAND the
clients of waxseal.config are tested. --then between two commands runs both, the
second if the first succeeds.`;
