import sinon from 'sinon';
import { runProgram } from '../../src/cli/program.js';

/** What an invocation printed, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process; mocha's own output waits until it is done. */
export const waxseal = async (...argv: string[]): Promise<Printed> => {
  const printed = { stdout: '', stderr: '' };
  const stubs = (['stdout', 'stderr'] as const).map((name) =>
    sinon.stub(process[name], 'write').callsFake((chunk: string | Uint8Array) => {
      printed[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      return true;
    }),
  );
  try {
    const code = await runProgram(argv, '0.0.0');
    return { code, ...printed };
  } finally {
    for (const stub of stubs) stub.restore();
  }
};
