import type { KeeperStrategy } from '../../place/keeper.js';
import { portOf } from '../../protocols/port-roles.js';
import type { PortRole } from '../../protocols/protocol.js';

/** A good configuration, or a bad one that is wrong in one thing; the last three differ only in the caller's certificate. */
export type DaemonConfiguration =
  'good' | 'plaintext-allowed' | 'no-tls' | 'tls10' | 'self-signed' | 'expired' | 'wrong-name';

/** Somebody who can log in. */
export interface DaemonAccount {
  readonly user: string;
  readonly password: string;
  /** A message that lies in the inbox from the start (RFC 5322 text). */
  readonly message?: string;
}

/** How a real server is started; it never sends mail anywhere. */
export interface DaemonOptions {
  /** A loopback address other than the clients' own: Dovecot 2.3 calls a connection between two equal addresses secure. */
  readonly address: string;
  readonly ports?: 'free' | 'well-known';
  readonly configuration: DaemonConfiguration;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  readonly users: readonly DaemonAccount[];
  /** Settings besides those of the configuration, `name = value` each; they win. */
  readonly settings?: readonly string[];
  /** The listeners to open; all that are installed by default. */
  readonly roles?: readonly PortRole[];
  /** Where to make the daemon's folder; the temporary directory by default. */
  readonly workDir?: string;
  readonly strategy?: KeeperStrategy;
  /** When it is ready: every listener has greeted, or (where the configuration is wrong on purpose) takes connections. */
  readonly ready?: Readiness;
}

/** What is waited for on every listener. */
export type Readiness = 'greeting' | 'connection';

/** An open port of a real server. */
export interface DaemonListener {
  readonly portRole: PortRole;
  readonly address: string;
  readonly port: number;
}

/** A real server that has greeted on every listener; gone with us. */
export interface RunningDaemon extends AsyncDisposable {
  /** The program's. */
  readonly name: string;
  readonly version: string;
  readonly listeners: readonly DaemonListener[];
  /** The mail log so far, without our own waiting for the greetings; unescaped. */
  readonly log: () => string;
  /** Makes one more account known. */
  readonly addUser: (account: DaemonAccount) => void;
  readonly stop: () => Promise<void>;
}

/** Whether the listener speaks TLS from the first byte. */
export const isImplicit = (role: PortRole): boolean => portOf(role).tls === 'implicit';

/** The roles that this configuration can have: without TLS there are no implicit ports. */
export const rolesOf = (
  configuration: DaemonConfiguration,
  installed: readonly PortRole[],
  wanted: readonly PortRole[] | undefined,
): PortRole[] =>
  installed.filter((role) => (wanted?.includes(role) ?? true) && !(configuration === 'no-tls' && isImplicit(role)));
