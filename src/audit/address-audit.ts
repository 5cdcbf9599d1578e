import allChecks from '../checks/index.js';
import type { Check } from '../checks/check.js';
import { Fault } from '../fault.js';
import { MOST_CONNECTIONS } from '../probes/depth.js';
import { dialogue } from '../probes/dialogue.js';
import type { DialogueFacts } from '../probes/dialogue-facts.js';
import { injectionControl } from '../probes/injection.js';
import { listenerKey, type Listener } from '../probes/listener.js';
import type { ProbePhase } from '../probes/probe.js';
import { portOf } from '../protocols/port-roles.js';
import type { Target } from '../targets/target.js';
import type { AddressOrder } from './address-order.js';
import { detect, unnamed } from './detection.js';
import {
  applies,
  comparedResults,
  findings,
  isPlanned,
  probesByCheck,
  probesOf,
  type FindingsOrder,
} from './findings.js';
import { Gate } from './gate.js';
import { likeliestFirst } from './login-order.js';
import { alsoNamed, meetingsOf, namesOf, type Meeting, type Wanted } from './meetings.js';
import { Observer, type ServerNames } from './observer.js';
import { bugIn, isUnreachable, type Probed } from './probed.js';
import { PATIENCE, patienceFor, type AuditedListener } from './options.js';
import type { AddressPart } from './part.js';
import { COMPARED, pathDifference } from './path-difference.js';
import { withoutPassword } from './password-mask.js';
import type { AuditResult } from './result.js';
import { otherListener, type Candidate } from './plan.js';
import { UntriedPorts } from './untried.js';

/** A listener to audit. */
interface Subject {
  readonly observer: Observer;
}

/** Audits all listeners of one address: phase by phase, so that what may get us banned comes last. */
export const auditAddress = async (order: AddressOrder): Promise<AddressPart> => {
  const audit = new AddressAudit(order);
  try {
    await audit.run();
  } catch (error) {
    // What broke in waxseal itself costs the results of this address only.
    audit.breakWith(error);
  }
  await audit.emptied();
  return audit.part();
};

class AddressAudit {
  readonly #order: AddressOrder;
  readonly #gate: Gate;
  readonly #results: AddressPart['results'][number][] = [];
  readonly #listeners: AddressPart['listeners'][number][] = [];
  readonly #refusals: AddressPart['refusals'][number][] = [];
  readonly #faults: AddressPart['faults'][number][] = [];
  readonly #untried = new UntriedPorts();
  readonly #leftOut: AddressPart['leftOut'][number][] = [];
  readonly #alsoNamed: AddressPart['alsoNamed'][number][] = [];
  readonly #answering = new Set<string>();
  #subjects: readonly Subject[] = [];

