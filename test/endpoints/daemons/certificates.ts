import type { DaemonConfiguration, DaemonOptions } from '../../../src/endpoints/daemons/running-daemon.js';
import { createAuthority, type Authority } from '../../../src/tls/certificate-authority.js';

const authorities = new Map<string, Promise<Authority>>();

const authorityWith = (keyType: 'ec' | 'rsa'): Promise<Authority> => {
  const authority = authorities.get(keyType) ?? createAuthority({ keyType });
  authorities.set(keyType, authority);
  return authority;
};

/** The certificate that belongs to a configuration, and the CA that signs the good one. */
export const certificateFor = async (
  configuration: DaemonConfiguration,
  keyType: 'ec' | 'rsa' = 'ec',
): Promise<{ certificate: DaemonOptions['certificate']; ca: string }> => {
  const session = await authorityWith(keyType);
  const recipe =
    configuration === 'self-signed' || configuration === 'expired' || configuration === 'wrong-name'
      ? configuration
      : 'good';
  return { certificate: await session.issue(recipe, { dns: ['mail.lab.test'], ip: ['127.0.0.2'] }), ca: session.pem };
};
