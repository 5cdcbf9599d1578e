import { number } from '../tls/byte-writer.js';
import { opening13, sealing13, type RecordOpening } from '../tls/record-opening.js';

/** What changes the bytes that TLS sends, told its secrets in the format of SSLKEYLOGFILE. */
export interface Outgoing {
  readonly keylog: (line: Buffer) => void;
  readonly write: (bytes: Buffer) => Buffer;
}

/**
 * What follows the ServerHello comes in one record, sealed or in clear: a client that refuses the certificate has read the rest of
 * the flight by then, and nothing is left on the connection that it would read as the answer to its next words in clear. A flight
 * that a record has no room for, or of a suite that is not known, goes out as it is.
 */
export const flightInOneRecord = (): Outgoing => {
  let secret: Buffer | undefined;
  let suite: number | undefined;
  let opens: RecordOpening | undefined;
  let begun: Buffer = NOTHING;
  let isOver = false;
  /** Records of the flight so far, and the messages in them. */
  let records: Buffer[] = [];
  let messages: Buffer[] = [];

  const flightSoFar = (joined?: Buffer): Buffer => {
    const flight = joined ?? Buffer.concat(records);
    records = [];
    messages = [];
    return flight;
  };

  const messagesOf = (record: Buffer): Buffer | undefined => {
    if (record[0] === HANDSHAKE) return record.subarray(HEADER);
    if (record[0] !== SEALED || suite === undefined || secret === undefined) return undefined;
    opens ??= opening13(suite, secret);
    const opened = opens?.(record);
    return opened?.type === HANDSHAKE ? opened.contents : undefined;
  };

  const joined = (isSealed: boolean): Buffer | undefined => {
    const all = Buffer.concat(messages);
    if (all.length > LONGEST) return undefined;
    // With the version of its records: a client of TLS 1.0 takes no other.
    if (!isSealed) return Buffer.concat([...records.slice(0, 1).map(headOf), number(2, all.length), all]);
    return suite === undefined || secret === undefined ? undefined : sealing13(suite, secret)?.(HANDSHAKE, all);
  };

  const passed = (record: Buffer): Buffer => {
    const said = isOver ? undefined : messagesOf(record);
    if (said?.[0] === SERVER_HELLO && record[0] === HANDSHAKE) {
      suite = said.readUInt16BE(SESSION_ID + 1 + (said[SESSION_ID] ?? 0));
      return record;
    }
    if (said === undefined) return Buffer.concat([flightSoFar(), record]);
    records.push(record);
    messages.push(said);
    if (![SERVER_HELLO_DONE, FINISHED].includes(lastMessage(Buffer.concat(messages)) ?? -1)) return NOTHING;
    isOver = true;
    return flightSoFar(joined(record[0] === SEALED));
  };

  return {
    keylog: (line) => {
      const [label, , value = ''] = line.toString('latin1').trim().split(' ');
      if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET') secret = Buffer.from(value, 'hex');
    },
    write: (bytes) => {
      begun = Buffer.concat([begun, bytes]);
      const out: Buffer[] = [];
      for (;;) {
        const length = begun.length < HEADER ? Infinity : HEADER + begun.readUInt16BE(3);
        if (begun.length < length) return Buffer.concat(out);
        out.push(passed(begun.subarray(0, length)));
        begun = begun.subarray(length);
      }
    },
  };
};

/** Content type and version. */
const headOf = (record: Buffer): Buffer => record.subarray(0, HEADER - 2);

/** The type of the last message, where it is whole. */
const lastMessage = (messages: Buffer): number | undefined => {
  let type: number | undefined;
  let at = 0;
  while (at + MESSAGE_HEADER <= messages.length) {
    type = messages[at];
    at += MESSAGE_HEADER + messages.readUIntBE(at + 1, 3);
  }
  return at === messages.length ? type : undefined;
};

const NOTHING: Buffer = Buffer.alloc(0);
const HEADER = 5;
const MESSAGE_HEADER = 4;
const HANDSHAKE = 22;
const SEALED = 23;
const SERVER_HELLO = 2;
const SERVER_HELLO_DONE = 14;
const FINISHED = 20;
/** Where the session's length stands in a ServerHello, behind its header, version and random. */
const SESSION_ID = MESSAGE_HEADER + 2 + 32;
/** Octets of a record. */
const LONGEST = 16_384;
