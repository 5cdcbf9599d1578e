import { createHash } from 'node:crypto';
import { fromBase64 } from '../protocols/text.js';
import type { ClientUnit } from '../protocols/protocol.js';
import { readings } from '../verdict/evidence.js';
import { parseClientHello } from '../tls/client-hello.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import type { HelloFacts } from '../wire/entry.js';

/**
 * What a client says of itself on one connection. Clients that come from one address are told apart by it; what was not
 * said is absent.
 */
export interface Identity {
  /** Name in the first EHLO, HELO or LHLO. */
  readonly name?: string;
  /** The command that said it, where it is not EHLO. */
  readonly helloVerb?: string;
  /** Arguments of IMAP's ID. */
  readonly id?: string;
  readonly user?: string;
  /** Fingerprint of the first ClientHello. */
  readonly hello?: string;
  /** How it writes commands: shape of tags, case of verbs. */
  readonly style?: string;
  /** Verbs that it used. */
  readonly verbs: readonly string[];
}

/** Reads what the client of a visit says of itself; undefined if it said nothing at all. */
export const identityOf = (visit: Visit, read: readonly Reading[] = readings(visit)): Identity | undefined => {
  const said = read.flatMap((each) => each.said.map(({ unit }) => unit));
  const commands = said.filter((unit) => unit.kind === 'command');
  const hello =
    read.flatMap((each) => each.boundaries).find(({ facts }) => facts.hello !== undefined)?.facts.hello ??
    // Where STARTTLS is due, a ClientHello comes from a port check.
    (visit.tls === 'implicit' ? unansweredHello(read) : undefined);
  if (commands.length === 0 && hello === undefined) return undefined;
  const greeting = commands.find(({ verb }) => verb === 'EHLO' || verb === 'HELO' || verb === 'LHLO');
  const name = greeting?.args[0];
  const id = commands.find(({ verb }) => verb === 'ID')?.args.join(' ');
  const user = said.map(userIn).find((each) => each !== undefined);
  const style = styleOf(read);
  return {
    ...(name !== undefined && { name }),
    ...(name !== undefined && greeting !== undefined && greeting.verb !== 'EHLO' && { helloVerb: greeting.verb }),
    ...(id !== undefined && { id }),
    ...(user !== undefined && { user }),
    ...(hello && { hello: fingerprintOf(hello) }),
    ...(style !== undefined && { style }),
    verbs: [...new Set(commands.map(({ verb }) => verb))],
  };
};

/** A ClientHello that was answered in clear, or not at all: no handshake followed it, but it is the client's all the same. */
const unansweredHello = (read: readonly Reading[]): ReturnType<typeof helloIn> => {
  for (const { connection } of read) {
    const hello = helloIn(connection);
    if (hello !== undefined) return hello;
  }
  return undefined;
};

const helloIn = ({
  entries,
}: Reading['connection']): Exclude<ReturnType<typeof parseClientHello>, string> | undefined => {
  const records = entries.flatMap((entry) =>
    entry.kind === 'bytes' && entry.from === 'client' && entry.record === true
      ? [Buffer.from(entry.data, 'latin1')]
      : [],
  );
  const hello = parseClientHello(Buffer.concat(records));
  return typeof hello === 'string' ? undefined : hello;
};

/** How sure it is that two connections are of one client; `unclear`: nothing speaks against it, and nothing for it. */
export type Likeness = 'other' | 'unclear' | 'possible' | 'same';

/** Compares what was said on two connections from one address: one contradiction makes it another client. */
export const likeness = (known: Identity, seen: Identity): Likeness => {
  const both = TELLING.filter((key) => known[key] !== undefined && seen[key] !== undefined);
  if (both.some((key) => known[key] !== seen[key])) return 'other';
  if (known.style !== undefined && seen.style !== undefined && known.style !== seen.style) return 'other';
  if (both.length > 0) return 'same';
  if (seen.verbs.length > 0 && !seen.verbs.some((verb) => known.verbs.includes(verb))) return 'other';
  // A client makes up its tags; verbs are those of the protocol, and a port check says CAPA as a mail reader does.
  return known.style !== undefined && seen.style !== undefined && !seen.style.startsWith(' ') ? 'possible' : 'unclear';
};

