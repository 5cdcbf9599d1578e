import type { Fault } from '../fault.js';
import type { Report } from '../document/report-model.js';
import type { LeftOutCheck } from './findings.js';
import type { Traffic } from './traffic.js';
import type { Observation } from './observer.js';
import type { AuditedListener, ClosedPort } from './options.js';
import type { AuditResult } from './result.js';

/** A port that accepted no connection, for one of the targets that led to it. */
export interface Refusal {
  /** The port is one of those that a bare host stands for. */
  readonly optional: boolean;
  readonly fault: Fault;
  readonly closed: ClosedPort;
}

/** A target that led to a port which was looked at under another name; what is said of that port holds for it too. */
export type AlsoNamed = NonNullable<Report['alsoNamed']>[number];

/** What the audit of one address gave. */
export interface AddressPart {
  readonly address: string;
  /** Keys of the listeners in the order of the plan. */
  readonly order: readonly string[];
  readonly listeners: readonly AuditedListener[];
  readonly results: readonly AuditResult[];
  readonly refusals: readonly Refusal[];
  /** Targets, as the user wrote them, of which a port answered. */
  readonly answering: readonly string[];
  readonly faults: readonly { readonly target: string; readonly fault: Fault }[];
  readonly connections: readonly Observation[];
  /** By port, for want of connections. */
  readonly leftOut: readonly LeftOutCheck[];
  readonly alsoNamed: readonly AlsoNamed[];
  readonly notes: readonly string[];
  /** Addresses of this machine that connected; absent in journals of earlier versions. */
  readonly from?: readonly string[];
  readonly traffic: Traffic;
}

/**
 * What is kept of an address where there are many: of its transcripts those that show what is wrong, and of the facts of a listener
 * one copy under each name, with the first result that rests on them.
 */
export const slimmed = (part: AddressPart): AddressPart => {
  const told = new Set<unknown>();
  const results = part.results.map((result): AuditResult => {
    const evidence = GOOD.has(result.status) ? [] : result.evidence;
    const facts = Object.fromEntries(
      Object.entries(result.facts).filter(([, value]) => {
        const list: readonly unknown[] = Array.isArray(value) ? value : [];
        // What is said of one name is in a list of its own in each result.
        const [only = value] = list.length === 1 ? list : [];
        const isNew = !told.has(only);
        told.add(only);
        return isNew;
      }),
    );
    return { ...result, evidence, facts };
  });
  const shown = new Set(results.flatMap(({ evidence }) => evidence.map(({ connection }) => connection)));
  return { ...part, results, connections: part.connections.filter(({ id }) => shown.has(id)) };
};

const GOOD: ReadonlySet<string> = new Set(['pass', 'info', 'not-applicable']);
