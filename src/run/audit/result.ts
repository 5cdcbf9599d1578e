import type { Check, CheckStatus } from '../../checks/check.js';
import type { PortRole, ProtocolName, TlsMode } from '../../protocols/protocol.js';
import type { Severity } from '../../verdict/visit.js';

/** What one check says about one listener, as the report has it. Texts of the peer are not escaped. */
export interface AuditResult {
  /** `login-offered-before-tls@imap+starttls` */
  readonly case: string;
  readonly id: string;
  readonly title: string;
  /** As the user wrote it. */
  readonly target: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly portRole: PortRole;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly status: CheckStatus;
  readonly severity: Severity;
  readonly because: string;
  readonly references: readonly string[];
  readonly cve: readonly string[];
  readonly cwe: readonly string[];
  readonly evidence: readonly AuditEvidence[];
  /** Facts that were judged, by the check's own names for them. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What to change, by server; absent where nothing is to be changed. */
  readonly remedy?: Readonly<Record<string, string>>;
  /** A command of ours. */
  readonly reproduce: readonly string[];
  /** A command line with common tools. */
  readonly byHand: string;
}

/** Where a finding is seen: entry of a connection's transcript. */
export interface AuditEvidence {
  readonly connection: number;
  readonly entry: number;
  readonly quote: string;
  readonly why: string;
}

/** The key of a result. */
export const caseOf = (check: Pick<Check, 'id'>, { protocol, tls }: { readonly protocol: ProtocolName; readonly tls: TlsMode }): string =>
  `${check.id}@${protocol}+${tls}`;
