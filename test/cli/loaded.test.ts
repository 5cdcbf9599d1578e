import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const CLI = fileURLToPath(new URL('../../src/cli/', import.meta.url));

/** The packages that a module of ours loads, by itself or by those that it imports; what is imported later is not among them. */
const packagesOf = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const imported = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type)[^;]*?from '(.*)';$/gm)];
  return new Set(
    imported.flatMap(({ 1: from = '' }) =>
      from.startsWith('.') ? [...packagesOf(join(dirname(file), from.replace(/\.js$/, '.ts')), seen)] : [from],
    ),
  );
};

// The models of documents cost half of a command's start. They are for those who read documents that others wrote.
describe('what a command loads before it begins', () => {
  for (const command of ['test', 'audit', 'serve', 'proxy', 'list', 'explain', 'demo'])
    it(`waxseal ${command}: no models of documents`, () => {
      expect([...packagesOf(join(CLI, `${command}.ts`))].filter((name) => name.startsWith('typebox'))).to.deep.equal(
        [],
      );
    });

  it('waxseal judge: the model of a recording', () => {
    expect([...packagesOf(join(CLI, 'judge.ts'))]).to.include('typebox/compile');
  });
});
