import type { Report, Result } from '../document/report-model.js';
import { escaped } from './escape.js';

/** A finding as testssl.sh writes it, one after the other. */
export interface FlatFinding {
  readonly id: string;
  /** `host/address`. */
  readonly ip: string;
  readonly port: string;
  readonly severity: 'OK' | 'INFO' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | 'WARN';
  readonly finding: string;
  readonly cve?: string;
  readonly cwe?: string;
}

/** Every result and fault as a finding; `WARN` is what could not be observed, as there. */
export const flatFindings = ({ results, faults = [] }: Report): FlatFinding[] => [
  ...results.map((result): FlatFinding => ({
    id: escaped(result.variant === undefined ? result.id : `${result.id}/${result.variant}`),
    ip: escaped(`${result.host ?? 'localhost'}/${result.address ?? '127.0.0.1'}`),
    port: String(result.port ?? 0),
    severity: severityOf(result),
    finding: escaped(`${result.status}: ${result.because}`),
    ...(result.cve.length > 0 && { cve: result.cve.map(escaped).join(' ') }),
    ...(result.cwe.length > 0 && { cwe: result.cwe.map(escaped).join(' ') }),
  })),
  ...faults.map((fault): FlatFinding => ({
    id: 'not-observed',
    ip: '/',
    port: '0',
    severity: 'WARN',
    finding: escaped(fault),
  })),
];

const severityOf = ({ status, severity, known }: Result): FlatFinding['severity'] => {
  if (status === 'inconclusive') return 'WARN';
  if (status === 'pass' || status === 'safe') return 'OK';
  if (status === 'not-applicable' || status === 'info' || known?.state === 'expected') return 'INFO';
  switch (severity) {
    case 'critical':
      return 'CRITICAL';
    case 'high':
      return 'HIGH';
    case 'medium':
      return 'MEDIUM';
    case 'low':
      return 'LOW';
    default:
      return status === 'unsafe' || status === 'fail' ? 'HIGH' : 'LOW';
  }
};
