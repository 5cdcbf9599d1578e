import type { Wire } from '../wire/wire.js';
import { tunnel } from './tunnel.js';

/** What a splice joins. */
export interface SpliceOptions {
  /** The leg to the client, waxseal in the server's place. */
  readonly client: Wire;
  /** The leg to the door that the client called, where something is said before TLS. */
  readonly near?: Wire;
  /** Opens the leg to the other door, ready for a ClientHello; undefined if it cannot be had, which is told elsewhere. */
  readonly openOther: () => Promise<Wire | undefined>;
  /** Milliseconds without a byte from either side after which the connection is given up. */
  readonly idle: number;
}

/**
 * Passes on what is said in clear between a client and the door that it called; its TLS goes to the other door, and the first one is
 * left. Resolves with the legs to the server that were used, none if the other door could not be had.
 */
export const splice = async ({ client, near, openOther, idle }: SpliceOptions): Promise<readonly Wire[]> => {
  const first = near === undefined ? await client.read(idle) : await inClear(client, near, idle);
  if (first?.kind !== 'records') {
    near?.end('client');
    client.end('us');
    return near === undefined ? [] : [near];
  }
  near?.destroy();
  client.transcript.note({ what: 'spliced', by: 'scenario' });
  const other = await openOther();
  if (other === undefined) return [];
  // With implicit TLS nobody greets, and the client is left alone.
  await tunnel({ client, server: other, idle, early: first.bytes, isStaged: near === undefined });
  return near === undefined ? [other] : [near, other];
};

/** Passes on both sides' words, until the client sends something else than words. */
const inClear = async (client: Wire, near: Wire, idle: number): ReturnType<Wire['read']> => {
  let isOver = false;
  const back = async (): Promise<void> => {
    for (let event = await near.read(idle); event?.kind === 'bytes'; event = await near.read(idle))
      await client.write(event.bytes);
    // A server that leaves before TLS leaves its client as well.
    if (!isOver) client.end('server');
  };
  void back();
  let event = await client.read(idle);
  for (; event?.kind === 'bytes'; event = await client.read(idle)) await near.write(event.bytes);
  isOver = true;
  return event;
};
