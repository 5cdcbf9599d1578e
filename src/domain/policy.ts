import type { PolicyFacts } from '../domain-checks/facts.js';
import type { Fetched } from './web.js';

/** Reads an MTA-STS policy (RFC 8461 §3.2, §3.3). */
export const policyIn = (page: Fetched): PolicyFacts => {
  if ('failure' in page) return { failure: page.failure };
  if (page.status !== 200) return { failure: `status ${String(page.status)}` };
  if (!/^text\/plain\b/i.test(page.type))
    return { failure: `content type ${page.type === '' ? 'missing' : page.type}` };
  const lines = page.body.split(/\r?\n/).map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  const first = (key: string): string | undefined => lines.find(([name]) => name === key)?.[1];
  if (first('version') !== 'STSv1') return { failure: 'it has no line version: STSv1' };
  const mode = MODES.find((each) => each === first('mode'));
  if (mode === undefined) return { failure: `mode ${first('mode') ?? 'missing'}` };
  const maxAge = /^\d{1,10}$/.exec(first('max_age') ?? '')?.[0];
  if (maxAge === undefined) return { failure: 'max_age is missing or not a number' };
  const mx = lines.filter(([name]) => name === 'mx').map(([, host]) => host.toLowerCase());
  if (mx.length === 0 && mode !== 'none') return { failure: 'it names no mx' };
  return { mode, mx, maxAge: Number(maxAge) };
};

const MODES = ['enforce', 'testing', 'none'] as const;
