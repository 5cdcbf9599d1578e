import { Fault } from '../fault.js';

/** One of several parts of a run: each thing belongs to exactly one of them, whichever machine asks. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** Reads `2/5`; throws `BAD_USAGE`. */
export const shardOf = (text: string): Shard => {
  const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (!(shard.index >= 1 && shard.index <= shard.of))
    throw new Fault('BAD_USAGE', `--shard takes INDEX/COUNT, such as 1/4, not ${JSON.stringify(text.slice(0, 40))}`);
  return shard;
};

/** Whether what stands at a position of a list, from 0, belongs to the shard: neighbours go to different ones. */
export const isInShard = ({ index, of }: Shard, position: number): boolean => position % of === index - 1;
