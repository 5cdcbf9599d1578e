import { cipherSuite, cipherSuitesOf, type CipherClass } from '../tls/cipher-suites.js';
import { measurableDialogue } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { helloAsker, refusalInWords, type AnsweredHello, type AskHello } from './raw-hello.js';

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
  readonly refusedAt?: Place;
  /** Another handshake succeeded, so that a refusal is about the suites. */
  readonly control: boolean;
}

/** One hello where nothing weak is taken, one more for each class that is. */
export const weakSuites = defineProbe<WeakSuiteFacts>({
  id: 'weak-suites',
  scope: 'listener',
  cost: 2 + WEAK_CLASSES.length,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const control = await hasHandshake(context);
    const ask = helloAsker(context);
    const accepted: WeakSuiteFacts['accepted'][number][] = [];
    let left = ALL;
    while (left.length > 0) {
      const { answer, at } = await askedWithoutDhe(ask, left);
      if (answer.kind !== 'server-hello' || !answer.complete || !left.includes(answer.cipherSuite))
        return { accepted, refusal: refusalInWords(answer), control, ...(at && { refusedAt: at }) };
      const classes = weakClassesOf(answer.cipherSuite);
      accepted.push({ suite: cipherSuite(answer.cipherSuite).name, classes, ...(at && { at }) });
      left = left.filter((id) => !weakClassesOf(id).some((each) => classes.includes(each)));
    }
    return { accepted, refusal: 'nothing was left to offer', control };
  },
});

/** Whether the dialogue's handshake succeeded; there is nothing to see where TLS is not offered. */
export const hasHandshake = async (context: ProbeContext): Promise<boolean> => {
  const { handshake } = await measurableDialogue(context);
  return handshake.completed;
};

/** A server that has no parameters for DHE may hang up as soon as it is offered, whatever else is. */
const askedWithoutDhe = async (ask: AskHello, suites: readonly number[]): Promise<AnsweredHello> => {
  const first = await ask({ versions: ['TLSv1.2'], cipherSuites: suites });
  const { answer } = first;
  if (answer.kind === 'silent' || (answer.kind === 'server-hello' && answer.complete)) return first;
  if (answer.kind === 'alert' && ABOUT_SUITES.has(answer.name)) return first;
  const others = suites.filter((id) => !/^TLS_DHE?_/.test(cipherSuite(id).name));
  const second = others.length === 0 ? first : await ask({ versions: ['TLSv1.2'], cipherSuites: others });
  return second.answer.kind === 'server-hello' && second.answer.complete ? second : first;
};
const ABOUT_SUITES: ReadonlySet<string> = new Set(['handshake_failure', 'insufficient_security', 'protocol_version']);

const weakClassesOf = (id: number): WeakClass[] => WEAK_CLASSES.filter((each) => cipherSuite(id).classes.has(each));

// A pre-shared key or Kerberos nobody has here.
const ALL: readonly number[] = cipherSuitesOf().filter(
  (id) => weakClassesOf(id).length > 0 && !/PSK|SRP|KRB5|^TLS_NULL_/.test(cipherSuite(id).name),
);
