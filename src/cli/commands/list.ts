import type { CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { configurable, plainFormatOption } from './shared-options.js';

/** Defines `waxseal list`. */
export const list: CommandDefinition = ({ command, run }) => {
  configurable(command('list', 'list scenarios, checks, presets and more'))
    .argument(
      '[kind]',
      'scenarios, checks, findings, protocols, ports, certificates, presets, placeholders, profiles or formats',
    )
    .addOption(plainFormatOption())
    .action((kind: string | undefined, options: CommonOptions) =>
      run(async () => (await import('../list.js')).list, options, kind),
    );
};
