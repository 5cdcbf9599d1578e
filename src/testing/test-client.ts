import { PROTOCOL_NAMES } from '../protocols/names.js';
import { randomBytes } from 'node:crypto';
import { commandDriver } from '../clients/command.js';
import type { Driver } from '../clients/driver.js';
import { libraryDriver, type ClientFunction } from '../clients/library.js';
import { Fault } from '../fault.js';
import { loopback } from '../place/loopback.js';
import { openSession, type SessionFolder } from '../place/visit-home.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import { chainScenario } from '../scenarios/chain-scenario.js';
import registry from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import type { Known } from '../verdict/known.js';
import type { TlsPolicy, Visit } from '../verdict/visit.js';
import { caseId, type Case } from '../cases/case.js';
import { planOf, type SetUpPlan } from '../cases/plan.js';
import { recordingOf } from '../document/recording.js';
import type { Report, Result } from '../document/report-model.js';
import { suiteNamed } from '../chains/suite.js';
import { chainVisits, sharesAddress, unservableFor } from './chain-visit.js';
import { runChains } from './chains.js';
import type { SessionOptions } from './session-options.js';
import { runSession } from './session.js';
import { visit } from '../stage/visit.js';

/** What is tested, and how. */
export interface TestClientOptions {
  readonly protocol: ProtocolName;
  /** How the client is configured. */
  readonly tls: TlsMode;
  /** What the client's user asked of it: `required` by default. */
  readonly policy?: TlsPolicy;
  /** Globs over ids of scenarios; an id matches its variants. The default set if absent; the control is always run. */
  readonly scenario?: string | readonly string[];
  /** Every case, not the default set alone; some take minutes. */
  readonly all?: boolean;
  /** Scenarios of your own, besides waxseal's. */
  readonly scenarios?: readonly Scenario[];
  /** Clients run in parallel; 8 by default. */
  readonly jobs?: number;
  /** Repeats a session with the same canaries; random by default. */
  readonly seed?: string;
  /** Milliseconds that one visit may take; 20 s by default. */
  readonly maxTime?: number;
  /** Runs per case; one by default. A verdict that flips is `inconclusive`. */
  readonly repeat?: number;
  /** Results that are accepted for a reason. */
  readonly known?: readonly Known[];
  /** For commands: configuration files by path below the visit's home, with placeholders. */
  readonly files?: Readonly<Record<string, string>>;
  /** Certificate chains to present besides: a file of bettertls or x509-limbo, or `builtin` for waxseal's own; without `scenario` or `all` nothing else is run. */
  readonly chains?: string;
  /** Ends the session early. */
  readonly signal?: AbortSignal;
}

/** A result, with what was seen; `observed` is not enumerable, so that results print and serialise like those of a report. */
export type ClientResult = Result & { readonly observed?: Visit };

/** The results in the plan's order, then those of cases that decide (`decidedBy`), and the whole report document; `report` is not enumerable, as `observed`. */
export type ClientResults = ClientResult[] & { readonly report: () => Report };

/** A function of a library, or the words of a command with placeholders. */
export type TestedClient = ClientFunction | readonly string[];

/**
 * Runs a mail client once per case on loopback and judges it; results come in the plan's order, the control first. Where a client is
 * still waiting when a case of the default set ends, the case that waits for 17 s is run too, and its result is the last one.
 * Throws `BAD_USAGE` and `CANNOT_START`, and never for what the client does.
 */
export const testClient = (client: TestedClient, options: TestClientOptions): Promise<ClientResults> =>
  testPlanned(client, options, { addsDeciding: true });

