import { cipherSuite } from '../tls/cipher-suites.js';
import { nameOfPrime } from '../tls/known-primes.js';
import { isProbablyPrime } from '../tls/probable-prime.js';
import type { ServerHelloAnswer } from '../tls/server-answer.js';
import { suitesOfFamily } from './enumeration.js';
import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { helloAsker, refusalInWords } from './raw-hello.js';
import { hasHandshake } from './handshake-control.js';

/** The parameters of Diffie-Hellman over a prime field that a client gets which offers nothing else. */
export interface DhFacts {
  readonly suite?: string;
  /** Size of the prime, in bits. */
  readonly bits?: number;
  /** The document that publishes the prime, or `unknown`. */
  readonly name?: string;
  /** It is a prime at all; absent where it is too large to be tested. */
  readonly isPrime?: boolean;
  /** How DHE was refused. */
  readonly refusal?: string;
  readonly control: boolean;
  readonly at?: Place;
}

/** One hello with nothing but suites of DHE. */
export const dhParameters = defineProbe<DhFacts>({
  id: 'dh-parameters',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const control = await hasHandshake(context);
    const { answer, at } = await helloAsker(context)({ versions: ['TLSv1.2'], cipherSuites: suitesOfFamily('dhe') });
    const place = at && { at };
    const prime = answer.kind === 'server-hello' ? answer.serverKeyExchange?.dhPrime : undefined;
    if (prime === undefined) return { refusal: refusalInWords(answer), control, ...place };
    const { cipherSuite: suite, serverKeyExchange } = answer as ServerHelloAnswer;
    const name = nameOfPrime(prime);
    const isPrime = name === 'unknown' ? await tested(prime) : true;
    return {
      suite: cipherSuite(suite).name,
      bits: serverKeyExchange?.dhBits ?? 0,
      name,
      ...(isPrime !== undefined && { isPrime }),
      control,
      ...place,
    };
  },
});

/** Whether it is prime; undefined where it is so large that the test takes minutes: the server chooses the number. */
const tested = async (prime: Buffer): Promise<boolean | undefined> =>
  prime.length > LONGEST ? undefined : isProbablyPrime(prime);

/** Octets of a prime that is worth a test. */
const LONGEST = 1024;
