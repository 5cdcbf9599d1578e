import { afterSilence } from '../wire/silence.js';

/** What a promise gives within so many milliseconds, else undefined; the promise goes on, and its failure later is nobody's. */
export const within = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  let callOff: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    callOff = afterSilence(ms, () => {
      promise.catch(() => undefined);
      resolve(undefined);
    });
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    callOff();
  }
};
