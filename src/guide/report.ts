import type { GuideClaim } from './claim.js';
import type { Proof } from './prove.js';

/** Everything that was found in guides. */
export interface GuideReport {
  readonly files: readonly {
    readonly file: string;
    readonly claims: readonly (GuideClaim & { readonly proof?: Proof })[];
  }[];
  /** Files that could not be read, and why. */
  readonly faults: readonly string[];
  /** The server that claims were tried on. */
  readonly host?: string;
}

/** Number of claims by state. */
export const guideSummary = ({ files }: GuideReport): Readonly<Record<GuideClaim['state'], number>> => {
  const summary = { right: 0, wrong: 0, note: 0, 'not-understood': 0 };
  for (const { claims } of files) for (const { state } of claims) summary[state] += 1;
  return summary;
};

/** 1: a claim is wrong, or the server refutes it; 3: something could not be read or tried, or there was no claim at all. */
export const guideExitCode = ({ files, faults }: GuideReport): 0 | 1 | 3 => {
  const claims = files.flatMap((each) => each.claims);
  if (claims.some(({ state, proof }) => state === 'wrong' || proof?.state === 'refuted')) return 1;
  const isUnobserved = claims.some(({ proof }) => proof?.state === 'not-observed');
  return isUnobserved || faults.length > 0 || claims.every(({ state }) => state === 'not-understood') ? 3 : 0;
};
