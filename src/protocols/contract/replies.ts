// What a server answers, reply by reply.

import type { Command } from './units.js';

/** One complete reply of a server. */
export interface Reply {
  /** `untagged` is IMAP's; `continuation` invites the client to go on (334, 354, `+`, a SASL challenge). */
  readonly kind: 'greeting' | 'final' | 'continuation' | 'untagged';
  readonly status: 'ok' | 'no' | 'bad' | 'bye' | 'preauth' | 'continue' | 'unknown';
  /** SMTP `250`; IMAP, POP3 and ManageSieve response codes without brackets: `SYS/TEMP`, `TRYLATER`, `CAPABILITY IMAP4rev1 …`. */
  readonly code?: string;
  readonly tag?: string;
  /** Lines in latin1 without CRLF, status words kept. */
  readonly lines: readonly string[];
  /** A SASL challenge as sent (base64), for continuations of a login. */
  readonly challenge?: string;
  readonly raw: Buffer;
}

/** What the reply reader must know of the conversation. */
export interface ReplyContext {
  /** Nothing was received yet on this connection. */
  readonly first: boolean;
  /** The oldest command without a final reply. */
  readonly outstanding?: Command;
  /** The reader's note to itself, the same object until the reply is complete; without it a reader begins anew. */
  readonly progress?: ReplyProgress;
}

/** How far an unfinished reply was read, so that no byte is read again with every segment that arrives. */
export interface ReplyProgress {
  /** Offset of the first byte that was not understood yet. */
  at: number;
  /** The complete lines before it, where the reader wants them. */
  readonly lines: string[];
}
