import type { CommandDefinition } from './definition.js';
import { plainFormatOption } from './shared-options.js';
import type { LabOptions } from '../lab.js';

/** Defines `waxseal lab`. */
export const lab: CommandDefinition = ({ command, run }) => {
  command(
    'lab',
    'start real mail servers on loopback, with good configurations and with planted weaknesses, to try audits on; Ctrl-C ends them',
  )
    .argument(
      '[daemon...]',
      'DAEMON (its good configuration), DAEMON:WEAKNESS, or a pattern such as dovecot:* (default: the good configuration of every daemon that is installed)',
    )
    .option('--list', 'list daemons with their weaknesses, and the checks that find them; start nothing')
    .addOption(plainFormatOption())
    .action((names: string[], options: LabOptions) => run(async () => (await import('../lab.js')).lab, options, names));
};
