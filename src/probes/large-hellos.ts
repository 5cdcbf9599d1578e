import type { HelloOrder } from '../tls/build-hello.js';
import { groupName } from '../tls/registries.js';
import type { HelloManner } from './call-options.js';
import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { helloAsker, refusalInWords, type AnsweredHello, type AskHello } from './raw-hello.js';
import { hasHandshake } from './handshake-control.js';

/** One hello of modern clients, and what became of it. */
export interface HelloTrial {
  readonly hello: string;
  readonly outcome: 'served' | 'refused' | 'hangs';
  /** The version, or how it was refused. */
  readonly detail: string;
  /** Group of the server's key share (TLS 1.3), by name. */
  readonly group?: string;
  readonly at?: Place;
}

/** How the listener takes the hellos of modern clients: hybrid post-quantum groups make them longer than a segment. */
export interface LargeHelloFacts {
  /** The first is what clients of today send. Where it is served no others are tried, unless the audit is a full one. */
  readonly trials: readonly HelloTrial[];
  /** A small hello without anything new; `served` where the first trial was. */
  readonly small: HelloTrial['outcome'];
}

interface Tried {
  readonly hello: string;
  readonly order: HelloOrder;
  readonly manner?: HelloManner;
}

const X25519MLKEM768 = 0x11ec;
const PLAIN: HelloOrder = { versions: ['TLSv1.3', 'TLSv1.2'] };
const HYBRID: HelloOrder = {
  ...PLAIN,
  groups: [X25519MLKEM768, 29, 23, 24, 25],
  keyShares: [X25519MLKEM768, 29],
};
const IN_TWO = { isInTwoSegments: true } as const;

const OF_TODAY: Tried = {
  hello: 'X25519MLKEM768 and GREASE, 1.7 kB in two segments',
  order: { ...HYBRID, grease: true },
  manner: IN_TWO,
};
const GREASED: Tried = { hello: 'GREASE, small', order: { ...PLAIN, grease: true } };
const NARROWER: readonly Tried[] = [
  GREASED,
  { hello: 'X25519MLKEM768, 1.7 kB in one segment', order: HYBRID },
  { hello: 'X25519MLKEM768, 1.7 kB in two segments', order: HYBRID, manner: IN_TWO },
];
const LARGER: readonly Tried[] = [
  { hello: 'X25519MLKEM768, 1.7 kB in one segment', order: HYBRID },
  { hello: 'X25519MLKEM768, 4 kB in one segment', order: { ...HYBRID, size: 4096 } },
  { hello: 'X25519MLKEM768, 4 kB in two segments', order: { ...HYBRID, size: 4096 }, manner: IN_TWO },
];

/** One connection where all is well; else what it is that the server does not bear. */
export const modernHello = defineProbe<LargeHelloFacts>({
  id: 'modern-hello',
  scope: 'listener',
  cost: 2 + NARROWER.length,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    const ask = helloAsker(context);
    const first = await tried(ask, OF_TODAY);
    if (first.outcome === 'served') return { trials: [first], small: 'served' };
    const [small, ...others] = await Promise.all(
      [{ hello: 'small', order: PLAIN }, ...NARROWER].map((each) => tried(ask, each)),
    );
    return { trials: [first, ...others], small: small?.outcome ?? 'refused' };
  },
});

/** Hellos of 1.7 and 4 kB in one and in two segments. */
export const largeHellos = defineProbe<LargeHelloFacts>({
  id: 'large-hellos',
  scope: 'listener',
  cost: LARGER.length,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { trials, small } = await context.facts(modernHello);
    if (trials[0]?.outcome !== 'served') return { trials, small };
    const ask = helloAsker(context);
    const larger: HelloTrial[] = [];
    for (const each of LARGER) larger.push(await tried(ask, each));
    return { trials: [...trials, ...larger], small };
  },
});

const tried = async (ask: AskHello, { hello, order, manner }: Tried): Promise<HelloTrial> => {
  const { answer, at } = await ask(order, manner);
  return { hello, ...outcomeOf(answer), ...(at && { at }) };
};

const outcomeOf = (answer: AnsweredHello['answer']): Pick<HelloTrial, 'outcome' | 'detail' | 'group'> => {
  if (answer.kind === 'silent') return { outcome: 'hangs', detail: 'no answer' };
  if (answer.kind !== 'server-hello' || !answer.complete) return { outcome: 'refused', detail: refusalInWords(answer) };
  const group = answer.keyShare ?? answer.helloRetryRequest;
  return { outcome: 'served', detail: answer.version, ...(group !== undefined && { group: groupName(group) }) };
};
