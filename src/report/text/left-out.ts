import { wrapped } from '../layout.js';
import type { TextStyle } from './style.js';

/** What the depth of an audit left out: a line for each depth that looks at it, with the names of the checks where all is told. */
export const leftOutLines = ({
  report: { depth, leftOut = [] },
  passes,
  width,
  colors: { dim },
}: TextStyle): string[] => {
  if (depth === undefined || leftOut.length === 0) return [];
  const lines = [...new Set(leftOut.map((each) => each.depth))].map((deeper) => {
    const ids = [...new Set(leftOut.filter((each) => each.depth === deeper).map(({ check }) => check))];
    const names = passes || ids.length === 1 ? `: ${ids.join(', ')}` : '';
    return `${ids.length === 1 ? '1 check needs' : `${String(ids.length)} checks need`} --depth ${deeper} (this run: ${depth})${names}`;
  });
  return lines.flatMap((line) => wrapped(line, width).map(dim));
};
