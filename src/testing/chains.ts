import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { MOST_CONTROLS, type Chain } from '../chains/chain.js';
import { ChainRemaker } from '../chains/remade-chain.js';
import { servedChain } from '../chains/served-chain.js';
import { caseKey, type Case } from '../cases/case.js';
import type { SetUp } from '../cases/plan.js';
import { portRoleOf } from '../clients/driver.js';
import type { ChainFamily, ChainLine, Result } from '../document/report-model.js';
import { resultOf } from '../document/result.js';
import { seenVisit, type Seen } from '../document/seen.js';
import { Fault } from '../fault.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import scenarios from '../scenarios/index.js';
import type { PresentedChain } from '../stage/visit.js';
import { chainAnswer } from '../verdict/chain.js';
import { controlFacts } from '../verdict/control.js';
import { isProof, type Judgement } from '../verdict/judgement.js';
import type { ControlFacts, Visit } from '../verdict/visit.js';
import { familyJudgement, type Example } from './chain-family.js';
import type { ChainOptions, ChainSession } from './chain-options.js';
import { ChainTally, kindOf } from './chain-tally.js';
import { doubt, INTERRUPTED } from './doubt.js';
import { LoopDelay } from './loop-delay.js';
import { whileStarting } from './while-starting.js';

/** Presents every chain of a suite to the client; nothing but counts and examples is kept, however long the suite. */
export const runChains = (options: ChainOptions): Promise<ChainSession> => new ChainRun(options).run();

/** What was learnt of a form: the control's facts, and the first visit. */
interface Proven {
  readonly control: ControlFacts;
  readonly visit: Visit | undefined;
}

