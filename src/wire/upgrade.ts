import {
  checkServerIdentity,
  connect,
  createServer,
  TLSSocket,
  type PeerCertificate,
  type SecureContext,
  type Server,
} from 'node:tls';
import { parseClientHello, type ClientHelloFacts } from '../tls/client-hello.js';
import { alertName } from '../tls/registries.js';
import { PresentedChain } from '../tls/presented-chain.js';
import type { Conduit } from './conduit.js';
import type { BoundaryEntry, HelloFacts, Party } from './entry.js';
import { HelloReader } from './hello-reader.js';
import { writeInPieces } from './in-pieces.js';
import { flightInOneRecord, type Outgoing } from './one-record.js';
import type { Scripted } from './scripted-handshake.js';
import { afterSilence } from './silence.js';

/** A place in the server's first flight: behind its first record, half-way, or a few bytes before its end. */
export type BrokenOff = 'after-server-hello' | 'half-way' | 'before-its-end';

/** How to start TLS as a server. */
export interface ServerTls {
  readonly context: SecureContext;
  /** Whether a right-minded client may trust what is presented. */
  readonly trusted: boolean;
  /** Name of the certificate recipe, for the record. */
  readonly certificate?: string;
  readonly alpn?: readonly string[];
  /** Milliseconds for the whole handshake, from the go-ahead on. */
  readonly timeout: number;
  /** The server's first flight is broken off there, and the connection ends. */
  readonly brokenOff?: BrokenOff;
  /** The handshake is made by hand, and never finished. */
  readonly scripted?: Scripted;
  /** The context for a name that the client asks for; `context` where there is none. */
  readonly contextFor?: (servername: string) => Promise<SecureContext> | undefined;
  /** The client is asked for a certificate, and needs none. */
  readonly asksForCertificate?: true;
  /** What TLS sends comes in pieces. */
  readonly inPieces?: 'records' | 'segments';
  /** Hellos on which the connection ends without an answer. */
  readonly refuses?: (hello: HelloFacts) => boolean;
  /** Octets that answer a hello in place of the TLS library, which never sees it; an empty answer is silence. `length` is the hello's, in octets. */
  readonly answers?: (hello: ClientHelloFacts, length: number) => Buffer | undefined;
  /** Octets that answer what follows such a hello, segment by segment. */
  readonly answersMore?: (bytes: Buffer) => Buffer | undefined;
  /** An OCSP response to staple, DER. */
  readonly staple?: Buffer;
  /** Changes what TLS sends on its way out, told the secrets in the format of SSLKEYLOGFILE. */
  readonly outgoing?: () => Outgoing;
  /** The connection goes on in clear where the handshake fails: what TLS sends leaves nothing behind that would be read as an answer then. */
  readonly stays?: true;
}

/** How to start TLS as a client. Verification never ends the handshake: it is a fact. */
export interface ClientTls {
  readonly context: SecureContext;
  /** SNI; absent for IP addresses. */
  readonly servername?: string;
  /** The reference identifier, name or address; without it Node would check nothing but `localhost`. */
  readonly host: string;
  readonly alpn?: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  /** Whether this chain may be trusted, for the record; without it the TLS library's word counts. */
  readonly trusts?: (chain: readonly Buffer[]) => boolean;
  /** A status of the certificate is asked for (RFC 6066 §8), as many clients do. */
  readonly asksForStatus?: true;
  /** A session of an earlier connection to be resumed, in the TLS library's own form. */
  readonly session?: Buffer;
  /** Told of every session that can be resumed, in that form. */
  readonly onSession?: (session: Buffer) => void;
}

