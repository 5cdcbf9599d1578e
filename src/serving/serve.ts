import type { Site } from '../place/place.js';
import type { Authority } from '../tls/certificate-authority.js';
import { canariesOf, type Canaries } from '../verdict/canaries.js';
import type { Masking } from '../verdict/mask.js';
import type { TlsPolicy } from '../verdict/visit.js';
import { caseId, type Case } from '../cases/case.js';
import control from '../scenarios/control.js';
import type { SceneOptions } from '../stage/scene-options.js';
import { EndpointWatch } from './endpoint-watch.js';
import type { SeenConnection } from './telling.js';
import { Load } from './load.js';

/** An endpoint that is up, and the account that it knows. */
export interface Endpoint {
  readonly one: Case;
  /** All cases that take turns here, where there are several. */
  readonly turns?: readonly Case[];
  readonly host: string;
  readonly port: number;
  readonly account: Pick<Canaries, 'user' | 'password' | 'token'> & { readonly from: string; readonly to: string };
}

/** What one connection came to; `one` is the case that it was judged by: untouched connections by the control. */
export interface ServedVerdict extends Omit<SeenConnection, 'id'> {
  readonly endpoint: Endpoint;
  /** Number of the connection to this endpoint. */
  readonly connection: number;
  /** What a person in front of the client is asked, where nothing else can decide: `attest` takes the answer. */
  readonly question?: string;
}

/** A connection that was accepted, by its number at its endpoint. */
export interface Accepted {
  readonly endpoint: Endpoint;
  readonly connection: number;
  /** Address and port that the client came from. */
  readonly peer: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface ServeOptions {
  /** An endpoint each, or with `rotate` for all of one protocol, mode and port role. */
  readonly cases: readonly Case[];
  readonly rotate?: 'visit' | 'key';
  /** Only one client connects: what says nothing of itself is taken for it. */
  readonly isOneClient?: boolean | undefined;
  /** What may be played on an endpoint besides its case, and which of it on the next connection; undefined: nothing is changed. */
  readonly triggered?: {
    readonly cases: (one: Case) => readonly Case[];
    readonly decides: (one: Case) => Case | undefined;
  };
  /** Mailboxes that all endpoints share. */
  readonly mail?: SceneOptions['mail'];
  readonly refusal?: SceneOptions['refusal'];
  readonly plaintext?: SceneOptions['plaintext'];
  readonly site: Site;
  /** What the certificates are for; the site's own name and addresses by default. */
  readonly names?: SceneOptions['names'];
  /** The port of the first endpoint, after which the others follow, or the port of each; free ones by default. */
  readonly port?: number | ((one: Case) => number);
  readonly authority: Authority;
  readonly seed: string;
  readonly policy: TlsPolicy;
  readonly masking: Omit<Masking, 'known'>;
  /** The user and password of all endpoints; canaries of each by default. */
  readonly account?: SceneOptions['account'];
  /** Milliseconds of silence after which a connection is given up; a minute by default. */
  readonly idle?: number;
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  /** A connection has ended, or everything is about to. */
  readonly onVerdict: (verdict: ServedVerdict) => void;
  /** A connection was accepted. */
  readonly onConnection?: (opened: Accepted) => void;
  /** Is told the secrets of all TLS as they come, lines of SSLKEYLOGFILE: with them everything that was said can be read. */
  readonly onKeys?: ((line: string) => void) | undefined;
  /** Something leaked on a connection that is still open. */
  readonly onLeak?: (verdict: ServedVerdict) => void;
}

/** Endpoints that stay up until they are stopped. */
export interface Served extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[];
  /** With `rotate: 'key'`: goes on to the next scenario on every endpoint; the scenarios that are played from now on. */
  next(): readonly Case[];
  /** With `rotate`: goes on to the scenario with this id (`starttls-refused/454`) on every endpoint that has it; `control` plays none on the others. */
  choose(id: string): readonly Case[];
  /** Takes leave of open connections, waits for them at most `timeout` ms, and judges what is still open. */
  conclude(timeout: number): Promise<void>;
  stop(): Promise<void>;
}

