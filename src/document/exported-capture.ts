import { packetsOf, pcapng, type WrittenPacket, type WrittenStep } from '../capture/capture-writer.js';
import { Fault } from '../fault.js';
import { portOf } from '../protocols/port-roles.js';
import type { ConnectionRecord, Visit } from '../verdict/visit.js';

/** What passed on one side, and the keys of its TLS. */
interface ExportedSide {
  readonly packets: readonly WrittenPacket[];
  /** In the format of SSLKEYLOGFILE. */
  readonly keylog: string;
}

/**
 * The clients' connections of visits as a pcapng file with the keys of their TLS. What was said and when is as it was recorded;
 * addresses, ports and TCP are made up, and the file says so. Throws `BAD_USAGE` where TLS was recorded without its records: what is
 * known only decrypted is not made to look as if it had been captured.
 */
export const exportedCapture = (visits: readonly Visit[]): Buffer => {
  const { packets, keylog } = exportedSide(visits, 'client');
  return pcapng(packets, keylog, COMMENT);
};

/** The same of one side of the middle seat, as a sniffer would write it: without keys, which are given beside it. */
export const exportedSideCapture = (
  visits: readonly Visit[],
  leg: 'client' | 'server',
): { readonly capture: Buffer; readonly keylog: string } => {
  const { packets, keylog } = exportedSide(visits, leg);
  return { capture: pcapng(packets, '', COMMENT), keylog };
};

/** Connections of one side. */
const exportedSide = (visits: readonly Visit[], side: 'client' | 'server'): ExportedSide => {
  const connections = visits.flatMap((visit) =>
    visit.connections.filter(({ leg }) => leg === side).map((connection) => ({ visit, connection })),
  );
  const keys: string[] = [];
  const packets: WrittenPacket[] = [];
  for (const [index, { visit, connection }] of connections.entries()) {
    const { wire } = connection;
    if (wire === undefined && connection.entries.some(({ kind }) => kind === 'boundary'))
      throw new Fault(
        'BAD_USAGE',
        `the recording of ${JSON.stringify(visit.scenario)} holds what was said inside TLS, but no TLS records and keys; record it with waxseal test --record DIR --keys (they are left out where secrets had to be masked)`,
      );
    keys.push(...(wire?.keys ?? []));
    packets.push(
      ...packetsOf({
        client: { address: '192.0.2.1', port: FIRST_PORT + (index % MOST_PORTS) },
        server: { address: '192.0.2.10', port: portOf(connection.portRole).port },
        openedAt: wire === undefined ? index : Date.parse(wire.openedAt),
        steps: stepsOf(connection),
      }),
    );
  }
  const sorted = packets.toSorted((a, b) => a.at - b.at);
  return { packets: sorted, keylog: keys.length === 0 ? '' : `${keys.join('\n')}\n` };
};

/** In order, in milliseconds since the connection was opened. */
const stepsOf = ({ entries, wire, openedAt, truncated }: ConnectionRecord): WrittenStep[] => {
  const from = (at: number): number => Math.max(0, at - openedAt);
  const said =
    wire?.bytes.map(({ at, from: party, data }) => ({ at, party, data })) ??
    entries.flatMap((entry) => (entry.kind === 'bytes' ? [{ at: entry.at, party: entry.from, data: entry.data }] : []));
  const steps: WrittenStep[] = said.map(({ at, party, data }) => ({
    kind: 'bytes',
    from: party,
    at: from(at),
    bytes: Buffer.from(data, 'latin1'),
  }));
  const last = steps.at(-1)?.at ?? 0;
  const end = entries.find(({ kind }) => kind === 'end');
  // An end right behind what was left out would hide that something is missing.
  if (end?.kind !== 'end' || wire?.truncated === true || (wire === undefined && truncated)) return steps;
  const at = Math.max(last, from(end.at));
  const other = end.from === 'client' ? 'server' : 'client';
  if (end.how === 'reset') return [...steps, { kind: 'end', from: end.from, at, how: 'reset' }];
  return [...steps, { kind: 'end', from: end.from, at, how: 'fin' }, { kind: 'end', from: other, at, how: 'fin' }];
};

const COMMENT =
  'Made by waxseal from recordings: what was said, its times and its TLS keys were recorded; addresses, ports and TCP are made up.';
const FIRST_PORT = 40_000;
const MOST_PORTS = 20_000;
