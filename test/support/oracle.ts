import { loopback } from '../../src/place/loopback.js';
import { caseKey, casesOf, type Case } from '../../src/cases/case.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { visit, type VisitSettings } from '../../src/stage/visit.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { Habits } from '../../src/toys/habits.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { controlFacts, withheldFacts } from '../../src/verdict/control.js';
import type { Judge, Judgement } from '../../src/verdict/judgement.js';
import type { ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../../src/verdict/visit.js';
import { printable } from '../../src/wire/printable.js';

/** A judged visit of a toy. */
export interface Outcome {
  readonly visit: Visit;
  readonly judgement: Judgement;
  /** The transcript with the verdict, for messages of failed tests. */
  readonly story: string;
}

/** Toys in scenes: one authority for all, controls of equal toys visited once. */
export class Oracle {
  readonly #registry: readonly Scenario[];
  readonly #through: ((one: Case) => Through) | undefined;
  readonly #controls = new Map<string, Promise<ControlFacts>>();
  readonly #withheld = new Map<string, Promise<WithheldFacts>>();
  readonly #secrets = new Map<string, number>();
  #authority: Promise<Authority> | undefined;
  #visits = 0;

  /** `registry` holds the controls; `through` is the real server of a case of the middle seat. */
  constructor(registry: readonly Scenario[], through?: (one: Case) => Through) {
    this.#registry = registry;
    this.#through = through;
  }

  /** Lets a toy with these habits visit the case, and judges it after its control. */
  async judge(one: Case, habits: Partial<Habits>, policy: TlsPolicy = 'required'): Promise<Outcome> {
    const taught =
      one.scenario.id === 'control'
        ? {}
        : {
            control: await this.#control(one, habits, policy),
            ...(one.scenario.comparesWith !== undefined && { withheld: await this.#withheldOf(one, habits, policy) }),
          };
    const seen = await this.#visit(one, habits, policy, taught);
    const judgement = judgeOf(one, seen)(seen);
    return {
      visit: seen,
      judgement,
      // Told only where somebody asks: there are thousands of outcomes.
      get story() {
        return storyOf(one, seen, judgement);
      },
    };
  }

  #control(one: Case, habits: Partial<Habits>, policy: TlsPolicy): Promise<ControlFacts> {
    const control = this.#honest('control', one);
    const key = `${caseKey(control)} ${policy} ${JSON.stringify(habits)} ${one.scenario.connectBy ?? ''}`;
    const known =
      this.#controls.get(key) ?? this.#visit(control, habits, policy, {}).then((seen) => controlFacts(seen));
    this.#controls.set(key, known);
    return known;
  }

  #withheldOf(one: Case, habits: Partial<Habits>, policy: TlsPolicy): Promise<WithheldFacts> {
    const withheld = this.#honest('control-withheld', one);
    // It offers inside TLS what the case itself does.
    const scenario =
      one.scenario.inside === undefined ? withheld.scenario : { ...withheld.scenario, inside: one.scenario.inside };
    const like: Case = { ...withheld, scenario, ...(one.variant && { variant: one.variant }) };
    const key = `${caseKey(one)} ${policy} ${JSON.stringify(habits)}`;
    const known = this.#withheld.get(key) ?? this.#visit(like, habits, policy, {}).then((seen) => withheldFacts(seen));
    this.#withheld.set(key, known);
    return known;
  }

  #honest(id: string, one: Case): Case {
    const scenario = this.#registry.find((each) => each.id === id);
    if (scenario === undefined) throw new Error(`the registry has no ${id}`);
    const { protocol, tls, seat, portRole } = one;
    return { scenario, protocol, tls, seat, portRole };
  }

  async #visit(
    one: Case,
    habits: Partial<Habits>,
    policy: TlsPolicy,
    taught: { readonly control?: ControlFacts; readonly withheld?: WithheldFacts },
  ): Promise<Visit> {
    const authority = await (this.#authority ??= createAuthority());
    const settings: VisitSettings = {
      seed: 'oracle',
      place: loopback,
      authority,
      driver: toyClient(habits),
      policy,
      maxTime: 15_000,
      secrets: this.#secrets,
      ...(this.#through && { through: this.#through(one) }),
    };
    this.#visits += 1;
    return visit(one, this.#visits, settings, taught);
  }
}

/** Cases of a scenario in the server seat, in every protocol and mode that it has. */
export const allCases = (scenario: Scenario): Case[] =>
  PROTOCOLS.flatMap((protocol) =>
    MODES.filter((tls) => protocol !== 'managesieve' || tls === 'starttls').flatMap((tls) =>
      casesOf([scenario], protocol, tls, 'server'),
    ),
  );

/** The judge of a case, whether or not it looks at the variant. */
export const judgeOf = ({ scenario, variant }: Case, { canaries }: Visit): Judge => {
  if (scenario.judgeByVariant !== true) return scenario.judge as Judge;
  return (scenario.judge as (row: NonNullable<typeof variant>, words: typeof canaries) => Judge)(
    variant ?? { name: '' },
    canaries,
  );
};

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

export const PROTOCOLS: readonly ProtocolName[] = ['smtp', 'imap', 'pop3', 'managesieve'];
const MODES: readonly TlsMode[] = ['starttls', 'implicit'];
