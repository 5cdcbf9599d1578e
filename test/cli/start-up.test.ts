import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** All modules that are loaded with one, by their paths in `src/`. */
const loadedWith = (first: string): string[] => {
  const found = new Set([join(src, first)]);
  for (const module of found)
    for (const [, from = ''] of readFileSync(module, 'utf8').matchAll(
      /^(?:import|export) (?!type)(?:[^;]*? from )?'(\.[^']*)'/gm,
    ))
      found.add(join(dirname(module), from.replace(/\.js$/, '.ts')));
  return [...found].map((module) => relative(src, module)).sort();
};

describe('start-up', () => {
  it('loads no part of a command before it is chosen', () => {
    const parts = loadedWith('cli/program.ts').filter((module) => !module.startsWith('cli/commands/'));
    expect(parts).to.deep.equal([
      'cases/shard.ts',
      'cli/bug.ts',
      'cli/files.ts',
      'cli/options.ts',
      'cli/program.ts',
      'cli/unexpected.ts',
      'fault.ts',
      'place/made-folder.ts',
      'place/system-reason.ts',
      'probes/depth.ts',
      'protocols/in-words.ts',
      'protocols/names.ts',
      'report/escape.ts',
      'report/formats/late.ts',
      'rules/rule-form.ts',
      'wire/printable.ts',
    ]);
  });

  it('loads a format of reports where it is asked for only', () => {
    for (const command of ['serve', 'test', 'audit', 'proxy', 'judge', 'list'])
      expect(
        loadedWith(`cli/${command}.ts`).filter((module) => module.startsWith('report/formats/')),
        command,
      ).to.deep.equal(['report/formats/late.ts']);
  });
});
