import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import pLimit from 'p-limit';
import allChecks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import type { Report } from '../document/report-model.js';
import { Fault } from '../fault.js';
import type { Depth } from '../probes/depth.js';
import { endpointText, listenerKey } from '../probes/listener.js';
import { isAddress, resolvesNames } from '../probes/route.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { addressesOf, isLoopback } from '../targets/address.js';
import { parseTarget, type Target } from '../targets/target.js';
import { systemRoots } from '../tls/inspect-chain.js';
import { auditAddress } from './address-audit.js';
import { isPlanned, leftOutOf, type LeftOutCheck } from './findings.js';
import { totalTraffic, type Traffic } from './traffic.js';
import type { Observation } from './observer.js';
import { bugIn } from './probed.js';
import type { AuditedListener, AuditOptions, ClosedPort } from './options.js';
import { slimmed, type AddressPart, type AlsoNamed } from './part.js';
import { answeredIn } from './path-difference.js';
import { Places, placesByAddress } from './places.js';
import { candidates, type Candidate } from './plan.js';
import { routeSweep, sweptJournal, type Sweep } from './route-secret.js';
import type { Journal } from './journal.js';
import { auditReport } from './report.js';
import type { AuditResult } from './result.js';
import { vanishedResult } from './vanished.js';

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
  /** Targets that led to ports which were looked at under another name. */
  readonly alsoNamed: readonly AlsoNamed[];
  /** What the user should know about how the audit went, a sentence each. */
  readonly notes: readonly string[];
  /** Addresses of this machine that connected. */
  readonly from?: readonly string[];
  /** What all of it cost the servers; absent after an interruption. */
  readonly traffic?: Traffic;
  /** The report document, with the known results of the options. */
  readonly report: () => Report;
}

/** Audits servers: plans, observes, judges. Throws the Fault `BAD_USAGE` for targets that are none; whatever else goes wrong is in the session. */
export const audit = async (
  targets: readonly (string | Target)[],
  options: AuditOptions = {},
): Promise<AuditSession> => {
  const { journal } = options;
  const startedAt = journal?.startedAt ?? options.startedAt ?? new Date().toISOString();
  const wanted = targets.map((target) => (typeof target === 'string' ? parseTarget(target) : target));
  if (wanted.length === 0)
    throw new Fault(
      'BAD_USAGE',
      'no target given; name a server, such as mail.example.org or imaps://mail.example.org',
    );
  const run = new AuditRun(options);
  const hosts = await run.resolve(wanted);
  const limit = pLimit(HOSTS_AT_ONCE);
  await Promise.all([...hosts].map(([address, found]) => limit(() => run.auditAddress(address, found))));
  run.settle();
  const seen = {
    startedAt,
    finishedAt: new Date().toISOString(),
    seed: run.seed,
    targets: wanted.map(({ text }) => text),
    depth: run.depth,
    leftOut: [...leftOutOf(options.checks ?? allChecks, run.depth), ...run.gathered(({ leftOut }) => leftOut)],
    results: [...run.ordered(), ...run.vanished()],
    listeners: run.gathered(({ listeners }) => listeners),
    closed: run.closed,
    faults: run.faults,
    connections: [...run.gathered(({ connections }) => connections)].sort((a, b) => a.id - b.id),
    alsoNamed: run.gathered(({ alsoNamed }) => alsoNamed),
    notes: run.gathered(({ notes }) => notes),
    from: [...new Set(run.gathered(({ from = [] }) => from))],
    traffic: totalTraffic(run.gathered(({ traffic }) => [traffic])),
  };
  const { known, checks, profile } = options;
  return { ...seen, report: () => auditReport(seen, { known, profile, isPartial: checks !== undefined }) };
};

class AuditRun {
  readonly closed: ClosedPort[] = [];
  readonly faults: { readonly target: string; readonly fault: Fault }[] = [];
  readonly seed: string;
  readonly depth: Depth;
  readonly #options: AuditOptions;
  readonly #checks: readonly Check[];
  readonly #roots: readonly string[] | 'system';
  /** By address, in the order of the plan. */
  readonly #parts = new Map<string, AddressPart | undefined>();
  #places: ReadonlyMap<string, Places> = new Map();
  readonly #sweep: Sweep | undefined;
  readonly #journal: Journal | undefined;
  #isLarge = false;
  #count: number;

