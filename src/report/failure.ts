import pc from 'picocolors';
import type { ClientResult } from '../testing/test-client.js';
import { escaped } from './escape.js';
import { toldWords } from './told.js';
import { transcriptLines } from './transcript.js';
import { reproduction } from './shell-word.js';

/** What an assertion library says of a result: status, reason, what must happen and what mends it, how to repeat it, and the marked transcript of its visit. */
export const resultMessage = (result: ClientResult): string => {
  const told = toldWords(result);
  const lines = [
    `${result.case} is ${result.status}: ${escaped(result.because)}`,
    ...(told === undefined ? [] : [told.replace(/^reported /, 'reported: ')]),
    ...(result.expected === undefined ? [] : [`expected: ${result.expected}`]),
    ...(result.fix === undefined ? [] : [`fix: ${result.fix}`]),
    `again: ${reproduction(result.reproduce)}`,
  ];
  const { observed } = result;
  if (observed === undefined) return lines.join('\n');
  const transcript = transcriptLines(observed.connections, result.evidence, {
    colors: pc.createColors(false),
    width: 100,
    most: 40,
    cut: false,
  });
  return [...lines, ...transcript].join('\n');
};
