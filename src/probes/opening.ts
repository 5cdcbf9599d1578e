import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import type { Protocol, ProtocolName } from '../protocols/protocol.js';
import { firstLine } from '../protocols/text.js';
import type { TranscriptLine } from './place.js';

/** What was met when a connection was made. Texts are the peer's: escape them on output. */
export type Opening =
  /** The protocol that was asked for, in the TLS mode that was asked for. */
  | {
      readonly kind: 'greeted';
      readonly lines: readonly TranscriptLine[];
      readonly preauthenticated: boolean;
      readonly bare: boolean;
    }
  /** A greeting that says no: 421, 554, BYE, -ERR. */
  | { readonly kind: 'refused'; readonly lines: readonly TranscriptLine[] }
  /** TLS from the first byte where plaintext was due. */
  | { readonly kind: 'tls-at-once' }
  /** A plaintext greeting where TLS was due from the first byte. */
  | { readonly kind: 'plaintext'; readonly speaks: ProtocolName | 'unknown'; readonly lines: readonly TranscriptLine[] }
  /** Something else: another mail protocol, or another service altogether. */
  | {
      readonly kind: 'foreign';
      readonly speaks: ProtocolName | 'unknown';
      readonly service: string;
      readonly lines: readonly TranscriptLine[];
    }
  /** No greeting came within the time; `came` is what there was of one. */
  | { readonly kind: 'silent'; readonly seconds: number; readonly came?: TranscriptLine }
  /** `unheard`: before it could have read a ClientHello; `secured`: after a TLS handshake. */
  | { readonly kind: 'closed'; readonly came?: TranscriptLine; readonly unheard?: true; readonly secured?: true }
  /** The connection ends because we have no certificate of our own, or one that the server does not take; `told`: the server said that this is why. */
  | { readonly kind: 'wants-certificate'; readonly shown?: true; readonly told?: true }
  /** Nothing is said before a header of the PROXY protocol. */
  | { readonly kind: 'wants-proxy-header' }
  /** More bytes than a greeting may have. */
  | { readonly kind: 'flood' }
  /** Implicit TLS: a handshake began and failed. */
  | {
      readonly kind: 'tls-failed';
      readonly failure: string;
      /** Our own TLS library refused what the server chose: no fact about the server. */
      readonly refusedByUs: boolean;
      /** A handshake without a certificate would have succeeded. */
      readonly anonymousOnly?: boolean;
      /** Set where the want of a server name may be the reason. */
      readonly nameless?: Nameless;
    };

/** A handshake failed that sent no server name, because the host was named by its address. */
export interface Nameless {
  /** A name with which it succeeds; absent where none is known to help. */
  readonly helps?: string;
}

/** What may be wrong with a handshake without a server name. */
export const namelessInWords = ({ helps }: Nameless, failure: string): string =>
  helps === undefined
    ? `no handshake succeeds without a server name (${failure}), and by address none is sent: the server may insist on one; name the host, or give --servername NAME`
    : `the server insists on a server name: without one the handshake fails (${failure}), for ${helps} it succeeds; name the host, or give --servername ${helps}`;

/** Nobody else is told what is said inside TLS. */
export const ONLY_WITH_CERTIFICATE = 'the server serves only clients that show a certificate (--client-cert shows one)';

/** What was met, in words without peer text. */
export const openingInWords = (opening: Opening): string => {
  switch (opening.kind) {
    case 'greeted':
      return 'the server greets as it should';
    case 'refused':
      return 'the server refuses this connection in its greeting';
    case 'tls-at-once':
      return 'TLS is spoken from the first byte here, this is not a STARTTLS port';
    case 'plaintext':
      return 'plaintext is spoken here, where TLS is due from the first byte';
    case 'foreign':
      return `${opening.service} is spoken here`;
    case 'silent':
      return opening.came === undefined
        ? `the server did not say a word within ${String(opening.seconds)} s (--max-wait allows more)`
        : `the server did not finish its greeting within ${String(opening.seconds)} s (--max-wait allows more)`;
    case 'closed':
      if (opening.unheard === true)
        return 'the server accepts each connection and closes it, whether a ClientHello was sent or not';
      return opening.came === undefined
        ? `the server ${opening.secured === true ? 'completes the TLS handshake and then ' : ''}closes the connection without a word`
        : 'the server closes the connection in the middle of its greeting';
    case 'wants-certificate':
      return opening.shown === true
        ? 'the server does not accept the client certificate'
        : opening.told === true
          ? ONLY_WITH_CERTIFICATE
          : 'the server asks for a client certificate, and ends the connection when it is shown none (--client-cert shows one)';
    case 'wants-proxy-header':
      return 'the server wants a header of the PROXY protocol first: it talks to its proxy only (--send-proxy v2, or v1, sends one)';
    case 'flood':
      return 'the server sends data without end instead of a greeting';
    case 'tls-failed':
      return 'the TLS handshake fails';
  }
};

export interface Identity {
  readonly speaks: ProtocolName | 'unknown';
  /** In words: `SSH`, `HTTP`, `FTP`, `binary data`. */
  readonly service: string;
}

/** Which service begins to speak like this: `expected` where it may be; undefined while its first line is incomplete and could still become one. */
export const identify = (bytes: Buffer, expected?: Protocol): Identity | undefined => {
  const line = firstLine(bytes)?.text;
  if (line === undefined && bytes.length < ENOUGH && isText(bytes)) return undefined;
  const text = line ?? bytes.toString('latin1', 0, ENOUGH);
  const speaker = [...(expected === undefined ? [] : [expected]), ...ALL_PROTOCOLS].find(({ inspection }) =>
    inspection.greets(text),
  );
  if (speaker !== undefined) return { speaks: speaker.name, service: speaker.title };
  const service = OTHERS.find(([pattern]) => pattern.test(text))?.[1];
  return { speaks: 'unknown', service: service ?? (isText(bytes) ? 'an unknown service' : 'binary data') };
};

const isText = (bytes: Buffer): boolean =>
  !bytes
    .subarray(0, ENOUGH)
    .some((byte) => byte === 0 || (byte < 0x20 && byte !== 0x0d && byte !== 0x0a && byte !== 0x09));

const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^220[ -].*\bFTP/i, 'FTP'],
  [/^SSH-/, 'SSH'],
  [/^HTTP\//, 'HTTP'],
  [/^(?:200|201|400|502) /, 'NNTP'],
  [/^RFB /, 'VNC'],
];

const ENOUGH = 200;
