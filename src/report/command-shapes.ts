/** An option, as completion and the manual page need it. */
export interface OptionShape {
  /** With its dashes. */
  readonly long: string;
  readonly short?: string;
  /** What stands for its value, without brackets; absent where it takes none. */
  readonly value?: string;
  readonly choices: readonly string[];
  readonly description: string;
}

/** A command and what it takes. */
export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  /** As in the usage line: `[target...]`. */
  readonly operands: string;
  readonly options: readonly OptionShape[];
}
