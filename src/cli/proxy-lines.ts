import { caseId } from '../cases/case.js';
import type { ProxyOutcome } from '../serving/outcomes.js';
import type { ProxyConnection } from '../serving/proxy.js';
import { withoutPort } from '../wire/host-port.js';
import { printable } from '../wire/printable.js';

/** What a connection of a proxy came to, in one line; it has the number that its recording is called after. */
export const lineOf = ({
  one,
  visit,
  isControl,
  isOpen,
  client,
  peer,
  at,
  target,
  judgement,
}: ProxyConnection): string => {
  const what = [isControl ? 'not attacked' : caseId(one), ...(client === '' ? [] : [client])].join(', ');
  return `${at.slice(11, 19)} connection ${String(visit.number)} from ${originOf(peer)}${target === undefined ? '' : ` to ${target}`} (${printable(what)})${isOpen ? ', still open' : ''}: ${judgement.status}: ${judgement.because}`;
};

/** Who came, and what each attack came to: a row a client and case. */
export const tableOf = (outcomes: readonly ProxyOutcome[]): string[] => {
  const rows = outcomes.map((outcome) => [
    `${printable(outcome.client === '' ? `(unnamed) ${originOf(outcome.peer)}` : fullName(outcome, outcomes))}${outcome.target === undefined ? '' : ` to ${outcome.target}`}`,
    caseId(outcome.one),
    outcome.judgement.status,
    String(outcome.connections),
  ]);
  const all = [['client', 'attack', 'verdict', 'connections'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** Where a connection comes from; those of the command of --transparent come by a socket of the file system, which has no port. */
const originOf = (peer: string): string => (peer.endsWith(':0') ? 'the command after --' : peer);

/**
 * A client may say less of itself on one connection than on another: the fuller name, where only one client at this address has one
 * that begins like it.
 */
const fullName = ({ client, peer }: ProxyOutcome, outcomes: readonly ProxyOutcome[]): string => {
  const longer = outcomes
    .filter((other) => withoutPort(other.peer) === withoutPort(peer) && other.client.startsWith(`${client}, `))
    .map((other) => other.client)
    .toSorted((one, other) => other.length - one.length);
  const [longest] = longer;
  return longest !== undefined && longer.every((each) => longest === each || longest.startsWith(`${each}, `))
    ? longest
    : client;
};