/** How a handshake went, seen from our side. */
export interface Handshake {
  readonly completed: boolean;
  readonly hello?: HelloFacts;
  readonly version?: string;
  readonly cipher?: string;
  readonly alpn?: string;
  readonly servername?: string;
  readonly resumed?: boolean;
  readonly alert?: { readonly sentByPeer: boolean; readonly name: string };
  readonly failure?: string;
  /** The peer ended the connection instead of going on. */
  readonly brokenOff?: true;
  /** Milliseconds after which we gave up. */
  readonly timeout?: number;
  /** Server side, where the handshake is made by hand: what the client said after our flight, by name. */
  readonly answers?: readonly string[];
  /** Server side: the ClientHello left no room for what the script does; `failure` says why. */
  readonly unfit?: true;
  /** Client side: the chain verified and the name matched. */
  readonly authorized?: boolean;
  /** Client side: why it did not, by OpenSSL's or Node's name. */
  readonly authorizationError?: string;
  /** Client side: DER, in the order in which the peer sent it; absent where it sent none (resumed, anonymous). */
  readonly chain?: readonly Buffer[];
  /** Client side: the peer asked for a certificate of ours, which it did not get. */
  readonly asksForCertificate?: true;
  /** Client side: the peer sent this text (latin1; its first line) where its ServerHello was due. */
  readonly inClear?: string;
  /** Client side: the OCSP response that the peer stapled, DER; absent where it stapled none, or was not asked to. */
  readonly staple?: Buffer;
  /** Client side: ephemeral key, as in `ECDH X25519 253`. */
  readonly ephemeralKey?: string;
}

/** Told once, synchronously, how the handshake went. */
export type Conclude = (handshake: Handshake) => void;

/** TLS in the server's role over a conduit. */
export const acceptTls = (conduit: Conduit, options: ServerTls, conclude: Conclude): TLSSocket => {
  const hello = new HelloReader();
  const feed = conduit.feed.bind(conduit);
  conduit.feed = (bytes) => {
    hello.push(bytes);
    const facts = hello.facts().hello;
    if (facts !== undefined && options.refuses?.(facts) === true) conduit.destroy();
    else feed(bytes);
  };
  if (options.answers !== undefined) conduit.feed = answering(conduit, options.answers, options.answersMore);
  const { brokenOff, inPieces, asksForCertificate } = options;
  if (inPieces !== undefined) writeInPieces(conduit, inPieces);
  if (brokenOff !== undefined) {
    const write = conduit._write.bind(conduit);
    conduit._write = (flight: Buffer, encoding, done) => {
      write(beginningOf(flight, brokenOff), encoding, (error) => {
        done(error);
        conduit.destroy();
      });
    };
  }
  if (options.stays === true) conduit.ignoreText();
  const outgoing = options.stays === true ? flightInOneRecord() : options.outgoing?.();
  if (outgoing !== undefined) {
    const write = conduit._write.bind(conduit);
    conduit._write = (bytes: Buffer, encoding, done) => {
      write(outgoing.write(bytes), encoding, done);
    };
  }
  const socket = new TLSSocket(conduit, {
    isServer: true,
    secureContext: options.context,
    ...(options.staple && { server: stapler(options.staple) }),
    ...(options.alpn && { ALPNProtocols: [...options.alpn] }),
    ...(options.contextFor && { SNICallback: asCallback(options.contextFor) }),
    ...(asksForCertificate && { requestCert: true, rejectUnauthorized: false }),
  });
  if (outgoing !== undefined) socket.on('keylog', outgoing.keylog);
  watch(socket, 'secure', options.timeout, (outcome) => {
    conclude({ ...outcome, ...hello.facts() });
  });
  return socket;
};

/** Node asks a server, which need not listen, for what to staple. */
const stapler = (staple: Buffer): Server => {
  const server = createServer();
  server.on('OCSPRequest', (_certificate, _issuer, answer) => {
    answer(null, staple);
  });
  return server;
};

const asCallback =
  (contextFor: NonNullable<ServerTls['contextFor']>) =>
  (servername: string, answer: (error: Error | null, context?: SecureContext) => void): void => {
    const context = contextFor(servername);
    if (context === undefined) answer(null);
    else
      context.then(
        (made) => {
          answer(null, made);
        },
        (error: unknown) => {
          answer(error instanceof Error ? error : new Error(String(error)));
        },
      );
  };