class ChainRun {
  readonly #options: ChainOptions;
  readonly #delay = new LoopDelay();
  readonly #starts: ReturnType<typeof pLimit>;
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #remaker = new ChainRemaker();
  readonly #results: Result[] = [];
  readonly #families: ChainFamily[] = [];
  readonly #seen = new Map<number, Seen>();
  readonly #kept = new Map<number, unknown>();
  readonly #diagnosis = new Set<string>();
  readonly #faults = new Set<string>();
  #bug: { readonly error: unknown } | undefined;
  #number = FIRST_VISIT;
  #done = 0;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#starts = pLimit(options.startsAtOnce ?? Math.max(1, availableParallelism()));
  }

  async run(): Promise<ChainSession> {
    try {
      for (const setUp of this.#options.setUps) await this.#setUp(setUp);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#delay[Symbol.dispose]();
    }
    return {
      results: this.#results,
      families: this.#families,
      kept: this.#kept,
      seen: [...this.#seen.values()],
      diagnosis: [...this.#diagnosis],
      faults: [...this.#faults],
      ...(this.#bug && { bug: this.#bug.error }),
    };
  }

  async #setUp(setUp: SetUp): Promise<void> {
    const { suite, jobs, listsAll, signal, tellsControl, onChain, setUps } = this.#options;
    const forms = new Map<string, Promise<Proven>>();
    const tallies = new Map<string, ChainTally>();
    const examples = new Map<string, Example>();
    const tried = new Map<string, number>();
    const provenOf = (form: string): Promise<Proven> => {
      const known = forms.get(form) ?? this.#proven(setUp, form);
      forms.set(form, known);
      return known;
    };
    const pending = new Set<Promise<void>>();
    let order = 0;
    for await (const chain of suite.chains()) {
      if (signal.aborted) break;
      const at = (order += 1);
      const tally = tallies.get(chain.family) ?? new ChainTally(listsAll);
      tallies.set(chain.family, tally);
      const one = this.#one(chain, setUp, tally, tried, provenOf)
        .then(({ line, example }) => {
          tally.add(line, at);
          if (example !== undefined && isWorse(example, examples.get(chain.family)))
            examples.set(chain.family, example);
        })
        .catch((error: unknown) => {
          this.#failed(error);
        })
        .finally(() => {
          pending.delete(one);
          this.#done += 1;
          onChain?.(this.#done, suite.size * setUps.length);
        });
      pending.add(one);
      if (pending.size >= jobs) await Promise.race(pending);
    }
    await Promise.all(pending);
    if (tellsControl) await this.#tellControl(setUp, forms);
    for (const [family, tally] of tallies) this.#conclude(setUp, family, tally, examples.get(family));
  }

  /** One chain, presented and judged. */
  async #one(
    chain: Chain,
    setUp: SetUp,
    tally: ChainTally,
    tried: Map<string, number>,
    provenOf: (form: string) => Promise<Proven>,
  ): Promise<{ readonly line: ChainLine; readonly example?: Example }> {
    const base = { chain: chain.id, host: chain.host, kind: kindOf(chain) };
    const presented = this.#presented(chain);
    if ('notApplicable' in presented)
      return { line: { ...base, answer: 'not-applicable', why: presented.notApplicable } };
    const { control } = await provenOf(chain.form);
    if (!control.passed) {
      const key = `${chain.form}\0${chain.family}\0${base.kind}`;
      const count = (tried.get(key) ?? 0) + 1;
      tried.set(key, count);
      // A client that accepts what it should not is caught all the same; the rest would only repeat the reason.
      if (count > MOST_UNPROVEN)
        return {
          line: {
            ...base,
            answer: 'inconclusive',
            why: `no good chain of this kind was accepted: ${control.why ?? 'unknown reason'}`,
          },
        };
    }
    const { seen, happened } = await this.#visit(chain, setUp, presented, control);
    // What a client did that was ended from outside is no answer.
    if (this.#options.signal.aborted && !isProof(seen.judgement) && happened.client.how === 'stopped')
      return { line: { ...base, answer: 'inconclusive', why: INTERRUPTED } };
    const answer = chainAnswer(happened, seen.judgement);
    const library = await this.#library(chain, setUp, presented);
    const line: ChainLine = {
      ...base,
      answer: answer === 'unclear' ? 'inconclusive' : answer,
      ...(library && { library }),
      ...whyOf(chain, answer, seen.judgement),
    };
    if (!isProof(seen.judgement)) return { line };
    // The first of a family is shown; others need the room.
    const isFirst = tally.count('invalid', 'accepted') + tally.count('invalid', 'misbehaved') < MOST_EXAMPLES;
    return { line, ...(isFirst && { example: { chain, seen } }) };
  }

  #presented(chain: Chain): PresentedChain | { readonly notApplicable: string } {
    if (chain.notApplicable !== undefined) return { notApplicable: chain.notApplicable };
    const unservable = this.#options.unservable(chain.host);
    if (unservable !== undefined) return { notApplicable: unservable };
    const keyed = chain.key === undefined || chain.at !== undefined ? this.#remaker.remade(chain) : chain;
    if (!('certificates' in keyed)) return keyed;
    const served = servedChain(keyed);
    if ('notApplicable' in served) return served;
    return { ...served, host: chain.host, certificate: chain.id, trusted: kindOf(chain) !== 'invalid' };
  }

  /** A good chain of the form is accepted, with a login or mail inside TLS; or why not. */
  async #proven(setUp: SetUp, form: string): Promise<Proven> {
    let first: Proven | undefined;
    for (const chain of (await this.#options.suite.controls(form)).slice(0, MOST_CONTROLS)) {
      const presented = this.#presented(chain);
      if ('notApplicable' in presented) continue;
      const { happened } = await this.#visit(chain, setUp, presented, undefined);
      const control = controlFacts(happened);
      if (control.passed) return { control, visit: happened };
      first ??= { control, visit: happened };
    }
    if (first !== undefined) return first;
    const why = 'the suite has none that can be presented here';
    const control = {
      passed: false,
      why,
      connections: 0,
      verbsOutside: [],
      verbsInside: [],
      tags: [],
      mechanisms: [],
      found: [],
      duration: 0,
    };
    return { control, visit: undefined };
  }

  async #visit(
    chain: Chain,
    setUp: SetUp,
    presented: PresentedChain,
    control: ControlFacts | undefined,
  ): Promise<{ readonly seen: Seen; readonly happened: Visit }> {
    const first = await this.#watched(chain, setUp, presented, control);
    if (first.late < INTOLERABLE_DELAY || isProof(first.seen.judgement)) return first;
    const again = await this.#watched(chain, setUp, presented, control);
    if (again.late < INTOLERABLE_DELAY || isProof(again.seen.judgement)) return again;
    const because = `machine too slow: waxseal itself was held up for ${String(Math.round(again.late))} ms; use fewer --jobs`;
    return { ...again, seen: { ...again.seen, judgement: doubt(because) } };
  }

  async #watched(
    chain: Chain,
    setUp: SetUp,
    presented: PresentedChain,
    control: ControlFacts | undefined,
  ): Promise<{ readonly seen: Seen; readonly happened: Visit; readonly late: number }> {
    const { observe, masking, keep, keepsAll, signal } = this.#options;
    const one = caseOf(setUp, chain.id);
    const number = (this.#number += 1);
    return this.#apart(chain.host, async () => {
      const delay = this.#delay.watch();
      const happened = await whileStarting(this.#starts, (started) =>
        observe(one, number, presented, control === undefined ? {} : { control }, { signal, started }),
      );
      const late = delay();
      const seen = seenVisit(one, happened, masking);
      if ('bug' in seen) throw seen.bug;
      if (keepsAll) {
        this.#seen.set(number, seen);
        this.#kept.set(number, keep(seen));
      }
      return { seen, happened, late };
    });
  }

  async #library(chain: Chain, setUp: SetUp, presented: PresentedChain): Promise<ChainLine['library']> {
    const { library, signal } = this.#options;
    if (library === undefined) return undefined;
    const number = (this.#number += 1);
    const accepts = await this.#apart(chain.host, () =>
      library.accepts(caseOf(setUp, chain.id), number, presented, signal),
    );
    return accepts === undefined ? 'inconclusive' : accepts ? 'accepted' : 'refused';
  }

  /** One after the other where visits share an address and port. */
  #apart<T>(host: string, run: () => Promise<T>): Promise<T> {
    if (!this.#options.isShared(host)) return run();
    const mine = (this.#queues.get(SHARED) ?? Promise.resolve()).then(run, run);
    this.#queues.set(
      SHARED,
      mine.catch(() => undefined),
    );
    return mine;
  }

  async #tellControl(setUp: SetUp, forms: ReadonlyMap<string, Promise<Proven>>): Promise<void> {
    const known = await Promise.all(forms.values());
    const visit = (known.find(({ control }) => control.passed) ?? known[0])?.visit;
    const scenario = scenarios.find(({ id }) => id === 'control');
    if (visit === undefined || scenario === undefined) return;
    const one: Case = { ...caseOf(setUp, ''), scenario };
    const { variant: _, ...control } = one;
    const seen = seenVisit(control, { ...visit, scenario: 'control' }, this.#options.masking);
    this.#keep(seen);
    this.#results.push(
      resultOf(control, seen.judgement, { reproduce: this.#options.reproduce(control, ''), visit: seen.visit }),
    );
  }

  #keep(seen: Seen): void {
    const { number } = seen.visit;
    if (this.#kept.has(number)) return;
    this.#seen.set(number, seen);
    this.#kept.set(number, this.#options.keep(seen));
  }

  #conclude(setUp: SetUp, family: string, tally: ChainTally, example: Example | undefined): void {
    const { suite, library, reproduce, signal } = this.#options;
    const one = caseOf(setUp, family);
    if (example !== undefined) this.#keep(example.seen);
    const judgement = familyJudgement(tally, example, signal.aborted);
    this.#results.push({
      ...resultOf(one, judgement, {
        reproduce: reproduce(one, example?.chain.id ?? `${family}/*`),
        ...(example && { visit: example.seen.visit }),
      }),
      title: `Certificate chains: ${family}`,
    });
    this.#families.push(
      tally.family(
        { case: caseKey(one), suite: suite.name, family, protocol: setUp.protocol, tls: setUp.tls },
        library?.name,
      ),
    );
  }

  #failed(error: unknown): void {
    if (error instanceof Fault && error.code !== 'HARNESS_BUG') this.#faults.add(error.message);
    else this.#bug ??= { error };
  }
}

const whyOf = (chain: Chain, answer: string, judgement: Judgement): { readonly why?: string } => {
  const why = answer === 'unclear' || answer === 'misbehaved' ? judgement.because : chain.why;
  return why === undefined ? {} : { why };
};

/** Credentials in clear are worse than trust. */
const isWorse = (one: Example, other: Example | undefined): boolean =>
  other === undefined || (isProof(one.seen.judgement) && worth(one) > worth(other));

const worth = ({ seen: { judgement } }: Example): number =>
  (judgement.status === 'unsafe' ? 2 : 0) + (judgement.leaked.includes('credentials') ? 1 : 0);

const caseOf = (setUp: SetUp, name: string): Case => ({
  scenario: chainScenario,
  variant: { name },
  protocol: setUp.protocol,
  tls: setUp.tls,
  seat: 'server',
  portRole: setUp.portRole ?? portRoleOf(setUp.protocol, setUp.tls),
});

/** Far from the numbers of the session's other visits: canaries and addresses come from them. */
const FIRST_VISIT = 100_000;
const SHARED = 'shared';
/** Of a family and form whose control failed. */
const MOST_UNPROVEN = 2;
const MOST_EXAMPLES = 3;
/** Milliseconds. */
const INTOLERABLE_DELAY = 500;
