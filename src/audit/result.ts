import { endpointText, type Listener } from '../probes/listener.js';
import type { Result, ResultEvidence } from '../document/report-model.js';

/** What one check says about one listener, as the report has it; what a check always knows is not optional here. */
export type AuditResult = Result & Required<Pick<Result, 'target' | 'host' | 'severity' | 'facts'>>;

export type AuditEvidence = ResultEvidence;

/** The stable key of a result: `login-offered-before-tls@imap+starttls#mail.example.org:143`. */
export const caseOf = (id: string, { protocol, tls, host, port }: Listener): string =>
  `${id}@${protocol}+${tls}#${endpointText(host, port)}`;
