import { randomBytes } from 'node:crypto';
import { caseKey } from '../cases/case.js';
import type { SetUp } from '../cases/plan.js';
import type { ClientTask } from '../clients/driver.js';
import type { Result } from '../document/report-model.js';
import { resultOf } from '../document/result.js';
import { seenVisit } from '../document/seen.js';
import { Fault } from '../fault.js';
import { loopback } from '../place/loopback.js';
import registry from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { visit, type VisitSettings, type VisitTaught } from '../stage/visit.js';
import type { Authority } from '../tls/certificate-authority.js';
import { isComparable, stoodInTls, withheldFacts } from '../verdict/comparison.js';
import { controlFacts, factsWithoutSecrets, knowsOldTlsOnly } from '../verdict/control.js';
import { isProof, type Judgement } from '../verdict/judgement.js';
import { sweepOf, type Masking } from '../verdict/mask.js';
import type { Mask } from '../verdict/recording.js';
import type { TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import { AttendedDriver, type AttendedEnd } from './attended-driver.js';
import { AttendedPlan, type PlannedStep, type Step } from './attended-plan.js';
import { doubt } from './doubt.js';
import { INTOLERABLE_DELAY, isContradicted, knowingRefusal, otherLoginsFor } from './learned.js';
import { LoopDelay } from './loop-delay.js';

/** What all clients of a session share. */
export interface AttendedOptions {
  readonly authority: Authority;
  /** User names and passwords are made from it; random by default. */
  readonly seed?: string;
  /** Scenarios of your own, besides waxseal's. */
  readonly scenarios?: readonly Scenario[];
}

/** How a client is configured, by the one who starts it. */
export interface AttendedSetUp extends SetUp {
  readonly policy: TlsPolicy;
}

/** A visit that came to its end. */
export interface AttendedResult {
  /** Absent of a comparison that leaked nothing. */
  readonly result?: Result;
  /** Secrets that are not ours are masked. */
  readonly visit: Visit;
  readonly masks: readonly Mask[];
  /** The step shall be played again, and why: its result is not the last word. */
  readonly again?: string;
  /** Nothing was tested, and why: the case does not apply to this client, or the client's control has failed already. */
  readonly skipped?: string;
}

/** How a step is played. */
export interface AttendedCourse {
  /** Milliseconds after which the visit ends by itself. */
  readonly maxTime: number;
  readonly watch?: Watch;
  /** The words with which the user repeats the step; how the library does it by default. */
  readonly reproduce?: readonly string[];
}

/** Told of connections of a visit. */
export type Watch = Pick<VisitSettings, 'onStarted' | 'onConnectionEnd'>;

/** An endpoint that is up until its visit is ended. */
export interface AttendedVisit {
  /** Of this session, from 1. */
  readonly number: number;
  /** Key of its case. */
  readonly key: string;
  readonly role: Step['role'];
  /** Where the client shall connect to, and with what. */
  readonly task: ClientTask;
  /** Its time is over, whether or not anybody asks for its verdict. */
  readonly isOver: () => boolean;
  /** The client's function has returned, or its program has ended: waits for what is still under way, at most 2 s, and judges. */
  end(end: AttendedEnd): Promise<AttendedResult>;
  /** Everything is closed; nothing is judged or learned. */
  abandon(): Promise<void>;
}

/** Visits of clients that somebody else starts: what they share. */
export class AttendedSession implements Disposable {
  readonly #options: AttendedOptions;
  readonly #clients = new Map<string, AttendedClient>();
  readonly #plans = new Map<string, AttendedPlan>();
  readonly #shared: Shared;

  constructor(options: AttendedOptions) {
    this.#options = options;
    this.#shared = {
      authority: options.authority,
      seed: options.seed ?? randomBytes(6).toString('hex'),
      secrets: new Map<string, number>(),
      masking: { secrets: 'mask', key: randomBytes(32), known: new Set<string>() },
      delay: new LoopDelay(),
      number: 0,
    };
  }

  get seed(): string {
    return this.#shared.seed;
  }

  /** The client of that name in this set-up, with what its visits have taught; the ones that were used last are remembered. */
  client(name: string, setUp: AttendedSetUp): AttendedClient {
    const key = JSON.stringify([name, setUp.protocol, setUp.tls, setUp.policy]);
    const client = this.#clients.get(key) ?? new AttendedClient(setUp, this.#planOf(setUp), this.#shared);
    this.#clients.delete(key);
    this.#clients.set(key, client);
    const [oldest] = this.#clients.keys();
    if (this.#clients.size > MOST_CLIENTS && oldest !== undefined) this.#clients.delete(oldest);
    return client;
  }

  /** Forgets what was learned of the client of that name, in all set-ups; of all clients without one. */
  forget(name?: string): void {
    for (const key of this.#clients.keys())
      if (name === undefined || (JSON.parse(key) as unknown[])[0] === name) this.#clients.delete(key);
  }

  [Symbol.dispose](): void {
    this.#shared.delay[Symbol.dispose]();
  }

  #planOf(setUp: AttendedSetUp): AttendedPlan {
    const key = `${setUp.protocol} ${setUp.tls}`;
    const plan = this.#plans.get(key) ?? new AttendedPlan(setUp, [...registry, ...(this.#options.scenarios ?? [])]);
    this.#plans.set(key, plan);
    return plan;
  }
}

interface Shared {
  readonly authority: Authority;
  readonly seed: string;
  /** Passwords and tokens of the last visits. */
  readonly secrets: Map<string, number>;
  readonly masking: Masking;
  readonly delay: LoopDelay;
  number: number;
}

/** One client in one set-up. */
export class AttendedClient {
  readonly #setUp: AttendedSetUp;
  readonly #plan: AttendedPlan;
  readonly #shared: Shared;
  readonly #compared = new Map<string, WithheldFacts>();
  #learnt: VisitTaught = {};

  constructor(setUp: AttendedSetUp, plan: AttendedPlan, shared: Shared) {
    this.#setUp = setUp;
    this.#plan = plan;
    this.#shared = shared;
  }

  /**
   * The visits of a session in their order: the control, what its cases are compared with, the cases.
   * Throws `BAD_USAGE` where a glob matches nothing.
   */
  steps(globs: readonly string[], all = false): Step[] {
    return this.#plan.chosen(globs, all);
  }

  /** Puts up the endpoints of a step. Throws `BAD_USAGE` where there is no such step, `CANNOT_BIND`. */
  async begin(name: string, { maxTime, watch = {}, reproduce }: AttendedCourse): Promise<AttendedVisit> {
    const step = this.#plan.steps.get(name);
    if (step === undefined)
      throw new Fault(
        'BAD_USAGE',
        `there is no step ${JSON.stringify(name)} with ${this.#setUp.protocol} and ${this.#setUp.tls}; steps are ids of cases, such as ${[...this.#plan.steps.keys()].slice(0, 3).join(', ')}`,
      );
    if (step.notApplicable !== undefined)
      throw new Fault('BAD_USAGE', `${caseKey(step.one)} cannot be played here: ${step.notApplicable}`);
    const shared = this.#shared;
    const number = (shared.number += 1);
    const attended = new AttendedDriver();
    const delay = shared.delay.watch();
    const abandoned = new AbortController();
    const withheld = step.compared === undefined ? undefined : this.#compared.get(step.compared);
    let isOver = false;
    const made = visit(
      step.one,
      number,
      {
        seed: shared.seed,
        place: loopback,
        authority: shared.authority,
        driver: attended,
        policy: this.#setUp.policy,
        maxTime,
        secrets: shared.secrets,
        signal: abandoned.signal,
        ...watch,
      },
      step.role === 'control' ? this.#asControl() : { ...this.#learnt, ...(withheld && { withheld }) },
    );
    const forgetsOldSecrets = (): void => {
      // They stand there in the order in which their visits began.
      for (const [secret, of] of shared.secrets)
        if (of <= shared.number - MOST_SECRETS) shared.secrets.delete(secret);
        else break;
    };
    const over = made.then(
      (happened) => {
        isOver = true;
        return happened;
      },
      () => {
        // A visit that fails later is told by `end`.
        isOver = true;
      },
    );
    const task = await Promise.race([attended.started, over.then(() => undefined)]);
    if (task === undefined)
      throw new Fault('CANNOT_BIND', (await made).faults[0] ?? 'the endpoints could not be put up');
    return {
      number,
      key: caseKey(step.one),
      role: step.role,
      task,
      isOver: () => isOver,
      end: async (end) => {
        attended.finish(end);
        const happened = await made;
        forgetsOldSecrets();
        return this.#concluded(step, happened, delay(), reproduce);
      },
      abandon: async () => {
        delay();
        abandoned.abort();
        await over;
        forgetsOldSecrets();
      },
    };
  }

  /** What a control may know of earlier ones: how its endpoint must speak. */
  #asControl(): VisitTaught {
    const { endpointTls, otherLogins } = this.#learnt;
    return { ...(endpointTls && { endpointTls }), ...(otherLogins && { otherLogins }) };
  }

  #concluded(
    step: PlannedStep,
    observed: Visit,
    delay: number,
    reproduce: readonly string[] = this.#reproduction(step),
  ): AttendedResult {
    const { refusal } = this.#plan;
    const happened =
      refusal !== undefined && isContradicted(observed)
        ? knowingRefusal(observed, this.#compared.get(refusal))
        : observed;
    const seen = seenVisit(step.one, happened, this.#shared.masking);
    if ('bug' in seen) throw seen.bug;
    const isSlow = delay >= INTOLERABLE_DELAY && !isProof(seen.judgement);
    const slow = `machine too slow: waxseal itself was held up for ${String(Math.round(delay))} ms`;
    const again = isSlow ? slow : this.#learn(step, happened);
    const judgement: Judgement = isSlow ? doubt(`${slow}; run fewer tests at once`) : seen.judgement;
    const result = resultOf(step.one, judgement, { reproduce: [...reproduce], visit: seen.visit });
    const skipped = this.#skipped(step, result);
    return {
      visit: seen.visit,
      masks: seen.masks,
      ...((step.role !== 'comparison' || isProof(judgement)) && { result }),
      ...(again !== undefined && { again }),
      ...(skipped !== undefined && { skipped }),
    };
  }

  #reproduction({ name }: PlannedStep): string[] {
    const { protocol, tls, policy } = this.#setUp;
    return ['start', JSON.stringify({ protocol, tls, step: name, ...(policy !== 'required' && { policy }) })];
  }

  #skipped({ role }: PlannedStep, { status, because }: Result): string | undefined {
    if (status === 'not-applicable') return because;
    return role !== 'control' && status === 'inconclusive' && this.#learnt.control?.passed === false
      ? 'the control of this client has failed: nothing can be proved'
      : undefined;
  }

  /** Keeps what the visit teaches; says why it must be made once more, if so. */
  #learn(step: Step, happened: Visit): string | undefined {
    if (step.role === 'comparison') {
      if (isComparable(happened)) this.#compared.set(step.name, withheldFacts(happened));
      return undefined;
    }
    if (step.role === 'case') return undefined;
    const control = factsWithoutSecrets(controlFacts(happened), sweepOf(happened, this.#shared.masking));
    const { endpointTls, otherLogins } = this.#learnt;
    // Whatever was learned of the client is of another run of it now.
    this.#compared.clear();
    this.#learnt = { control, ...(endpointTls && { endpointTls }), ...(otherLogins && { otherLogins }) };
    if (knowsOldTlsOnly(happened) && endpointTls === undefined) {
      this.#learnt = { ...this.#learnt, endpointTls: '1.0' };
      return stoodInTls(happened)
        ? undefined
        : 'the client offers no TLS version above 1.1: play the control once more, waxseal’s server will speak that version';
    }
    const others = otherLoginsFor(happened, otherLogins);
    if (others !== undefined) {
      this.#learnt = { ...this.#learnt, otherLogins: others };
      return 'the client knows none of the usual logins: play the control once more, waxseal’s server will offer others too';
    }
    return undefined;
  }
}

/** Clients that are remembered. */
const MOST_CLIENTS = 1000;
/** Visits whose passwords are looked for in later ones. */
const MOST_SECRETS = 200;
