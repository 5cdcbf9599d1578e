import type { DaemonAccount, DaemonListener, Readiness, RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import type { PortRole } from '../protocols/protocol.js';
import type { LabCertificate } from './certificates.js';

/** Settings of a daemon by their names, in its own language; `FOLDER` in a value stands for the folder of the pair's files. */
export type Settings = Readonly<Record<string, string>>;

/** One thing that is wrong with a daemon, and what an audit finds of it. */
export interface LabWeakness {
  /** What is wrong, in a few words. */
  readonly title: string;
  /** The checks that find it; nothing else is found that the good configuration is without. */
  readonly finds: readonly string[];
  /** Nothing else of TLS can be judged. */
  readonly hides?: true;
  /** The listeners that have it; all by default. */
  readonly roles?: readonly PortRole[];
  /** What is configured otherwise than in the good configuration. */
  readonly settings?: Settings;
  /** The certificate that is served instead of the good one. */
  readonly certificate?: LabCertificate;
  /** A second process serves the ports with implicit TLS, with this certificate. */
  readonly otherDoor?: LabCertificate;
  /** What the remedy of the finding says for this daemon: applied to the bad configuration, nothing in `finds` is found. */
  readonly mended?: Settings;
  /** When the daemon is ready; the ports of wrong doors greet nobody. */
  readonly ready?: Readiness;
}

/** How one process of a daemon is started. */
export interface LabOrder {
  /** A loopback address other than the clients' own. */
  readonly address: string;
  readonly roles: readonly PortRole[];
  /** Over those of the good configuration. */
  readonly settings: Settings;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  readonly users: readonly DaemonAccount[];
  /** Readable by every user: the certificate and its key, the CA, parameters for DHE (`FILES`). */
  readonly files: string;
  readonly ready: Readiness;
}

/** A mail server, or a proxy in front of one, with a good configuration and bad ones. */
export interface LabDaemon {
  readonly id: string;
  readonly title: string;
  /** Debian packages that contain it, or packages of npm. */
  readonly packages: string;
  /** Why only root can start it; absent where any user can. */
  readonly needsRoot?: string;
  /** It ends TLS in front of a server that greets. */
  readonly isProxy?: true;
  readonly roles: readonly PortRole[];
  /** Configurations that the version of Debian 12 cannot be started with, and why. */
  readonly needsNewer?: { readonly allBut: readonly string[]; readonly why: string };
  /** What an audit finds of the good configuration, and why that cannot be mended. */
  readonly known?: Readonly<Record<string, string>>;
  readonly weaknesses: Readonly<Record<string, LabWeakness>>;
  /** Throws `DAEMON_MISSING` where it is not installed. */
  start(order: LabOrder): Promise<RunningDaemon>;
}

/** Declares a daemon of the lab. */
export const defineLabDaemon = (daemon: LabDaemon): LabDaemon => daemon;

/** Settings as lines of most configuration files: `name = value`; a block in braces follows its name. */
export const settingLines = (settings: Settings): string[] =>
  Object.entries(settings).map(([name, value]) => (value.startsWith('{') ? `${name} ${value}` : `${name} = ${value}`));

/** The port of a listener that the daemon was given. */
export const portFor = (listeners: readonly DaemonListener[], role: PortRole): number | undefined =>
  listeners.find(({ portRole }) => portRole === role)?.port;
