import { randomBytes } from 'node:crypto';
import { buildClientHello } from '../tls/build-hello.js';
import {
  FINISHED,
  helloRetryRandom,
  message,
  records,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
} from '../tls/server-messages.js';
import { VERSION_NUMBERS } from '../tls/registries.js';
import type { Wire } from '../wire/wire.js';

/** The handshake of a client that looks at nothing: whatever the server says, the next message follows. `patience` in milliseconds. */
export const goOnBlindly = async (wire: Wire, patience: number): Promise<void> => {
  let received: Buffer = Buffer.alloc(0);
  await wire.write(hello());
  for (let hellos = 1; hellos <= MOST_HELLOS;) {
    const event = await wire.read(patience);
    if (event === undefined || !('bytes' in event)) return;
    received = Buffer.concat([received, event.bytes]);
    const answer = answerTo(received);
    if (answer === undefined) continue;
    received = Buffer.alloc(0);
    await wire.write(answer === 'hello again' ? hello() : answer);
    if (answer !== 'hello again') return;
    hellos += 1;
  }
};

const hello = (): Buffer => buildClientHello({ versions: ['TLSv1.2', 'TLSv1.3'] });

/** What such a client says to a server's flight; undefined as long as it waits for more of it. */
const answerTo = (received: Buffer): Buffer | 'hello again' | undefined => {
  if (received[0] !== undefined && received[0] >= SSL_2)
    return received[2] === SSL_2_SERVER_HELLO ? SSL_2_MASTER_KEY : undefined;
  const messages = messagesIn(received);
  if (messages.some(({ type, body }) => type === SERVER_HELLO && body.subarray(2, 34).equals(helloRetryRandom)))
    return 'hello again';
  if (messages.some(({ type }) => type === SERVER_HELLO_DONE)) return REST;
  return messages.some(({ type }) => type === FINISHED) ? inRecord(APPLICATION_DATA, randomBytes(32)) : undefined;
};

const messagesIn = (received: Buffer): { readonly type: number; readonly body: Buffer }[] => {
  const fragments: Buffer[] = [];
  for (let at = 0; at + 5 <= received.length; at += 5 + received.readUInt16BE(at + 3))
    if (received[at] === HANDSHAKE) fragments.push(received.subarray(at + 5, at + 5 + received.readUInt16BE(at + 3)));
  const stream = Buffer.concat(fragments);
  const messages: { type: number; body: Buffer }[] = [];
  for (let at = 0; at + 4 <= stream.length;) {
    const length = stream.readUIntBE(at + 1, 3);
    if (at + 4 + length > stream.length) break;
    messages.push({ type: stream[at] ?? 0, body: stream.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return messages;
};

const inRecord = (type: number, contents: Buffer): Buffer => records(type, VERSION_NUMBERS['TLSv1.2'], contents);

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const SSL_2 = 0x80;
const SSL_2_SERVER_HELLO = 4;
const SSL_2_MASTER_KEY = Buffer.from([0x80, 10, 2, 1, 0, 0x80, 0, 0, 0, 0, 0, 0]);
/** ClientKeyExchange, ChangeCipherSpec, and a Finished that nobody can read. */
const REST = Buffer.concat([
  inRecord(HANDSHAKE, message(16, randomBytes(66))),
  inRecord(20, Buffer.from([1])),
  inRecord(HANDSHAKE, randomBytes(40)),
]);
const MOST_HELLOS = 4;
