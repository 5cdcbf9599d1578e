/** How a scenario or a check was proved: it tells the careful from the flawed, everywhere it applies. */
export interface Proof {
  readonly proved: boolean;
  /** Number of clients or servers that were judged. */
  readonly judged: number;
  /** Those that were misjudged, in words. */
  readonly failures: readonly string[];
}

/** The proof that some attempts make; each says what is wrong, or undefined. Fifty at most are told. */
export const proofOf = (outcomes: readonly (string | undefined)[]): Proof => {
  const failures = outcomes.filter((each) => each !== undefined);
  return {
    proved: failures.length === 0 && outcomes.length > 0,
    judged: outcomes.length,
    failures: failures.slice(0, 50),
  };
};
