import type { CommandDefinition } from './definition.js';

/** Defines `waxseal demo`. */
export const demo: CommandDefinition = ({ command, run }) => {
  command('demo', 'a tour on this machine: real clients and servers, safe and unsafe; no network needed').action(() =>
    run(async () => (await import('../demo.js')).demo, {}, undefined),
  );
};
