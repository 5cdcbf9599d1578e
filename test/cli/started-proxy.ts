import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandLine } from '../support/built.js';

/** `waxseal proxy` at work. */
interface StartedProxy {
  /** The next line of standard error that matches. */
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Types a line. */
  readonly press: () => void;
  readonly stop: () => void;
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Starts `waxseal proxy` with these arguments. */
export const startedProxy = (args: readonly string[]): StartedProxy => {
  const child = spawn(process.execPath, [commandLine(), 'proxy', ...args], { stdio: 'pipe' });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (out.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (out.stderr += bytes.toString()));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), ...out }));
  const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(out.stderr);
      if (found !== null) return found;
      const more = await Promise.race([once(child.stderr, 'data').then(() => true), ended.then(() => false)]);
      if (!more && pattern.exec(out.stderr) === null)
        throw new Error(`it ended without ${String(pattern)}: ${out.stderr}`);
    }
  };
  return { line, ended, press: () => child.stdin.write('\n'), stop: () => child.kill('SIGINT') };
};
