import type { Site } from '../place/place.js';
import type { Authority } from '../tls/certificate-authority.js';
import { canariesOf, type Canaries } from '../verdict/canaries.js';
import { controlFacts } from '../verdict/control.js';
import type { Judgement } from '../verdict/judgement.js';
import { maskVisit, type Masking } from '../verdict/mask.js';
import type { ControlFacts, TlsPolicy, Visit } from '../verdict/visit.js';
import type { Mask } from '../verdict/recording.js';
import type { Case } from '../cases/case.js';
import { judgeVisit } from '../document/judge.js';
import { Scene } from '../stage/scene.js';
import control from '../scenarios/control.js';

/** An endpoint that is up, and the account that it knows. */
export interface Endpoint {
  readonly one: Case;
  readonly host: string;
  readonly port: number;
  readonly account: Pick<Canaries, 'user' | 'password' | 'token'> & { readonly from: string; readonly to: string };
}

/** What one connection came to. */
export interface ServedVerdict {
  readonly endpoint: Endpoint;
  /** The case that was judged: the first connection to a tampered endpoint goes untouched and is the control. */
  readonly one: Case;
  /** Number of the connection to this endpoint. */
  readonly connection: number;
  /** Masked already; one connection, numbered over all endpoints. */
  readonly visit: Visit;
  readonly masks: readonly Mask[];
  readonly judgement: Judgement;
}

export interface ServeOptions {
  /** An endpoint each. */
  readonly cases: readonly Case[];
  readonly site: Site;
  readonly authority: Authority;
  readonly seed: string;
  readonly policy: TlsPolicy;
  readonly masking: Masking;
  /** Milliseconds of silence after which a connection is given up; a minute unless told. */
  readonly idle?: number;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  readonly onVerdict: (verdict: ServedVerdict) => void;
}

/** Endpoints that stay up until they are stopped. */
export interface Served extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[];
  stop(): Promise<void>;
}

/** Keeps endpoints up and judges every connection as it ends. */
export const serveEndpoints = async (options: ServeOptions): Promise<Served> => {
  const open: Station[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(open.map((station) => station.stop()));
  };
  const count = { visits: 0 };
  try {
    for (const [index, one] of options.cases.entries())
      open.push(await Station.open(one, index + 1, options, () => (count.visits += 1)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoints: open.map(({ endpoint }) => endpoint), stop, [Symbol.asyncDispose]: stop };
};

class Station {
  readonly endpoint: Endpoint;
  readonly #scene: Scene;

  private constructor(endpoint: Endpoint, scene: Scene) {
    this.endpoint = endpoint;
    this.#scene = scene;
  }

  static async open(one: Case, number: number, options: ServeOptions, next: () => number): Promise<Station> {
    const { site, authority, seed, idle = 60_000, allows } = options;
    const started = performance.now();
    const canaries = canariesOf(seed, number);
    const isTampered = one.scenario.id !== control.id;
    let facts: ControlFacts | undefined;
    const ended = (id: number): void => {
      // The end of the connection is recorded on the next turn.
      setImmediate(() => {
        const made = visitOf(one, scene, id, canaries, options.policy, next(), facts, isTampered && id === 1);
        const { visit, masks } = maskVisit(made, options.masking);
        const judged: Case = isTampered && id === 1 ? { ...one, scenario: control } : one;
        if (id === 1 && isTampered) {
          facts = controlFacts(visit);
          scene.learn(facts);
        }
        options.onVerdict({
          endpoint,
          one: judged,
          connection: id,
          visit,
          masks,
          judgement: judgeVisit(judged, visit),
        });
      });
    };
    const scene: Scene = await Scene.open({
      one,
      site,
      canaries,
      others: new Map(),
      authority,
      clock: () => performance.now() - started,
      idle,
      handshake: 10_000,
      untouchedFirst: isTampered,
      onConnectionEnd: ended,
      ...(allows && { allows }),
    });
    const { user, password, token, from, to } = canaries;
    const endpoint: Endpoint = {
      one,
      host: site.host,
      port: scene.port,
      account: { user, password, token, from: `${from}@lab.test`, to: `${to}@lab.test` },
    };
    return new Station(endpoint, scene);
  }

  stop(): Promise<void> {
    return this.#scene.stop();
  }
}

const visitOf = (
  one: Case,
  scene: Scene,
  id: number,
  canaries: Canaries,
  policy: TlsPolicy,
  number: number,
  facts: ControlFacts | undefined,
  isControl: boolean,
): Visit => {
  const { connections, hits } = scene.records();
  const [connection] = connections.filter((each) => each.id === id);
  const end = connection?.entries.at(-1)?.at ?? 0;
  return {
    number,
    scenario: isControl ? control.id : one.scenario.id,
    ...(one.variant && !isControl && { variant: one.variant.name }),
    protocol: one.protocol,
    tls: one.tls,
    seat: one.seat,
    portRole: one.portRole,
    policy,
    ownCredentials: true,
    canaries,
    connections: connection === undefined ? [] : [connection],
    hits: hits.filter((hit) => hit.connection === id),
    client: { how: 'ended', stdout: '', stderr: '', duration: Math.max(0, end - (connection?.openedAt ?? 0)) },
    drained: true,
    faults: [],
    ...(facts && !isControl && { control: facts }),
  };
};
