import { register } from 'node:module';
import { constants, Script } from 'node:vm';
import { isSingleExecutable } from '../place/self.js';

/** Modules that users import by the package's name, where they are no files: the executable sets them under `EMBEDDED`. */
export type EmbeddedModules = Readonly<Record<string, () => Promise<object>>>;

/** The key of the embedded modules in `globalThis`. */
export const EMBEDDED = Symbol.for('waxseal.modules');

/** Imports a module of the user by its URL: the package waxseal that it imports is this one, whichever the user has installed. */
export const importForeign = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
  await (resolved ??= resolveOwnPackage());
  return (await load(url)) as Readonly<Record<string, unknown>>;
};

let resolved: Promise<void> | undefined;

const resolveOwnPackage = async (): Promise<void> => {
  const urls = JSON.stringify(Object.fromEntries(await ownUrls()));
  const hook = `const own = new Map(Object.entries(${urls}));
    export const resolve = (name, context, next) =>
      own.has(name) ? { url: own.get(name), shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
};

const ownUrls = async (): Promise<[name: string, url: string][]> => {
  const embedded = (globalThis as { readonly [EMBEDDED]?: EmbeddedModules })[EMBEDDED];
  if (embedded === undefined)
    return Object.entries(FILES).map(([name, file]) => [name, new URL(`../${file}`, import.meta.url).href]);
  return Promise.all(
    Object.entries(embedded).map(async ([name, module]): Promise<[string, string]> => {
      const names = Object.keys(await module()).join(', ');
      const source = `export const { ${names} } = await globalThis[Symbol.for('waxseal.modules')][${JSON.stringify(name)}]();`;
      return [name, `data:text/javascript,${encodeURIComponent(source)}`];
    }),
  );
};

const FILES = { waxseal: 'index.js', 'waxseal/scenario': 'scenario.js', 'waxseal/check': 'check.js' };

/** The executable's own script can import nothing that is a file; one that is made here can. */
const load: (url: string) => Promise<unknown> = isSingleExecutable()
  ? (new Script('(url) => import(url)', {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext() as (url: string) => Promise<unknown>)
  : (url) => import(url);
