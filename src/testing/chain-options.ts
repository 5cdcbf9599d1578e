import type { Case } from '../cases/case.js';
import type { SetUp } from '../cases/plan.js';
import type { ChainSuite } from '../chains/chain.js';
import type { ChainFamily, Result } from '../document/report-model.js';
import type { Seen } from '../document/seen.js';
import type { PresentedChain } from '../stage/visit.js';
import type { Masking } from '../verdict/mask.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';

/** How one visit to a chain is made. */
export type ObserveChain = (
  one: Case,
  number: number,
  presented: PresentedChain,
  taught: { readonly control?: ControlFacts },
  course: { readonly signal: AbortSignal; readonly started: () => void },
) => Promise<Visit>;

/** The command-line client of a TLS library, to which the same chains are presented. */
export interface ComparedLibrary {
  /** As in reports: `openssl 3.0.22`. */
  readonly name: string;
  /** Whether it accepted the chain; undefined where it did not say. */
  readonly accepts: (
    one: Case,
    number: number,
    presented: PresentedChain,
    signal: AbortSignal,
  ) => Promise<boolean | undefined>;
}

export interface ChainOptions {
  readonly suite: ChainSuite;
  readonly setUps: readonly SetUp[];
  readonly observe: ObserveChain;
  readonly library?: ComparedLibrary;
  readonly masking: Masking;
  /** Stores a visit and says what the report holds in its place. */
  readonly keep: (seen: Seen) => unknown;
  /** Every visit is kept, not the examples alone. */
  readonly keepsAll: boolean;
  /** Every chain is listed. */
  readonly listsAll: boolean;
  /** Why no endpoint can be had under a host's name, in words. */
  readonly unservable: (host: string) => string | undefined;
  /** Visits to this host share an address and port, and must not overlap. */
  readonly isShared: (host: string) => boolean;
  /** The command line that repeats one chain, or all of a family. */
  readonly reproduce: (one: Case, chain: string) => readonly string[];
  /** The result of the control is told: no other one of this session is. */
  readonly tellsControl: boolean;
  readonly jobs: number;
  /** Visits that begin at once: as many as there are cores by default, since starting a process costs processor time. */
  readonly startsAtOnce?: number;
  readonly signal: AbortSignal;
  readonly onChain?: (done: number, all: number) => void;
}

/** What a suite came to. */
export interface ChainSession {
  readonly results: readonly Result[];
  readonly families: readonly ChainFamily[];
  readonly kept: ReadonlyMap<number, unknown>;
  readonly seen: readonly Seen[];
  readonly diagnosis: readonly string[];
  readonly faults: readonly string[];
  readonly bug?: unknown;
}
