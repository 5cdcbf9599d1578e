import type { Plugins } from '../config/plugins.js';

export type { Plugins } from '../config/plugins.js';

/** Nothing from other packages. */
export const NO_PLUGINS: Plugins = { scenarios: [], checks: [] };

/** The scenarios and checks of `--plugin`; what it takes to load them is loaded only where there are some. */
export const pluginsOf = async (paths: readonly string[]): Promise<Plugins> =>
  paths.length === 0 ? NO_PLUGINS : (await import('../config/plugins.js')).loadPlugins([...new Set(paths)]);
