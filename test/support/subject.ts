import type { Driver } from '../../src/clients/driver.js';
import { honestInside } from '../../src/endpoints/honest.js';
import { loopback } from '../../src/place/loopback.js';
import type { Place } from '../../src/place/place.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { caseId, casesOf, comparedControl, type Case } from '../../src/cases/case.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { visit } from '../../src/stage/visit.js';
import scenarios from '../../src/scenarios/index.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { withheldFacts } from '../../src/verdict/comparison.js';
import { controlFacts } from '../../src/verdict/control.js';
import type { Judgement } from '../../src/verdict/judgement.js';
import type { ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../../src/verdict/visit.js';

/** How a client under test is started and configured. */
export interface SubjectOptions {
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly driver: Driver;
  readonly policy?: TlsPolicy;
  readonly place?: Place;
  /** The real server behind the middle seat; the server seat unless told. */
  readonly through?: Through;
  /** Milliseconds of one visit. */
  readonly maxTime?: number;
}

/** A client under test, with its controls run once; judges case by case. */
export class Subject {
  readonly #options: SubjectOptions;
  readonly #secrets = new Map<string, number>();
  #number = 0;
  #control: Promise<ControlFacts> | undefined;
  readonly #withheld = new Map<string, Promise<WithheldFacts>>();

  constructor(options: SubjectOptions) {
    this.#options = options;
  }

  async judge(id: string): Promise<Judgement & { readonly visit: Visit }> {
    const one = this.#case(id);
    const control =
      id === 'control'
        ? undefined
        : await (this.#control ??= this.#visit(this.#case('control')).then((each) => controlFacts(each)));
    const compared = comparedControl(one);
    const withheld = compared === undefined ? undefined : await this.#comparison(compared, one, control);
    const observed = await this.#visit(one, control, withheld);
    return { ...judgeVisit(one, observed), visit: observed };
  }

  /** The control that it is compared with, and with the case's own offer inside TLS. */
  #comparison(
    id: string,
    { scenario, variant, protocol }: Case,
    control: ControlFacts | undefined,
  ): Promise<WithheldFacts> {
    const inside: Scenario['inside'] = (honest, _, learnt) =>
      scenario.inside?.(honest, variant ?? { name: '' }, learnt) ?? honest;
    const key = JSON.stringify([id, inside(honestInside(protocol), { name: '' }, control)]);
    const base = this.#case(id);
    const known =
      this.#withheld.get(key) ??
      this.#visit({ ...base, scenario: { ...base.scenario, inside } }, control).then(withheldFacts);
    this.#withheld.set(key, known);
    return known;
  }

  async #visit(one: Case, control?: ControlFacts, withheld?: WithheldFacts): Promise<Visit> {
    const { driver, policy = 'required', place = loopback, maxTime = 15_000, through } = this.#options;
    this.#number += 1;
    const settings = {
      seed: 'test',
      place,
      authority: await authority(),
      driver,
      policy,
      maxTime,
      secrets: this.#secrets,
      ...(through && { through }),
    };
    return visit(one, this.#number, settings, { ...(control && { control }), ...(withheld && { withheld }) });
  }

  #case(id: string): Case {
    const found = casesOf(
      scenarios,
      this.#options.protocol,
      this.#options.tls,
      this.#options.through === undefined ? 'server' : 'middle',
    ).find((one) => caseId(one) === id);
    if (found === undefined) throw new Error(`no case ${id} for ${this.#options.protocol} ${this.#options.tls}`);
    return found;
  }
}

let issued: Promise<Authority> | undefined;
/** The authority of this file's subjects. */
export const authority = (): Promise<Authority> => (issued ??= createAuthority());
