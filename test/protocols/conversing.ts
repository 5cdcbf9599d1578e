import { Dialogue } from '../../src/protocols/dialogue.js';
import type { ClientUnit, HonestServer, Protocol, Reply, ServerSettings } from '../../src/protocols/protocol.js';

/** What was said in a conversation between a scripted client and the honest server. */
export interface Said {
  readonly units: readonly ClientUnit[];
  readonly starts: readonly number[];
  readonly replies: readonly Reply[];
  /** All bytes of the server. */
  readonly bytes: string;
  readonly closed: boolean;
  readonly server: HonestServer;
}

/** The honest server answers a client's bytes, cut as given; TLS starts (in thought) where the server says so, and the cut in which it does is the last one outside. */
export const converse = (
  protocol: Protocol,
  settings: ServerSettings,
  segments: readonly (string | Uint8Array)[],
  startInside = false,
): Said => {
  const server = protocol.server(settings);
  if (startInside) server.startInside();
  const dialogue = new Dialogue(protocol);
  const units: ClientUnit[] = [];
  const starts: number[] = [];
  const replies: Reply[] = [];
  const sent: Buffer[] = [];
  let closed = false;
  const send = (bytes: Buffer): void => {
    sent.push(bytes);
    replies.push(...dialogue.server(bytes));
  };
  send(server.greeting());
  for (const segment of segments) {
    dialogue.client(typeof segment === 'string' ? Buffer.from(segment, 'latin1') : segment);
    for (let placed = dialogue.next(); placed !== undefined && !closed; placed = dialogue.next()) {
      units.push(placed.unit);
      starts.push(placed.start);
      dialogue.answering(placed.unit);
      const answer = server.answer(placed.unit);
      send(answer.bytes);
      if (answer.close === true) closed = true;
      if (answer.upgrade === true) {
        dialogue.takeUnread();
        dialogue.reset();
        send(server.upgraded());
      }
    }
  }
  return { units, starts, replies, bytes: Buffer.concat(sent).toString('latin1'), closed, server };
};

/** First words of the replies: what a reader compares at a glance. */
export const heads = (said: Said): string[] => said.replies.map((reply) => reply.lines[0] ?? '');
