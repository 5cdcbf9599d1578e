import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import checks from '../../src/checks/index.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { rawServer, scripted, type RawServer } from './raw-server.js';

// Servers that are played, and audited with little patience.

/** Plays a server; connections are counted from 1. */
export type Play = (socket: Socket, connection: number) => void;

/** Milliseconds. */
export const PATIENCE = { hint: 150, greeting: 1500, reply: 1500, handshake: 2000, quiet: 60, backOff: 30 };

/** For what a server says unasked inside TLS: a busy machine needs longer than 60 ms to bring it. */
export const LONG_ENOUGH_TO_HEAR = { ...PATIENCE, quiet: 250 };

/** An EHLO name that is undefined stands for the usual ones. */
export type Options = Omit<AuditOptions, 'ehlo'> & { readonly ehlo?: string | undefined };

/** Audits a server that is played, by its address. */
export const audited = async (
  scheme: string,
  play: Play,
  ids: readonly string[],
  options: Options = {},
): Promise<AuditSession> => {
  const { ehlo, ...rest } = { ehlo: 'client.example', ...options };
  let count = 0;
  await using server: RawServer = await rawServer((socket) => {
    count += 1;
    play(socket, count);
  });
  return await audit([`${scheme}://127.0.0.1:${String(server.port)}`], {
    checks: checks.filter(({ id }) => ids.includes(id)),
    patience: PATIENCE,
    ...rest,
    ...(ehlo !== undefined && { ehlo }),
  });
};

/** `status: because` by check. */
export const said = ({ results }: AuditSession): Record<string, string> =>
  Object.fromEntries(results.map(({ id, status, because }) => [id, `${status}: ${because}`]));

/** SMTP in clear that lists STARTTLS and refuses it. */
export const smtp = (own: Readonly<Record<string, string>> = {}, greeting = '220 mail.example ESMTP\r\n') =>
  scripted(
    [greeting],
    { EHLO: '250-mail.example\r\n250 STARTTLS\r\n', QUIT: '221 bye\r\n', ...own },
    () => '502 5.5.1 what?\r\n',
  );

/** TLS with a good certificate for mail.lab.test. */
export const tls = async (options: { readonly requestCert?: boolean; readonly newest?: 'TLSv1.2' } = {}) => {
  const { certificate } = await certificateFor('good');
  const secureContext = createSecureContext({
    cert: certificate.certPem,
    key: certificate.keyPem,
    ...(options.newest && { maxVersion: options.newest }),
  });
  return (socket: Socket, play: (inside: TLSSocket) => void, more: object = {}): void => {
    const inside = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      requestCert: options.requestCert === true,
      rejectUnauthorized: options.requestCert === true,
      ...more,
    });
    inside.on('error', () => undefined);
    inside.once('secure', () => play(inside));
  };
};

/** SMTP with STARTTLS, which forgets whatever comes with it; `inside` plays what is spoken there, `own` are answers in clear. */
export const upgrading =
  (
    secured: (socket: Socket, inside: (socket: TLSSocket) => void) => void,
    inside: (socket: TLSSocket) => void,
    greeting = '220 mail.example ESMTP\r\n',
    own: Readonly<Record<string, string>> = {},
  ) =>
  (socket: Socket): void => {
    socket.write(greeting);
    const hear = (bytes: Buffer): void => {
      const [line = ''] = bytes.toString('latin1').split('\r\n');
      if (line === 'STARTTLS') {
        socket.off('data', hear);
        socket.write('220 go\r\n');
        secured(socket, inside);
      } else if (line.startsWith('EHLO')) socket.write('250-mail.example\r\n250 STARTTLS\r\n');
      else socket.write(own[line.split(' ')[0] ?? ''] ?? (line === 'QUIT' ? '221 bye\r\n' : '502 5.5.1 what?\r\n'));
    };
    socket.on('data', hear);
  };

const INSIDE = { EHLO: '250-mail.example\r\n250 AUTH PLAIN\r\n', NOOP: '250 ok\r\n', QUIT: '221 bye\r\n' };
/** SMTP inside TLS. */
export const speaksSmtp =
  (first = '', own: Readonly<Record<string, string>> = {}) =>
  (socket: TLSSocket): void => {
    scripted(first === '' ? [] : [first], { ...INSIDE, ...own }, () => '502 5.5.1 what?\r\n')(socket);
  };