  constructor(order: AddressOrder) {
    this.#order = order;
    const { address, options, journal, candidates } = order;
    const { backOff } = this.#patience();
    const names = new Set(candidates.flatMap((each) => namesOf(each, options).map(({ servername }) => servername)))
      .size;
    const maxTime = options.maxTime ?? MOST_TIME;
    this.#gate = new Gate(address, {
      parallel: options.parallel ?? 3,
      places: order.places,
      loginAttempts: options.loginAttempts ?? 4,
      backOff,
      // Each name is a target of its own, though most of what it costs was found out under the first one.
      maxTime: maxTime + ((names - 1) * maxTime) / SHARE_OF_A_NAME,
      ...(options.rate !== undefined && { rate: options.rate }),
      ...(options.route && { route: options.route }),
      ...(journal && {
        loginsBefore: journal.loginsAt(address),
        onLogin: (change) => {
          journal.addLogin(address, change);
        },
      }),
    });
  }

  async run(): Promise<void> {
    const { maxTime = MOST_TIME } = this.#order.options;
    // A login in clear weighs most, and is tried last: it must not fall to the limit for what weighs less.
    if (this.#order.checks.some((check) => isAboutLogins(check))) this.#gate.reserved = maxTime / LOGINS_SHARE;
    this.#subjects = await this.#meet(this.#order.candidates);
    if (!this.#subjects.some((subject) => this.#willLogIn(subject))) this.#gate.reserved = 0;
    for (const phase of PHASES) {
      if (phase === 'inject') this.#gate.provoke();
      if (phase === 'login') {
        this.#gate.reserved = 0;
        const waiting = await likeliestFirst(this.#subjects);
        for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
          this.#gate.portsWaiting = waiting.filter((each) => this.#willLogIn(each)).length;
          await this.#runPhase(subject, phase);
        }
      } else
        await Promise.all([
          ...this.#subjects.map((subject) => this.#runPhase(subject, phase)),
          // Injections are compared with an ordinary conversation, which may as well be held now.
          ...(phase === 'behave' ? this.#subjects.map((subject) => this.#prepareInjections(subject)) : []),
        ]);
    }
    for (const subject of this.#subjects) await this.#compare(subject);
  }

  /** What is not as in the earlier report, once all is known. */
  async #compare({ observer }: Subject): Promise<void> {
    const { options, checks, depth } = this.#order;
    const { earlier } = options;
    if (earlier === undefined) return;
    const [{ host }] = observer.names;
    const { listener } = observer;
    // What is compared is looked at, whichever results the user wants.
    const missing = allChecks.filter(
      (each) => COMPARED.has(each.id) && !checks.includes(each) && isPlanned(each, depth),
    );
    const order = { ...this.#findingsOrder(observer), checks: missing };
    const unasked = await Promise.all(PHASES.map((phase) => findings({ ...order, phase })));
    const own = [...this.#results, ...unasked.flat()].filter(
      (each) =>
        each.host === host &&
        each.port === listener.port &&
        each.protocol === listener.protocol &&
        each.tls === listener.tls,
    );
    const difference = pathDifference(earlier, { ...listener, host }, own);
    this.#take(comparedResults(this.#findingsOrder(observer), difference));
  }

  part(): AddressPart {
    const { note } = this.#gate;
    return {
      address: this.#order.address,
      listeners: this.#listeners,
      order: this.#subjects.map(({ observer }) => listenerKey(observer.listener)),
      results: this.#results,
      refusals: this.#refusals,
      answering: [...this.#answering],
      faults: [...this.#faults, ...this.#untried.faults],
      connections: this.#subjects.flatMap(({ observer }) => this.#masked(observer.connections)),
      leftOut: this.#leftOut,
      alsoNamed: this.#alsoNamed,
      notes: note === undefined ? [] : [note],
      from: this.#gate.from,
      traffic: this.#gate.traffic,
    };
  }

  /** Comes when the last connection is closed. */
  emptied(): Promise<void> {
    return this.#gate.emptied();
  }

  breakWith(error: unknown): void {
    for (const target of new Set(this.#order.candidates.map((each) => each.target.text))) this.#bug(target, error);
  }

  /** Opens a dialogue with every candidate; what turns out to be something else is audited as that too. */
  async #meet(found: readonly Candidate[]): Promise<Subject[]> {
    const known = await Promise.all(found.map((candidate) => this.#known(candidate)));
    const meetings = meetingsOf(
      known.filter((each) => each !== undefined),
      this.#order.options,
    );
    const met = await Promise.all(meetings.map((each) => this.#greet(each)));
    return met.flat();
  }

  async #known(candidate: Candidate): Promise<Wanted | undefined> {
    if (candidate.kind === 'listener') return candidate;
    try {
      if (this.#order.depth === 'quick') throw unnamed(candidate);
      const listener = await detect({ ...candidate, gate: this.#gate, patience: this.#patience() });
      return { listener, target: candidate.target, optional: false };
    } catch (error) {
      this.#fault(candidate.target, error);
      return undefined;
    }
  }

  async #greet({ listener, names, wanted }: Meeting): Promise<Subject[]> {
    const observer = this.#observer(listener, names);
    void observer.secured.then(() => {
      this.#beginEarly(observer);
    });
    const met = await observer.observe(dialogue);
    // What is wrong with the proxy says nothing about the port.
    if (met.kind === 'fault' && met.fault.code === 'PROXY_FAILED') {
      for (const { target } of wanted) this.#fault(target, met.fault);
      return [];
    }
    if (met.kind === 'fault' && isUnreachable(met)) {
      const { address, port, role } = listener;
      const how = met.fault.code === 'TIMED_OUT' ? 'silent' : 'refused';
      // Neither the end of the time nor a ban is a word of this port.
      const isUntried = this.#gate.isOwn(met.fault);
      for (const { target, optional } of wanted)
        if (optional && isUntried) this.#untried.add(target, listener, met.fault);
        else
          this.#refusals.push({
            optional,
            fault: met.fault,
            closed: { target: target.text, host: target.host, address, port, role, how },
          });
      return [];
    }
    for (const { target } of wanted) this.#answering.add(target.text);
    this.#alsoNamed.push(...alsoNamed(listener, names, wanted));
    const opening = met.kind === 'facts' ? met.facts.opening : undefined;
    const servernames = names.map(({ servername }) => servername);
    this.#listeners.push({ listener, names: servernames, ...(opening && { opening }), ...chainIn(met) });
    const subject: Subject = { observer };
    const other = opening && otherListener(listener, opening);
    if (other === undefined || this.#order.depth === 'quick') return [subject];
    const found = this.#observer(other, names);
    const really = await found.observe(dialogue);
    this.#listeners.push({
      listener: other,
      names: servernames,
      foundInsteadOf: listener,
      ...(really.kind === 'facts' && { opening: really.facts.opening }),
      ...chainIn(really),
    });
    return [subject, { observer: found }];
  }

  #observer(listener: Listener, names: ServerNames): Observer {
    const { options, ownName, roots, seed, depth, count, journal } = this.#order;
    const key = listenerKey(listener);
    const before = journal?.namedAt(key) ?? [];
    const observer: Observer = new Observer({
      listener,
      names,
      gate: this.#gate,
      patience: patienceFor(listener.role, options.patience),
      ehloNames: options.ehlo === undefined ? [...(ownName === undefined ? [] : [ownName]), undefined] : [options.ehlo],
      roots,
      ...(options.clientCertificate && { clientCertificate: options.clientCertificate }),
      ...(options.account && {
        account: { ...options.account, inClear: this.#gate.isNear || options.account.inClear === true },
      }),
      maxConnections: options.maxConnections ?? MOST_CONNECTIONS[depth],
      seed,
      depth,
      otherDoors: () => this.#otherDoors(listener),
      siblings: () => this.#siblings(listener),
      neighbours: () =>
        this.#subjects.map((subject) => subject.observer).filter((other) => listenerKey(other.listener) !== key),
      count,
      named: new Map(before.map(({ outcome }) => [outcome.name, outcome])),
      onNamed: (outcome) => {
        const made = 'at' in outcome ? observer.connections.find(({ id }) => id === outcome.at.connection) : undefined;
        journal?.addNamed(key, { outcome, ...(made && { connection: made }) });
      },
    });
    observer.connections.push(...before.flatMap(({ connection }) => connection ?? []));
    return observer;
  }

  #siblings({ port }: Listener): Observer[] {
    return this.#subjects
      .map(({ observer }) => observer)
      .filter(({ listener }) => listener.tls === 'starttls' && listener.port !== port);
  }

  /** On port 25 other servers come, and no door for them starts TLS in another way. */
  #otherDoors({ protocol, tls, role }: Listener): Observer[] {
    if (!portOf(role).login) return [];
    return this.#subjects
      .map(({ observer }) => observer)
      .filter(({ listener }) => listener.protocol === protocol && listener.tls !== tls && portOf(listener.role).login);
  }

  async #prepareInjections({ observer }: Subject): Promise<void> {
    const needed = this.#order.checks.some(
      (check) =>
        applies(check, observer.listener) && Object.values(check.needs).some(({ phase }) => phase === 'inject'),
    );
    if (needed && observer.listener.tls === 'starttls') await observer.observe(injectionControl);
  }

  /**
   * Begins with a listener while the dialogue still goes on inside TLS, and before others are met; what is found is told in its
   * turn. What compares listeners waits for them.
   */
  #beginEarly(observer: Observer): void {
    const order = this.#findingsOrder(observer);
    const probes = EARLY.flatMap((phase) => probesOf({ ...order, phase }));
    const own = probes.filter(
      ({ scope, phase, follows }) => scope !== 'host' && follows !== true && (phase === 'look' || phase === 'behave'),
    );
    for (const probe of [...own.filter(({ leads }) => leads), ...own.filter(({ leads }) => !leads)])
      void observer.observe(probe);
  }

  #willLogIn({ observer }: Subject): boolean {
    return (
      observer.listener.tls === 'starttls' && probesOf({ ...this.#findingsOrder(observer), phase: 'login' }).length > 0
    );
  }

  /** Runs the probes of one phase, then tells the results that are complete now. */
  async #runPhase({ observer }: Subject, phase: ProbePhase): Promise<void> {
    const order = { ...this.#findingsOrder(observer), phase };
    const byCheck = probesByCheck(order);
    // What takes longest would go on alone at the end of its phase.
    for (const probe of byCheck.flat()) if (probe.leads === true) void observer.observe(probe);
    // Those that take up what others come across wait for them.
    await Promise.all(
      byCheck.map(async (probes) => {
        for (const probe of probes) if (probe.follows !== true) await observer.observe(probe);
      }),
    );
    this.#take(await findings(order));
    observer.endPhase(phase);
  }

  #findingsOrder(observer: Observer): Omit<FindingsOrder, 'phase'> {
    const { options, checks } = this.#order;
    return {
      observer,
      checks,
      allowsIntrusive: observer.near || options.intrusive === true,
      commandOptions: options.commandOptions ?? [],
      ...(options.expected && { expected: options.expected }),
      ...(options.remedies !== undefined && { remedies: options.remedies }),
      withoutByHand: options.route?.proxy !== undefined || options.route?.header !== undefined,
      onLeftOut: (each) => void this.#leftOut.push(each),
      onBug: (bug, target) => {
        this.#bug(target, bug);
      },
    };
  }

  /** Without the password of the user’s account, however it was written. */
  #masked<T>(value: T): T {
    const { account } = this.#order.options;
    return account === undefined ? value : withoutPassword(value, account);
  }

  #take(found: readonly AuditResult[]): void {
    for (const result of this.#masked(found)) {
      this.#results.push(result);
      this.#order.options.onResult?.(result);
    }
  }

  #patience(): typeof PATIENCE {
    return { ...PATIENCE, ...this.#order.options.patience };
  }

  #fault(target: Target, error: unknown): void {
    if (error instanceof Fault && error.code !== 'HARNESS_BUG')
      this.#faults.push({ target: target.text, fault: error });
    else this.#bug(target.text, error);
  }

  #bug(target: string, error: unknown): void {
    const fault = error instanceof Fault ? error : bugIn('the audit', error);
    if (!this.#faults.some((known) => known.target === target && known.fault.message === fault.message))
      this.#faults.push({ target, fault });
  }
}

const chainIn = (met: Probed<DialogueFacts>): Pick<AuditedListener, 'chain'> => {
  const chain = met.kind === 'facts' ? met.facts.handshake?.chain : undefined;
  return chain === undefined ? {} : { chain };
};

const EARLY = ['look', 'behave'] as const satisfies readonly ProbePhase[];
const PHASES: readonly ProbePhase[] = ['look', 'behave', 'inject', 'login'];
const isAboutLogins = ({ needs }: Check): boolean => Object.values(needs).some(({ phase }) => phase === 'login');
/** Milliseconds for an address by default. */
const MOST_TIME = 120_000;
/** This part of the time is kept for logins. */
const LOGINS_SHARE = 4;
/** A further name is given this part of the time for a target. */
const SHARE_OF_A_NAME = 10;