/** Keeps endpoints up and judges every connection as it ends. */
export const serveEndpoints = async (options: ServeOptions): Promise<Served> => {
  const open: { readonly endpoint: Endpoint; readonly watch: EndpointWatch }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(open.map(({ watch }) => watch.stop()));
  };
  const load = new Load();
  const count = { visits: 0 };
  let chosen = 0;
  try {
    for (const [index, group] of groupsOf(options).entries())
      open.push(await station(group, index + 1, options, load, () => (count.visits += 1)));
  } catch (error) {
    await stop();
    throw error;
  }
  if (options.rotate === 'key') for (const { watch } of open) watch.choose(chosen);
  return {
    endpoints: open.map(({ endpoint }) => endpoint),
    next: () => {
      chosen += 1;
      return open.map(({ endpoint, watch }) => {
        watch.choose(chosen);
        const { one, turns = [one] } = endpoint;
        return turns[chosen % turns.length] ?? one;
      });
    },
    choose: (id) =>
      open.flatMap(({ endpoint, watch }) => {
        const { one, turns = [one] } = endpoint;
        const named = (wanted: string): number => turns.findIndex((each) => caseId(each) === wanted);
        const index = named(id) === -1 ? named(control.id) : named(id);
        const found = turns[index];
        if (found !== undefined) watch.choose(index);
        return found === undefined ? [] : [found];
      }),
    conclude: async (timeout) => {
      await Promise.all(open.map(({ watch }) => watch.conclude(timeout)));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

type Group = readonly [Case, ...Case[]];

const groupsOf = ({ cases, rotate }: ServeOptions): Group[] => {
  if (rotate === undefined) return cases.map((one): Group => [one]);
  const groups = new Map<string, Group>();
  for (const one of cases) {
    const key = `${one.portRole} ${one.protocol} ${one.tls}`;
    const [first, ...more] = groups.get(key) ?? [];
    groups.set(key, first === undefined ? [one] : [first, ...more, one]);
  }
  return [...groups.values()];
};

const station = async (
  cases: Group,
  number: number,
  options: ServeOptions,
  load: Load,
  next: () => number,
): Promise<{ endpoint: Endpoint; watch: EndpointWatch }> => {
  const { site, port, authority, seed, policy, masking, account, idle = 60_000, allows, onVerdict, onLeak } = options;
  const { onConnection } = options;
  const { mail, names, refusal, plaintext, triggered } = options;
  const [one] = cases;
  const canaries = canariesOf(seed, number);
  const { variant: _variant, ...rest } = one;
  const watch: EndpointWatch = await EndpointWatch.open({
    cases: triggered === undefined ? cases : [one, ...triggered.cases(one)],
    ...(triggered && { decides: () => triggered.decides(one) }),
    ...(mail && { mail }),
    ...(names && { names }),
    ...(refusal && { refusal }),
    ...(plaintext && { plaintext }),
    control: { ...rest, scenario: control },
    isControlled: cases.some(({ scenario }) => scenario.id !== control.id),
    isOneClient: options.isOneClient,
    site,
    canaries,
    authority,
    policy,
    masking,
    load,
    idle,
    handshake: HANDSHAKE,
    onKeys: options.onKeys,
    ...(allows && { allows }),
    ...(account && { account }),
    ...(port !== undefined && { port: typeof port === 'number' ? port + number - 1 : port(one) }),
    next,
    onOpened: ({ id, ...opened }) => {
      onConnection?.({ ...opened, endpoint, connection: id });
    },
    onSeen: ({ id, ...seen }) => {
      onVerdict({ ...seen, endpoint, connection: id });
    },
    onLeak: ({ id, ...seen }) => {
      onLeak?.({ ...seen, endpoint, connection: id });
    },
  });
  const { user, password, token, from, to } = canaries;
  const endpoint: Endpoint = {
    one,
    ...(cases.length > 1 && { turns: cases }),
    host: site.host,
    port: watch.port,
    account: { user, password, token, ...account, from: `${from}@lab.test`, to: `${to}@lab.test` },
  };
  return { endpoint, watch };
};

/** Milliseconds. */
const HANDSHAKE = 10_000;
