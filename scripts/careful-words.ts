import type { ShownConnection } from '../src/report/transcript.js';

/** What the client said, without what is made up anew each time (nonces, markers). */
export const saidCarefully = (connections: readonly ShownConnection[]): string[] =>
  connections.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.kind === 'bytes' && entry.from === 'client' && !/^[\x14-\x17]\x03/.test(entry.data)
        ? entry.data
            .split('\r\n')
            .map((line) => `${String(entry.inside)} ${line.replace(/[A-Za-z0-9+/=]{16,}/g, '#').slice(0, 24)}`)
        : entry.kind === 'boundary'
          ? [`boundary ${String(entry.completed)}`]
          : [],
    ),
  );
