/** How long an audit of real daemons takes, and what it leaves in their logs. */
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonOptions, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { Fault } from '../../src/fault.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { audit } from '../../src/audit/audit.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';

/** A figure with its name. */
export interface Figure {
  readonly name: string;
  readonly text: string;
}

/** Audits Dovecot's five listeners and Postfix's three, each in its good configuration. */
export const auditFigures = async (): Promise<Figure[]> => [
  await figureOf('Dovecot', startDovecot, ['imap', 'imaps', 'pop3', 'pop3s', 'sieve']),
  await figureOf('Postfix', startPostfix, ['smtp', 'submission', 'submissions']),
];

const figureOf = async (
  software: string,
  start: (options: DaemonOptions) => Promise<RunningDaemon>,
  roles: readonly PortRole[],
): Promise<Figure> => {
  const name = `audit of ${software}, ${String(roles.length)} listeners`;
  const authority = await createAuthority();
  const certificate = await authority.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
  let daemon: RunningDaemon;
  try {
    daemon = await start({
      address: ADDRESS,
      configuration: 'good',
      certificate,
      users: [{ user: 'joe', password: 'sesame-open' }],
      roles,
    });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'DAEMON_MISSING') throw error;
    return { name, text: `not measured: ${error.message}` };
  }
  try {
    const targets = daemon.listeners.map(({ portRole, port }) => `${portRole}://${ADDRESS}:${String(port)}`);
    const before = lines(daemon.log());
    const started = performance.now();
    const session = await audit(targets, { authorities: [authority.pem] });
    const took = performance.now() - started;
    const log = lines(daemon.log()).slice(before.length);
    const failed = log.filter((line) => FAIL2BAN.test(line)).length;
    const bad = session.results.filter(({ status }) => status === 'fail').length;
    return {
      name,
      text: `${(took / 1000).toFixed(2)} s, ${String(session.connections.length)} connections, ${String(session.results.length)} results (${String(bad)} fail), ${String(log.length)} log lines, ${String(failed)} of them failed logins`,
    };
  } finally {
    await daemon.stop();
  }
};

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** What a stock fail2ban filter for Dovecot or Postfix counts as a failed login. */
const FAIL2BAN =
  /auth(?:entication)? fail(?:ed|ure)|tried to use disallowed plaintext auth|no auth attempts in \d+ secs\).*disallowed|reject: .*: 5\d\d /i;
const ADDRESS = '127.0.0.2';