  constructor(options: AuditOptions) {
    const { journal } = options;
    this.#options = options;
    this.#sweep = routeSweep(options.route);
    this.#journal = journal && this.#sweep ? sweptJournal(journal, this.#sweep) : journal;
    this.#count = Math.max(options.firstConnection ?? 1, (journal?.lastConnection ?? 0) + 1) - 1;
    this.depth = options.depth ?? 'normal';
    this.seed = journal?.seed ?? options.seed ?? randomBytes(6).toString('hex');
    this.#checks = (options.checks ?? allChecks).filter(
      (check) =>
        isPlanned(
          check,
          this.depth,
          options.expected !== undefined,
          options.revocation === true,
          options.account !== undefined,
        ) &&
        (check.comparesReports !== true || options.earlier !== undefined),
    );
    this.#roots = options.authorities === undefined ? 'system' : rootsWith(options.authorities);
  }

  /** What to try, by address. */
  async resolve(targets: readonly Target[]): Promise<Map<string, Candidate[]>> {
    const { family, parallel = PARALLEL, names = [], route = {} } = this.#options;
    const isRemote = resolvesNames(route);
    const resolve = isRemote ? leftToProxy : (this.#options.resolve ?? addressesOf);
    const hosts = new Map<string, Candidate[]>();
    const limit = pLimit(LOOKUPS_AT_ONCE);
    const resolved = await Promise.all(
      targets.map((target) =>
        limit(() => resolve(target.host, family)).catch((error: unknown) => {
          this.#fault(target, error);
          return [];
        }),
      ),
    );
    for (const [index, target] of targets.entries()) {
      for (const address of resolved[index] ?? []) {
        const found = hosts.get(address) ?? [];
        found.push(...candidates(target, address));
        hosts.set(address, found);
      }
    }
    for (const address of hosts.keys()) this.#parts.set(address, undefined);
    // Names that a proxy resolves may all lead to one server.
    const unknown = isRemote ? [...hosts.keys()].filter((address) => !isAddress(address)) : [];
    this.#places = placesByAddress([...resolved, unknown], parallel);
    this.#isLarge = new Set(targets.map(({ host }) => host)).size + names.length > MOST_WHOLE;
    return hosts;
  }

  /** All listeners of one address, or what an earlier run found out about them. */
  async auditAddress(address: string, found: readonly Candidate[]): Promise<void> {
    const { parallel = PARALLEL, profile, onAddress, onResult, onFinal } = this.#options;
    // Profiles judge by the facts of each result.
    const isSlimmed = this.#isLarge && profile === undefined;
    const journal = this.#journal;
    const before = journal?.part(address, this.depth);
    if (before !== undefined) this.#parts.set(address, before);
    else {
      const ownName = hostname();
      const seen = await auditAddress({
        address,
        candidates: found,
        options: {
          ...this.#options,
          onResult: (result) => {
            const told = this.#sweep?.(result) ?? result;
            onResult?.(told);
            if (!isSlimmed) onFinal?.([told]);
          },
        },
        checks: this.#checks,
        depth: this.depth,
        seed: this.seed,
        roots: this.#roots,
        places: this.#places.get(address) ?? new Places(parallel),
        // The machine's name, where it is one that a server can look up.
        ...(ownName.includes('.') && { ownName }),
        count: () => (this.#count += 1),
        ...(journal && { journal }),
      });
      const whole = this.#sweep?.(seen) ?? seen;
      const part = isSlimmed ? slimmed(whole) : whole;
      this.#parts.set(address, part);
      journal?.addPart(part, this.depth);
    }
    const kept = this.#parts.get(address);
    if (kept !== undefined && (isSlimmed || before !== undefined)) onFinal?.(kept.results);
    const done = [...this.#parts.values()].filter((part) => part !== undefined).length;
    onAddress?.({ done, of: this.#parts.size });
  }

  /** Something of all addresses, in the order of the plan. */
  gathered<T>(of: (part: AddressPart) => readonly T[]): T[] {
    return [...this.#parts.values()].flatMap((part) => (part === undefined ? [] : of(part)));
  }

  /** Tells closed ports, which may be good news, from targets that could not be reached at all. */
  settle(): void {
    this.faults.push(...this.gathered(({ faults }) => faults));
    const answering = new Set(this.gathered((part) => part.answering));
    const refusals = this.gathered((part) => part.refusals);
    const told = new Set<string>();
    for (const { optional, fault, closed } of refusals) {
      // `localhost` has two addresses, and most servers listen on one.
      if (!optional && !(answering.has(closed.target) && isLoopback(closed.address))) {
        this.faults.push({ target: closed.target, fault });
        continue;
      }
      // One line for a port, however many names led to it.
      const key = endpointText(closed.address, closed.port);
      if (!told.has(key)) this.closed.push(closed);
      told.add(key);
    }
    const addresses = [...this.#parts.keys()];
    const port = (closed: ClosedPort): number => WELL_KNOWN_PORTS.findIndex(({ role }) => role === closed.role);
    this.closed.sort((a, b) => addresses.indexOf(a.address) - addresses.indexOf(b.address) || port(a) - port(b));
    const isUntried = (target: string): boolean => this.faults.some((each) => each.target === target);
    const deaf = new Map(
      refusals
        .filter(({ optional, closed }) => optional && !answering.has(closed.target) && !isUntried(closed.target))
        .map(({ closed }) => [closed.target, closed.host]),
    );
    for (const [target, host] of deaf) {
      const fault = new Fault(
        'UNREACHABLE',
        `${host} answers on no mail port; is the name right, and is a firewall in between?`,
      );
      this.faults.push({ target, fault });
    }
  }

  /** The results in the order of the plan, which is the same in every run: targets as named, ports as listed, checks as registered. */
  ordered(): AuditResult[] {
    const ranks = new Map(this.#checks.map(({ id }, index) => [id, index]));
    const rank = ({ id }: AuditResult): number => ranks.get(id) ?? -1;
    return this.gathered(({ results, order }) => {
      const place = (result: AuditResult): number =>
        order.indexOf(listenerKey({ ...result, address: result.address ?? '', port: result.port ?? 0 }));
      return [...results].sort((a, b) => place(a) - place(b) || rank(a) - rank(b));
    });
  }

  /** Ports that answered when the earlier report was made, and do not now. */
  vanished(): AuditResult[] {
    const { earlier, commandOptions = [] } = this.#options;
    const check = this.#checks.find(({ comparesReports }) => comparesReports === true);
    if (earlier === undefined || check === undefined) return [];
    const closed = this.gathered(({ refusals }) => refusals).map((refusal) => refusal.closed);
    // One address of a host may answer where another one does not.
    const answering = new Set(
      this.gathered(({ results }) => results).map(({ host, port }) => endpointText(host, port ?? 0)),
    );
    return closed
      .filter(({ host, port }) => answeredIn(earlier, host, port) && !answering.has(endpointText(host, port)))
      .map((port) => vanishedResult(check, port, earlier.startedAt, commandOptions));
  }

  #fault({ text }: Target, error: unknown): void {
    this.faults.push({ target: text, fault: error instanceof Fault ? error : bugIn('the audit', error) });
  }
}

/** One list for each list of authorities: what is read from it is kept by it, for the next audit too. */
const rootsWith = (authorities: readonly string[]): readonly string[] => {
  const roots = ROOTS.get(authorities) ?? [...systemRoots(), ...authorities];
  ROOTS.set(authorities, roots);
  return roots;
};

const ROOTS = new WeakMap<readonly string[], readonly string[]>();

const leftToProxy = (host: string): Promise<string[]> => Promise.resolve([host]);

const PARALLEL = 3;
const HOSTS_AT_ONCE = 16;
const LOOKUPS_AT_ONCE = 16;
/** Hosts and names of which everything is kept that was seen. */
const MOST_WHOLE = 24;
