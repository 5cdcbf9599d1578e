import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';

/** Somebody else’s account, whose name and password are no canaries. */
export const ACCOUNT = { user: 'lab-account', password: 'n0t-A-Canary' };

/** Somebody else’s server for submission with STARTTLS, as smtp-server is one, at localhost; it knows `ACCOUNT`, and `theirs` is its CA. */
export const submissionServer = async (): Promise<{ readonly theirs: Authority; readonly server: RunningDaemon }> => {
  const theirs = await createAuthority();
  const server = await startSmtpServer({
    address: '127.0.0.1',
    configuration: 'good',
    certificate: await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] }),
    users: [ACCOUNT],
    roles: ['submission'],
  });
  return { theirs, server };
};
