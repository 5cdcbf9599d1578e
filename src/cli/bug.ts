import { printable } from '../wire/printable.js';

/** What is said of an exception that nobody expected; the stack only on request, it helps nobody else. */
export const bugMessage = (error: unknown): string => {
  const what = error instanceof Error ? error.message : String(error);
  const stack = process.env['WAXSEAL_DEBUG'] === '1' && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  const how =
    stack === ''
      ? '; run it again with WAXSEAL_DEBUG=1 for the details, and please report them'
      : '; please report this';
  return `waxseal: a bug in waxseal: ${printable(what.slice(0, 300))}${how}\n${stack}`;
};
