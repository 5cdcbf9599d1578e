import { printable } from '../wire/printable.js';
import type { Party } from '../wire/entry.js';
import { verdictOnEvidence, type Judgement } from '../verdict/judgement.js';
import { reading, type Reading } from '../verdict/reading.js';
import type { Evidence } from '../verdict/evidence.js';
import type { CapturedConnection } from './connection.js';
import type { FindingId } from './findings.js';
import type { CapturedFinding } from './judge-connection.js';

/**
 * The connection of the server’s side that belongs to each of the client’s side: between the same addresses and ports, with the same
 * ClientHello, or (behind a proxy, which has its own) of the same protocol, at the same time and with the same beginning.
 */
export const pairedWith = (
  clients: readonly CapturedConnection[],
  servers: readonly CapturedConnection[],
): ReadonlyMap<CapturedConnection, CapturedConnection> => {
  const pairs = new Map<CapturedConnection, CapturedConnection>();
  const free = new Set(servers);
  for (const least of [SAME_ENDS, SAME_HELLO, ALIKE])
    for (const client of clients) {
      if (pairs.has(client)) continue;
      const best = [...free]
        .map((server) => ({ server, likeness: likenessOf(client, server, clients.length + servers.length === 2) }))
        .filter(({ likeness }) => likeness >= least)
        .sort((a, b) => distance(client, a.server) - distance(client, b.server))[0];
      if (best === undefined) continue;
      pairs.set(client, best.server);
      free.delete(best.server);
    }
  return pairs;
};

const SAME_ENDS = 3;
const SAME_HELLO = 2;
const ALIKE = 1;
/** Milliseconds: clocks of two machines. */
const CLOCKS = 300_000;

const distance = (a: CapturedConnection, b: CapturedConnection): number => Math.abs(a.openedAt - b.openedAt);

const likenessOf = (a: CapturedConnection, b: CapturedConnection, areAlone: boolean): number => {
  if (a.protocol !== b.protocol || distance(a, b) > CLOCKS) return 0;
  const ends = ({ client, server }: CapturedConnection): string =>
    `${client.address} ${String(client.port)} ${server.address} ${String(server.port)}`;
  if (ends(a) === ends(b)) return SAME_ENDS;
  const [random, other] = [helloOf(a), helloOf(b)];
  if (random !== undefined && random === other) return SAME_HELLO;
  const beginning = (connection: CapturedConnection): string => clear(connection, 'client').split('\n')[0] ?? '';
  return areAlone || (beginning(a) !== '' && beginning(a) === beginning(b)) ? ALIKE : 0;
};

/** What both captures of a connection say together. */
export const compareSides = (client: CapturedConnection, server: CapturedConnection | undefined): CapturedFinding => {
  if (server === undefined)
    return inconclusive('the capture of the other side holds no connection that belongs to this one');
  if (hasHoles(client) || hasHoles(server))
    return inconclusive('the beginning of the connection, or a part of it, is missing on one of both sides');
  const [near, far] = [reading(client.record), reading(server.record)];
  const stripped = strippedBetween(client, near, server, far);
  if (stripped !== undefined) return finding('starttls-stripped', stripped);
  const intercepted = interceptedBetween(client, server);
  if (intercepted !== undefined) return finding('tls-intercepted', intercepted);
  const changed = changedBetween(client, server);
  if (changed !== undefined) return finding('changed-on-path', changed);
  return {
    id: 'changed-on-path',
    judgement: {
      status: 'safe',
      because: 'both captures show the same text in clear and the same TLS',
      leaked: [],
      evidence: [],
    },
  };
};

const finding = (id: FindingId, evidence: Evidence): CapturedFinding => ({
  id,
  judgement: verdictOnEvidence('required', [evidence]),
});

const inconclusive = (because: string): CapturedFinding => {
  const judgement: Judgement = { status: 'inconclusive', because, leaked: [], evidence: [] };
  return { id: 'changed-on-path', judgement };
};

const hasHoles = ({ startSeen, losses, contradicts }: CapturedConnection): boolean =>
  !startSeen || losses.some(({ inside }) => !inside) || contradicts;

