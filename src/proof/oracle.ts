import { caseKey, comparedControl, type Case } from '../cases/case.js';
import { judgeVisit } from '../document/judge-visit.js';
import { loopback } from '../place/loopback.js';
import type { Place } from '../place/place.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Through } from '../stage/middle-seat.js';
import { visit, type VisitSettings } from '../stage/visit.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import { careful, type Habits } from '../toys/habits.js';
import type { ClientHooks } from '../toys/moments.js';
import { toyClient } from '../toys/toy-client.js';
import { withheldFacts } from '../verdict/comparison.js';
import { controlFacts } from '../verdict/control.js';
import type { Judgement } from '../verdict/judgement.js';
import { atSlowerPace } from '../verdict/pace.js';
import type { ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import { printable } from '../wire/printable.js';

/** A toy client: careful in the way of its habits, but for its hooks. */
export interface ToyNature {
  readonly habits?: Partial<Habits>;
  readonly client?: ClientHooks;
}

/** A judged visit of a toy. */
export interface ToyVisit {
  readonly visit: Visit;
  readonly judgement: Judgement;
  /** The transcript with the verdict, for messages of failed tests. */
  readonly story: string;
}

/** Where the visits of an oracle happen. */
export interface OracleOptions {
  /** Loopback by default. */
  readonly place?: Place;
  /** The real server of a case of the middle seat. */
  readonly through?: (one: Case) => Through;
  /** The folder of a visit, for places that need one. */
  readonly folder?: (visit: number) => string;
  /** TLS records and their keys are kept; with a real server, those of both sides. */
  readonly keepsWire?: true;
  /** What issues the certificates; an authority of its own by default. */
  readonly authority?: Authority;
}

/** Toys in scenes: one authority for all, controls of equal toys visited once. */
export class Oracle {
  readonly #registry: readonly Scenario[];
  readonly #options: OracleOptions;
  readonly #controls = new Map<string, Promise<ControlFacts>>();
  readonly #withheld = new Map<string, Promise<WithheldFacts>>();
  readonly #hooks = new Map<ClientHooks | undefined, number>();
  #authority: Promise<Authority> | undefined;
  #visits = 0;

  /** `registry` holds the controls. */
  constructor(registry: readonly Scenario[], options: OracleOptions = {}) {
    this.#registry = registry;
    this.#options = options;
  }

  /** Lets a toy visit the case, and judges it after its control. */
  async judge(one: Case, toy: ToyNature, policy: TlsPolicy = 'required'): Promise<ToyVisit> {
    const taught: { readonly control?: ControlFacts; readonly withheld?: WithheldFacts } =
      one.scenario.id === 'control'
        ? {}
        : {
            control: await this.#control(one, toy.habits, policy),
            ...(await this.#comparedWith(one, toy, policy)),
          };
    let seen = await this.#visit(one, toy, policy, taught);
    let judgement = judgeVisit(one, seen);
    // As in a session, on a busy machine.
    const slower =
      one.scenario.goesByPace === true && judgement.status === 'inconclusive' && taught.control !== undefined
        ? atSlowerPace(taught.control, seen)
        : undefined;
    if (slower !== undefined) {
      seen = await this.#visit(one, toy, policy, { ...taught, control: slower });
      judgement = judgeVisit(one, seen);
    }
    return {
      visit: seen,
      judgement,
      // Told only where somebody asks: there are thousands of outcomes.
      get story() {
        return storyOf(one, seen, judgement);
      },
    };
  }

  /** The control of the careful toy with these habits: a flawed one must be found whatever its control would have been. */
  #control(one: Case, habits: ToyNature['habits'], policy: TlsPolicy): Promise<ControlFacts> {
    const control = this.#honest('control', one);
    const toy: ToyNature = { ...(habits && { habits }) };
    const key = `${caseKey(control)} ${policy} ${this.#keyOf(toy)} ${one.scenario.connectBy ?? ''}`;
    const known = this.#controls.get(key) ?? this.#visit(control, toy, policy, {}).then((seen) => controlFacts(seen));
    this.#controls.set(key, known);
    return known;
  }

  async #comparedWith(one: Case, toy: ToyNature, policy: TlsPolicy): Promise<{ readonly withheld?: WithheldFacts }> {
    const id = comparedControl(one);
    return id === undefined ? {} : { withheld: await this.#withheldOf(id, one, toy, policy) };
  }

  async #withheldOf(id: string, one: Case, toy: ToyNature, policy: TlsPolicy): Promise<WithheldFacts> {
    const control = await this.#control(one, toy.habits, policy);
    const withheld = this.#honest(id, one);
    // It offers inside TLS what the case itself does.
    const scenario =
      one.scenario.inside === undefined ? withheld.scenario : { ...withheld.scenario, inside: one.scenario.inside };
    const like: Case = { ...withheld, scenario, ...(one.variant && { variant: one.variant }) };
    const key = `${id} ${caseKey(one)} ${policy} ${this.#keyOf(toy)}`;
    const known =
      this.#withheld.get(key) ?? this.#visit(like, toy, policy, { control }).then((seen) => withheldFacts(seen));
    this.#withheld.set(key, known);
    return known;
  }

  /** Hooks are functions: the same object is the same toy. */
  #keyOf({ habits, client }: ToyNature): string {
    const known = this.#hooks.get(client) ?? this.#hooks.size;
    this.#hooks.set(client, known);
    return `${JSON.stringify({ ...careful, ...habits })} ${String(known)}`;
  }

  #honest(id: string, one: Case): Case {
    const scenario = this.#registry.find((each) => each.id === id);
    if (scenario === undefined) throw new Error(`the registry has no ${id}`);
    const { protocol, tls, seat, portRole } = one;
    return { scenario, protocol, tls, seat, portRole };
  }

  async #visit(
    one: Case,
    { habits, client }: ToyNature,
    policy: TlsPolicy,
    taught: { readonly control?: ControlFacts; readonly withheld?: WithheldFacts },
  ): Promise<Visit> {
    const { place = loopback, through, folder, keepsWire, authority: given } = this.#options;
    const authority = given ?? (await (this.#authority ??= createAuthority()));
    const settings: VisitSettings = {
      seed: 'oracle',
      place,
      authority,
      driver: toyClient(habits, client),
      policy,
      // All toys give up by themselves; on a machine that is held up that takes longer than in a session.
      maxTime: 40_000,
      // Toys know nothing of other visits: to look for the secrets of thousands in every byte would find nothing.
      secrets: new Map(),
      ...(through && { through: through(one) }),
      ...(folder && { folder }),
      ...(keepsWire && { keepsWire, keepsServerWire: keepsWire }),
    };
    this.#visits += 1;
    return visit(one, this.#visits, settings, taught);
  }
}

/** The transcript of every connection as text. */
export const storyOf = (one: Case, { connections, client, hits }: Visit, judgement?: Judgement): string => {
  const lines = connections.flatMap(({ id, port, entries }) => [
    `connection ${id} to port ${port}`,
    ...entries.map((entry) => {
      if (entry.kind === 'bytes')
        return `  ${entry.from === 'client' ? 'C' : 'S'}${entry.inside ? '#' : ':'} ${printable(entry.data)}${entry.tampered === true ? '   <- tampered' : ''}`;
      const { kind, at, ...rest } = entry;
      return `  -- ${String(at)} ${kind} ${JSON.stringify(rest, (key, value: unknown) => (key === 'hello' ? undefined : value))}`;
    }),
  ]);
  const verdict = judgement === undefined ? [] : [`${judgement.status}: ${judgement.because}`];
  return [
    caseKey(one),
    ...verdict,
    ...lines,
    `client: ${client.how} ${client.error ?? ''}`,
    `hits: ${hits.map((hit) => `${hit.canary}@${hit.entry}`).join(' ')}`,
  ].join('\n');
};
