import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { chunkGroups } from '../../scripts/chunk-groups.js';

const outputs = (
  chunks: Readonly<Record<string, { bytes: number; imports: readonly string[]; entryPoint?: string }>>,
): Metafile['outputs'] =>
  Object.fromEntries(
    Object.entries(chunks).map(([name, { imports, ...chunk }]) => [
      name,
      {
        inputs: {},
        exports: [],
        imports: imports.map((path) => ({ path, kind: 'import-statement' as const })),
        ...chunk,
      },
    ]),
  );

const together = (chunks: Metafile['outputs']): string[] => {
  const groups = chunkGroups(chunks);
  const files = new Map<number, string[]>();
  for (const [name, file] of groups) files.set(file, [...(files.get(file) ?? []), name]);
  return [...files.values()].map((names) => names.join(' ')).sort();
};

describe('chunks that become one file', () => {
  it('are those that are loaded together, or are small', () => {
    const chunks = outputs({
      main: { bytes: 1, imports: ['a', 'b', 'c'], entryPoint: 'main.ts' },
      other: { bytes: 1, imports: ['a', 'b', 'large'], entryPoint: 'other.ts' },
      a: { bytes: 90_000, imports: [] },
      b: { bytes: 90_000, imports: [] },
      c: { bytes: 10, imports: [] },
      large: { bytes: 90_000, imports: [] },
    });
    expect(together(chunks)).to.deep.equal(['a b c', 'large', 'main', 'other']);
  });

  it('never load each other', () => {
    const chunks = outputs({
      main: { bytes: 1, imports: ['a'], entryPoint: 'main.ts' },
      middle: { bytes: 1, imports: ['b'], entryPoint: 'middle.ts' },
      a: { bytes: 1, imports: ['middle'] },
      b: { bytes: 1, imports: [] },
    });
    expect(together(chunks)).to.deep.equal(['a', 'b', 'main', 'middle']);
  });
});
