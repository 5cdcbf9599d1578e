import pLimit from 'p-limit';
import type { OtherLogins } from '../endpoints/honest.js';
import { Fault } from '../fault.js';
import { isComparable, stoodInTls, withheldFacts } from '../verdict/comparison.js';
import { controlFacts, factsWithoutSecrets, knowsOldTlsOnly } from '../verdict/control.js';
import { isProof, type Judgement } from '../verdict/judgement.js';
import { sweepOf } from '../verdict/mask.js';
import type { ControlFacts, Visit, WithheldFacts } from '../verdict/visit.js';
import { caseId, caseKey, extraOf, pointlessness, type Case } from '../cases/case.js';
import type { ChainSession } from './chain-options.js';
import { doubt, INTERRUPTED } from './doubt.js';
import { otherLoginsFor } from './learned.js';
import type { Comparison, Planned, SetUpPlan } from '../cases/plan.js';
import { repeatedJudgement } from './repetition.js';
import type { Session, SessionOptions, Taught } from './session-options.js';
import { SessionVisits } from './session-visits.js';
import { withoutControl } from './uncontrolled.js';
import { bugJudgement, type Seen } from '../document/seen.js';
import type { Report, Result } from '../document/report-model.js';
import { reportOf } from '../document/report.js';
import { resultOf } from '../document/result.js';

/** What the visits of a case come to. */
interface Observed {
  readonly judgement: Judgement;
  readonly happened?: Visit;
  readonly shown?: Seen;
}

/** Runs a plan: controls first, then the cases; never throws for what a client or one visit does. */
export const runSession = (options: SessionOptions): Promise<Session> => new SessionRun(options).run();

