import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects garbage while much of it has gathered: left alone, a process of short-lived connections grows to many times of
 * what it holds before the engine looks. To be called often; costs nothing below the bound.
 */
export const memoryRelief = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = 0;
  return () => {
    const now = performance.now();
    if (now - last < PAUSE || process.memoryUsage.rss() < BOUND) return;
    collect();
    last = performance.now();
  };
};

/** Bytes. */
const BOUND = 170 * 1024 * 1024;
/** Milliseconds between two collections. */
const PAUSE = 1000;