/** Holds the first flight back until its hello is whole; one that is answered, and all after it, go no further. */
const answering = (
  conduit: Conduit,
  answers: NonNullable<ServerTls['answers']>,
  answersMore: ServerTls['answersMore'],
): Conduit['feed'] => {
  const feed = conduit.feed.bind(conduit);
  let held: Buffer[] | 'passed on' | 'answered' = [];
  return (bytes) => {
    if (held === 'answered') {
      const more = answersMore?.(bytes);
      if (more !== undefined) conduit.write(more);
      return;
    }
    if (held === 'passed on') {
      feed(bytes);
      return;
    }
    held.push(bytes);
    const flight = Buffer.concat(held);
    const hello = parseClientHello(flight);
    if (hello === 'incomplete') return;
    const answer = hello === 'not-tls' ? undefined : answers(hello, flight.length);
    held = answer === undefined ? 'passed on' : 'answered';
    if (answer === undefined) feed(flight);
    else conduit.write(answer);
  };
};

const beginningOf = (flight: Buffer, until: BrokenOff): Buffer => {
  switch (until) {
    case 'after-server-hello':
      return flight.subarray(0, RECORD_HEADER + flight.readUInt16BE(3));
    case 'half-way':
      return flight.subarray(0, Math.floor(flight.length / 2));
    case 'before-its-end':
      return flight.subarray(0, -8);
  }
};

/** TLS in the client's role over a conduit. */
export const connectTls = (conduit: Conduit, options: ClientTls, conclude: Conclude): TLSSocket => {
  const presented = new PresentedChain();
  const feed = conduit.feed.bind(conduit);
  let inClear: string | undefined;
  let isBegun = false;
  let staple: Buffer | undefined;
  conduit.feed = (bytes) => {
    if (!isBegun) inClear = textOf(bytes);
    isBegun = true;
    presented.push(bytes);
    feed(bytes);
  };
  const socket = connect({
    socket: conduit,
    secureContext: options.context,
    host: options.host,
    rejectUnauthorized: false,
    ...(options.servername !== undefined && { servername: options.servername }),
    ...(options.alpn && { ALPNProtocols: [...options.alpn] }),
    ...(options.asksForStatus && { requestOCSP: true }),
    ...(options.session && { session: options.session }),
    checkServerIdentity: identityError,
  });
  socket.on('OCSPResponse', (response: Buffer | null) => {
    staple ??= response ?? undefined;
  });
  if (options.onSession !== undefined) socket.on('session', options.onSession);
  socket.on('keylog', (line: Buffer) => {
    presented.keylog(line);
  });
  watch(socket, 'secureConnect', options.timeout, (outcome) => {
    const { certificates, asksForCertificate } = presented;
    const seen = {
      ...(certificates && { chain: certificates }),
      ...(asksForCertificate && { asksForCertificate: true as const }),
      ...(inClear !== undefined && !outcome.completed && { inClear }),
      ...(staple && { staple }),
    };
    if (!outcome.completed) conclude({ ...outcome, ...seen });
    else {
      const facts = peerFacts(socket);
      const authorized = options.trusts === undefined ? facts.authorized : options.trusts(certificates ?? []);
      conclude({ ...outcome, ...facts, ...seen, ...(authorized !== undefined && { authorized }) });
    }
  });
  return socket;
};

/** The first line of what is no TLS record but text; undefined otherwise. */
const textOf = (bytes: Buffer): string | undefined => {
  const [line = ''] = bytes.toString('latin1', 0, LONGEST_LINE).split(/\r?\n/);
  return /^[\x20-\x7e\t]{3,}$/.test(line) ? line : undefined;
};

const LONGEST_LINE = 200;

/** Node's own comparison of names, which throws where a certificate holds odd ASN.1 types: that is a mismatch, not an end of ours. */
export const identityError = (host: string, certificate: PeerCertificate): Error | undefined => {
  try {
    return checkServerIdentity(host, certificate);
  } catch (error) {
    return error instanceof Error ? error : new Error('the names of the certificate cannot be read');
  }
};

/** How a handshake ends whose peer goes away. */
export const BROKEN_OFF = {
  completed: false,
  failure: 'the peer closed the connection during the handshake',
  brokenOff: true,
} as const;

