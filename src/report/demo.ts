import type { Colors } from 'picocolors/types.js';
import type { DemoRow } from '../run/demo.js';
import { transcriptLines } from './transcript.js';

/** One line of the demonstration. */
export const demoLine = ({ endpoint, port, tls, client, judgement, encryption }: DemoRow, colors: Colors): string => {
  const good = judgement.status === 'safe';
  const status = (good ? colors.green : judgement.status === 'unsafe' ? colors.red : colors.yellow)(judgement.status.padEnd(12));
  const what = endpoint === 'honest server' ? (encryption ?? judgement.because) : good ? judgement.because.split(';')[0] : judgement.because;
  return `  ${String(port).padStart(4)} ${tls.padEnd(8)} ${status} ${client.padEnd(26)} ${what ?? ''}`;
};

/** The transcript of a client that was caught, with what it proves. */
export const caughtLines = (row: DemoRow, colors: Colors, width: number): string[] => [
  ...transcriptLines(row.visit, row.judgement.evidence, { colors, width, most: 24 }).map((line) => `  ${line}`),
];
