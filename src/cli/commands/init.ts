import { Option } from 'commander';
import { PROTOCOL_NAMES } from '../../protocols/names.js';
import type { InitOptions } from '../init.js';
import type { CommandDefinition } from './definition.js';
import { MODES } from './shared-options.js';

/** Defines `waxseal init`. */
export const init: CommandDefinition = ({ command, run, after }) => {
  command('init', 'write waxseal.config.json for waxseal run: asks which clients and servers to look at')
    .usage('[options] [target...] [-- COMMAND…]')
    .argument('[target...]', 'mail servers to audit: host, host:port or scheme://host[:port]')
    .option('--yes', 'ask nothing: use what the command line says, and examples for the rest')
    .addOption(new Option('--protocol <name>', 'protocol of the client after --').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the client after -- is configured to start TLS').choices(MODES))
    .option('--force', 'replace an existing configuration')
    .action((targets: string[], options: InitOptions) =>
      run(async () => (await import('../init.js')).init, options, { targets, command: after }),
    );
};
