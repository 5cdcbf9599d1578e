import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DaemonAccount, RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../endpoints/daemons/smtp-server.js';

/** nginx's question whether somebody may log in (ngx_mail_auth_http_module), answered on loopback. */
export interface LoginService {
  readonly port: number;
  /** The daemon, whose end ends the service too. */
  until(starting: Promise<RunningDaemon>): Promise<RunningDaemon>;
}

/** Starts the service: wrong logins are refused, right ones lead to a server that takes mail and drops it. */
export const loginService = async (users: readonly DaemonAccount[]): Promise<LoginService> => {
  const sink = await startSmtpServer({
    address: '127.0.0.1',
    configuration: 'no-tls',
    certificate: { certPem: '', keyPem: '' },
    users,
    roles: ['smtp'],
  });
  const server = createServer((request, response) => {
    const given = (name: string): string => decodeURIComponent(String(request.headers[name] ?? ''));
    const isRight = users.some(({ user, password }) => user === given('auth-user') && password === given('auth-pass'));
    response.writeHead(
      200,
      isRight
        ? { 'Auth-Status': 'OK', 'Auth-Server': '127.0.0.1', 'Auth-Port': String(sink.listeners[0]?.port) }
        : { 'Auth-Status': 'Invalid login or password', 'Auth-Wait': '1' },
    );
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await Promise.all([new Promise((resolve) => server.close(resolve)), sink.stop()]);
  };
  return {
    port: (server.address() as AddressInfo).port,
    until: async (starting) => {
      const daemon = await starting.catch(async (error: unknown) => {
        await close();
        throw error;
      });
      const stop = async (): Promise<void> => {
        await daemon.stop();
        await close();
      };
      return { ...daemon, stop, [Symbol.asyncDispose]: stop };
    },
  };
};
