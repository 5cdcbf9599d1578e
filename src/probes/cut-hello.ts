import { Fault } from '../fault.js';
import type { HelloOrder } from '../tls/build-hello.js';
import type { Call } from './call.js';
import type { HelloManner, SecureOptions } from './call-options.js';

/** A ClientHello that can be sent again on another connection. */
export interface CutHello {
  /** The same for hellos that ask for the same. */
  readonly key: string;
  /**
   * Set where the server said `internal_error`, as some do that are overloaded. Who refuses a hello may say the same; `as usual`: it
   * often is for an old version.
   */
  readonly told?: 'as usual' | 'oddly';
  readonly repeat: (on: Call) => Promise<void>;
}

/** The hello of a handshake with these options. */
export const securingHello = (options: SecureOptions): CutHello => {
  const { session, onSession: _, timeout: __, ...asked } = options;
  return {
    key: JSON.stringify({ ...asked, isResumed: session !== undefined }),
    repeat: async (on) => void (await on.secure(options)),
  };
};

/** The alert of a balancer without a server behind it, or of a server that is out of something; others refuse a version by it. */
export const OVERLOADED = 'internal_error';

/** A raw hello that was answered with the alert of who is overloaded. */
export const toldHello = (order: HelloOrder, manner: HelloManner): CutHello => ({
  ...rawHello(order, manner),
  told: isRefusedAsUsual(order) ? 'as usual' : 'oddly',
});

/** Whether `internal_error` is what OpenSSL says where its security level allows no signature of these versions. */
const isRefusedAsUsual = ({ versions }: HelloOrder): boolean =>
  !versions.some((version) => version === 'TLSv1.2' || version === 'TLSv1.3');

/** A raw hello; what it repeats from another one does not tell it from others. */
export const rawHello = (order: HelloOrder, manner: HelloManner): CutHello => {
  const { random: _, sessionId: __, extraExtensions, ...asked } = order;
  const further = [...(extraExtensions ?? [])].map(([type, bytes]) => [type, bytes.toString('hex')]);
  return {
    key: JSON.stringify({ ...asked, further, isInTwoSegments: manner.isInTwoSegments === true }),
    repeat: async (on) => {
      try {
        await on.hello(order, manner);
      } catch (error) {
        // Silence is no end of the connection.
        if (!(error instanceof Fault) || error.code !== 'TIMED_OUT') throw error;
      }
    },
  };
};
