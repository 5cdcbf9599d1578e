import { register } from 'node:module';

/** Modules of users lie anywhere: the package waxseal that they import is this one, whichever they have installed. */
export const resolveOwnPackage = (): void => {
  if (isResolved) return;
  isResolved = true;
  const urls = Object.fromEntries(
    Object.entries(MODULES).map(([name, file]) => [name, new URL(`../${file}`, import.meta.url).href]),
  );
  const hook = `const own = new Map(Object.entries(${JSON.stringify(urls)}));
    export const resolve = (name, context, next) =>
      own.has(name) ? { url: own.get(name), shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
};

let isResolved = false;

const MODULES = { waxseal: 'index.js', 'waxseal/scenario': 'scenario.js', 'waxseal/check': 'check.js' };
