import { latin1 } from '../protocols/text.js';
import { upgradableDialogue } from './dialogue.js';
import { exchange, judgeLine, readFragment, upgraded, usualReplies, type Injected } from './injected-conversation.js';
import type {
  InjectionControl,
  InjectionFacts,
  InjectionTry,
  InjectionVersion,
  InjectionDelivery,
} from './injection-facts.js';
import { defineProbe, NotObserved, type Probe, type ProbeContext } from './probe.js';
import { acquaintedCall, unlessCut } from './threshold.js';

/**
 * Whether a server speaks inside TLS before it is asked, and how often it answers; the dialogue shows it of an orderly server. What
 * does not look like that is compared with `measuredControl`.
 */
export const injectionControl = defineProbe<InjectionControl>({
  id: 'injection-control',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'passive',
  run: async (context) => {
    const { isOrderly } = await upgradableDialogue(context);
    if (isOrderly === true) return { replies: usualReplies(context), speaksUnasked: false };
    return context.facts(measuredControl);
  },
});

/** The conversation of an injection in which nothing is injected. */
const measuredControl = defineProbe<InjectionControl>({
  id: 'injection-measured-control',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'passive',
  run: async (context) => {
    await upgradableDialogue(context);
    const heard = await unlessCut(
      context,
      async () => exchange(context, await acquaintedCall(context), { version: 'TLSv1.3', listens: true }),
      () => false,
    );
    if (!('finals' in heard)) return { replies: usualReplies(context), speaksUnasked: true };
    return { replies: heard.finals.length, speaksUnasked: heard.isUnasked };
  },
});

/** One way to inject. */
interface Way {
  readonly version: InjectionVersion;
  readonly delivery: InjectionDelivery;
  /** The plaintext, made of a random lower-case word. */
  readonly plaintext: (context: ProbeContext, marker: string) => string;
  /** What is injected ends in the middle of a command: its effect is that the first command inside TLS is not understood. */
  readonly isUnfinished?: true;
  /** Tries at depth `full`, of which most decide; one unless given, and more where it seems vulnerable. */
  readonly tries?: number;
  /** The octets are told. */
  readonly isLong?: true;
}

const injection = (id: string, ways: (context: ProbeContext) => readonly Way[]): Probe<InjectionFacts> =>
  defineProbe({
    id,
    leads: true,
    scope: 'listener',
    cost: 8,
    phase: 'inject',
    intrusiveness: 'standard',
    run: async (context) => {
      await upgradableDialogue(context);
      const control = await context.facts(injectionControl);
      const tries: InjectionTry[] = [];
      // One by one: the first that succeeds leaves its port's connections to what is asked next.
      for (const way of ways(context)) {
        const found = await decided(context, way, control);
        tries.push(found);
        if (found.outcome === 'vulnerable' && context.depth !== 'full') break;
        // More of the same keeps it waiting again.
        if (way.isLong === true && found.outcome === 'fed-to-tls') break;
      }
      return tries;
    },
  });

/** The likeliest first. How the receive buffer is emptied does not depend on the version: one delivery is enough for TLS 1.2. */
const deliveries = (plaintext: Way['plaintext'], isUnfinished?: true): ((context: ProbeContext) => Way[]) => {
  const kind = { plaintext, ...(isUnfinished && { isUnfinished }) };
  const ways: readonly Way[] = [
    { version: 'TLSv1.3', delivery: 'with-starttls', tries: 3, ...kind },
    { version: 'TLSv1.3', delivery: 'after-go-ahead', ...kind },
    { version: 'TLSv1.3', delivery: 'behind-starttls', ...kind },
    { version: 'TLSv1.3', delivery: 'in-octets', ...kind },
    { version: 'TLSv1.2', delivery: 'with-starttls', ...kind },
  ];
  return ({ depth }) => ways.slice(0, depth === 'full' ? undefined : 2);
};

const markedLine: Way['plaintext'] = ({ protocol }, marker) => `${protocol.inspection.marked(marker)}\r\n`;

/** A whole marked command with STARTTLS (CVE-2011-0411). */
export const lineInjection = injection('line-injection', deliveries(markedLine));

/** The beginning of a command, without a line end, with STARTTLS: does it stick to the first command inside TLS? */
export const fragmentInjection = injection(
  'fragment-injection',
  deliveries((_context, marker) => marker, true),
);

