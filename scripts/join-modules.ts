import { createHash } from 'node:crypto';
import { posix, relative } from 'node:path';
import { build, type ImportKind, type OnResolveResult, type Plugin } from 'esbuild';
import { chunkGroups } from './chunk-groups.js';
import { JOINED } from './join.js';

/** A file that esbuild wrote in the first round. */
interface Chunk {
  readonly text: string;
  readonly exports: readonly string[];
  readonly isEntry: boolean;
  /** The file that it becomes a part of. */
  readonly file: string;
}

/** Writes the joined modules: esbuild splits them to as many chunks as sets of entry points need, and a second round merges these. */
export const joinModules = async (outdir: string): Promise<void> => {
  const chunks = await splitModules(outdir);
  const files = new Set([...chunks.values()].map(({ file }) => file));
  await build({
    entryPoints: [...files].map((file) => ({ in: file, out: file.replace(/\.js$/, '') })),
    outdir,
    bundle: true,
    format: JOINED.format,
    platform: JOINED.platform,
    target: JOINED.target,
    legalComments: JOINED.legalComments,
    logLevel: JOINED.logLevel,
    plugins: [merging(chunks)],
  });
};

const splitModules = async (outdir: string): Promise<ReadonlyMap<string, Chunk>> => {
  const { outputFiles, metafile } = await build({ ...JOINED, outdir, write: false, metafile: true });
  const groups = chunkGroups(metafile.outputs);
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(outdir, path), text]));
  return new Map(
    Object.entries(metafile.outputs).map(([name, { exports, entryPoint }]) => {
      const path = relative(outdir, name);
      const together = [...groups.keys()].filter((other) => groups.get(other) === groups.get(name));
      const isEntry = entryPoint !== undefined;
      const hash = createHash('sha256').update(together.join('\n')).digest('hex').slice(0, 8).toUpperCase();
      return [
        path,
        { text: texts.get(path) ?? '', exports, isEntry, file: isEntry ? path : `place/${hash}.js` },
      ] as const;
    }),
  );
};

/** Builds each file of its chunks; what another file holds is imported from there. */
const merging = (chunks: ReadonlyMap<string, Chunk>): Plugin => ({
  name: 'merging',
  setup: (round) => {
    round.onResolve({ filter: /.*/ }, ({ path, importer, namespace, kind }) =>
      kind === 'entry-point'
        ? { path, namespace: chunks.get(path)?.isEntry === true ? 'chunk' : 'joined' }
        : namespace === 'joined'
          ? { path, namespace: 'chunk' }
          : namespace === 'shim'
            ? { path, external: true }
            : fromChunk(chunks, importer, path, kind),
    );
    round.onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({ contents: chunks.get(path)?.text ?? '' }));
    round.onLoad({ filter: /.*/, namespace: 'joined' }, ({ path }) => ({
      contents: [...chunks]
        .filter(([, { file }]) => file === path)
        .map(([name, { exports }]) =>
          passed(
            exports.map((each) => `${each} as ${outside(name, each)}`),
            name,
          ),
        )
        .join('\n'),
    }));
    round.onLoad({ filter: /.*/, namespace: 'shim' }, ({ path }) => {
      const [name = '', from = ''] = path.split('?');
      const exports = chunks.get(name)?.exports ?? [];
      return {
        contents: passed(
          exports.map((each) => `${outside(name, each)} as ${each}`),
          from,
        ),
      };
    });
  },
});

/** What a chunk imports: a chunk of its own file as it is, an entry point or a package from outside, anything else by the file that holds it. */
const fromChunk = (
  chunks: ReadonlyMap<string, Chunk>,
  importer: string,
  path: string,
  kind: ImportKind,
): OnResolveResult => {
  const name = posix.join(posix.dirname(importer), path);
  const chunk = path.startsWith('.') ? chunks.get(name) : undefined;
  if (chunk === undefined) return { path, external: true };
  const own = chunks.get(importer)?.file ?? importer;
  if (chunk.file === own && kind !== 'dynamic-import') return { path: name, namespace: 'chunk' };
  const from = posix.relative(posix.dirname(own), chunk.file);
  const file = from.startsWith('.') ? from : `./${from}`;
  return chunk.isEntry ? { path: file, external: true } : { path: `${name}?${file}`, namespace: 'shim' };
};

const passed = (names: readonly string[], from: string): string =>
  `import ${JSON.stringify(from)}; export { ${names.join(', ')} } from ${JSON.stringify(from)};`;

/** Names of chunks that share a file must differ. */
const outside = (name: string, exported: string): string =>
  `${posix.basename(name, '.js')}_${exported}`.replace(/^\d/, '_$&');
