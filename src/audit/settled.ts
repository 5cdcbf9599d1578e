/** The outcome of a promise, to be had, or thrown, later. */
export const settled = async <T>(promise: Promise<T>): Promise<() => T> => {
  const [outcome] = await Promise.allSettled([promise]);
  return () => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  };
};
