import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { schemeOf } from '../clients/driver.js';
import { Fault } from '../fault.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import scenarios from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import type { Known } from '../verdict/known.js';
import type { Masking } from '../verdict/mask.js';
import type { ClientStatus, TlsPolicy } from '../verdict/visit.js';
import { caseId, casesOf, caseKey, type Case } from '../cases/case.js';
import { attested, questionAbout, type Attestation } from './attested.js';
import { Kept } from './kept.js';
import { listening } from './listening.js';
import type { SetUp } from '../cases/plan.js';
import { caseNames, isSelected, requireMatches, scenarioNames } from '../cases/selection.js';
import type { Report } from '../document/report-model.js';
import { serveEndpoints, type Accepted, type ServedVerdict, type ServeOptions } from './serve.js';
import { serveReport, type KeptVerdict } from './serve-report.js';
import { alsoFor } from './also-for.js';
import { startSetupServer, type SetupServer } from './setup-server.js';
import { hostPort } from '../wire/host-port.js';

/** Which endpoints to keep up, as a user names them. */
export interface NamedServeOptions {
  /** All four by default. */
  readonly protocol?: ProtocolName;
  /** Every mode that the protocol has a port for by default. */
  readonly tls?: TlsMode;
  /** Globs over ids of scenarios, an endpoint for each; an honest endpoint by default. */
  readonly scenario?: string | readonly string[];
  /** Scenarios of your own, besides waxseal's. */
  readonly scenarios?: readonly Scenario[];
  /** What the client's user asked of it: `required` by default. */
  readonly policy?: TlsPolicy;
  /** An address of this machine instead of loopback; needs `allowClients`. */
  readonly listen?: string;
  /** Names that clients know the servers by; certificates are for them, too. */
  readonly hostNames?: readonly string[];
  /** The port of the first endpoint, after which the others follow; free ones by default. */
  readonly port?: number;
  /** The user and password that clients are set up with, for all endpoints; canaries, an account each, by default. */
  readonly account?: { readonly user: string; readonly password: string };
  /** A folder that keeps the CA with its key, and the seed: clients that are set up by hand stay set up. */
  readonly state?: string;
  /** Hands out the CA, and settings that clients read by themselves, over HTTP on this port; 0 for a free one. */
  readonly setupPort?: number;
  /** Several scenarios share one endpoint for each protocol and mode: the next one for each connection, or after each call of `next`. */
  readonly rotate?: 'visit' | 'key';
  /** Only one client connects: what says nothing of itself is taken for it. */
  readonly isOneClient?: boolean;
  /** Addresses or networks of clients that may come from elsewhere. */
  readonly allowClients?: readonly string[];
  /** Repeats the same accounts; random by default. */
  readonly seed?: string;
  /** Milliseconds of silence after which a connection is given up; a minute by default. */
  readonly idle?: number;
  /** Secrets that are not ours are masked by default. */
  readonly secrets?: Masking['secrets'];
  /** Results that are accepted, with a reason each, for the report. */
  readonly known?: readonly Known[];
  /** Called for every connection as it is accepted. */
  readonly onConnection?: (opened: Accepted) => void;
  /** Called for every connection as it ends. */
  readonly onVerdict?: (verdict: ServedVerdict) => void;
  /** Is told the secrets of all TLS as they come, lines of SSLKEYLOGFILE: with them everything that was said can be read. */
  readonly onKeys?: ((line: string) => void) | undefined;
  /** Called when something leaks on a connection that is still open; its verdict comes when it ends. */
  readonly onLeak?: (verdict: ServedVerdict) => void;
}

/** An endpoint, as one enters it into a mail client. */
export interface NamedEndpoint {
  /** Stable key of its case. */
  readonly case: string;
  /** Keys of the cases that take turns, where there are several; `case` is the first one. */
  readonly turns?: readonly string[];
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly portRole: Case['portRole'];
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly from: string;
  readonly to: string;
}

