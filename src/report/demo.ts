import type { Colors } from 'picocolors/types.js';
import type { DemoRow } from '../demo/demo.js';
import { transcriptLines } from './transcript.js';

/** One line of the demonstration, 80 columns wide. */
export const demoLine = ({ endpoint, port, tls, client, judgement, encryption }: DemoRow, colors: Colors): string => {
  const good = judgement.status === 'safe';
  const status = (good ? colors.green : judgement.status === 'unsafe' ? colors.red : colors.magenta)(
    judgement.status.padEnd(6),
  );
  const why = judgement.because.split(';')[0] ?? '';
  const proof = good ? (encryption ?? why) : why;
  return `${String(port).padStart(4)} ${tls === 'starttls' ? 'STARTTLS' : 'TLS     '} ${status} ${client.padEnd(10)} ${endpoint === undefined ? proof : `${endpoint}, ${proof}`}`;
};

/** The transcript of a client that was caught, with what it proves. */
export const caughtLines = (row: DemoRow, colors: Colors, width: number): string[] => [
  ...transcriptLines(row.visit.connections, row.judgement.evidence, { colors, width, most: 24, cut: true }).map(
    (line) => `  ${line}`,
  ),
];
