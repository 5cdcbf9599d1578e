/** How a toy that gave up a connection goes on: with another one in clear, with TLS again, with TLS 1.1 at most, or in clear on the protocol's other port, or in clear on a port that it was told. */
export type NextAttempt = 'in-clear' | 'with-tls' | 'with-old-tls' | 'other-port-in-clear' | { readonly to: number };

/** Why a toy leaves a connection, which is what a careful client does at a deviation; never leaves `src/toys`. */
export class GaveUp extends Error {
  readonly next: NextAttempt | undefined;
  readonly kind: 'decided' | 'silence' | 'ended' | 'outside';

  constructor(why: string, options: { readonly next?: NextAttempt; readonly kind?: GaveUp['kind'] } = {}) {
    super(why);
    this.next = options.next;
    this.kind = options.kind ?? 'decided';
  }
}
