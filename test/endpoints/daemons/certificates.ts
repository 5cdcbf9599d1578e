import type { DaemonConfiguration, DaemonOptions } from '../../../src/endpoints/daemons/running-daemon.js';
import { createAuthority, type Authority } from '../../../src/tls/certificate-authority.js';

let authority: Promise<Authority> | undefined;

/** The certificate that belongs to a configuration, and the CA that signs the good one. */
export const certificateFor = async (
  configuration: DaemonConfiguration,
): Promise<{ certificate: DaemonOptions['certificate']; ca: string }> => {
  const session = await (authority ??= createAuthority());
  const recipe =
    configuration === 'self-signed' || configuration === 'expired' || configuration === 'wrong-name'
      ? configuration
      : 'good';
  return { certificate: await session.issue(recipe, { dns: ['mail.lab.test'], ip: ['127.0.0.2'] }), ca: session.pem };
};
