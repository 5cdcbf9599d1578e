import { Capture } from '../../src/capture/capture.js';
import { packetsOf, pcapng, type WrittenPacket, type WrittenStep } from '../../src/capture/capture-writer.js';
import type { CapturedConnection } from '../../src/capture/connection.js';
import { capturedVisit } from '../../src/capture/captured-visit.js';
import { judgeConnection, type CapturedFinding } from '../../src/capture/judge-connection.js';
import { KeyLog } from '../../src/tls/key-log.js';

/** Milliseconds since 1970 at which captures of tests begin. */
export const BEGAN = Date.now();

/** What was said, a line a segment: `C: …` and `S: …` with CRLF added, or bytes; `C.` and `S.` end, `C!` resets. */
export type Script = readonly (string | readonly ['C' | 'S', Buffer])[];

/** The steps of a script. */
export const stepsOf = (script: Script): WrittenStep[] =>
  script.map((line, index): WrittenStep => {
    const [side = '', text] = typeof line === 'string' ? [line.slice(0, 1), line.slice(3)] : line;
    const from = side === 'C' ? 'client' : 'server';
    const at = index;
    if (typeof line === 'string' && line.length === 2)
      return { kind: 'end', from, at, how: line[1] === '!' ? 'reset' : 'fin' };
    return {
      kind: 'bytes',
      from,
      at,
      bytes: typeof text === 'string' ? Buffer.from(`${text}\r\n`, 'latin1') : text,
    };
  });

/** The packets of a script, between a client and a server on a port. */
export const packets = (script: Script, port = 143, clientPort = 40_000): WrittenPacket[] =>
  packetsOf({
    client: { address: '192.0.2.1', port: clientPort },
    server: { address: '192.0.2.10', port },
    openedAt: BEGAN,
    steps: stepsOf(script),
  });

/** The connections of a capture file, read in pieces. */
export const connectionsIn = (
  file: Buffer,
  {
    piece = file.length || 1,
    keys = new KeyLog(),
    anchors,
  }: { piece?: number; keys?: KeyLog; anchors?: readonly string[] } = {},
): CapturedConnection[] => {
  const found: CapturedConnection[] = [];
  const capture = new Capture({ name: 'test.pcapng', keys, anchors, connection: (each) => found.push(each) });
  for (let at = 0; at < file.length; at += piece) capture.push(file.subarray(at, at + piece));
  capture.end();
  return found;
};

/** What a capture of these packets comes to. */
export const findingsIn = (
  all: readonly WrittenPacket[],
  options: Parameters<typeof connectionsIn>[1] = {},
): CapturedFinding[] =>
  connectionsIn(pcapng(all), options).flatMap((each) => judgeConnection(each, capturedVisit(each, 1)));

/** `id status` of each finding. */
export const told = (findings: readonly CapturedFinding[]): string[] =>
  findings.map(({ id, judgement }) => `${id} ${judgement.status}`);
