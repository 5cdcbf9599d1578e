import { number, vector } from '../tls/byte-writer.js';
import { alertName } from '../tls/registries.js';
import { hasHandshake } from './handshake-control.js';
import { helloTraits } from './hello-traits.js';
import { EXTENSION } from '../tls/registries.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { answeredHello, refusalInWords, serverNameOf } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';

// What a server answers to records that are not in order, after its first flight of TLS 1.2.

/** What came after a record of ours. */
interface Heard {
  /** `alert unexpected_message`, `closed`, `silence`, `heartbeat of 19 octets`. */
  readonly answer: string;
  readonly at?: Place;
}

/** How a server takes a heartbeat that asks for more than it brings (RFC 6520 §4). */
export interface HeartbeatFacts extends Heard {
  /** Octets of memory that came back; 0 where none did. */
  readonly leaked: number;
}

/**
 * A heartbeat without a payload that claims one of 16 octets: a server that does not compare sends so many octets of its memory
 * back, which is what was in the buffer of our own hello.
 */
export const heartbeat = defineProbe<HeartbeatFacts>({
  id: 'heartbeat',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    const traits = await context.facts(helloTraits);
    if (!traits.heartbeat) throw new NotObserved('the server takes no heartbeats');
    const call = await callAtThreshold(context);
    const { answer, at } = await answeredHello(call, {
      ...serverNameOf(context),
      versions: ['TLSv1.2'],
      extraExtensions: new Map([[EXTENSION.heartbeat, Buffer.from([1])]]),
    });
    if (answer.kind !== 'server-hello' || !answer.complete) throw new NotObserved('TLS 1.2 is refused');
    const heard = await call.exchange(record(HEARTBEAT, Buffer.from([1, 0, CLAIMED])), waitOf(context));
    call.close();
    const isHeartbeat = heard.bytes[0] === HEARTBEAT && heard.bytes.length >= 5;
    const length = isHeartbeat ? heard.bytes.readUInt16BE(3) : 0;
    return {
      answer: inWords(heard),
      leaked: isHeartbeat && heard.bytes[5] === 2 ? Math.max(0, Math.min(CLAIMED, length - 3)) : 0,
      ...(at && { at }),
    };
  },
});

/** How a server takes a ChangeCipherSpec before there is a key. */
export interface EarlyCipherFacts extends Heard {
  /** It went over to keys that anybody can compute: it tried to decrypt what came next. */
  readonly isTaken: boolean;
  /** Neither answered nor ended. */
  readonly isSilent: boolean;
}

/** A ChangeCipherSpec after the server's first flight, and a second one if it is not refused. */
export const earlyCipher = defineProbe<EarlyCipherFacts>({
  id: 'early-change-cipher-spec',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    await hasHandshake(context);
    const call = await callAtThreshold(context);
    const { answer, at } = await answeredHello(call, { ...serverNameOf(context), versions: ['TLSv1.2'] });
    if (answer.kind !== 'server-hello' || !answer.complete)
      throw new NotObserved(`TLS 1.2 is refused (${refusalInWords(answer)})`);
    const change = record(CHANGE_CIPHER_SPEC, Buffer.from([1]));
    const first = await call.exchange(change, waitOf(context));
    const isQuiet = first.bytes.length === 0 && !first.isEnded;
    const heard = isQuiet ? await call.exchange(change, waitOf(context)) : first;
    call.close();
    const [type, , , , , , description = 0] = heard.bytes;
    return {
      answer: inWords(heard),
      // Only a server with keys can find fault with a record's authenticity.
      isTaken: isQuiet && type === ALERT && (description === BAD_RECORD_MAC || description === DECRYPTION_FAILED),
      isSilent: heard.bytes.length === 0 && !heard.isEnded,
      ...(at && { at }),
    };
  },
});

/** An answer in words. */
export const inWords = ({ bytes, isEnded }: { readonly bytes: Buffer; readonly isEnded: boolean }): string => {
  const [type, , , high = 0, low = 0, , description = 0] = bytes;
  if (type === undefined) return isEnded ? 'closed' : 'silence';
  // By the length of the record: some go on in clear, and what they say may come in the same segment or in a later one.
  if (type === ALERT) return high === 0 && low === 2 ? `alert ${alertName(description)}` : 'encrypted alert';
  return type === HEARTBEAT ? `heartbeat of ${String(bytes.readUInt16BE(3))} octets` : `record of type ${String(type)}`;
};

/** A record of TLS 1.2. */
export const record = (type: number, contents: Buffer): Buffer =>
  Buffer.concat([number(1, type), number(2, 0x0303), vector(2, contents)]);

/** Milliseconds to wait for an answer; a server that is silent shows nothing by it. */
export const waitOf = ({ patience }: ProbeContext): number => Math.max(4 * patience.quiet, 500);

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HEARTBEAT = 24;
const CLAIMED = 16;
const BAD_RECORD_MAC = 20;
const DECRYPTION_FAILED = 21;
