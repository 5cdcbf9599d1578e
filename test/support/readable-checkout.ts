import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This checkout at a path that every user may enter, wherever it lies itself. Only root can make one. */
export interface ReadableCheckout extends Disposable {
  /** Runs a command, in the checkout's root, in a mount namespace in which that path exists. */
  readonly prefix: readonly string[];
  /** A file of the checkout under that path. */
  at(file: string): string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Checkouts may lie below folders that only their owner can enter. */
export const readableCheckout = (): ReadableCheckout => {
  // Not the tests' own temporary folder, which nobody else can enter.
  const folder = mkdtempSync('/tmp/readable-');
  const mount = join(folder, 'checkout');
  mkdirSync(mount);
  chmodSync(folder, 0o755);
  return {
    prefix: [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"',
      'sh',
      ROOT,
      mount,
    ],
    at: (file) => join(mount, relative(ROOT, file)),
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true });
    },
  };
};
