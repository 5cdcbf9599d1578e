import type { OtherLogins } from '../endpoints/honest.js';
import type { Case } from '../cases/case.js';
import type { SetUpPlan } from '../cases/plan.js';
import type { Report, Result } from '../document/report-model.js';
import type { Seen } from '../document/seen.js';
import type { Place } from '../place/place.js';
import type { Known } from '../verdict/known.js';
import type { Masking } from '../verdict/mask.js';
import type { ControlFacts, Visit, WithheldFacts } from '../verdict/visit.js';
import type { ChainSession } from './chain-options.js';

/** What earlier visits of the same client taught. */
export interface Taught {
  readonly control?: ControlFacts;
  readonly withheld?: WithheldFacts;
  /** The client knows nothing newer, so that its endpoint speaks this. */
  readonly endpointTls?: '1.0';
  /** What the client does where an honest server refuses it; visited when somebody asks first. */
  readonly refusal?: () => Promise<WithheldFacts | undefined>;
  /** The client knows none of the usual logins, so that its endpoint offers others too. */
  readonly otherLogins?: OtherLogins;
}

/** How one visit is made; `started` is called when the client needs no attention any more, `ended` when nothing is observed any more, `signal` ends it early. */
export type Observe = (
  one: Case,
  number: number,
  taught: Taught,
  course: { readonly signal: AbortSignal; readonly started: () => void; readonly ended: () => void },
) => Promise<Visit>;

/** What is to be run, and how. */
export interface SessionOptions {
  readonly plan: readonly SetUpPlan[];
  readonly observe: Observe;
  /** Visits are judged, and taught from, before their secrets are masked; only masked ones are kept. */
  readonly masking: Masking;
  readonly seed: string;
  /** RFC 3339; now unless given. */
  readonly startedAt?: string;
  readonly place: Place['name'];
  readonly subject: Report['subject'];
  /** The command line that repeats one case. */
  readonly reproduce: (one: Case) => readonly string[];
  /** Clients run in parallel; 8 by default. */
  readonly jobs?: number;
  readonly known?: readonly Known[];
  /** Some scenarios were left out on purpose, so that known results of others mean nothing. */
  readonly isPartial?: boolean;
  /** A client that outwaited a case also meets the case that decides (`decidedBy`), unless that one is slow or the session `isPartial`. */
  readonly addsDeciding?: boolean;
  /** Ends the session early; the report is complete but `interrupted`. */
  readonly signal?: AbortSignal;
  /** Proves that verdicts can be trusted here; absent: skipped. */
  readonly selfTest?: (course: {
    readonly signal: AbortSignal;
  }) => Promise<{ readonly passed: boolean; readonly why?: string }>;
  /** Stores a visit and says what the report holds in its place: a recording, or a path. */
  readonly keep: (seen: Seen) => unknown;
  readonly onResult?: (result: Result, done: number, all: number) => void;
  readonly authorizedBy?: string;
  /** Certificate chains, presented after the cases. */
  readonly chains?: (course: { readonly signal: AbortSignal }) => Promise<ChainSession>;
}

/** A finished session. */
export interface Session {
  readonly report: Report;
  readonly seen: readonly Seen[];
  /** What went wrong in waxseal itself; the report holds what was gathered all the same. */
  readonly bug?: unknown;
}
