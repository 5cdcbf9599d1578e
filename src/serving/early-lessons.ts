import { waitsForMail } from '../verdict/comparison.js';
import { controlFacts } from '../verdict/control.js';
import { readings } from '../verdict/evidence.js';
import { maskVisit } from '../verdict/mask.js';
import type { TranscriptEntry } from '../wire/entry.js';
import { identityOf } from './client-identity.js';
import type { Clients } from './clients.js';
import type { OpenConnection, Telling } from './telling.js';

/** What connections teach of their clients while they are open: a client that has logged in already may come again before its first connection is closed. */
export class EarlyLessons {
  readonly #clients: Clients;
  readonly #telling: Telling;
  /** Connections that are open and teach what others are judged by, by address: untouched ones, and those for a comparison. */
  readonly #open = new Map<string, Map<number, OpenConnection>>();
  /** Entries of the transcript when a connection was last looked at. */
  readonly #read = new WeakMap<OpenConnection, number>();

  constructor(clients: Clients, telling: Telling) {
    this.#clients = clients;
    this.#telling = telling;
  }

  /** A connection was accepted. */
  opened(id: number, open: OpenConnection): void {
    if (!open.course.untouched && !this.#clients.compares(open.course)) return;
    const { remoteAddress } = open.placed.connection;
    this.#open.set(remoteAddress, (this.#open.get(remoteAddress) ?? new Map<number, OpenConnection>()).set(id, open));
  }

  /** A connection has ended, and teaches what it has to teach then. */
  ended(id: number, { placed }: OpenConnection): void {
    const { remoteAddress } = placed.connection;
    const same = this.#open.get(remoteAddress);
    same?.delete(id);
    if (same?.size === 0) this.#open.delete(remoteAddress);
  }

  /** Looks at what open connections from this address have said until now. */
  lookAgain(address: string): void {
    for (const [id, open] of [...(this.#open.get(address) ?? [])].slice(-MOST_EARLY)) {
      const { entries } = open.placed.connection.wire.transcript;
      // Nobody is served meanwhile: of a client that says very much, its next connection learns nothing.
      if (entries.length === this.#read.get(open) || sizeOf(entries) > LARGEST_EARLY) continue;
      this.#read.set(open, entries.length);
      const alone = this.#telling.visit(id, open, false);
      const read = readings(alone);
      const identity = identityOf(alone, read);
      if (identity === undefined) continue;
      if (!open.course.untouched) {
        // One that waits for mail may keep its connection for hours: what it had to say is said.
        if (read.some(waitsForMail))
          open.compared ??= this.#clients.compare(address, open.course, identity, this.#telling.taught(alone, read));
        continue;
      }
      const control = controlFacts(alone, read);
      if (!control.passed) continue;
      this.#telling.learn(address, identity, control, maskVisit(alone, this.#telling.masking()).sweep);
    }
  }
}

const sizeOf = (entries: readonly TranscriptEntry[]): number =>
  entries.reduce((sum, entry) => sum + (entry.kind === 'bytes' ? entry.data.length : 0), 0);

/** Characters that are read and masked in a few milliseconds. */
const LARGEST_EARLY = 64 * 1024;
/** Connections that are looked at when another one comes. */
const MOST_EARLY = 3;
