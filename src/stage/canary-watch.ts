import type { Canaries } from '../verdict/canaries.js';
import { StreamSearch, type Found } from '../verdict/search.js';
import type { CanaryHit } from '../verdict/visit.js';
import type { Party } from '../wire/entry.js';

type Stream = { readonly search: StreamSearch; readonly note: (found: readonly Found[]) => void; at: number };

/** Looks for this visit's canaries, and for the secrets of others, in every byte that passes, kept or not. */
export class CanaryWatch {
  readonly #canaries: Canaries;
  readonly #others: ReadonlyMap<string, number>;
  readonly #names: ReadonlyMap<string, keyof Canaries>;
  readonly #streams: Stream[] = [];
  readonly #hits: CanaryHit[] = [];

  /** `others` are secrets of the session's other visits: value to visit number. */
  constructor(canaries: Canaries, others: ReadonlyMap<string, number>) {
    this.#canaries = canaries;
    this.#others = others;
    this.#names = new Map(Object.entries(canaries).map(([name, value]) => [value as string, name as keyof Canaries]));
  }

  /** What was found until now, also in what may still go on. */
  hits(): CanaryHit[] {
    for (const { search, note } of this.#streams) note(search.end());
    return [...this.#hits];
  }

  /** The watcher of one connection, to be shown its bytes. */
  connection(id: number): (from: Party, bytes: Buffer, inside: boolean, entry: number) => void {
    const streams = new Map<string, Stream>();
    return (from, bytes, inside, entry) => {
      const key = `${from} ${String(inside)}`;
      const known = streams.get(key);
      const stream = known ?? this.#stream(id, from, inside, entry);
      if (known === undefined) streams.set(key, stream);
      stream.at = entry;
      stream.note(stream.search.push(bytes));
    };
  }

  #stream(connection: number, from: Party, inside: boolean, at: number): Stream {
    const needles = from === 'client' ? [...this.#names.keys(), ...this.#others.keys()] : [this.#canaries.mailbox];
    const stream: Stream = {
      search: new StreamSearch(needles),
      at,
      note: (found) => {
        for (const { needle, form } of found) {
          const canary = this.#names.get(needle);
          const visit = this.#others.get(needle);
          if (from === 'client' && canary !== undefined && SERVERS.has(canary)) continue;
          this.#hits.push({
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
    this.#streams.push(stream);
    return stream;
  }
}

/** Canaries that the server invents; a client may well repeat them. */
const SERVERS: ReadonlySet<keyof Canaries> = new Set<keyof Canaries>(['nonce', 'capability', 'mailbox']);
