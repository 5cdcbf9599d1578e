import type { Report, Result } from '../../../document/report-model.js';

/** A port that was audited, with all its results. */
export interface AuditedPort {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly role: string;
  readonly protocol: Result['protocol'];
  readonly tls: Result['tls'];
  readonly results: readonly Result[];
}

/** In the order in which they were named. */
export const auditedPorts = ({ results }: Report): AuditedPort[] => {
  const ports = new Map<string, AuditedPort & { readonly results: Result[] }>();
  for (const result of results) {
    const { host = '', address = '', port, portRole, protocol, tls } = result;
    // What is said of a domain belongs to no port.
    if (port === undefined) continue;
    const key = JSON.stringify([host, address, port, portRole]);
    const known = ports.get(key);
    if (known === undefined)
      ports.set(key, { host, address, port, role: portRole ?? protocol, protocol, tls, results: [result] });
    else known.results.push(result);
  }
  return [...ports.values()];
};

/** Facts of stored reports have no type: nothing is relied on. The value at a path, from the first result that has it. */
export const factOf = ({ results }: AuditedPort, ...path: readonly string[]): unknown => {
  for (const { facts } of results) {
    const value = path.reduce<unknown>(fieldOf, facts);
    if (value !== undefined) return value;
  }
  return undefined;
};

export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];

/** Texts of a list, at most 200. */
export const textsOf = (value: unknown): string[] =>
  listOf(value)
    .filter((each) => typeof each === 'string')
    .slice(0, 200);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