/** What a boundary tells of a handshake in which we played `us`. */
export const boundaryFacts = (
  handshake: Handshake,
  tls: Pick<ServerTls, 'trusted' | 'certificate'>,
  us: Party,
): Omit<BoundaryEntry, 'kind' | 'at' | 'pending'> => {
  const { completed, hello, version, cipher, alpn, servername, resumed, alert, failure, timeout } = handshake;
  const { answers, brokenOff, unfit } = handshake;
  const peer = us === 'client' ? 'server' : 'client';
  return {
    completed,
    trusted: tls.trusted,
    ...named(tls),
    ...(hello && { hello }),
    ...(version !== undefined && { version }),
    ...(cipher !== undefined && { cipher }),
    ...(alpn !== undefined && { alpn }),
    ...(servername !== undefined && { servername }),
    ...(resumed !== undefined && { resumed }),
    ...(alert && { alert: { from: alert.sentByPeer ? peer : us, name: alert.name } }),
    ...(failure !== undefined && { failure }),
    ...(timeout !== undefined && { timeout }),
    ...(answers !== undefined && { answers }),
    ...(brokenOff !== undefined && { brokenOff }),
    ...(unfit !== undefined && { unfit }),
  };
};

/** The certificate's name, where it has one. */
export const named = (tls: Pick<ServerTls, 'certificate'>): { certificate?: string } =>
  tls.certificate === undefined ? {} : { certificate: tls.certificate };

const peerFacts = (socket: TLSSocket): Partial<Handshake> => {
  const error = socket.authorizationError as Error | string | null | undefined;
  const key = socket.getEphemeralKeyInfo();
  return {
    authorized: socket.authorized,
    ...(error != null && { authorizationError: typeof error === 'string' ? error : errorCode(error) }),
    ...(key !== null &&
      'type' in key && {
        ephemeralKey: [key.type, 'name' in key ? key.name : '', 'size' in key ? key.size : ''].join(' ').trim(),
      }),
  };
};

/** Concludes in the very event that ends the handshake, so that nothing received inside is recorded before the boundary. */
const watch = (socket: TLSSocket, secured: 'secure' | 'secureConnect', timeout: number, concluded: Conclude): void => {
  let isOver = false;
  const conclude = (outcome: Handshake): void => {
    if (isOver) return;
    isOver = true;
    callOff();
    concluded(outcome);
  };
  const callOff = afterSilence(timeout, () => {
    conclude({ completed: false, failure: `the handshake took longer than ${String(timeout)} ms`, timeout });
    socket.destroy();
  });
  socket.once(secured, () => {
    const servername = (socket as TLSSocket & { servername?: string | false | null }).servername;
    conclude({
      completed: true,
      version: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher().name,
      resumed: socket.isSessionReused(),
      ...(typeof socket.alpnProtocol === 'string' && { alpn: socket.alpnProtocol }),
      ...(typeof servername === 'string' && { servername }),
    });
  });
  socket.on('error', (error: Error) => {
    const alert = alertIn(error);
    conclude({ completed: false, failure: reasonOf(error), ...(alert && { alert }) });
  });
  socket.once('close', () => {
    conclude(BROKEN_OFF);
  });
  socket.once('end', () => {
    conclude(BROKEN_OFF);
  });
};

/** Node names a received alert `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA` or `ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE`, but also `ERR_SSL_TLSV1_UNRECOGNIZED_NAME`. */
const alertIn = (error: Error): Handshake['alert'] => {
  const received = /ALERT_([A-Z0-9_]+)$/.exec(errorCode(error));
  if (received?.[1] !== undefined) return { sentByPeer: true, name: received[1].toLowerCase() };
  const number = /SSL alert number (\d+)/.exec(error.message);
  return number === null ? undefined : { sentByPeer: true, name: alertName(Number(number[1])).replace(' ', '_') };
};

const reasonOf = (error: Error): string => {
  const code = errorCode(error);
  return code === 'ECONNRESET' ? 'the peer reset the connection during the handshake' : code;
};

const errorCode = (error: Error): string => {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' && code !== '' ? code : error.message.slice(0, 120);
};

const RECORD_HEADER = 5;
