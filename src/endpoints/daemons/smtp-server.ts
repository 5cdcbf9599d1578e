import { once } from 'node:events';
import { createRequire } from 'node:module';
import { portOf } from '../../protocols/port-roles.js';
import type { AddressInfo } from 'node:net';

import type { SMTPServer, SMTPServerOptions } from 'smtp-server';

import { Fault } from '../../fault.js';
import type { PortRole } from '../../protocols/protocol.js';
import {
  isImplicit,
  rolesOf,
  type DaemonAccount,
  type DaemonConfiguration,
  type DaemonListener,
  type DaemonOptions,
  type RunningDaemon,
} from './running-daemon.js';

/** How the package is started; another version of it may be passed in. */
export interface SmtpServerOptions extends DaemonOptions {
  readonly package?: { readonly SMTPServer: new (options: SMTPServerOptions) => SMTPServer; readonly version: string };
  /** Options of the package; they win. */
  readonly overrides?: SMTPServerOptions;
}

/** Starts the npm package `smtp-server` in this process, a server that we did not write; mail is taken and dropped. */
export const startSmtpServer = async (options: SmtpServerOptions): Promise<RunningDaemon> => {
  const { SMTPServer: Server, version } = options.package ?? (await installed());
  const roles = rolesOf(options.configuration, ROLES, options.roles);
  if (roles.length === 0)
    throw new Fault('BAD_USAGE', `smtp-server serves ${ROLES.join(', ')} and nothing else; ask Dovecot for the rest`);
  const accounts = new Map<string, string>();
  const addUser = ({ user, password }: DaemonAccount): void => void accounts.set(user, password);
  options.users.forEach(addUser);
  const lines: string[] = [];
  const servers: SMTPServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  };
  try {
    const listeners: DaemonListener[] = [];
    for (const portRole of roles) {
      const server = new Server(settings(options, portRole, accounts, lines));
      servers.push(server);
      server.on('error', (error) => void lines.push(`${portRole}: error ${error.message}`));
      const listener = server.listen(options.ports === 'well-known' ? portOf(portRole).port : 0, options.address);
      await once(listener, 'listening');
      listeners.push({ portRole, address: options.address, port: (listener.address() as AddressInfo).port });
    }
    return {
      name: 'smtp-server',
      version,
      listeners,
      log: () => lines.join('\n'),
      addUser,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw new Fault(
      'CANNOT_BIND',
      `smtp-server cannot listen: ${error instanceof Error ? error.message : String(error)}; use free ports or another loopback address`,
      { cause: error },
    );
  }
};

const settings = (
  { configuration, certificate, overrides }: SmtpServerOptions,
  portRole: PortRole,
  accounts: ReadonlyMap<string, string>,
  lines: string[],
): SMTPServerOptions => ({
  name: 'mail.lab.test',
  banner: 'smtp-server',
  secure: isImplicit(portRole),
  key: certificate.keyPem,
  cert: certificate.certPem,
  ...TLS_SETTINGS[configuration],
  authMethods: ['PLAIN', 'LOGIN'],
  authOptional: portRole === 'smtp',
  disableReverseLookup: true,
  hideENHANCEDSTATUSCODES: false,
  closeTimeout: 100,
  onConnect: (session, done) => {
    lines.push(`${portRole}: connect from ${session.remoteAddress}`);
    done();
  },
  onClose: (session) => void lines.push(`${portRole}: disconnect from ${session.remoteAddress}`),
  onAuth: (auth, session, done) => {
    const isRight = auth.password !== undefined && accounts.get(auth.username ?? '') === auth.password;
    lines.push(
      `${portRole}: ${isRight ? 'login' : 'wrong login'} of ${auth.username ?? ''} from ${session.remoteAddress}, ${session.secure ? 'TLS' : 'in the clear'}`,
    );
    if (isRight) done(null, { user: auth.username });
    else done(new Error('Invalid username or password'));
  },
  onData: (stream, session, done) => {
    stream.once('end', () => {
      lines.push(`${portRole}: message from ${session.remoteAddress}, ${session.secure ? 'TLS' : 'in the clear'}`);
      done();
    });
    stream.resume();
  },
  ...overrides,
});

const installed = async (): Promise<NonNullable<SmtpServerOptions['package']>> => {
  try {
    const { SMTPServer: Server } = await import('smtp-server');
    const { version } = createRequire(import.meta.url)('smtp-server/package.json') as { version: string };
    return { SMTPServer: Server, version };
  } catch (error) {
    throw new Fault('DAEMON_MISSING', 'the npm package smtp-server is not installed; run npm install smtp-server', {
      cause: error,
    });
  }
};

const GOOD: SMTPServerOptions = { allowInsecureAuth: false, minVersion: 'TLSv1.2' };
const TLS_SETTINGS: Readonly<Record<DaemonConfiguration, SMTPServerOptions>> = {
  good: GOOD,
  'self-signed': GOOD,
  expired: GOOD,
  'wrong-name': GOOD,
  'plaintext-allowed': { allowInsecureAuth: true, minVersion: 'TLSv1.2' },
  'no-tls': { allowInsecureAuth: true, disabledCommands: ['STARTTLS'] },
  tls10: { allowInsecureAuth: false, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
};
const ROLES: readonly PortRole[] = ['smtp', 'submission', 'submissions'];
