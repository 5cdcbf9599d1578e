import { Option } from 'commander';
import { PROTOCOL_NAMES } from '../../protocols/names.js';
import type { BridgeCommandOptions } from '../bridge.js';
import type { CommandDefinition } from './definition.js';
import { MODES, repeatable } from './shared-options.js';

/** Defines `waxseal bridge`. */
export const bridge: CommandDefinition = ({ command, run, after }) => {
  command(
    'bridge',
    'a local port for TLS tools that do not know the mail protocol: they start TLS with the first byte, and the bridge does STARTTLS with the server (or the reverse)',
  )
    .argument('<target>', 'the mail server: scheme://host[:port] or host:port')
    .argument(
      '[command...]',
      'after --: a tool to run, with {host}, {port} and {name} of the bridge; its exit code is passed on',
    )
    .addOption(new Option('--protocol <name>', 'protocol of the server').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the server starts TLS').choices(MODES))
    .option('--listen <address:port>', 'where to listen (default: 127.0.0.1 and a free port)')
    .addOption(
      repeatable('--allow-client <cidr>', 'accept clients from this network; required if --listen is not loopback'),
    )
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((target: string, words: string[], options: BridgeCommandOptions) =>
      run(async () => (await import('../bridge.js')).bridge, options, { target, words, tool: after }),
    );
};
