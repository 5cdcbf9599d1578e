import { startDovecot } from '../endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../endpoints/daemons/smtp-server.js';
import { Fault } from '../fault.js';
import type { PortRole } from '../protocols/protocol.js';
import type { LabOrder } from './daemon.js';

/** Servers without TLS on loopback, for a proxy that does TLS in front of them. */
export interface PlainServers {
  /** Address and port of the one behind a port with implicit TLS. */
  behind(role: PortRole): string;
  /** The proxy, whose end ends the servers too. */
  until(starting: () => Promise<RunningDaemon>): Promise<RunningDaemon>;
}

/** Starts what is needed of Dovecot and smtp-server for these ports. */
export const plainServers = async ({ roles, users }: Pick<LabOrder, 'roles' | 'users'>): Promise<PlainServers> => {
  const wanted = roles.map((role) => PLAIN[role] ?? role);
  const common = {
    address: '127.0.0.1',
    configuration: 'no-tls',
    certificate: { certPem: '', keyPem: '' },
    users,
  } as const;
  const servers: RunningDaemon[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const boxes = wanted.filter((role) => role !== 'submission');
    if (boxes.length > 0) servers.push(await startDovecot({ ...common, roles: boxes }));
    if (wanted.includes('submission')) servers.push(await startSmtpServer({ ...common, roles: ['submission'] }));
  } catch (error) {
    await stopAll();
    throw error;
  }
  const listeners = servers.flatMap((server) => server.listeners);
  return {
    behind: (role) => {
      const listener = listeners.find(({ portRole }) => portRole === PLAIN[role]);
      if (listener === undefined) throw new Fault('HARNESS_BUG', `nothing was started behind ${role}`);
      return `${listener.address}:${String(listener.port)}`;
    },
    until: async (starting) => {
      try {
        const daemon = await starting();
        const stop = async (): Promise<void> => {
          await daemon.stop();
          await stopAll();
        };
        return { ...daemon, stop, [Symbol.asyncDispose]: stop };
      } catch (error) {
        await stopAll();
        throw error;
      }
    },
  };
};

const PLAIN: Readonly<Partial<Record<PortRole, PortRole>>> = {
  imaps: 'imap',
  pop3s: 'pop3',
  submissions: 'submission',
};
