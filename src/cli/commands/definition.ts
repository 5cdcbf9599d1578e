import type { Command } from 'commander';

/** What a command's module exports; it is loaded when the command runs, so that the others cost nothing. */
export type CommandAction<O, A> = (input: {
  readonly options: O;
  readonly operands: A;
  readonly version: string;
  /** All words before `--`, the command's name first. */
  readonly words: readonly string[];
}) => Promise<number>;

/** What a command needs in order to be defined. */
export interface CommandHost {
  /** Adds a command with its name and one line of help. */
  readonly command: (name: string, summary: string) => Command;
  /** Runs the module that is loaded; its exit code becomes the program's. */
  readonly run: <O, A>(load: () => Promise<CommandAction<O, A>>, options: O, operands: A) => Promise<void>;
  /** The words after `--`. */
  readonly after: readonly string[] | undefined;
}

/** Adds one command, with its options, to the program. */
export type CommandDefinition = (host: CommandHost) => void;
