import { createHash } from 'node:crypto';
import { caseId, casesOf, type Case } from '../cases/case.js';
import scenarios from '../scenarios/index.js';

/** A trigger that makes SMTP refuse a command, as Mailpit's: its code, and in how many of a hundred cases. */
export interface RefusalTrigger {
  readonly ErrorCode: number;
  readonly Probability: number;
}

/** A trigger that plays a scenario: which one, and on how many of a hundred connections. */
export interface ScenarioTrigger {
  readonly Mode: string;
  readonly Probability: number;
}

/** What goes wrong on purpose, in the form of Mailpit's chaos triggers, extended by those of TLS. */
export interface TriggerSettings {
  readonly Sender: RefusalTrigger;
  readonly Recipient: RefusalTrigger;
  readonly Authentication: RefusalTrigger;
  readonly StartTLS: ScenarioTrigger;
  readonly Handshake: ScenarioTrigger;
  readonly Certificate: ScenarioTrigger;
  readonly Greeting: ScenarioTrigger;
  /** The same seed triggers the same connections again. */
  readonly Seed: string;
}

/** Names of triggers that refuse a command. */
export const REFUSALS = ['Sender', 'Recipient', 'Authentication'] as const;

/** Modes of triggers that play a scenario, the usual one first, and the case that each plays. */
export const SCENARIOS = {
  Greeting: { late: 'answers-come-late/greeting' },
  StartTLS: {
    refused: 'starttls-refused',
    hidden: 'starttls-hidden',
    stripped: 'starttls-not-offered',
    injected: 'starttls-response-injection',
  },
  Handshake: { failing: 'handshake-broken-off' },
  Certificate: {
    expired: 'certificate-fault/expired',
    'wrong-name': 'certificate-fault/wrong-name',
    'self-signed': 'certificate-fault/self-signed',
    'unknown-issuer': 'certificate-fault/unknown-issuer',
    'not-yet-valid': 'certificate-fault/not-yet-valid',
  },
} as const;

/** The order in which they are asked: one connection meets one scenario. */
export const SCENARIO_TRIGGERS = ['Greeting', 'StartTLS', 'Handshake', 'Certificate'] as const;

/** Nothing goes wrong. */
export const noTriggers = (seed: string): TriggerSettings => ({
  Sender: { ErrorCode: 451, Probability: 0 },
  Recipient: { ErrorCode: 451, Probability: 0 },
  Authentication: { ErrorCode: 535, Probability: 0 },
  StartTLS: { Mode: 'refused', Probability: 0 },
  Handshake: { Mode: 'failing', Probability: 0 },
  Certificate: { Mode: 'expired', Probability: 0 },
  Greeting: { Mode: 'late', Probability: 0 },
  Seed: seed,
});

/** Decides what goes wrong: by chance, but the same chance for the same seed. */
export class Triggers {
  #settings: TriggerSettings;
  #draws = 0;

  constructor(seed: string) {
    this.#settings = noTriggers(seed);
  }

  get settings(): TriggerSettings {
    return this.#settings;
  }

  /** From the next connection on; the draws of its seed begin anew. */
  set(settings: TriggerSettings): void {
    this.#settings = settings;
    this.#draws = 0;
  }

  /** Every case that a trigger may play on the endpoint of this one. */
  cases(one: Case): Case[] {
    return SCENARIO_TRIGGERS.flatMap((trigger) =>
      Object.keys(SCENARIOS[trigger]).flatMap((mode) => this.#find(one, trigger, mode) ?? []),
    );
  }

  /** What the next connection to the endpoint of this case meets; undefined: nothing is changed. */
  decides(one: Case): Case | undefined {
    for (const trigger of SCENARIO_TRIGGERS) {
      const { Mode, Probability } = this.#settings[trigger];
      const found = Probability === 0 ? undefined : this.#find(one, trigger, Mode);
      if (found !== undefined && this.#happens(Probability)) return found;
    }
    return undefined;
  }

  /** The code to refuse a command of SMTP with; undefined if it goes well. */
  refusal(of: 'sender' | 'recipient' | 'login'): number | undefined {
    const name = of === 'sender' ? 'Sender' : of === 'recipient' ? 'Recipient' : 'Authentication';
    const { ErrorCode, Probability } = this.#settings[name];
    return this.#happens(Probability) ? ErrorCode : undefined;
  }

  #find(one: Case, trigger: (typeof SCENARIO_TRIGGERS)[number], mode: string): Case | undefined {
    const modes: Readonly<Record<string, string>> = SCENARIOS[trigger];
    const id = modes[mode];
    if (id === undefined) return undefined;
    return casesOf(scenarios, one.protocol, one.tls, 'server', one.portRole).find((each) =>
      `${caseId(each)}/`.startsWith(`${id}/`),
    );
  }

  #happens(probability: number): boolean {
    if (probability === 0) return false;
    this.#draws += 1;
    const digest = createHash('sha256')
      .update(`${this.#settings.Seed}\0${String(this.#draws)}`)
      .digest();
    return digest.readUInt32BE() < (probability / 100) * 2 ** 32;
  }
}