/** Endpoints that stay up until `stop()`. */
export interface RunningServer extends AsyncDisposable {
  readonly endpoints: readonly NamedEndpoint[];
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
  readonly seed: string;
  /** Where clients take the CA and their settings, with `setupPort`. */
  readonly setupUrl?: string;
  /** What came until now; transcripts of bad results and of the last ones only, and of very many the bad ones. */
  readonly verdicts: readonly KeptVerdict[];
  /** All connections until now, by status. */
  readonly counts: ReadonlyMap<ClientStatus, number>;
  /** With `rotate: 'key'`: goes on to the next scenario on every endpoint; ids of those that are played from now on. */
  next(): readonly string[];
  /** With `rotate`: goes on to the scenario with this id on every endpoint that has it; ids of those that are played from now on. */
  choose(id: string): readonly string[];
  /**
   * A person's answer to the `question` of a verdict, whose effect is on the client's screen: the verdict that it makes takes the place of
   * the other one, and `onVerdict` is told. Verdicts without a question stay as they are.
   */
  attest(verdict: ServedVerdict, answer: Attestation): void;
  /** Takes leave of open connections, waits for them at most `timeout` ms (2 s by default), and judges what is still open. */
  conclude(timeout?: number): Promise<void>;
  /** The report document of what came until now. */
  readonly report: () => Report;
  stop(): Promise<void>;
}

/** Keeps endpoints up and judges every connection as it ends. Throws `BAD_USAGE` for what can't be served, `CANNOT_BIND`. */
export const serve = async (options: NamedServeOptions = {}): Promise<RunningServer> =>
  serveCases(options, servedCases(options));

/** The same with mailboxes that all endpoints share. */
export const serveWithMail = async (options: NamedServeOptions, mail: ServeOptions['mail']): Promise<RunningServer> =>
  serveCases(options, servedCases(options), mail && { mail });

