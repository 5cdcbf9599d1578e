import protocols from '../protocols/index.js';
import type { Result } from '../document/report-model.js';

/** How a client is configured, as people write it: `IMAP, STARTTLS`, `SMTP, implicit TLS`. */
export const setUpName = ({ protocol, tls }: Pick<Result, 'protocol' | 'tls'>): string =>
  `${protocols[protocol].title}, ${tls === 'starttls' ? 'STARTTLS' : 'implicit TLS'}`;
