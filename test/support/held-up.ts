/** Holds the event loop up for so many milliseconds, as a busy machine does. */
export const heldUp = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};
