import type { Command, Reply } from '../protocols/protocol.js';
import type { TranscriptEntry } from '../wire/entry.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Place, TranscriptLine } from './place.js';

/** Why reading stopped. `flood`: more bytes than any honest reply has; `records`: TLS where plaintext was due. */
export type HeardHow = 'answered' | 'silent' | 'ended' | 'records' | 'flood';

/** A reply, and where each of its lines was said. */
export interface HeardReply extends Reply {
  readonly said: readonly TranscriptLine[];
}

/** What came back for one command. */
export interface CommandAnswer {
  readonly how: HeardHow;
  /** All replies in order; untagged and unexpected ones too. */
  readonly replies: readonly HeardReply[];
  /** The reply that answers the command. */
  readonly final?: HeardReply;
}

/** How a handshake went, and where it is recorded. */
export interface Secured {
  readonly peer: Handshake;
  /** What the server said in clear between the go-ahead and TLS (latin1): nothing, as it should be. */
  readonly between?: TranscriptLine;
  readonly at: Place;
}

/** Tagged replies must carry the command's tag; a goodbye ends every wait. */
export const isAnswer = (reply: Reply, command: Command | undefined): boolean => {
  if (reply.status === 'bye' && reply.kind === 'untagged') return false;
  if (reply.kind === 'continuation') return true;
  if (reply.kind === 'untagged') return false;
  return reply.tag === undefined || command?.tag === undefined || reply.tag === command.tag;
};

/** The name of the alert that ended TLS after the handshake. */
export const alertInside = (entries: readonly TranscriptEntry[]): string | undefined => {
  for (const entry of entries)
    if (entry.kind === 'note' && entry.what === 'tls-failed') {
      const [, name] = /ALERT_([A-Z0-9_]+)$/.exec(entry.code) ?? [];
      if (name !== undefined) return name.toLowerCase();
    }
  return undefined;
};

/** What the server said in these entries, together. */
export const serverBytes = (entries: readonly TranscriptEntry[]): Buffer =>
  Buffer.concat(
    entries.flatMap((entry) =>
      entry.kind === 'bytes' && entry.from === 'server' ? [Buffer.from(entry.data, 'latin1')] : [],
    ),
  );
