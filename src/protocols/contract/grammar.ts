// How bytes of both directions are read, and lists of capabilities rewritten.

import type { Offer, OfferChange } from './offers.js';
import type { Reply, ReplyContext } from './replies.js';
import type { Body, Command, LiteralWait, Read, Response } from './units.js';

/** How a client's bytes are read. */
export interface CommandGrammar {
  /** Longest command line with its literals, in bytes. */
  readonly longestCommand: number;
  /** Commands carry tags, and their replies repeat them (IMAP). */
  readonly tagged: boolean;
  /** Verbs that say nothing about where a client is going: ways out, and what its own time-out sends. */
  readonly aimlessVerbs: ReadonlySet<string>;
  /** Those of them that libraries say before they leave, and that are of no use to a server. */
  readonly resetVerbs: ReadonlySet<string>;
  /**
   * Reads one command. A synchronising literal beyond the first `invited` ones ends the read with a `literal-wait`
   * (whose `length` is what arrived so far), even where the literal's bytes are there already.
   */
  readCommand(buffer: Buffer, invited: number): Read<Command | LiteralWait> | undefined;
  /** Where a mail stands in a command that has not come whole (IMAP's APPEND); undefined if no mail is due. */
  readonly mailInCommand?: (buffer: Buffer, invited: number) => MailInCommand | undefined;
  /** Reads the client's answer to a continuation. */
  readResponse(buffer: Buffer, to: Command, step: number): Read<Response> | undefined;
  /** Reads a message body after a continuation to `to`, from `searchFrom` on where the end was not found before. */
  readBody(buffer: Buffer, to: Command, searchFrom: number): Read<Body> | undefined;
}

/** A mail that is part of a command. */
export interface MailInCommand {
  /** Offset of its first byte. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  /** The command up to the mail, as one with an empty mail would begin. */
  readonly head: Buffer;
}

/** How a server's bytes are read. */
export interface ReplyGrammar {
  /** Whether the server speaks again by itself after the upgrade (ManageSieve, RFC 5804 §2.2). */
  readonly speaksFirstAfterUpgrade: boolean;
  readReply(buffer: Buffer, context: ReplyContext): Read<Reply> | undefined;
  /** Whether the reply to the upgrade command starts TLS: the specified one, not any positive one. */
  isGoAhead(reply: Reply): boolean;
  /** Whether a reply can be the answer to a command, by its code or form; absent where replies carry tags, or all look alike. */
  readonly canAnswer?: (reply: Reply, to: Command) => boolean;
  /** A new count for one connection; absent where every command has one final reply. */
  readonly replyCount?: () => ReplyCount;
}

/** Counts the final replies of commands that may have several (LMTP, RFC 2033 §4.2). */
export interface ReplyCount {
  /** Takes note of a reply to a command; true if more replies to the same command are due after it. */
  isMoreDue(to: Command, reply: Reply): boolean;
}

/** How the lists of capabilities are read and changed. */
export interface OfferGrammar {
  /** Whether the greeting carries the capability list (ManageSieve always, IMAP often). */
  readonly greetingCarriesOffer: boolean;
  /** Commands whose replies are lists, where replies to others look like lists too (SMTP); undefined: every reply may be one. */
  readonly listVerbs?: ReadonlySet<string>;
  /** A server that does not know the capability command offers nothing (RFC 5321 §3.2); else nothing is known of it. */
  readonly noListIsEmptyList: boolean;
  /** The offer in a capability reply or greeting; undefined if it carries none. */
  offer(replies: readonly Reply[]): Offer | undefined;
  /** Edits the capabilities inside the bytes of a reply; bytes that carry none are returned unchanged. */
  rewriteOffer(reply: Buffer, change: OfferChange): Buffer;
}
