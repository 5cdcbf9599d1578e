import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets others go on, every so many rows: servers that listen for what comes too late must not be held up by a picture. */
export const pauseAt = async (row: number): Promise<void> => {
  if (row % ROWS === ROWS - 1) await nextTurn();
};

const ROWS = 16;
