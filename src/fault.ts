/** Why waxseal could not observe. What a peer did wrong is never a fault: it is data. */
export type FaultCode =
  | 'UNREACHABLE'
  | 'TIMED_OUT'
  | 'LIMIT_REACHED'
  | 'DEPTH_REACHED'
  | 'PROXY_FAILED'
  | 'DAEMON_MISSING'
  | 'BAD_USAGE'
  | 'CANNOT_BIND'
  | 'CANNOT_START'
  | 'CORRUPT_RECORDING'
  | 'HARNESS_BUG';

/**
 * Something stopped waxseal from observing.
 * The message says what is wrong and what to do; it never contains unescaped peer text.
 */
export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** Whether something thrown is a fault, also of another copy of this module: a program may hold the library twice. */
export const isFault = (error: unknown): error is Fault =>
  error instanceof Error && error.name === 'Fault' && 'code' in error && typeof error.code === 'string';

/** Exit code of a fault (design: 2 usage, 3 not observed, 70 our own bug). */
export const exitCodeOf = (fault: Fault): 2 | 3 | 70 => {
  if (fault.code === 'HARNESS_BUG') return 70;
  return fault.code === 'BAD_USAGE' || fault.code === 'CANNOT_START' || fault.code === 'CANNOT_BIND' ? 2 : 3;
};
