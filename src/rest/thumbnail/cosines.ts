/** What a block of 8 × 8 is changed with, from samples to frequencies and back (T.81, A.3.3): row = frequency, column = place. */
export const COSINES = Float64Array.from({ length: 64 }, (_, at) => {
  const [frequency, place] = [at >> 3, at & 7];
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16);
});

/** Where the coefficients of a block lie, in the order in which they are written (T.81, figure A.6). */
export const ZIGZAG = Uint8Array.from(
  Array.from({ length: 64 }, (_, at) => at).toSorted((a, b) => {
    const [left, right] = [diagonal(a), diagonal(b)];
    if (left !== right) return left - right;
    // Up on even diagonals, down on odd ones.
    return left % 2 === 0 ? b - a : a - b;
  }),
);

function diagonal(at: number): number {
  return (at >> 3) + (at & 7);
}
