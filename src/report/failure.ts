import pc from 'picocolors';
import type { ClientResult } from '../testing/test-client.js';
import { escaped } from './escape.js';
import { transcriptLines } from './transcript.js';

/** What an assertion library says of a result: status, reason, how to repeat it, and the marked transcript of its visit. */
export const resultMessage = (result: ClientResult): string => {
  const lines = [
    `${result.case} is ${result.status}: ${escaped(result.because)}`,
    `repeat it: ${result.reproduce.join(' ')}`,
  ];
  const { observed } = result;
  if (observed === undefined) return lines.join('\n');
  const transcript = transcriptLines(observed.connections, result.evidence, {
    colors: pc.createColors(false),
    width: 100,
    most: 40,
  });
  return [...lines, ...transcript].join('\n');
};
