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
  privateFolder(folder, 'captures');
  const bar = progress();
  const labels: CorpusLabel[] = [];
  let pairs = 0;
  for await (const { label, capture, besides = [] } of corpus(options.scenario)) {
    write(join(folder, label.file), capture);
    for (const [name, contents] of besides) write(join(folder, name), contents);
    pairs += label.otherSide === undefined ? 0 : 1;
    labels.push(label);
    bar.show(`${String(labels.length)} captures`);
  }
  bar.clear();
  write(join(folder, 'labels.json'), `${JSON.stringify(labels, undefined, 2)}\n`);
  process.stdout.write(
    `${String(labels.length - pairs)} captures${pairs === 0 ? '' : `, ${String(pairs)} pairs of both sides`} and labels.json in ${folder}\n`,
  );
  return 0;
};

const write = (path: string, contents: string | Buffer): void => {
  try {
    writeFileSync(path, contents, { mode: 0o600 });
  } catch (error) {
    throw new Fault('BAD_USAGE', `${JSON.stringify(path)} could not be written: ${reason(error)}`);
  }
};