/** The same; without `addsDeciding` the cases are those of `clientCases`. */
export const testPlanned = async (
  client: TestedClient,
  options: TestClientOptions,
  { addsDeciding }: Required<Pick<SessionOptions, 'addsDeciding'>>,
): Promise<ClientResults> => {
  const planned = clientPlan(options);
  const isChainsOnly = options.chains !== undefined && options.scenario === undefined && options.all !== true;
  const plan = isChainsOnly ? [] : [planned];
  await using folder = openSession();
  const authority = await createAuthority();
  const driver = driverOf(client, folder, authority, options);
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const { policy = 'required', maxTime = 20_000, known = [] } = options;
  const settings = { seed, place: loopback, authority, driver, policy, maxTime, secrets: new Map<string, number>() };
  const masking = { secrets: 'mask' as const, key: randomBytes(32), known: new Set<string>() };
  const keep: SessionOptions['keep'] = ({ visit: made, masks }) => recordingOf(made, masks);
  const reproduce = (one: Case, more: { readonly chains?: string } = {}): string[] => [
    'testClient',
    JSON.stringify({
      protocol: one.protocol,
      tls: one.tls,
      ...(policy !== 'required' && { policy }),
      ...(more.chains === undefined ? { scenario: caseId(one) } : more),
      seed,
    }),
  ];
  const chains = options.chains === undefined ? undefined : await suiteNamed(options.chains, seed, 'localhost');
  const unservable = await unservableFor(driver, loopback);
  const { report, seen, bug } = await runSession({
    plan,
    observe: async (one, number, taught, { signal, started, ended }) => {
      const made = await visit(one, number, { ...settings, signal, onStarted: started }, taught);
      ended();
      return made;
    },
    masking,
    ...(chains && {
      chains: ({ signal }) =>
        runChains({
          suite: chains,
          setUps: [options],
          observe: chainVisits(settings, folder.path),
          masking,
          keep,
          keepsAll: false,
          listsAll: true,
          unservable,
          isShared: sharesAddress(loopback),
          reproduce: (one, chain) =>
            reproduce(one, chain === '' || options.chains === undefined ? {} : { chains: options.chains }),
          tellsControl: isChainsOnly,
          jobs: options.jobs ?? 8,
          ...(typeof client === 'function' && { startsAtOnce: options.jobs ?? 8 }),
          signal,
        }),
    }),
    seed,
    place: 'loopback',
    subject: typeof client === 'function' ? {} : { command: [...client] },
    reproduce,
    keep,
    known,
    isPartial: options.scenario !== undefined || isChainsOnly,
    addsDeciding,
    ...(options.jobs !== undefined && { jobs: options.jobs }),
    ...(options.signal && { signal: options.signal }),
  });
  if (bug !== undefined)
    throw bug instanceof Error ? bug : new Fault('HARNESS_BUG', 'a visit failed in waxseal itself', { cause: bug });
  const visits = new Map(seen.map((each) => [each.visit.number, each.visit]));
  const all = plan.flatMap((each) => [each.control, ...each.cases]).length;
  const made = report.results.filter(({ id }) => id !== chainScenario.id).length;
  if (!isChainsOnly && made < all && options.signal?.aborted !== true)
    throw new Fault('HARNESS_BUG', `${String(all)} results were planned, ${String(made)} were made`);
  const results = report.results.map((result) =>
    withVisit(result, result.visit === undefined ? undefined : visits.get(result.visit)),
  );
  return Object.defineProperty(results, 'report', { value: () => report, enumerable: false }) as ClientResults;
};

/** The cases that `testClient` will run at least, the control first; throws `BAD_USAGE` where a glob matches nothing. */
export const clientCases = (options: TestClientOptions): Case[] => {
  const { control, cases } = clientPlan(options);
  return [control.one, ...cases.map(({ one }) => one)];
};

const clientPlan = ({
  protocol,
  tls,
  scenario,
  all = false,
  scenarios = [],
  repeat = 1,
}: TestClientOptions): SetUpPlan => {
  // Callers may write JavaScript, where nothing else checks these words.
  if (!PROTOCOL_NAMES.includes(protocol))
    throw new Fault(
      'BAD_USAGE',
      `the option protocol must be one of ${PROTOCOL_NAMES.join(', ')}, not ${JSON.stringify(protocol)}`,
    );
  if (!MODES.includes(tls))
    throw new Fault(
      'BAD_USAGE',
      `the option tls must be starttls or implicit, as the client is configured, not ${JSON.stringify(tls)}`,
    );
  const globs = scenario === undefined ? [] : typeof scenario === 'string' ? [scenario] : scenario;
  const [plan] = planOf({
    scenarios: [...registry, ...scenarios],
    setUps: [{ protocol, tls }],
    seat: 'server',
    provides: loopback.provides,
    globs,
    all,
    repeat,
  });
  if (plan === undefined) throw new Fault('HARNESS_BUG', 'there is no plan for the one set-up');
  return plan;
};

const driverOf = (
  client: TestedClient,
  folder: SessionFolder,
  authority: Authority,
  { files }: TestClientOptions,
): Driver =>
  typeof client === 'function'
    ? libraryDriver(client)
    : commandDriver(client, { folder, trust: authority, ...(files && { files }) });

const withVisit = (result: Result, observed: Visit | undefined): ClientResult =>
  observed === undefined
    ? result
    : Object.defineProperty({ ...result }, 'observed', { value: observed, enumerable: false });

const MODES: readonly TlsMode[] = ['starttls', 'implicit'];
