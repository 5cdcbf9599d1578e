import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import pLimit from 'p-limit';
import allChecks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import type { Report } from '../document/report-model.js';
import { Fault } from '../fault.js';
import { MOST_CONNECTIONS, type Depth } from '../probes/depth.js';
import { dialogue, type DialogueFacts } from '../probes/dialogue.js';
import { endpointText, listenerKey, type Listener } from '../probes/listener.js';
import type { ProbePhase } from '../probes/probe.js';
import { portOf, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { systemRoots } from '../tls/inspect-chain.js';
import { addressesOf, isLoopback } from '../targets/address.js';
import { detect } from './detection.js';
import { findings, isPlanned, leftOutOf, type LeftOutCheck } from './findings.js';
import { Gate } from './gate.js';
import { bugIn, Observer, type ServerName, type ServerNames, type Observation, type Probed } from './observer.js';
import { PATIENCE, patienceFor, type AuditedListener, type AuditOptions, type ClosedPort } from './options.js';
import { candidates, otherListener, type Candidate } from './plan.js';
import { auditReport } from './report.js';
import type { AuditResult } from './result.js';
import { parseTarget, type Target } from '../targets/target.js';

/** Everything that one audit saw. */
export interface AuditSession {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** What user names and markers were derived from. */
  readonly seed: string;
  readonly targets: readonly string[];
  readonly depth: Depth;
  /** Checks that this depth leaves out, with the depth that runs them. */
  readonly leftOut: readonly LeftOutCheck[];
  readonly results: readonly AuditResult[];
  readonly listeners: readonly AuditedListener[];
  readonly closed: readonly ClosedPort[];
  /** What could not be observed at all. */
  readonly faults: readonly { readonly target: string; readonly fault: Fault }[];
  readonly connections: readonly Observation[];
  /** What the user should know about how the audit went, a sentence each. */
  readonly notes: readonly string[];
  /** The report document, with the known results of the options. */
  readonly report: () => Report;
}

/** Audits servers: plans, observes, judges. Throws the Fault `BAD_USAGE` for targets that are none; whatever else goes wrong is in the session. */
export const audit = async (
  targets: readonly (string | Target)[],
  options: AuditOptions = {},
): Promise<AuditSession> => {
  const startedAt = new Date().toISOString();
  const wanted = targets.map((target) => (typeof target === 'string' ? parseTarget(target) : target));
  if (wanted.length === 0)
    throw new Fault(
      'BAD_USAGE',
      'no target given; name a server, such as mail.example.org or imaps://mail.example.org',
    );
  const session = new AuditRun(options);
  const hosts = await session.resolve(wanted);
  const limit = pLimit(HOSTS_AT_ONCE);
  await Promise.all(
    [...hosts].map(([address, found]) => limit(() => session.auditAddress(address, found).catch(session.bugAt(found)))),
  );
  session.settle();
  const seen = {
    startedAt,
    finishedAt: new Date().toISOString(),
    seed: session.seed,
    targets: wanted.map(({ text }) => text),
    depth: session.depth,
    leftOut: [...leftOutOf(options.checks ?? allChecks, session.depth), ...session.leftOut],
    results: session.ordered(),
    listeners: session.listeners,
    closed: session.closed,
    faults: session.faults,
    connections: session.connections.sort((a, b) => a.id - b.id),
    notes: session.notes,
  };
  const { known, checks, profile } = options;
  return { ...seen, report: () => auditReport(seen, { known, profile, isPartial: checks !== undefined }) };
};

/** A listener to audit. */
interface Subject {
  readonly observer: Observer;
}

class AuditRun {
  readonly results: AuditResult[] = [];
  readonly listeners: AuditedListener[] = [];
  readonly closed: ClosedPort[] = [];
  readonly faults: { readonly target: string; readonly fault: Fault }[] = [];
  readonly connections: Observation[] = [];
  readonly notes: string[] = [];
  /** By port, for want of connections. */
  readonly leftOut: LeftOutCheck[] = [];
  readonly #options: AuditOptions;
  readonly #checks: readonly Check[];
  readonly #roots: readonly string[] | 'system';
  readonly seed: string;
  readonly depth: Depth;
  readonly #refusals: {
    readonly target: Target;
    readonly optional: boolean;
    readonly fault: Fault;
    readonly closed: ClosedPort;
  }[] = [];
  readonly #answering: Target[] = [];
  /** By address, in the order of the plan. */
  readonly #subjects = new Map<string, readonly Subject[]>();
  #count = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#count = (options.firstConnection ?? 1) - 1;
    this.depth = options.depth ?? 'normal';
    this.seed = options.seed ?? randomBytes(6).toString('hex');
    this.#checks = (options.checks ?? allChecks).filter((check) =>
      isPlanned(check, this.depth, options.expected !== undefined),
    );
    this.#roots = options.authorities === undefined ? 'system' : [...systemRoots(), ...options.authorities];
  }

  /** What to try, by address. */
  async resolve(targets: readonly Target[]): Promise<Map<string, Candidate[]>> {
    const hosts = new Map<string, Candidate[]>();
    const resolved = await Promise.all(
      targets.map((target) =>
        (this.#options.resolve ?? addressesOf)(target.host, this.#options.family).catch((error: unknown) => {
          this.#fault(target, error);
          return [];
        }),
      ),
    );
    for (const [index, target] of targets.entries()) {
      for (const address of resolved[index] ?? [])
        hosts.set(address, [...(hosts.get(address) ?? []), ...candidates(target, address)]);
    }
    for (const address of hosts.keys()) this.#subjects.set(address, []);
    return hosts;
  }

  /** All listeners of one address: phase by phase, so that what may get us banned comes last. */
  async auditAddress(address: string, found: readonly Candidate[]): Promise<void> {
    const gate = new Gate(address, {
      parallel: this.#options.parallel ?? 3,
      loginAttempts: this.#options.loginAttempts ?? 4,
      backOff: this.#patience().backOff,
      maxTime: this.#options.maxTime ?? 120_000,
      ...(this.#options.rate !== undefined && { rate: this.#options.rate }),
    });
    const subjects = await this.#meet(gate, found);
    this.#subjects.set(address, subjects);
    for (const phase of PHASES) {
      if (phase === 'inject') gate.provoke();
      if (phase === 'login') {
        for (const subject of await likeliestFirst(subjects)) await this.#runPhase(subject, phase);
      } else await Promise.all(subjects.map((subject) => this.#runPhase(subject, phase)));
    }
    this.connections.push(...subjects.flatMap(({ observer }) => observer.connections));
    if (gate.note !== undefined) this.notes.push(gate.note);
  }

  /** Opens a dialogue with every candidate; what turns out to be something else is audited as that too. */
  async #meet(gate: Gate, found: readonly Candidate[]): Promise<Subject[]> {
    const known = await Promise.all(found.map((candidate) => this.#known(gate, candidate)));
    const merged = new Map<
      string,
      { listener: Listener; names: [ServerName, ...ServerName[]]; target: Target; optional: boolean }
    >();
    for (const candidate of known) {
      if (candidate === undefined) continue;
      const key = listenerKey(candidate.listener);
      const { host } = candidate.listener;
      const name: ServerName = { servername: this.#options.servername ?? host, host, target: candidate.target.text };
      const same = merged.get(key);
      if (same === undefined) merged.set(key, { ...candidate, names: [name] });
      else {
        if (!same.names.some(({ servername }) => servername === name.servername)) same.names.push(name);
        same.optional &&= candidate.optional;
      }
    }
    const met = await Promise.all([...merged.values()].map((each) => this.#greet(gate, each)));
    return met.flat();
  }

  async #known(
    gate: Gate,
    candidate: Candidate,
  ): Promise<{ listener: Listener; target: Target; optional: boolean } | undefined> {
    if (candidate.kind === 'listener') return candidate;
    try {
      if (this.depth === 'quick') throw unnamed(candidate);
      const listener = await detect({ ...candidate, gate, patience: this.#patience() });
      return { listener, target: candidate.target, optional: false };
    } catch (error) {
      this.#fault(candidate.target, error);
      return undefined;
    }
  }

  async #greet(
    gate: Gate,
    {
      listener,
      names,
      target,
      optional,
    }: { listener: Listener; names: ServerNames; target: Target; optional: boolean },
  ): Promise<Subject[]> {
    const observer = this.#observer(gate, listener, names);
    const met = await observer.observe(dialogue);
    if (met.kind === 'fault' && isUnreachable(met)) {
      const { host, address, port, role } = listener;
      const how = met.fault.code === 'TIMED_OUT' ? 'silent' : 'refused';
      this.#refusals.push({
        target,
        optional,
        fault: met.fault,
        closed: { target: target.text, host, address, port, role, how },
      });
      return [];
    }
    this.#answering.push(target);
    const opening = met.kind === 'facts' ? met.facts.opening : undefined;
    const servernames = names.map(({ servername }) => servername);
    this.listeners.push({ listener, names: servernames, ...(opening && { opening }), ...chainIn(met) });
    const subject: Subject = { observer };
    const other = opening && otherListener(listener, opening);
    if (other === undefined || this.depth === 'quick') return [subject];
    const found = this.#observer(gate, other, names);
    const really = await found.observe(dialogue);
    this.listeners.push({
      listener: other,
      names: servernames,
      foundInsteadOf: listener,
      ...(really.kind === 'facts' && { opening: really.facts.opening }),
      ...chainIn(really),
    });
    return [subject, { observer: found }];
  }

  /** Tells closed ports, which may be good news, from targets that could not be reached at all. */
  settle(): void {
    const answering = new Set(this.#answering);
    for (const { target, optional, fault, closed } of this.#refusals) {
      // `localhost` has two addresses, and most servers listen on one.
      if (optional || (answering.has(target) && isLoopback(closed.address))) this.closed.push(closed);
      else this.#fault(target, fault);
    }
    const refused = this.#refusals.filter(({ optional, target }) => optional && !answering.has(target));
    const addresses = [...this.#subjects.keys()];
    const port = (closed: ClosedPort): number => WELL_KNOWN_PORTS.findIndex(({ role }) => role === closed.role);
    this.closed.sort((a, b) => addresses.indexOf(a.address) - addresses.indexOf(b.address) || port(a) - port(b));
    for (const target of new Set(refused.map((each) => each.target))) {
      this.#fault(
        target,
        new Fault(
          'UNREACHABLE',
          `${target.host} answers on no mail port; is the name right, and is a firewall in between?`,
        ),
      );
    }
  }

  /** The results in the order of the plan, which is the same in every run: targets as named, ports as listed, checks as registered. */
  ordered(): AuditResult[] {
    const keys = [...this.#subjects.values()].flat().map(({ observer: { listener } }) => listenerKey(listener));
    const place = (result: AuditResult): number =>
      keys.indexOf(listenerKey({ ...result, address: result.address ?? '', port: result.port ?? 0 }));
    const rank = ({ id }: AuditResult): number => this.#checks.findIndex((check) => check.id === id);
    return [...this.results].sort((a, b) => place(a) - place(b) || rank(a) - rank(b));
  }

  #observer(gate: Gate, listener: Listener, names: ServerNames): Observer {
    const options = this.#options;
    return new Observer({
      listener,
      names,
      gate,
      patience: patienceFor(listener.role, this.#options.patience),
      ehloNames: options.ehlo === undefined ? [...ownName(), undefined] : [options.ehlo],
      roots: this.#roots,
      maxConnections: options.maxConnections ?? MOST_CONNECTIONS[this.depth],
      seed: this.seed,
      depth: this.depth,
      otherDoors: () => this.#otherDoors(listener),
      count: () => (this.#count += 1),
    });
  }

  /** On port 25 other servers come, and no door for them starts TLS in another way. */
  #otherDoors({ address, protocol, tls, role }: Listener): Observer[] {
    if (!portOf(role).login) return [];
    return (this.#subjects.get(address) ?? [])
      .map(({ observer }) => observer)
      .filter(({ listener }) => listener.protocol === protocol && listener.tls !== tls && portOf(listener.role).login);
  }

  /** Runs the probes of one phase, then tells the results that are complete now. */
  async #runPhase({ observer }: Subject, phase: ProbePhase): Promise<void> {
    const results = await findings({
      observer,
      phase,
      checks: this.#checks,
      allowsIntrusive: observer.near || this.#options.intrusive === true,
      commandOptions: this.#options.commandOptions ?? [],
      ...(this.#options.expected && { expected: this.#options.expected }),
      onLeftOut: (each) => void this.leftOut.push(each),
      onBug: (bug, target) => this.#bug(target, bug),
    });
    for (const result of results) {
      this.results.push(result);
      this.#options.onResult?.(result);
    }
  }

  #patience(): typeof PATIENCE {
    return { ...PATIENCE, ...this.#options.patience };
  }

  /** What broke in waxseal itself while an address was audited costs the results of that address only. */
  bugAt(found: readonly Candidate[]): (error: unknown) => void {
    return (error) => {
      for (const target of new Set(found.map((each) => each.target.text))) this.#bug(target, error);
    };
  }

  #fault(target: Target, error: unknown): void {
    if (error instanceof Fault && error.code !== 'HARNESS_BUG') this.faults.push({ target: target.text, fault: error });
    else this.#bug(target.text, error);
  }

  #bug(target: string, error: unknown): void {
    const fault = error instanceof Fault ? error : bugIn('the audit', error);
    if (!this.faults.some((known) => known.target === target && known.fault.message === fault.message))
      this.faults.push({ target, fault });
  }
}

const chainIn = (met: Probed<DialogueFacts>): Pick<AuditedListener, 'chain'> => {
  const chain = met.kind === 'facts' ? met.facts.handshake?.chain : undefined;
  return chain === undefined ? {} : { chain };
};

const isUnreachable = (outcome: Probed<unknown>): boolean =>
  outcome.kind === 'fault' && (outcome.fault.code === 'UNREACHABLE' || outcome.fault.code === 'TIMED_OUT');

/** Finding out what a port speaks takes several connections. */
const unnamed = ({ host, port }: { readonly host: string; readonly port: number }): Fault => {
  const where = endpointText(host, port);
  return new Fault(
    'UNREACHABLE',
    `${where} is no usual mail port, and --depth quick makes one connection only; name the protocol, as in imaps://${where}`,
  );
};

/** Login attempts are few: listeners that offer a login in clear come first, then the likeliest roles. */
const likeliestFirst = async (subjects: readonly Subject[]): Promise<Subject[]> => {
  const ranked = await Promise.all(
    subjects.map(async (subject) => {
      const met = await subject.observer.observe(dialogue);
      const offers = met.kind === 'facts' && (met.facts.outside?.logins.some((login) => login !== 'APOP') ?? false);
      const { loginRank = LAST } = portOf(subject.observer.listener.role);
      return { subject, isOffering: offers, rank: loginRank };
    }),
  );
  return ranked
    .sort((a, b) => Number(b.isOffering) - Number(a.isOffering) || a.rank - b.rank)
    .map(({ subject }) => subject);
};

/** The machine's name, where it is one that a server can look up. */
const ownName = (): string[] => (hostname().includes('.') ? [hostname()] : []);

const LAST = 100;
const PHASES: readonly ProbePhase[] = ['look', 'behave', 'inject', 'login'];
const HOSTS_AT_ONCE = 16;