const proof = (entry: number, quote: string, why: string): Evidence => ({
  leak: 'encryption',
  cause: 'denied',
  connection: 1,
  entry: Math.max(0, entry),
  quote,
  why,
});

const strippedBetween = (
  client: CapturedConnection,
  near: Reading,
  server: CapturedConnection,
  far: Reading,
): Evidence | undefined => {
  const offers = ({ heard }: Reading): readonly Reading['heard'][number][] =>
    heard.filter(({ offer, inside }) => offer !== undefined && !inside);
  const seen = offers(near);
  const sent = offers(far).find(({ offer }) => offer?.upgrade === true);
  const [first] = seen;
  if (sent !== undefined && first !== undefined && seen.every(({ offer }) => offer?.upgrade === false))
    return proof(
      first.entry,
      printable(first.reply.lines.join(' ').slice(0, 120)),
      'the server offered STARTTLS, and the offer did not reach the client',
    );
  const asked = near.said.find(({ unit, inside }) => unit.moment === 'starttls' && !inside);
  if (asked !== undefined && client.upgrade === 'refused' && server.upgrade === 'granted')
    return proof(asked.entry, 'STARTTLS', 'the server accepted STARTTLS, and the client was told that it was refused');
  if (asked !== undefined && server.upgrade === 'not-asked' && !hasTls(server))
    return proof(asked.entry, 'STARTTLS', 'the client sent STARTTLS, and it did not reach the server');
  if (!hasTls(client) && hasTls(server))
    return proof(0, '…', 'the server’s side is encrypted, the client’s side is not');
  return undefined;
};

const hasTls = ({ sessions }: CapturedConnection): boolean => sessions.some(({ facts }) => facts.completed);

const interceptedBetween = (client: CapturedConnection, server: CapturedConnection): Evidence | undefined => {
  const [session] = client.sessions;
  if (session === undefined) return undefined;
  const [near, far] = [helloOf(client), helloOf(server)];
  if (near !== undefined && far !== undefined && near !== far)
    return proof(session.entry, '…', 'the client’s TLS and the server’s TLS are two sessions: TLS ends between them');
  if (hasTls(client) && !hasTls(server))
    return proof(session.entry, '…', 'the client’s side is encrypted, the server’s side is not: TLS ends between them');
  return undefined;
};

const helloOf = ({ sessions }: CapturedConnection): string | undefined =>
  sessions[0]?.facts.hello?.random.toString('hex');

const changedBetween = (client: CapturedConnection, server: CapturedConnection): Evidence | undefined => {
  for (const from of ['server', 'client'] as const) {
    const [near, far] = [clear(client, from), clear(server, from)];
    if (near === far) continue;
    // Where one side was followed longer, the rest is not missing on the other.
    const isCut = client.end === 'open' || server.end === 'open' || client.end === 'limit' || server.end === 'limit';
    const at = firstDifference(near, far);
    if (isCut && (at === near.length || at === far.length)) continue;
    const line = near.slice(near.lastIndexOf('\n', at - 1) + 1);
    const entry = entryAt(client, from, at);
    const word = from === 'client' ? (/^\S*(?: [A-Z]+)?/.exec(line)?.[0] ?? '') : (line.split('\r')[0] ?? '');
    return proof(
      entry,
      printable(word.slice(0, 60)),
      `what the ${from} said in clear differs between both sides, from byte ${String(at + 1)} on`,
    );
  }
  return undefined;
};

/** What a side said in clear before TLS, latin1. */
const clear = ({ record }: CapturedConnection, from: Party): string =>
  record.entries
    .flatMap((entry) => (entry.kind === 'bytes' && entry.from === from && !entry.inside ? [entry.data] : []))
    .join('');

const firstDifference = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
};

const entryAt = ({ record }: CapturedConnection, from: Party, offset: number): number => {
  let before = 0;
  let last = 0;
  for (const [index, entry] of record.entries.entries()) {
    if (entry.kind !== 'bytes' || entry.from !== from || entry.inside) continue;
    last = index;
    before += entry.data.length;
    if (before > offset) return index;
  }
  return last;
};
