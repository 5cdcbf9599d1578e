import type { Metafile } from 'esbuild';

/** What reading one file more costs, in bytes of source: measured with Node 20. */
const FILE_COST = 14_000;

type Outputs = Metafile['outputs'];

/**
 * Which chunks become one file: those that cost the entry points that load both more as two files than they cost the others as bytes
 * that are not needed. Entry points stay alone, and no two files load each other. Gives the number of its file for each chunk.
 */
export const chunkGroups = (outputs: Outputs): ReadonlyMap<string, number> => {
  const graph = graphOf(outputs);
  let group = graph.names.map((_, index) => index);
  let cost = costOf(graph, group) ?? Infinity;
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (const [one, other] of candidates(graph, group)) {
      // What was merged a moment ago has another number.
      if (!group.includes(one) || !group.includes(other)) continue;
      const merged = group.map((each) => (each === other ? one : each));
      const after = costOf(graph, merged);
      if (after === undefined || after >= cost) continue;
      [group, cost, isDone] = [merged, after, false];
    }
  }
  return new Map(graph.names.map((name, index) => [name, group[index] ?? index]));
};

interface Graph {
  readonly names: readonly string[];
  readonly bytes: readonly number[];
  readonly imports: readonly (readonly number[])[];
  readonly entries: readonly number[];
}

const graphOf = (outputs: Outputs): Graph => {
  const found = Object.entries(outputs);
  const numbers = new Map(found.map(([name], index) => [name, index]));
  return {
    names: found.map(([name]) => name),
    bytes: found.map(([, { bytes }]) => bytes),
    imports: found.map(([, { imports }]) =>
      imports.flatMap(({ kind, path }) => (kind === 'import-statement' ? (numbers.get(path) ?? []) : [])),
    ),
    entries: found.flatMap(([, { entryPoint }], index) => (entryPoint === undefined ? [] : index)),
  };
};

/** What all entry points load together; undefined where files would load each other. */
const costOf = ({ bytes, imports, entries }: Graph, group: readonly number[]): number | undefined => {
  const sizes = new Map<number, number>();
  const links = new Map<number, Set<number>>();
  for (const [index, own] of group.entries()) {
    sizes.set(own, (sizes.get(own) ?? 0) + (bytes[index] ?? 0));
    const to = links.get(own) ?? new Set();
    links.set(own, to);
    for (const each of imports[index] ?? []) if (group[each] !== own) to.add(group[each] ?? each);
  }
  if (isCyclic(links)) return undefined;
  let cost = 0;
  for (const entry of entries)
    for (const file of reached(group[entry] ?? entry, (each) => links.get(each) ?? []))
      cost += (sizes.get(file) ?? 0) + FILE_COST;
  return cost;
};

const isCyclic = (links: ReadonlyMap<number, ReadonlySet<number>>): boolean => {
  const done = new Map<number, boolean>();
  const leadsBack = (file: number): boolean => {
    const known = done.get(file);
    if (known !== undefined) return !known;
    done.set(file, false);
    for (const next of links.get(file) ?? []) if (leadsBack(next)) return true;
    done.set(file, true);
    return false;
  };
  return [...links.keys()].some(leadsBack);
};

const reached = (first: number, next: (from: number) => Iterable<number>): ReadonlySet<number> => {
  const found = new Set([first]);
  for (const each of found) for (const further of next(each)) found.add(further);
  return found;
};

/** Pairs that seem to gain by becoming one, most gain first. */
const candidates = ({ bytes, imports, entries }: Graph, group: readonly number[]): [number, number][] => {
  const alone = new Set(entries);
  const files = new Map<number, { size: number; readonly by: Set<number> }>();
  for (const [index, own] of group.entries()) {
    if (alone.has(index)) continue;
    const file = files.get(own) ?? { size: 0, by: new Set() };
    file.size += bytes[index] ?? 0;
    files.set(own, file);
  }
  for (const entry of entries)
    for (const each of reached(entry, (from) => imports[from] ?? [])) files.get(group[each] ?? each)?.by.add(entry);
  const pairs = [...files].flatMap(([one, { size, by }], index) =>
    [...files].slice(index + 1).map(([other, its]): [number, number, number] => {
      const both = [...by].filter((entry) => its.by.has(entry)).length;
      return [(by.size - both) * its.size + (its.by.size - both) * size - both * FILE_COST, one, other];
    }),
  );
  return pairs
    .filter(([cost]) => cost < 0)
    .sort(([a], [b]) => a - b)
    .map(([, one, other]) => [one, other]);
};
