import type { ProtocolName } from '../../src/protocols/protocol.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import type { Visit } from '../../src/verdict/visit.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';

export const canaries = canariesOf('visits', 1);

/** `C: ` and `S: ` lines in clear, then, behind `--`, inside TLS (`--bad` with a peer that deserves no trust). */
export const entriesOf = (script: readonly string[]): TranscriptEntry[] => {
  let inside = false;
  return script.map((line, at): TranscriptEntry => {
    if (line.startsWith('--')) {
      inside = true;
      return {
        kind: 'boundary',
        at,
        completed: true,
        pending: [],
        trusted: line !== '--bad',
        certificate: line === '--bad' ? 'wrong-name' : 'good',
      };
    }
    return {
      kind: 'bytes',
      at,
      from: line.startsWith('C') ? 'client' : 'server',
      inside,
      data: `${line.slice(3)}\r\n`,
    };
  });
};

/** A visit of one connection, as the given script. */
export const visitOf = (protocol: ProtocolName, script: readonly string[], rest: Partial<Visit> = {}): Visit => ({
  number: 1,
  scenario: 'control',
  protocol,
  tls: 'starttls',
  seat: 'server',
  portRole: protocol === 'smtp' ? 'submission' : protocol === 'managesieve' ? 'sieve' : protocol,
  policy: 'required',
  ownCredentials: true,
  canaries,
  connections: [
    {
      id: 1,
      endpoint: 'own',
      portRole: 'submission',
      port: 1,
      protocol,
      tls: 'starttls',
      leg: 'client',
      openedAt: 0,
      entries: entriesOf(script),
      truncated: false,
    },
  ],
  hits: [],
  client: { how: 'ended', code: 0, stdout: '', stderr: '', duration: 1 },
  drained: true,
  faults: [],
  ...rest,
});