/** The same for cases that somebody else chose; `more` goes to the endpoints as it is. */
export const serveCases = async (
  options: NamedServeOptions,
  cases: readonly Case[],
  more: Pick<ServeOptions, 'mail' | 'plaintext' | 'refusal' | 'triggered'> & {
    readonly ports?: (one: Case) => number;
    readonly isAnyone?: true;
    readonly onAuthority?: (authority: Authority) => void;
  } = {},
): Promise<RunningServer> => {
  const { ports, isAnyone, onAuthority, ...rest } = more;
  const {
    listen,
    allowClients = [],
    port,
    account,
    state,
    rotate,
    policy = 'required',
    idle,
    onVerdict,
    onLeak,
    secrets = 'mask',
    known,
    hostNames = [],
  } = options;
  const startedAt = new Date().toISOString();
  const { addresses, allows } = listening(listen, allowClients);
  const [first] = addresses;
  if (rotate === undefined && port !== undefined && port + cases.length - 1 > LAST_PORT)
    throw new Fault(
      'BAD_USAGE',
      `${String(cases.length)} servers need ${String(cases.length)} ports, from ${String(port)} on, but ${String(LAST_PORT)} is the highest port; choose a lower --port`,
    );
  const kept =
    state === undefined ? undefined : await (await import('./serve-state.js')).stateIn(state, listen, hostNames);
  const authority = kept?.authority ?? (await createAuthority(alsoFor(listen, hostNames)));
  onAuthority?.(authority);
  const seed = options.seed ?? kept?.seed ?? randomBytes(6).toString('hex');
  const seen = new Kept<KeptVerdict>();
  const served = await serveEndpoints({
    cases,
    ...(rotate && { rotate }),
    isOneClient: options.isOneClient,
    site: { host: listen === undefined ? 'localhost' : first, addresses, port: () => 0, child: {} },
    authority,
    seed,
    policy,
    masking: { secrets, key: randomBytes(32) },
    ...rest,
    ...(hostNames.length > 0 && { names: { dns: ['localhost', ...hostNames], ip: [...addresses] } }),
    ...(port !== undefined && { port }),
    ...(ports && { port: ports }),
    ...(account && { account }),
    ...(isAnyone && { account: { isAnyone } }),
    ...(idle !== undefined && { idle }),
    ...(allows && { allows }),
    onVerdict: (judged) => {
      const question = questionAbout(judged);
      const verdict: ServedVerdict = { ...judged, ...(question !== undefined && { question }) };
      seen.add(verdict);
      onVerdict?.(verdict);
    },
    ...(options.onConnection && { onConnection: options.onConnection }),
    ...(onLeak && { onLeak }),
    onKeys: options.onKeys,
  });
  const endpoints = served.endpoints.map(({ one, turns, host, port: at, account: login }): NamedEndpoint => ({
    case: caseKey(one),
    ...(turns && { turns: turns.map(caseKey) }),
    protocol: one.protocol,
    tls: one.tls,
    portRole: one.portRole,
    host,
    port: at,
    url: `${schemeOf(one.portRole)}://${hostPort(host, at)}`,
    ...login,
  }));
  const handOut = async (on: number): Promise<SetupServer> => {
    try {
      return await startSetupServer({
        // A password of the user's own is asked for on the device, and not handed out in clear.
        setup: {
          ca: authority,
          accounts: endpoints.map(({ password, ...rest }) => ({ ...rest, ...(account === undefined && { password }) })),
        },
        host: listen === undefined ? 'localhost' : first,
        addresses,
        port: on,
        ...(allows && { allows }),
      });
    } catch (error) {
      await served.stop();
      throw error;
    }
  };
  const setup = options.setupPort === undefined ? undefined : await handOut(options.setupPort);
  const stop = async (): Promise<void> => {
    await setup?.stop();
    await served.stop();
  };
  return {
    endpoints,
    ...(setup && { setupUrl: setup.url }),
    ca: authority.pem,
    seed,
    get verdicts() {
      return seen.all;
    },
    get counts() {
      return seen.counts;
    },
    next: () => [...new Set(served.next().map(caseId))],
    choose: (id) => [...new Set(served.choose(id).map(caseId))],
    attest: (verdict, answer) => {
      const { question, ...rest } = verdict;
      if (question === undefined) return;
      const answered = attested(rest, answer);
      seen.replace(
        ({ endpoint, connection, one }) =>
          endpoint === verdict.endpoint && connection === verdict.connection && one === verdict.one,
        answered,
      );
      onVerdict?.(answered);
    },
    conclude: (timeout = DRAIN) => served.conclude(timeout),
    report: () =>
      serveReport(seen.all, {
        seed,
        startedAt,
        known,
        counts: seen.counts,
        options: (at) => repeatedOptions(options, at),
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/**
 * What a command line that serves the same again needs, for the endpoint on a port; a password stands in a file that only its
 * owner knows.
 */
export const repeatedOptions = (
  {
    policy = 'required',
    listen,
    hostNames = [],
    allowClients = [],
    port,
    state,
    setupPort,
    rotate,
    isOneClient,
  }: NamedServeOptions,
  at: number,
): string[] => [
  ...(policy === 'required' ? [] : ['--tls-policy', policy]),
  ...(listen === undefined ? [] : ['--listen', listen]),
  ...hostNames.flatMap((name) => ['--host-name', name]),
  ...allowClients.flatMap((network) => ['--allow-client', network]),
  ...(port === undefined ? [] : ['--port', String(at)]),
  ...(state === undefined ? [] : ['--state', resolve(state)]),
  ...(setupPort === undefined ? [] : ['--setup-port', String(setupPort)]),
  ...(rotate === undefined ? [] : ['--rotate', rotate]),
  ...(isOneClient === true ? ['--one-client'] : []),
];

const servedCases = ({ protocol, tls, scenario = [], scenarios: own = [] }: NamedServeOptions): Case[] => {
  const registry = [...scenarios, ...own];
  const globs = typeof scenario === 'string' ? [scenario] : scenario;
  const setUps: SetUp[] = ALL_PROTOCOLS.flatMap(({ name, modes, ports }) =>
    // What clients rarely meet, and modes without a port of their own, are served if they are asked for.
    name === protocol || ports.some(({ common }) => common)
      ? (['starttls', 'implicit'] as const)
          .filter((mode) => tls !== undefined || modes.includes(mode))
          .map((mode) => ({ protocol: name, tls: mode }))
      : [],
  );
  const wanted = setUps.filter(
    (each) => (protocol === undefined || each.protocol === protocol) && (tls === undefined || each.tls === tls),
  );
  const all = wanted.flatMap((each) => casesOf(registry, each.protocol, each.tls, 'server'));
  requireMatches(globs, [...registry.map(scenarioNames), ...all.map(caseNames)], 'scenario');
  if (globs.length === 0) return all.filter(({ scenario: { id } }) => id === 'control');
  for (const glob of globs) {
    const meant = all.filter((one) => isSelected([glob], caseNames(one)));
    if (meant.some(isServable)) continue;
    throw new Fault(
      'BAD_USAGE',
      meant.length > 0
        ? `--scenario ${JSON.stringify(glob)} needs real host names or ports below 1024, which serve does not have; use waxseal test --place cell`
        : `--scenario ${JSON.stringify(glob)} does not exist for ${protocol ?? 'any protocol'} with ${tls ?? 'either TLS mode'}; waxseal list scenarios --format json shows protocols and modes`,
    );
  }
  return all.filter((one) => isServable(one) && isSelected(globs, caseNames(one)));
};

const isServable = ({ scenario: { needs = [] } }: Case): boolean => needs.length === 0;

/** The last port of TCP. */
const LAST_PORT = 65_535;
/** Milliseconds. */
const DRAIN = 2000;
