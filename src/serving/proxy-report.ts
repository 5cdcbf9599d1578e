import type { Known } from '../verdict/known.js';
import { caseId, type Case } from '../cases/case.js';
import type { ProxyOutcome } from './outcomes.js';
import type { Report, Result } from '../document/report-model.js';
import { reportOf } from '../document/report.js';
import { resultOf } from '../document/result.js';

/** What surrounds the outcomes of a proxy in its report. */
export interface ProxyReportContext {
  readonly seed: string;
  readonly startedAt: string;
  /** It was stopped by a signal, not by the number of connections that it was to see. */
  readonly interrupted?: boolean;
  /** As the user named it; absent where clients may ask for any server. */
  readonly target?: string;
  readonly authorizedBy?: string;
  /** Options that the command line which starts the same proxy again needs besides what a case says. */
  readonly options?: readonly string[];
  /** The command after `--` whose connections were redirected. */
  readonly command?: readonly string[];
  /** Options that name the attack of a case, where it is none of the registry's. */
  readonly named?: (one: Case) => readonly string[] | undefined;
  readonly known: readonly Known[];
  /** What could not be observed, and clients that were turned away. */
  readonly faults: readonly string[];
  readonly diagnosis: readonly string[];
  /** Stores an outcome and says what the report holds in its place: a recording, or a path. */
  readonly keep: (outcome: ProxyOutcome) => unknown;
}

/** The servers that clients asked for. */
const askedFor = (outcomes: readonly ProxyOutcome[]): string[] => [
  ...new Set(outcomes.flatMap(({ target }) => target ?? [])),
];

/** What the results of a proxy need of what surrounds them. */
export type ProxyResultContext = Pick<ProxyReportContext, 'target' | 'authorizedBy' | 'options' | 'command' | 'named'>;

/** The result of one connection, or of all connections of a client, before known results are applied. */
export const proxyResult = (
  { one, visit, judgement }: Pick<ProxyOutcome, 'one' | 'visit' | 'judgement'>,
  { target, authorizedBy, options = [], named = () => undefined, command }: ProxyResultContext,
): Result =>
  resultOf(one, judgement, {
    visit,
    reproduce: [
      'waxseal',
      'proxy',
      ...(target === undefined ? [] : [target, '--protocol', one.protocol, '--tls', one.tls]),
      ...(named(one) ?? ['--scenario', caseId(one)]),
      ...options,
      ...(authorizedBy === undefined ? [] : ['--authorized-by', authorizedBy]),
      ...(command === undefined ? [] : ['--', ...command]),
    ],
  });

/** The report of a proxy that has ended. */
export const proxyReport = (outcomes: readonly ProxyOutcome[], context: ProxyReportContext): Report => {
  const { seed, startedAt, interrupted, target, authorizedBy, known, faults, diagnosis, keep } = context;
  return reportOf({
    kind: 'proxy',
    startedAt,
    seed,
    place: 'loopback',
    interrupted,
    authorizedBy,
    subject: { targets: target === undefined ? askedFor(outcomes) : [target] },
    results: outcomes.map((outcome) => proxyResult(outcome, context)),
    known,
    isPartial: true,
    diagnosis: [...diagnosis],
    faults: [...faults],
    visits: outcomes.map(keep),
  });
};
