/** What a client must make of a chain. `either`: the standards leave it open. */
export type Expectation = 'accept' | 'reject' | 'either';

/** A certificate chain to present to a client, and what the client must make of it. */
export interface Chain {
  /** Unique in its suite: `nameconstraints/5927`. */
  readonly id: string;
  /** What the chain tests, for the report: `name-constraints`. */
  readonly family: string;
  /** Chains of one form differ in little but what they test: a refusal counts once a good chain of the form was accepted. */
  readonly form: string;
  /** The name or address that the client must ask for. */
  readonly host: string;
  /** DER, leaf first, as they are to be sent. */
  readonly certificates: readonly Buffer[];
  /** The leaf's private key, PKCS#8 in DER; absent where the suite has none. */
  readonly key?: Buffer;
  /** What the client must trust, DER. */
  readonly roots: readonly Buffer[];
  readonly expected: Expectation;
  /** A wrong answer is told, and no verdict is made of it. */
  readonly soft: boolean;
  /** What is right or wrong with it, with the section of RFC 5280. */
  readonly why?: string;
  /** The instant at which the suite means it to be looked at; now by default. */
  readonly at?: Date;
  /** Why no mail client can be tested with it, in words. */
  readonly notApplicable?: string;
}

/** Chains from one source, read one at a time: a whole suite is never in memory. */
export interface ChainSuite {
  /** As the report names it: the file, or `builtin`. */
  readonly name: string;
  /** Number of chains. */
  readonly size: number;
  /** Good chains of a form, the plainest first; a few at most. */
  controls(form: string): Promise<readonly Chain[]>;
  /** Those whose id is chosen; all by default. */
  chains(isChosen?: (id: string) => boolean): AsyncIterable<Chain>;
}

/** The most good chains that are tried for a form before it is given up. */
export const MOST_CONTROLS = 3;
