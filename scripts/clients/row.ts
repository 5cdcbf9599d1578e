import type { PresetSetUp } from '../../src/clients/presets/preset.js';

/** A result as far as the table needs it. */
export interface Cell {
  readonly id: string;
  readonly variant?: string;
  readonly family: string;
  readonly status: string;
  readonly because: string;
  readonly leaked?: readonly string[];
}

/** One preset in one set-up, with its results. */
export interface Row extends PresetSetUp {
  readonly preset: string;
  readonly title: string;
  readonly version: string;
  readonly cells: readonly Cell[];
  /** Why nothing could be observed. */
  readonly fault?: string;
}

/** A sentence about a surprising verdict, and how it was checked. */
export interface Truth {
  readonly preset: string;
  /** Globs over `scenario` or `scenario/variant`. */
  readonly cases: readonly string[];
  readonly protocol?: string;
  readonly tls?: string;
  readonly policy?: string;
  readonly sentence: string;
  /** `wire`: seen with a server that is not waxseal; `source`: read in the client's source; `transcript`: the bytes were read in waxseal's recording. */
  readonly checked: 'wire' | 'source' | 'transcript';
}
