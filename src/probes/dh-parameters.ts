import { cipherSuite } from '../tls/cipher-suites.js';
import { nameOfPrime } from '../tls/known-primes.js';
import { isProbablyPrime } from '../tls/probable-prime.js';
import { suitesOfFamily } from './enumeration.js';
import type { Place } from './place.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { helloAsker, refusalInWords, type AnsweredHello } from './raw-hello.js';
import { dheFirstAnswer } from './suites.js';
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

/** What a client gets that offers nothing but suites of DHE. */
interface DhAnswer extends AnsweredHello {
  /** The suite that was chosen, where it comes with parameters. */
  readonly suite?: string;
}

/** A hello that lists DHE first shows it where the server follows the client; else one with nothing but suites of DHE. */
export const dhAnswer = defineProbe<DhAnswer>({
  id: 'dh-answer',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    const answered =
      (await chosenFirst(context)) ??
      (await helloAsker(context)({ versions: ['TLSv1.2'], cipherSuites: suitesOfFamily('dhe') }));
    const { answer } = answered;
    const isDhe = answer.kind === 'server-hello' && answer.serverKeyExchange?.dhPrime !== undefined;
    return { ...answered, ...(isDhe && { suite: cipherSuite(answer.cipherSuite).name }) };
  },
});

/** The parameters that were seen, and whether the prime is one. */
export const dhParameters = defineProbe<DhFacts>({
  id: 'dh-parameters',
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const control = await hasHandshake(context);
    const { answer, suite, at } = await context.facts(dhAnswer);
    const place = at && { at };
    const exchange = answer.kind === 'server-hello' ? answer.serverKeyExchange : undefined;
    const prime = exchange?.dhPrime;
    if (suite === undefined || prime === undefined) return { refusal: refusalInWords(answer), control, ...place };
    const name = nameOfPrime(prime);
    const isPrime = name === 'unknown' ? await tested(prime) : true;
    return {
      suite,
      bits: exchange?.dhBits ?? 0,
      name,
      ...(isPrime !== undefined && { isPrime }),
      control,
      ...place,
    };
  },
});

/** The answer to the hello that lists DHE first, if DHE was chosen. */
const chosenFirst = async (context: ProbeContext): Promise<AnsweredHello | undefined> => {
  try {
    const first = await context.facts(dheFirstAnswer);
    const { answer } = first;
    const isWhole = answer.kind === 'server-hello' && answer.complete && answer.version === 'TLSv1.2';
    return isWhole && answer.serverKeyExchange?.dhPrime !== undefined ? first : undefined;
  } catch {
    return undefined;
  }
};

/** Whether it is prime; undefined where it is so large that the test takes minutes: the server chooses the number. */
const tested = async (prime: Buffer): Promise<boolean | undefined> => {
  if (prime.length > LONGEST) return undefined;
  const key = prime.toString('hex');
  const known = TESTED.get(key) ?? isProbablyPrime(prime);
  TESTED.set(key, known);
  return known;
};

/** The ports of a server have one prime; it is tested once. */
const TESTED = new Map<string, Promise<boolean>>();

/** Octets of a prime that is worth a test. */
const LONGEST = 1024;
