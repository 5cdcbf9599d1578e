import type { Check, Finding } from '../checks/check.js';
import type { PathDifference } from '../checks/path-differs.js';
import { Fault } from '../fault.js';
import { certificates } from '../probes/certificates.js';
import { DEPTHS, type Depth } from '../probes/depth.js';
import type { Listener } from '../probes/listener.js';
import type { NamedHandshake } from '../probes/named-chain.js';
import type { TranscriptLine } from '../probes/place.js';
import type { Probe, ProbePhase } from '../probes/probe.js';
import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import { printable } from '../wire/printable.js';
import { factsOf, judge, type Gathered } from './judge.js';
import type { ServerName, Observer } from './observer.js';
import { bugIn, type Probed } from './probed.js';
import { remedyFor, type WantedRemedies } from './remedy.js';
import { byHand, reproduction } from './reproduction.js';
import { caseOf, type AuditEvidence, type AuditResult } from './result.js';

export interface FindingsOrder {
  readonly observer: Observer;
  readonly phase: ProbePhase;
  readonly checks: readonly Check[];
  readonly allowsIntrusive: boolean;
  readonly commandOptions: readonly string[];
  /** What the user says that the servers should show. */
  readonly expected?: ExpectedCertificates;
  /** Software whose remedies are wanted whatever the server says it is. */
  readonly remedies?: WantedRemedies;
  /** Common tools do not reach the server as waxseal does. */
  readonly withoutByHand?: boolean;
  /** Told of a check of which this port got no connection at this depth. */
  readonly onLeftOut?: (leftOut: LeftOutCheck) => void;
  /** Told of a bug of ours that costs this case its result. */
  readonly onBug?: (bug: Fault, target: string) => void;
}

/** The results of checks that compare with an earlier report. */
export const comparedResults = (
  order: Omit<FindingsOrder, 'phase'>,
  difference: PathDifference | undefined,
): AuditResult[] => {
  const { observer, checks } = order;
  if (difference === undefined) return [];
  return checks
    .filter((check) => check.comparesReports === true && applies(check, observer.listener))
    .map((check) => {
      const finding = judge(check, new Map(), { ...observer.listener, difference });
      return result({ ...order, phase: 'look' }, check, observer.names[0], new Map(), finding);
    });
};

/** Runs the probes of this phase and judges the checks that are complete with it. */
export const findings = async (order: FindingsOrder): Promise<AuditResult[]> => {
  const { observer } = order;
  const results = await Promise.all(
    dueIn(order).map(async (check) => {
      if (check.intrusiveness === 'intrusive' && !order.allowsIntrusive) {
        return [
          result(order, check, observer.names[0], new Map(), {
            status: 'not-applicable',
            because: 'intrusive checks run only when asked for, or against loopback and private addresses',
          }),
        ];
      }
      const gathered = new Map<string, Probed<unknown>>();
      for (const [need, probe] of Object.entries(check.needs)) gathered.set(need, await observer.observe(probe));
      return (check.perName === true ? observer.names : [observer.names[0]]).flatMap((name) => {
        const finding = judged(order, check, gathered, name);
        if (!isLeftOut(check, finding, gathered)) return [result(order, check, name, gathered, finding)];
        order.onLeftOut?.({ check: check.id, depth: 'full', case: caseOf(check.id, observer.listener) });
        return [];
      });
    }),
  );
  return results.flat();
};

const dueIn = ({ observer, phase, checks }: FindingsOrder): Check[] =>
  checks.filter(
    (check) => applies(check, observer.listener) && phaseOf(check) === phase && check.comparesReports !== true,
  );

/** The probes that the checks of this phase need, in their order. */
export const probesOf = (order: FindingsOrder): Probe<unknown>[] => [...new Set(probesByCheck(order).flat())];

/** The probes that each check of this phase needs: those of one check begin one after another, what it asks first goes first. */
export const probesByCheck = (order: FindingsOrder): Probe<unknown>[][] =>
  dueIn(order)
    .filter(({ intrusiveness }) => intrusiveness !== 'intrusive' || order.allowsIntrusive)
    .map(({ needs }) => Object.values<Probe<unknown>>(needs));

/**
 * What a port's connections at this depth did not suffice for is left to the next depth, as other checks are. Not what matters most:
 * that nothing is known of it is a result.
 */
const isLeftOut = ({ severity }: Check, { status }: Finding, gathered: Gathered): boolean =>
  status === 'inconclusive' &&
  severity !== 'critical' &&
  severity !== 'high' &&
  [...gathered.values()].some((outcome) => outcome.kind === 'fault' && outcome.fault.code === 'DEPTH_REACHED');

/** A judge or a probe that throws costs one result. */
const judged = (
  order: FindingsOrder,
  check: Check,
  gathered: Gathered,
  { servername, target }: ServerName,
): Finding => {
  const { listener, fromItself } = order.observer;
  const bugs = [...gathered.values()].flatMap((outcome) =>
    outcome.kind === 'fault' && outcome.fault.code === 'HARNESS_BUG' ? [outcome.fault] : [],
  );
  for (const bug of bugs) order.onBug?.(bug, target);
  try {
    return judge(check, gathered, {
      ...listener,
      host: servername,
      fromItself,
      ...(order.expected && { expected: order.expected }),
    });
  } catch (error) {
    // A check of the user's own says what is wrong with it.
    if (error instanceof Fault && error.code === 'BAD_USAGE') return { status: 'inconclusive', because: error.message };
    const bug = bugIn(`the judge of ${caseOf(check.id, listener)}`, error);
    order.onBug?.(bug, target);
    return { status: 'inconclusive', because: bug.message };
  }
};