class SessionRun {
  readonly #options: SessionOptions;
  readonly #seen = new Map<number, Seen>();
  readonly #kept = new Map<number, unknown>();
  readonly #results = new Map<string, Result>();
  readonly #diagnosis = new Map<SetUpPlan, string>();
  readonly #deciding = new Map<SetUpPlan, Planned[]>();
  readonly #faults: string[] = [];
  readonly #pool: ReturnType<typeof pLimit>;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #signal: AbortSignal;
  #all: number;
  readonly #visits: SessionVisits;
  readonly #bugs = new Map<Case, unknown>();
  #bug: { readonly error: unknown } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pool = pLimit(Math.max(1, options.jobs ?? 8));
    this.#signal = options.signal ?? new AbortController().signal;
    const planned = options.plan.flatMap((each) => [each.control, ...each.cases]);
    this.#all = planned.length;
    const numbers = [
      ...planned.flatMap((each) => each.numbers),
      ...options.plan.flatMap(({ comparisons }) => comparisons.map(({ number }) => number)),
    ];
    this.#visits = new SessionVisits({
      observe: options.observe,
      masking: options.masking,
      signal: this.#signal,
      spare: 2 + Math.max(0, ...numbers),
      store: (seen) => {
        this.#seen.set(seen.visit.number, seen);
        this.#kept.set(seen.visit.number, options.keep(seen));
      },
      failed: (one, error) => {
        this.#bugs.set(one, error);
        this.#failed(error);
      },
    });
  }

  async run(): Promise<Session> {
    const options = this.#options;
    const startedAt = options.startedAt ?? new Date().toISOString();
    try {
      const selfTest = await this.#selfTest();
      await Promise.all(options.plan.map((each) => this.#setUp(each)));
      const chains = this.#signal.aborted ? undefined : await options.chains?.({ signal: this.#signal });
      for (const seen of chains?.seen ?? []) this.#seen.set(seen.visit.number, seen);
      for (const [number, kept] of chains?.kept ?? []) this.#kept.set(number, kept);
      if (chains?.bug !== undefined) this.#bug ??= { error: chains.bug };
      return {
        report: this.#report(startedAt, selfTest, chains),
        seen: [...this.#seen].toSorted(([a], [b]) => a - b).map(([, seen]) => seen),
        ...(this.#bug && { bug: this.#bug.error }),
      };
    } finally {
      this.#visits[Symbol.dispose]();
    }
  }

  async #selfTest(): Promise<NonNullable<Report['selfTest']>> {
    const { selfTest } = this.#options;
    if (selfTest === undefined) return 'skipped';
    try {
      const { passed, why } = await selfTest({ signal: this.#signal });
      if (passed || this.#signal.aborted) return passed ? 'passed' : 'skipped';
      this.#faults.push(
        `waxseal's self-test failed here: ${why ?? 'a flawed client was not caught'}; verdicts of this session can't be relied on`,
      );
    } catch (error) {
      this.#failed(error);
    }
    return 'failed';
  }

  async #setUp(plan: SetUpPlan): Promise<void> {
    let first = await this.#observed(plan.control, {});
    const { happened } = first;
    const old = happened !== undefined && knowsOldTlsOnly(happened);
    // Strip and refuse can be judged of a client that knows nothing newer, if somebody speaks to it.
    if (old && !stoodInTls(happened) && !this.#signal.aborted)
      first = await this.#observed(plan.control, { endpointTls: '1.0' });
    const others = old ? undefined : await this.#withOtherLogins(plan, first.happened);
    first = others?.observed ?? first;
    const control = first.happened === undefined ? undefined : this.#controlFacts(first.happened);
    this.#conclude(plan.control, first.judgement, first.shown?.visit);
    const learnt: Taught = {
      ...(control && { control }),
      ...(old && { endpointTls: '1.0' as const }),
      ...(others && { otherLogins: others.offered }),
    };
    let refused: Promise<WithheldFacts | undefined> | undefined;
    const refusal = (): Promise<WithheldFacts | undefined> => (refused ??= this.#refused(plan, learnt));
    const taught: Taught = { ...learnt, refusal };
    const leaks = isProof(first.judgement);
    if (control?.passed !== true && !leaks) {
      await this.#uncontrolled(plan, taught, control?.why ?? first.judgement.because);
      return;
    }
    if (old)
      this.#diagnose(
        plan,
        'the client offers no TLS version above 1.1; waxseal’s server spoke that version to observe it',
      );
    const comparisons = new Map(
      plan.comparisons
        .filter((each) => each !== plan.refusal)
        .map((comparison) => [comparison, this.#compare(comparison, taught)]),
    );
    await Promise.all(
      plan.cases.map(async (planned) => {
        const never = planned.notApplicable ?? pointlessness(planned.one, control);
        if (never !== undefined) {
          this.#conclude(planned, notApplicable(never));
          return;
        }
        const withheld =
          planned.comparison === undefined
            ? undefined
            : planned.comparison === plan.refusal
              ? await refusal()
              : await comparisons.get(planned.comparison);
        const { judgement, shown } = await this.#observed(planned, { ...taught, ...(withheld && { withheld }) });
        this.#conclude(planned, judgement, shown?.visit);
        await this.#decide(plan, judgement, taught);
      }),
    );
  }

  /** A client that was still waiting when a case ended meets the case that waits longer, once, beside those that are left. */
  async #decide(plan: SetUpPlan, { decidedBy }: Judgement, taught: Taught): Promise<void> {
    const { addsDeciding = false, isPartial = false } = this.#options;
    if (decidedBy === undefined || !addsDeciding || isPartial || this.#signal.aborted) return;
    const one = plan.leftOut.find((each) => caseId(each) === decidedBy && extraOf(each) !== 'slow');
    const before = this.#deciding.get(plan) ?? [];
    if (one === undefined || before.some((each) => each.one === one)) return;
    const planned: Planned = { one, numbers: plan.control.numbers.map(() => this.#visits.spareNumber()) };
    this.#deciding.set(plan, [...before, planned]);
    this.#all += 1;
    const { judgement, shown } = await this.#observed(planned, taught, true);
    this.#conclude(planned, judgement, shown?.visit);
  }

  /** The control of a client that tried none of the usual logins, where it passes with others. */
  async #withOtherLogins(
    plan: SetUpPlan,
    happened: Visit | undefined,
  ): Promise<{ readonly offered: OtherLogins; readonly observed: Observed } | undefined> {
    // What a real server offers is its own.
    if (plan.control.one.seat === 'middle') return undefined;
    let last = happened;
    let offered: OtherLogins | undefined;
    while (last !== undefined && !this.#signal.aborted) {
      offered = otherLoginsFor(last, offered);
      if (offered === undefined) return undefined;
      const observed = await this.#observed(plan.control, { otherLogins: offered });
      if (observed.happened !== undefined && controlFacts(observed.happened).passed) return { offered, observed };
      last = observed.happened;
    }
    return undefined;
  }

  /** The control failed: nothing can be called safe, but a client that leaks is caught all the same. */
  async #uncontrolled(plan: SetUpPlan, taught: Taught, why: string): Promise<void> {
    const tried = this.#signal.aborted ? [] : withoutControl(plan.cases);
    const observed = await Promise.all(
      tried.map(async (planned) => ({ planned, ...(await this.#observed(planned, taught)) })),
    );
    const [leak] = observed.filter(({ judgement }) => isProof(judgement));
    const all = leak === undefined ? why : `${why}; it leaks in ${caseId(leak.planned.one)}: ${leak.judgement.because}`;
    if (!this.#signal.aborted) this.#diagnose(plan, all);
    for (const planned of plan.cases) {
      const made = observed.find((each) => each.planned === planned);
      if (made !== undefined) this.#conclude(planned, made.judgement, made.shown?.visit);
      else
        this.#conclude(
          planned,
          planned.notApplicable === undefined
            ? doubt(this.#signal.aborted ? INTERRUPTED : `the client already fails with an honest server: ${why}`)
            : notApplicable(planned.notApplicable),
        );
    }
  }

  /** It is made while another visit waits for it, outside the pool that both would wait for. */
  async #refused({ refusal }: SetUpPlan, taught: Taught): Promise<WithheldFacts | undefined> {
    if (refusal === undefined || this.#signal.aborted) return undefined;
    const watched = await this.#visits.one(refusal.one, refusal.number, taught);
    return watched === undefined || !isComparable(watched.happened) ? undefined : withheldFacts(watched.happened);
  }

  async #compare({ one, number }: Comparison, taught: Taught): Promise<WithheldFacts | undefined> {
    const watched = await this.#inPool(() => this.#visits.one(one, number, taught));
    // A client that did not come as far has shown nothing to compare with.
    return watched === undefined || !isComparable(watched.happened) ? undefined : withheldFacts(watched.happened);
  }

  /** What is told of a failed control, without its secrets. */
  #controlFacts(happened: Visit): ControlFacts {
    return factsWithoutSecrets(controlFacts(happened), sweepOf(happened, this.#options.masking));
  }

  /** All visits of a case, and what they come to; `happened` is the first one. */
  async #observed({ one, numbers }: Planned, taught: Taught, isFirst = false): Promise<Observed> {
    const visits = await Promise.all(
      numbers.map((number) => this.#inPool(() => this.#visits.one(one, number, taught), isFirst)),
    );
    const made = visits.filter((each) => each !== undefined);
    const [first, ...more] = made;
    if (first === undefined)
      return {
        judgement:
          this.#signal.aborted || !this.#bugs.has(one) ? doubt(INTERRUPTED) : bugJudgement(one, this.#bugs.get(one)),
      };
    const { judgement, index } = repeatedJudgement([first.seen.judgement, ...more.map(({ seen }) => seen.judgement)]);
    const shown = made[index]?.seen;
    return { judgement, happened: first.happened, ...(shown && { shown }) };
  }

  /** As soon as a client may be run; before all others that wait for that, if it is `isFirst`: a long one is over with them then. */
  #inPool<T>(run: () => Promise<T>, isFirst = false): Promise<T> {
    return new Promise((resolve, reject) => {
      const job = (): Promise<void> => run().then(resolve, reject);
      if (isFirst) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      void this.#pool(() => this.#waiting.shift()?.());
    });
  }

  #conclude({ one }: Planned, judgement: Judgement, visit?: Visit): void {
    const { reproduce, onResult } = this.#options;
    const result = resultOf(one, judgement, {
      reproduce: reproduce(one),
      ...(visit && { visit }),
    });
    this.#results.set(result.case, result);
    onResult?.(result, this.#results.size, this.#all);
  }

  #diagnose(plan: SetUpPlan, why: string): void {
    this.#diagnosis.set(plan, `${plan.setUp.protocol} with ${plan.setUp.tls}: ${why}`);
  }

  /** A fault or a bug of one visit costs its result alone; a bug is told at the end. */
  #failed(error: unknown): void {
    if (error instanceof Fault && error.code !== 'HARNESS_BUG') this.#faults.push(error.message);
    else this.#bug ??= { error };
  }

  #report(startedAt: string, selfTest: NonNullable<Report['selfTest']>, chains: ChainSession | undefined): Report {
    const options = this.#options;
    const decidingOf = (plan: SetUpPlan): readonly Planned[] => this.#deciding.get(plan) ?? [];
    // Results stand in the order of the plan, whichever visit ended first.
    const results = options.plan
      .flatMap((plan) => [plan.control, ...plan.cases, ...decidingOf(plan)])
      .flatMap(({ one }) => this.#results.get(caseKey(one)) ?? [])
      .concat(chains?.results ?? []);
    return reportOf({
      kind: 'test',
      startedAt,
      seed: options.seed,
      place: options.place,
      selfTest,
      interrupted: this.#signal.aborted,
      authorizedBy: options.authorizedBy,
      subject: options.subject,
      results,
      ...(chains && { chains: chains.families }),
      known: options.known,
      isPartial: options.isPartial,
      casesLeftOut: options.plan.flatMap((plan) =>
        plan.leftOut.filter((one) => !decidingOf(plan).some((each) => each.one === one)).map(caseKey),
      ),
      casesElsewhere: options.plan.flatMap(({ elsewhere }) => elsewhere.map(caseKey)),
      diagnosis: [...options.plan.flatMap((plan) => this.#diagnosis.get(plan) ?? []), ...(chains?.diagnosis ?? [])],
      faults: [...this.#faults, ...(chains?.faults ?? [])],
      visits: [...this.#kept].toSorted(([a], [b]) => a - b).map(([, kept]) => kept),
    });
  }
}

const notApplicable = (because: string): Judgement => ({ status: 'not-applicable', because, leaked: [], evidence: [] });
