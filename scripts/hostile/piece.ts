import type { Measured, Progress } from './progress.js';

/** How a piece of the harness is run. */
export interface PieceOptions {
  /** Nothing is tried: rows are told with their full numbers. */
  readonly list?: boolean;
  /** To the full numbers; otherwise as much as fits into `seconds`. */
  readonly long: boolean;
  /** Every random choice follows from it. */
  readonly seed: string;
  /** Seconds that all rows of a piece together should take in the short form. */
  readonly seconds: number;
  /** These rows only; all by default. */
  readonly rows?: readonly string[];
  /** Attempts a row in the long form; each row's own number by default. */
  readonly count?: number;
  /** One attempt only, as a failure names it. */
  readonly only?: { readonly row: string; readonly index: number };
  /** A failed attempt is made again with ever fewer lines, as long as it fails in the same way. */
  readonly minimise?: boolean;
  /** How far an earlier process came with the same rows. */
  readonly progress: Progress;
  /** What this process has needed until now. */
  readonly measured: () => Measured;
  /** Says how far it is. */
  readonly log: (line: string) => void;
}

/** The options as they go to the process of a piece. */
export interface Ordered extends Omit<PieceOptions, 'log' | 'progress' | 'measured'> {
  /** File in which the progress is kept; none by default. */
  readonly progress?: string;
}

/** Something that went wrong, and the command that shows it again. */
export interface Failure {
  readonly what: string;
  readonly again: string;
}

/** One kind of attempts. */
export interface Row {
  readonly name: string;
  /** Attempts of the whole long form. */
  readonly full?: number;
  readonly tried: number;
  readonly survived: number;
  readonly failures: readonly Failure[];
}

/** What a piece came to. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** MiB at most; of the piece's own process unless given. */
  readonly rss?: number;
  /** Longest block of the event loop in milliseconds; of the piece's own process unless given. */
  readonly block?: number;
  /** What else was measured, in words. */
  readonly notes?: readonly string[];
}

/** One file in `pieces/`, its default export; it runs in a process of its own. */
export interface Piece {
  readonly id: string;
  readonly title: string;
  readonly run: (options: PieceOptions) => Promise<Outcome>;
}

/** What the process of a piece reports to the frame. */
export interface Report extends Required<Outcome> {
  readonly id: string;
  readonly title: string;
  readonly seconds: number;
}