/** A client that connected and said not a word. */
export const SILENT: Identity = { verbs: [] };

/** What is known after both connections. */
export const joined = (known: Identity, seen: Identity): Identity => ({
  ...seen,
  ...known,
  verbs: [...new Set([...known.verbs, ...seen.verbs])],
});

/** What may be told of a client: `sweep` overwrites the secrets of the connection on which it said so. */
export const sweptIdentity = (identity: Identity, sweep: (text: string) => string): Identity => {
  const { name, id, user } = identity;
  return {
    ...identity,
    ...(name !== undefined && { name: sweep(name) }),
    ...(id !== undefined && { id: sweep(id) }),
    ...(user !== undefined && { user: sweep(user) }),
  };
};

/** A client's own name, for people; empty if it has none. */
export const ownName = ({ name, helloVerb = 'EHLO', id, user, hello }: Identity): string =>
  [
    ...(name === undefined ? [] : [`${helloVerb} ${name}`]),
    ...(id === undefined ? [] : [`ID ${/"name" +"([^"]*)"/i.exec(id)?.[1] ?? id}`]),
    ...(user === undefined ? [] : [`user ${user}`]),
    ...(hello === undefined || name !== undefined || id !== undefined || user !== undefined
      ? []
      : [`TLS fingerprint ${hello}`]),
  ]
    .join(', ')
    .slice(0, 120);

const TELLING = ['name', 'id', 'user', 'hello'] as const;

const userIn = (unit: ClientUnit): string | undefined => {
  if (unit.kind !== 'command' && unit.kind !== 'response') return undefined;
  const span = unit.secrets.find((each) => each.class === 'user');
  const value = (each: { start: number; end: number }): string => unit.raw.toString('latin1', each.start, each.end);
  if (span !== undefined) {
    const text = value(span).replace(/^"(.*)"$/s, '$1');
    // AUTH LOGIN may say the user with the command (initial response, RFC 4954 section 4).
    const isEncoded = unit.kind === 'response' || unit.mechanism === 'LOGIN';
    return (isEncoded ? fromBase64(text)?.toString('latin1') : undefined) ?? text;
  }
  const secret = unit.secrets.find((each) => each.class === 'password');
  if (secret === undefined || !('mechanism' in unit) || unit.mechanism !== 'PLAIN') return undefined;
  const parts = (fromBase64(value(secret).replace(/^"(.*)"$/s, '$1'))?.toString('latin1') ?? '').split('\0');
  return parts.length === 3 ? parts[1] : undefined;
};

const styleOf = (read: readonly Reading[]): string | undefined => {
  for (const { unit } of read.flatMap((each) => each.said)) {
    if (unit.kind !== 'command' || unit.verb === '') continue;
    const line = unit.raw.toString('latin1');
    const tag = unit.tag === undefined ? '' : shapeOf(unit.tag);
    const verb = line.includes(unit.verb) ? 'upper' : line.includes(unit.verb.toLowerCase()) ? 'lower' : 'mixed';
    return `${tag} ${verb}`;
  }
  return undefined;
};

/**
 * What is the same in all tags of a client that counts them: `A0001` of one is not `EEEN0` of another. Letters by case and number,
 * digits by their width where they are padded. Tags that mix both at random have one shape.
 */
const shapeOf = (tag: string): string =>
  (tag.match(/[A-Za-z]+|\d+/g) ?? []).length > 2
    ? 'mixed'
    : tag
        .replace(/\d+/g, (digits) => (/^0./.test(digits) ? '0'.repeat(digits.length) : '0'))
        .replace(/[A-Z]+/g, (letters) => 'A'.repeat(letters.length))
        .replace(/[a-z]+/g, (letters) => 'a'.repeat(letters.length));

/** Of what a library decides, not of the visit; values that change from one hello to the next (GREASE, RFC 8701) are left out. */
const fingerprintOf = ({
  versions,
  cipherSuites,
  groups,
  alpn,
}: Pick<HelloFacts, 'versions' | 'cipherSuites' | 'groups' | 'alpn'>): string =>
  createHash('sha256')
    .update(JSON.stringify([versions, cipherSuites.filter(isPlain), groups.filter(isPlain), alpn]))
    .digest('hex')
    .slice(0, 12);

const isPlain = (value: number): boolean => (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff);
