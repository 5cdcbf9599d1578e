import { isIP } from 'node:net';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { ClientTask, Driver } from './driver.js';
import { schemeOf } from './driver.js';
import { functionDriver } from './function.js';
import { hostPort } from '../wire/host-port.js';

/** Where a mail library shall connect to in one visit, and with what; `nodemailer` and `imapflow` are ready to be spread into their options. */
export interface ClientSettings {
  readonly protocol: ProtocolName;
  /** `implicit`: TLS from the first byte; `starttls`: upgrade in place. */
  readonly mode: TlsMode;
  readonly host: string;
  readonly port: number;
  /** True for implicit TLS: what libraries call `secure`. */
  readonly secure: boolean;
  /** `imap://localhost:40123`, the scheme as in `imaps` for implicit TLS; without credentials. */
  readonly url: string;
  readonly user: string;
  readonly pass: string;
  /** OAuth 2.0 bearer token. */
  readonly token: string;
  /** PEM of the session's CA. */
  readonly ca: string;
  /** Options of `tls.connect`; no `servername` where `host` is an address (RFC 6066 §3). */
  readonly tls: { readonly ca: string; readonly servername?: string };
  /** Sender's and recipient's addresses. */
  readonly from: string;
  readonly to: string;
  /** The message to send, RFC 5322 with CRLF. */
  readonly message: string;
  readonly nodemailer: NodemailerOptions;
  readonly imapflow: ImapflowOptions;
  /** Aborted when waxseal gives the client up. */
  readonly signal: AbortSignal;
}

/** For `createTransport`; add `requireTLS: true`, or the visits show what happens without. */
export interface NodemailerOptions {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string };
  readonly tls: { readonly ca: string; readonly servername?: string };
  /** Milliseconds, as the others. */
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly socketTimeout: number;
}

/** For `new ImapFlow`; add `doSTARTTLS: true`, or the visits show what happens without. */
export interface ImapflowOptions extends NodemailerOptions {
  readonly servername?: string;
  readonly logger: false;
}

/**
 * A client as a function: it is done when it returns, or when the promise that it returns is settled. What it throws or rejects with is
 * no error of waxseal's.
 */
export type ClientFunction = (settings: ClientSettings) => unknown;

/** A driver that calls `client` once a visit. */
export const libraryDriver = (client: ClientFunction): Driver => functionDriver((task) => client(clientSettings(task)));

/** What a library is told, made of a task. */
export const clientSettings = (task: ClientTask): ClientSettings => {
  const { host, port, user, password: pass, ca, servername } = task;
  const secure = task.tls === 'implicit';
  const tls = { ca, ...(isIP(servername) === 0 && { servername }) };
  const patience = { connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, socketTimeout: PATIENCE };
  const nodemailer: NodemailerOptions = { host, port, secure, auth: { user, pass }, tls, ...patience };
  return {
    protocol: task.protocol,
    mode: task.tls,
    host,
    port,
    secure,
    url: `${schemeOf(task.portRole)}://${hostPort(host, port)}`,
    user,
    pass,
    token: task.token,
    ca,
    tls,
    from: task.from,
    to: task.to,
    message: task.message,
    nodemailer,
    imapflow: { ...nodemailer, ...(tls.servername !== undefined && { servername }), logger: false },
    signal: task.signal,
  };
};

/** Milliseconds; a silent server must not cost the libraries' usual half minute. */
const PATIENCE = 5000;
