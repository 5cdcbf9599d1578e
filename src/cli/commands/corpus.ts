import type { CorpusOptions } from '../corpus.js';
import type { CommandDefinition } from './definition.js';
import { repeatable } from './shared-options.js';

/** Defines `waxseal corpus`. */
export const corpus: CommandDefinition = ({ command, run }) => {
  command('corpus', 'write labelled captures of attacks, to try sensors and rules on')
    .argument('<dir>', 'folder for the captures and labels.json')
    .addOption(repeatable('--scenario <glob>', 'only these scenarios', 'the first variant of each in the default set'))
    .action((dir: string, options: CorpusOptions) =>
      run(async () => (await import('../corpus.js')).writeCorpus, options, dir),
    );
};