/** Whether a check is run at this depth; `expects`: the user says which certificate is right; `asks`: others than the server may be asked; `hasAccount`: the user gave an account. */
export const isPlanned = (
  check: Pick<Check, 'depth' | 'expectsCertificate' | 'asksThirdParties' | 'needsAccount'>,
  depth: Depth,
  expects = false,
  asks = false,
  hasAccount = false,
): boolean =>
  (hasAccount || check.needsAccount !== true) &&
  (asks || check.asksThirdParties !== true) &&
  (expects || check.expectsCertificate !== true) &&
  DEPTHS.indexOf(check.depth ?? 'normal') <= DEPTHS.indexOf(depth);

/** A check that the audit's depth leaves out. */
export interface LeftOutCheck {
  readonly check: string;
  /** The depth that runs it. */
  readonly depth: Depth;
  /** Where it was left out, if not everywhere: the key of its case. */
  readonly case?: string;
}

/** The checks that this depth leaves out. */
export const leftOutOf = (
  checks: readonly Pick<Check, 'id' | 'depth' | 'expectsCertificate' | 'asksThirdParties' | 'needsAccount'>[],
  depth: Depth,
): LeftOutCheck[] =>
  checks
    .filter((check) => check.asksThirdParties !== true && check.needsAccount !== true)
    .filter((check) => !isPlanned({ ...(check.depth && { depth: check.depth }) }, depth))
    .map((check) => ({ check: check.id, depth: check.depth ?? 'normal' }));

/** Whether a check is about such a listener. */
export const applies = (check: Check, { protocol, tls }: Listener): boolean =>
  (check.protocols?.includes(protocol) ?? true) && (check.modes?.includes(tls) ?? true);

/** The last phase that a check needs. */
const phaseOf = (check: Check): ProbePhase => {
  const known = LAST_PHASES.get(check);
  if (known !== undefined) return known;
  const phases = Object.values<Probe<unknown>>(check.needs).map((probe) => PHASES.indexOf(probe.phase));
  const last = PHASES[Math.max(0, ...phases)] ?? 'look';
  LAST_PHASES.set(check, last);
  return last;
};

const result = (
  order: FindingsOrder,
  check: Check,
  name: ServerName,
  gathered: Gathered,
  judgement: Finding,
): AuditResult => {
  const { status, because, proof } = judgement;
  const { listener, names } = order.observer;
  const subject = { ...listener, host: name.host };
  // What is asked for besides leads to no server.
  const commandOptions =
    name.isExtra === true ? [...order.commandOptions, '--servername', name.servername] : order.commandOptions;
  const isToBeChanged = status === 'fail' || status === 'warn';
  const line =
    order.withoutByHand === true
      ? undefined
      : byHand({ byHand: judgement.byHand ?? check.byHand }, subject, name.servername);
  const remedy = isToBeChanged
    ? remedyFor(judgement.remedy ?? check.remedy, order.observer.greeting, subject.protocol, order.remedies)
    : {};
  return {
    case: caseOf(check.id, subject),
    id: check.id,
    title: check.title,
    target: name.target,
    host: subject.host,
    address: subject.address,
    port: subject.port,
    portRole: subject.role,
    protocol: subject.protocol,
    tls: subject.tls,
    status,
    severity: status === 'info' ? 'info' : (judgement.severity ?? check.severity),
    because: sentence(because),
    references: [...check.references],
    cve: [...(check.cve ?? [])],
    cwe: [...(check.cwe ?? [])],
    evidence: proof === undefined ? [] : [evidence(judgement.because, proof)],
    facts: names.length > 1 ? factsUnder(name, check, gathered) : factsOf(gathered),
    ...(Object.keys(remedy).length > 0 && { remedy }),
    reproduce: reproduction(check, name.isExtra === true ? listener : subject, commandOptions),
    ...(line !== undefined && { byHand: line }),
  };
};

/** The facts of a check; of the certificates under many names those under its own. */
const factsUnder = ({ servername }: ServerName, check: Check, gathered: Gathered): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(factsOf(gathered)).map(([need, facts]) => [
      need,
      check.needs[need]?.id === certificates.id
        ? (facts as readonly NamedHandshake[]).filter((each) => each.name === servername)
        : facts,
    ]),
  );

/** What the probe saw, where it saw it. */
const evidence = (because: string, { text, at }: TranscriptLine): AuditEvidence => ({
  connection: at.connection,
  entry: at.entry,
  quote: printable(text),
  why: sentence(because),
});

/** What a check says: its own apostrophes stay, all else that is not ASCII may be the peer's. */
const sentence = (text: string): string => text.split('’').map(printable).join('’');

const PHASES: readonly ProbePhase[] = ['look', 'behave', 'inject', 'login'];
/** Asked for in each phase of each port. */
const LAST_PHASES = new WeakMap<Check, ProbePhase>();
