import type { Writable } from 'node:stream';

/** How a process ended: exactly one of the two. */
export type ProcessEnd =
  { readonly code: number; readonly signal?: never } | { readonly signal: string; readonly code?: never };

/** A bind mount that only the tree sees: `source` is shown in place of `target`. */
export interface BindMount {
  readonly source: string;
  readonly target: string;
}

/** What a strategy needs to start a tree; `command[0]` is an absolute path. */
export interface TreeOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly BindMount[];
  /** `captured`: output is piped and input is a pipe or closed; `inherited`: all three are our own. */
  readonly streams: 'captured' | 'inherited';
  readonly hasInput: boolean;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** `own`: the tree sees an empty network with a loopback only (namespaces only). */
  readonly network: 'shared' | 'own';
}

/** A command and all its descendants, however they detached themselves; none of its promises rejects. */
export interface ProcessTree {
  /** The process that represents the tree, as we see it. */
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly leaderExited: Promise<ProcessEnd>;
  /** Nothing is left and all output has been delivered; `release` or `kill` bring it about. */
  readonly closed: Promise<void>;
  /** Whether no live process is left; zombies do not count. */
  readonly isEmpty: () => Promise<boolean>;
  /** Sends a signal to the command alone. */
  readonly signalLeader: (name: NodeJS.Signals) => void;
  /** SIGTERM to every process. */
  readonly terminate: () => void;
  /** SIGKILL to every process, without a way to escape. */
  readonly kill: () => void;
  /** Gives up the keeper's own processes once the tree is empty. */
  readonly release: () => void;
}

/** The end that a shell's `$?` stands for; above 128 is taken as a signal, which is what shells and wrappers mean by it. */
export const endOfStatus = (status: number, names: Readonly<Record<string, number>>): ProcessEnd => {
  const signal = status > 128 ? Object.entries(names).find(([, number]) => number === status - 128)?.[0] : undefined;
  return signal === undefined ? { code: status } : { signal };
};
