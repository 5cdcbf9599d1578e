import type { Offer, Reply } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { CommandAnswer, HeardReply } from './call-answers.js';
import type { Deafness } from './failed-handshake.js';
import type { Nameless, Opening } from './opening.js';
import type { Place, TranscriptLine } from './place.js';

/** One reply in short. */
export interface ShortReply {
  readonly status: Reply['status'];
  readonly code?: string;
  readonly lines: readonly TranscriptLine[];
}

/** What became of a command: the reply, or why there was none. */
export interface Asked {
  readonly how: CommandAnswer['how'];
  readonly said?: ShortReply;
}

/** An ordinary client's dialogue from the greeting into TLS and out again, as far as the server went along. */
export interface DialogueFacts {
  readonly opening: Opening;
  /** Offered outside TLS; absent in implicit mode, and where the server gave no list. */
  readonly outside?: Offer;
  /** What was offered outside TLS in the greeting, and when asked on the same connection; absent where only one of them was. */
  readonly bothLists?: { readonly greeting: Offer; readonly command: Offer };
  /** Lines of the capability reply outside TLS. */
  readonly list: readonly TranscriptLine[];
  /** The reply with which the capability list was refused for good, though the server may have one. */
  readonly listRefused?: TranscriptLine;
  /** What came of the list before the server closed the connection in the middle of it, or instead of it (latin1). */
  readonly listCut?: string;
  /** The upgrade command's answer; absent in implicit mode, and where it was not asked. */
  readonly upgrade?: Asked;
  /** What was said in clear between the go-ahead and TLS, which should be nothing. */
  readonly between?: TranscriptLine;
  readonly handshake?: Handshake;
  /** The boundary of TLS in the transcript. */
  readonly handshakeAt?: Place;
  /** The handshake failed although the server answers a raw hello as it should: our own TLS library refused what it chose. */
  readonly refusedByUs?: boolean;
  /** The handshake failed, and one without a certificate would not have. */
  readonly anonymousOnly?: boolean;
  /** The handshake failed, perhaps for want of a server name. */
  readonly nameless?: Nameless;
  /** The handshake failed, and hellos of other families were not answered either: what was met instead. */
  readonly deaf?: Deafness;
  /** The server ended TLS, and said that it wants a certificate of ours; nothing shows what it says to others. */
  readonly demandsCertificate?: true;
  /** The handshake succeeded only when nothing but ECDHE was offered. */
  readonly ecdheOnly?: true;
  /** The handshake succeeded only when the protocol was offered by ALPN (RFC 7301). */
  readonly alpnOnly?: true;
  /** The list that the server sent by itself after the upgrade, where the protocol wants it. */
  readonly announced?: readonly TranscriptLine[];
  /** What the server said inside TLS (after an upgrade) that nobody asked for. */
  readonly unasked: readonly TranscriptLine[];
  /** The first command inside TLS was answered. */
  readonly answeredInside?: boolean;
  /** The connection ended instead. */
  readonly endedInside?: true;
  readonly inside?: Offer;
  /** Lines of the capability reply inside TLS. */
  readonly insideList?: readonly TranscriptLine[];
  /** The answer to the upgrade command inside TLS. */
  readonly again?: Asked;
  /** Inside TLS each command had one final reply, and nothing was said unasked. */
  readonly isOrderly?: true;
}

/** A command's outcome as facts keep it. */
export const asked = (heard: CommandAnswer): Asked => ({
  how: heard.how,
  ...(heard.final && { said: said(heard.final) }),
});

/** A reply in short. */
export const said = ({ status, code, said: lines }: HeardReply): ShortReply => ({
  status,
  ...(code !== undefined && { code }),
  lines,
});

/** What a server said, in its last line; undefined where it said nothing. */
export const lastLine = (answer: Asked | undefined): TranscriptLine | undefined => answer?.said?.lines.at(-1);
