import { withoutPort } from '../../wire/host-port.js';
import type { Report, Result } from '../../document/report-model.js';
import { isBad, worse } from './style.js';

/** Results that have one cause; the first is the one that is shown. */
export interface Group {
  readonly results: readonly [Result, ...Result[]];
  /** The same happens without an attack, so that the attacks prove nothing more. */
  readonly isUnattacked: boolean;
}

/** What is not quiet, grouped by cause, worst first. Accepted results stay apart from others. */
export const groupsOf = (report: Report): Group[] => {
  const groups = new Map<string, [Result, ...Result[]]>();
  const unattacked = new Set<string>();
  const controls = report.kind === 'audit' ? [] : report.results.filter(({ id }) => id === CONTROL);
  for (const result of report.results.toSorted(worse)) {
    const control = controls.find((each) => isSameSetUp(each, result) && explains(each, result));
    const key = control === undefined ? causeOf(report.kind, result) : `control ${causeOf(report.kind, control)}`;
    if (control !== undefined && isBad(control.status)) unattacked.add(key);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else if (result === control && group[0].id !== CONTROL) group.unshift(result);
    else group.push(result);
  }
  return [...groups].map(([key, results]) => ({ results, isUnattacked: unattacked.has(key) && results.length > 1 }));
};

/** A client that fails without an attack tells nothing new when it fails so under one. */
const explains = (control: Result, result: Result): boolean => {
  if (control.known?.state !== result.known?.state) return false;
  if (isBad(control.status))
    return (
      result.status === control.status && (result.leaked ?? []).every((leak) => control.leaked?.includes(leak) ?? false)
    );
  return (
    control.status === 'inconclusive' &&
    result.status === 'inconclusive' &&
    (result === control || result.because.endsWith(control.because))
  );
};

const isSameSetUp = (a: Result, b: Result): boolean =>
  a.protocol === b.protocol && a.tls === b.tls && a.portRole === b.portRole;

const causeOf = (
  kind: Report['kind'],
  { status, id, because, expected, known, client, peer, target }: Result,
): string =>
  JSON.stringify([
    status,
    known?.state ?? '',
    // Clients that came by themselves are different programs.
    peer === undefined ? '' : `${client ?? ''} ${withoutPort(peer)} ${target ?? ''}`,
    // What must happen instead tells causes apart; mechanisms and times in the sentence do not.
    isFinding(kind, status) ? id : (expected ?? because.replace(/\b\d+ m?s\b/g, '#')),
  ]);

/** A server's finding is its check; its sentence may name the port or the day. */
const isFinding = (kind: Report['kind'], status: string): boolean =>
  kind === 'audit' && (isBad(status) || status === 'warn');

const CONTROL = 'control';