/** Several commands, and more than a receive buffer of them, with STARTTLS: is it emptied to its end? */
export const severalLinesInjection = injection('several-lines-injection', () =>
  LENGTHS.map((octets) => ({
    version: 'TLSv1.3',
    delivery: 'with-starttls',
    isLong: true,
    plaintext: (context, marker) => {
      const line = markedLine(context, marker);
      return line.repeat(Math.ceil(octets / line.length));
    },
  })),
);

/** A literal of which STARTTLS is not the end: do the first octets inside TLS belong to it? */
export const literalInjection = injection('literal-injection', ({ protocol }) => {
  const { unfinished } = protocol.inspection;
  if (unfinished === undefined) throw new NotObserved('the protocol has no literals');
  return [
    {
      version: 'TLSv1.3',
      delivery: 'with-starttls',
      plaintext: (_context, marker) => `${unfinished(marker)}\r\n`,
      isUnfinished: true,
    },
  ];
});

/** What seems vulnerable is tried again with another marker; most of the tries decide. */
const decided = async (context: ProbeContext, way: Way, control: InjectionControl): Promise<InjectionTry> => {
  const first = await compared(context, way, control);
  const wanted = context.depth === 'full' ? (way.tries ?? 1) : 1;
  const made = [first];
  while (made.length < (isSuspicious(first) ? Math.max(wanted, 2) : wanted) || isUndecided(made))
    made.push(await compared(context, way, control));
  const suspicious = made.filter(isSuspicious);
  const [worst] = suspicious;
  if (worst === undefined) return made.find(({ outcome }) => outcome === 'unclear') ?? first;
  const isMost = made.filter(({ outcome }) => outcome === 'vulnerable').length * 2 > made.length;
  return isMost ? (made.find(({ outcome }) => outcome === 'vulnerable') ?? worst) : { ...worst, outcome: 'probable' };
};

const isSuspicious = ({ outcome }: InjectionTry): boolean => outcome === 'vulnerable' || outcome === 'probable';

/** Two tries that disagree. */
const isUndecided = (made: readonly InjectionTry[]): boolean =>
  made.length === 2 && made.some(isSuspicious) && !made.every(isSuspicious);

/** An attempt; one that differs from an ordinary conversation is repeated where that was not as `control` has it. */
const compared = async (context: ProbeContext, way: Way, control: InjectionControl): Promise<InjectionTry> => {
  const tried = await attempt(context, way, control);
  if (tried.outcome !== 'unclear' && !isSuspicious(tried)) return tried;
  let measured: InjectionControl;
  try {
    measured = await context.facts(measuredControl);
  } catch {
    // After what was injected it may talk to us no more; what came back stays true.
    return tried;
  }
  const isAsAssumed = measured.replies === control.replies && measured.speaksUnasked === control.speaksUnasked;
  return isAsAssumed ? tried : attempt(context, way, measured);
};

const attempt = async (context: ProbeContext, way: Way, control: InjectionControl): Promise<InjectionTry> => {
  const { acquaintance } = context;
  const isEnded = ({ outcome }: InjectionTry): boolean => outcome === 'closed' || outcome === 'rejected';
  const tried = await unlessCut(
    context,
    () => once(context, way, control),
    isEnded,
    acquaintance.endsInjected === true ? 1 : TWICE,
  );
  if (isEnded(tried)) acquaintance.endsInjected = true;
  return tried;
};

const once = async (context: ProbeContext, way: Way, control: InjectionControl): Promise<InjectionTry> => {
  const { version, delivery, isUnfinished, isLong } = way;
  const marker = `x${context.word()}`;
  const call = await acquaintedCall(context);
  const injected: Injected = { bytes: latin1(way.plaintext(context, marker)), delivery };
  const manner = { version, injected, listens: control.speaksUnasked };
  const tried = { version, delivery, ...(isLong && { octets: injected.bytes.length }) };
  if (isUnfinished === true) {
    const stopped = await upgraded(context, call, manner);
    return {
      ...tried,
      ...(stopped ?? (await readFragment(context, call, { marker, listens: control.speaksUnasked }))),
    };
  }
  const heard = await exchange(context, call, manner);
  return { ...tried, ...('finals' in heard ? judgeLine(heard, marker, control) : heard) };
};

/** Who closes because of what was injected does so the next time too. */
const TWICE = 2;
/** Octets: a few commands, some fifty, more than one buffer of most servers, and as much as a socket buffers. */
const LENGTHS = [150, 1500, 8 * 1024, 64 * 1024];
