import { judgementOf, type Check } from '../checks/check.js';
import { portOf } from '../protocols/port-roles.js';
import type { ClosedPort } from './options.js';
import { reproduction } from './reproduction.js';
import { caseOf, type AuditResult } from './result.js';

/** What a check that compares reports says of a port which answered then (`since`, ISO 8601) and does not now. */
export const vanishedResult = (
  check: Check,
  { target, host, address, port, role, how }: ClosedPort,
  since: string,
  commandOptions: readonly string[],
): AuditResult => {
  const { protocol, tls } = portOf(role);
  const listener = { host, address, port, role, protocol, tls };
  const gone = `the port answered then, and ${how === 'silent' ? 'does not answer' : 'refuses connections'} now`;
  const {
    status,
    because,
    severity = check.severity,
  } = judgementOf(check, {}, { ...listener, difference: { since, traces: [], doubts: [gone], innocent: [] } });
  return {
    case: caseOf(check.id, listener),
    id: check.id,
    title: check.title,
    target,
    host,
    address,
    port,
    portRole: role,
    protocol,
    tls,
    status,
    severity,
    because,
    references: [...check.references],
    cve: [...(check.cve ?? [])],
    cwe: [...(check.cwe ?? [])],
    evidence: [],
    facts: {},
    remedy: { ...check.remedy },
    reproduce: reproduction(check, listener, commandOptions),
  };
};
