import type { Canaries } from '../verdict/canaries.js';
import { StreamSearch, type Found } from '../verdict/search.js';
import type { CanaryHit } from '../verdict/visit.js';
import type { Party } from '../wire/entry.js';

interface Stream {
  readonly search: StreamSearch;
  readonly note: (found: readonly Found[]) => void;
  at: number;
}

/** The streams of one connection, and what was found in them. */
interface Watched {
  readonly streams: Map<string, Stream>;
  readonly hits: CanaryHit[];
}

/** Looks for this visit's canaries, and for the secrets of others, in every byte that passes, kept or not. */
export class CanaryWatch {
  readonly #canaries: Canaries;
  readonly #others: ReadonlyMap<string, number>;
  readonly #names: ReadonlyMap<string, keyof Canaries>;
  readonly #watched = new Map<number, Watched>();

  /** `others` are secrets of the session's other visits: value to visit number. */
  constructor(canaries: Canaries, others: ReadonlyMap<string, number>) {
    this.#canaries = canaries;
    this.#others = others;
    this.#names = new Map(Object.entries(canaries).map(([name, value]) => [value as string, name as keyof Canaries]));
  }

  /** What was found until now, also in what may still go on. */
  hits(): CanaryHit[] {
    return [...this.#watched.keys()].flatMap((id) => this.hitsOf(id));
  }

  /** The same of one connection. */
  hitsOf(id: number): CanaryHit[] {
    const watched = this.#watched.get(id);
    if (watched === undefined) return [];
    for (const { search, note } of watched.streams.values()) note(search.end());
    return [...watched.hits];
  }

  /** Frees what is kept of a connection; further bytes of it are not searched. */
  forget(id: number): void {
    this.#watched.delete(id);
  }

  /** Whether the handshake of a client holds any of what is looked for. */
  tells(from: Party, handshake: Buffer): boolean {
    if (from !== 'client') return false;
    const search = this.#search(from);
    return search.push(handshake).length + search.end().length > 0;
  }

  /** The watcher of one connection, to be shown its bytes. */
  connection(id: number): (from: Party, bytes: Buffer, inside: boolean, entry: number) => void {
    this.#watched.set(id, { streams: new Map(), hits: [] });
    return (from, bytes, inside, entry) => {
      const watched = this.#watched.get(id);
      if (watched === undefined) return;
      const key = `${from} ${String(inside)}`;
      const known = watched.streams.get(key);
      const stream = known ?? this.#stream(id, watched.hits, from, inside, entry);
      if (known === undefined) watched.streams.set(key, stream);
      stream.at = entry;
      stream.note(stream.search.push(bytes));
    };
  }

  #search(from: Party): StreamSearch {
    if (from !== 'client') return new StreamSearch([this.#canaries.mailbox]);
    const others = [...this.#others.keys()];
    const { password, token } = this.#canaries;
    return new StreamSearch([...this.#names.keys(), ...others], [password, token, ...others]);
  }

  #stream(connection: number, hits: CanaryHit[], from: Party, inside: boolean, at: number): Stream {
    const stream: Stream = {
      search: this.#search(from),
      at,
      note: (found) => {
        for (const { needle, form } of found) {
          const canary = this.#names.get(needle);
          const visit = this.#others.get(needle);
          if (from === 'client' && canary !== undefined && SERVERS.has(canary)) continue;
          if (hits.length >= MOST_HITS) return;
          hits.push({
            connection,
            entry: stream.at,
            canary: canary ?? 'password',
            form,
            inside,
            ...(canary === undefined && visit !== undefined && { visit }),
          });
        }
      },
    };
    return stream;
  }
}

/** Of one connection. So many take more bytes than a transcript keeps: it is marked incomplete, and never `safe`. */
const MOST_HITS = 30_000;
/** Canaries that the server invents; a client may well repeat them. */
const SERVERS: ReadonlySet<keyof Canaries> = new Set<keyof Canaries>(['nonce', 'capability', 'mailbox']);
