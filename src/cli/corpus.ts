import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { Fault } from '../fault.js';
import { corpus, type CorpusLabel } from '../proof/corpus.js';
import { privateFolder, reason } from './files.js';
import { progress } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** The options of `waxseal corpus`. */
export interface CorpusOptions {
  readonly scenario: readonly string[];
}

/** `waxseal corpus DIR`: writes a capture for each case and client, and `labels.json`. */
export const writeCorpus: CommandAction<CorpusOptions, string> = async ({ options, operands: folder }) => {
  privateFolder(folder);
  const bar = progress();
  const labels: CorpusLabel[] = [];
  for await (const { label, capture } of corpus(options.scenario)) {
    write(join(folder, label.file), capture);
    labels.push(label);
    bar.show(`${String(labels.length)} captures`);
  }
  bar.clear();
  write(join(folder, 'labels.json'), `${JSON.stringify(labels, undefined, 2)}\n`);
  process.stdout.write(`${String(labels.length)} captures and labels.json in ${folder}\n`);
  return 0;
};

const write = (path: string, contents: string | Buffer): void => {
  try {
    writeFileSync(path, contents, { mode: 0o600 });
  } catch (error) {
    throw new Fault('BAD_USAGE', `${JSON.stringify(path)} could not be written: ${reason(error)}`);
  }
};
