import { Fault } from '../fault.js';
import { cipherSuite, cipherSuitesOf, type CipherClass } from '../tls/cipher-suites.js';
import { dhAnswer } from './dh-parameters.js';
import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { helloAsker, refusalInWords } from './raw-hello.js';

/** Classes of suites that no server should take: broken, without a certificate, without encryption. */
export const WEAK_CLASSES = [
  'export',
  'rc4',
  'rc2',
  'des',
  '3des',
  'idea',
  'seed',
  'gost',
  'anon',
  'null',
] as const satisfies readonly CipherClass[];
export type WeakClass = (typeof WEAK_CLASSES)[number];

/** What a client gets that offers nothing but what is broken. */
export interface WeakSuiteFacts {
  /** One suite of each class that the server takes. */
  readonly accepted: readonly { readonly suite: string; readonly classes: readonly WeakClass[]; readonly at?: Place }[];
  /** How what was left was refused. */
  readonly refusal: string;
  /** Why classes that are not among the accepted ones may be accepted as well: not all could be tried. */
  readonly untried?: string;
  readonly refusedAt?: Place;
  /** Another handshake succeeded, so that a refusal is about the suites. */
  readonly control: boolean;
}

/** One hello where nothing weak is taken, one more for each class that is. */
export const weakSuites = defineProbe<WeakSuiteFacts>({
  id: 'weak-suites',
  scope: 'listener',
  cost: 1 + WEAK_CLASSES.length,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const control = await hasHandshake(context);
    const ask = helloAsker(context);
    const accepted: WeakSuiteFacts['accepted'][number][] = [];
    // A server that has no parameters for DHE may hang up as soon as it is offered, whatever else is.
    const { suite: dhe } = await context.facts(dhAnswer);
    let left = ALL.filter((id) => dhe !== undefined || !/^TLS_DHE?_(?!anon)/.test(cipherSuite(id).name));
    while (left.length > 0) {
      const asked = await ask({ versions: ['TLSv1.2'], cipherSuites: left }).catch((error: unknown) => {
        // What was seen stays seen.
        if (accepted.length > 0 && error instanceof Fault) return error;
        throw error;
      });
      if (asked instanceof Fault) return { accepted, refusal: '', untried: asked.message, control };
      const { answer, at } = asked;
      if (answer.kind !== 'server-hello' || !answer.complete || !left.includes(answer.cipherSuite))
        return { accepted, refusal: refusalInWords(answer), control, ...(at && { refusedAt: at }) };
      const classes = weakClassesOf(answer.cipherSuite);
      accepted.push({ suite: cipherSuite(answer.cipherSuite).name, classes, ...(at && { at }) });
      left = left.filter((id) => !weakClassesOf(id).some((each) => classes.includes(each)));
    }
    return { accepted, refusal: 'nothing was left to offer', control };
  },
});

const weakClassesOf = (id: number): WeakClass[] => WEAK_CLASSES.filter((each) => cipherSuite(id).classes.has(each));

// A pre-shared key or Kerberos nobody has here.
const ALL: readonly number[] = cipherSuitesOf().filter(
  (id) => weakClassesOf(id).length > 0 && !/PSK|SRP|KRB5|^TLS_NULL_/.test(cipherSuite(id).name),
);
