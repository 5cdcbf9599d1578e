import type { ProtocolName } from '../../src/protocols/protocol.js';
import type { ConnectionRecord, ControlFacts, Visit } from '../../src/verdict/visit.js';
import type { BoundaryEntry, NoteEntry, TranscriptEntry } from '../../src/wire/entry.js';
import { visitOf } from './visits.js';

/**
 * A transcript from a script. Each step takes 10 ms, but a release, which comes after a silence.
 *
 * `C: ` `S: ` a line of client or server; `S! ` a line that the scenario made; `C~ ` bytes without a line end;
 * `C% ` a TLS record where plaintext was due.
 * `--` TLS stands; `--bad` with a peer that deserves no trust; `--fails` the handshake was given up, `--silent` before a hello, `--breaks` although the peer deserved trust,
 * `--times out` waxseal would not wait for it any longer,
 * `--alert` with unknown_ca.
 * `==` TLS ends; `C.` the client ends the connection, `C#` because waxseal had done so; `S.` the server does.
 * `# hangs up`, `# idle`, `# rests` (the client did nothing any more), `# late`, `# too long` waxseal does so for reasons of its own;
 * `* hangs up`, `* resets`, `* withholds`, `* does not greet` the scenario does; `* releases` it is answered at last.
 */
export const entriesOf = (script: readonly string[], startsInside = false): TranscriptEntry[] => {
  let inside = startsInside;
  let at = 0;
  return script.map((step): TranscriptEntry => {
    at += step === '* releases' ? SILENCE : 10;
    if (step.startsWith('--')) {
      const boundary = { kind: 'boundary', at, pending: [], ...BOUNDARIES[step] } as BoundaryEntry;
      inside = boundary.completed;
      return boundary;
    }
    if (step === '==') {
      inside = false;
      return { kind: 'outside', at, from: 'client' };
    }
    if (step === 'C.' || step === 'S.' || step === 'C#') {
      const from = partyOf(step);
      return { kind: 'end', at, from, how: 'fin', by: step === 'C#' ? 'us' : from };
    }
    const note = NOTES[step];
    if (note !== undefined) return { kind: 'note', at, ...note } as NoteEntry;
    const [, mark, text = ''] = /^[CS]([:!~%]) ?(.*)$/s.exec(step) ?? [];
    if (mark === undefined) throw new Error(`no step of a script: ${step}`);
    return {
      kind: 'bytes',
      at,
      from: partyOf(step),
      inside,
      data: mark === ':' || mark === '!' ? `${text}\r\n` : text,
      ...(mark === '!' && { tampered: true as const }),
      ...(mark === '%' && { record: true as const }),
    };
  });
};

/** Milliseconds. */
const SILENCE = 400;

/** A connection of a visit. */
export const connectionOf = (
  protocol: ProtocolName,
  script: readonly string[],
  more: Partial<ConnectionRecord> = {},
): ConnectionRecord => ({
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
  ...more,
});

/** A visit whose connections are scripts, after a control that passed. */
export const scripted = (
  protocol: ProtocolName,
  scripts: readonly (readonly string[])[],
  more: Partial<Visit> = {},
): Visit =>
  visitOf(protocol, [], {
    control: passedControl(),
    connections: scripts.map((script, index) => connectionOf(protocol, script, { id: index + 1 })),
    ...more,
  });

/** What the control of a client that logs in taught. */
export const passedControl = (more: Partial<ControlFacts> = {}): ControlFacts => ({
  passed: true,
  tlsVersion: 'TLSv1.3',
  connections: 1,
  verbsOutside: ['EHLO', 'STARTTLS'],
  verbsInside: ['EHLO', 'AUTH', 'QUIT'],
  tags: [],
  mechanisms: ['PLAIN'],
  found: ['password', 'user'],
  duration: 5,
  ...more,
});

const partyOf = (step: string): 'client' | 'server' => (step.startsWith('C') ? 'client' : 'server');

const HELLO = { versions: ['TLSv1.3'], alpn: [], cipherSuites: [], groups: [] };
const BOUNDARIES: Readonly<Record<string, Omit<BoundaryEntry, 'kind' | 'at' | 'pending'>>> = {
  '--': { completed: true, trusted: true, certificate: 'good', hello: HELLO, version: 'TLSv1.3' },
  '--bad': { completed: true, trusted: false, certificate: 'wrong-name', hello: HELLO, version: 'TLSv1.3' },
  '--sealed': { completed: true, trusted: true, opaque: true, hello: HELLO, version: 'TLSv1.2' },
  '--fails': { completed: false, trusted: false, certificate: 'wrong-name', hello: HELLO, failure: 'closed' },
  '--breaks': { completed: false, trusted: true, certificate: 'good', hello: HELLO, failure: 'reset' },
  '--times out': { completed: false, trusted: true, certificate: 'good', timeout: 5000 },
  '--silent': { completed: false, trusted: false, certificate: 'wrong-name', failure: 'no ClientHello came' },
  '--alert': {
    completed: false,
    trusted: false,
    certificate: 'wrong-name',
    hello: HELLO,
    alert: { from: 'client', name: 'unknown_ca' },
  },
};
const NOTES: Readonly<Record<string, Pick<NoteEntry, 'what' | 'by'> & { readonly ms?: number; readonly of?: string }>> =
  {
    '* hangs up': { what: 'hung-up', by: 'scenario' },
    '* resets': { what: 'reset', by: 'scenario' },
    '* withholds': { what: 'withheld', by: 'scenario' },
    '* releases': { what: 'released', by: 'us' },
    '* does not greet': { what: 'ungreeted', by: 'scenario' },
    '# hangs up': { what: 'hung-up', by: 'us' },
    '# rests': { what: 'farewell', by: 'us' },
    '# idle': { what: 'idle', by: 'us', ms: 5000 },
    '# late': { what: 'server-late', by: 'us', ms: 1234 },
    '# too long': { what: 'too-long', by: 'us', of: 'line' },
  };
