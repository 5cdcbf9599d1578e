import { createRequire } from 'node:module';

/**
 * The X.509 library, loaded at first use: it costs more than the rest of a start, and most commands never issue anything.
 * Its CommonJS build loads in half the time of the other one, which is spread over hundreds of files. No declaration that users can
 * see may name it: its own declarations need those of browsers.
 */
export const x509Library = (): X509Library => (library ??= loaded());

type X509Library = typeof import('@peculiar/x509');
let library: X509Library | undefined;

const loaded = (): X509Library => {
  const require = createRequire(import.meta.url);
  require('reflect-metadata/lite');
  return require('@peculiar/x509') as X509Library;
};
