import type { Severity } from '../verdict/visit.js';
import type { DomainFacts } from './facts.js';

/** What a check of a domain says, and why. */
export interface DomainFinding {
  readonly status: 'pass' | 'fail' | 'warn' | 'info' | 'inconclusive' | 'not-applicable';
  /** One sentence; text of the domain in it is not escaped yet. */
  readonly because: string;
  readonly severity?: Severity;
}

/** One rule for what a domain says of its mail in DNS and in files, judged by facts alone. */
export interface DomainCheck {
  /** Names the defect; kebab-case. */
  readonly id: string;
  /** What should be true. */
  readonly title: string;
  readonly why: string;
  readonly references: readonly string[];
  readonly severity: Severity;
  readonly remedy: string;
  /** Needs what `--mx` leaves out. */
  readonly beyondMx?: true;
  /** Rows of the catalogue. */
  readonly covers: readonly string[];
  readonly judge: (facts: DomainFacts) => DomainFinding;
  /** Run as tests: changes to a domain on which all is well. */
  readonly examples: readonly { readonly given: Partial<DomainFacts>; readonly then: DomainFinding['status'] }[];
}

/** Declares a check of domains. */
export const defineDomainCheck = (check: DomainCheck): DomainCheck => check;

export const pass = (because: string): DomainFinding => ({ status: 'pass', because });
export const fail = (because: string, severity?: Severity): DomainFinding => ({
  status: 'fail',
  because,
  ...(severity !== undefined && { severity }),
});
export const warn = (because: string): DomainFinding => ({ status: 'warn', because });
export const info = (because: string): DomainFinding => ({ status: 'info', because });
export const inconclusive = (because: string): DomainFinding => ({ status: 'inconclusive', because });
export const notApplicable = (because: string): DomainFinding => ({ status: 'not-applicable', because });

/** The hosts that take the domain's mail: its MX records, or itself where there are none (RFC 5321 §5.1); none where it refuses mail (RFC 7505). */
export const exchangesOf = ({ domain, mx }: DomainFacts): string[] => {
  if (mx.status === 'failed') return [];
  if (mx.status === 'none') return [domain];
  return mx.records.map(({ exchange }) => exchange).filter((host) => host !== '' && host !== '.');
};
