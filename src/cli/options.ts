import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { shardOf, type Shard } from '../cases/shard.js';
import { LATE_FORMATS } from '../report/formats/late.js';
import { DEPTHS, type Depth } from '../probes/depth.js';
import type { ForwardProxy } from '../probes/route.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { Severity, TlsPolicy } from '../verdict/visit.js';

/** Where a further report goes. */
export interface ReportFile {
  /** A format’s id. */
  readonly format: string;
  readonly file: string;
}

/** What commander leaves of the options of all commands; each command uses its own. */
export interface CommonOptions {
  readonly protocol?: ProtocolName;
  readonly tls?: TlsMode;
  readonly tlsPolicy: TlsPolicy;
  readonly through?: string;
  /** Where the server behind waxseal starts TLS in the other way. */
  readonly otherDoor?: string;
  readonly interception?: 'terminate' | 'tunnel';
  readonly setupPort?: number;
  /** The port of the live view; `true` for a free one. */
  readonly ui?: number | true;
  /** Added to the standard port of each server. */
  readonly portOffset?: number;
  readonly unprivilegedPorts?: boolean;
  /** Where mails and verdicts are told of over HTTP. */
  readonly http?: number;
  /** Asks a server that runs already. */
  readonly health?: boolean;
  /** A Maildir that keeps what servers take. */
  readonly maildir?: string;
  readonly mostMails?: number;
  /** Where mails are released to: `smtp://HOST:PORT`. */
  readonly relay?: string;
  /** A spamd, `HOST:PORT`. */
  readonly spamassassin?: string;
  readonly linkCheck?: 'loopback' | 'anywhere';
  /** Logins and mail are taken in clear too. */
  readonly plaintext?: boolean;
  /** Where a program gives commands: `stdio`, `unix:PATH`, `http:PORT`. */
  readonly control?: string;
  readonly rotate?: 'visit' | 'key';
  /** What says nothing of itself is taken for the only client. */
  readonly oneClient?: boolean;
  readonly preset?: string;
  readonly trust: 'files' | 'namespace';
  readonly env: readonly string[];
  readonly file: readonly string[];
  readonly shell?: boolean;
  /** The client gets a terminal. */
  readonly tty?: boolean;
  readonly answer: readonly string[];
  /** A folder whose contents the client’s home begins with. */
  readonly home?: string;
  /** Milliseconds without traffic after which the client is ended. */
  readonly untilIdle?: number;
  /** Where the client is started; a fresh folder by default. */
  readonly cwd?: string;
  readonly repeat: number;
  readonly authorizedBy?: string;
  /** File with the user name and password of a real account; of `serve` USER:PASSWORD-FILE. */
  readonly account?: string;
  /** The account may be sent outside TLS to any server. */
  readonly accountInClear?: boolean;
  readonly selfTest: boolean;
  /** The oldest TLS version of endpoints; 1.2 by default. */
  readonly endpointTls?: '1.0';
  readonly scenario: readonly string[];
  readonly jobs: number;
  /** Milliseconds; the command knows how long without it. */
  readonly maxTime?: number;
  readonly place: 'loopback' | 'cell';
  readonly seed?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly record?: string;
  readonly keepSecrets?: boolean;
  /** Recordings hold TLS records and their keys (`test`); the file that TLS keys are added to (`serve`, `proxy`). */
  readonly keys?: boolean | string;
  /** A format’s id. */
  readonly format: string;
  readonly report: readonly ReportFile[];
  readonly transcript?: boolean;
  /** Run every case, not the default set alone. */
  readonly all?: boolean;
  /** A suite of certificate chains, or `builtin`. */
  readonly chains?: string;
  readonly chain: readonly string[];
  readonly compareLibrary?: 'openssl' | 'gnutls';
  /** List good results too. */
  readonly verbose?: boolean;
  readonly known?: string;
  /** Writes unexpected results into the file of known ones. */
  readonly writeKnown?: boolean;
  readonly knownReason?: string;
  readonly knownOwner?: string;
  /** As `2026-01-31`. */
  readonly knownUntil?: string;
  /** The client's name in the file of known results. */
  readonly name?: string;
  /** A configuration, or `false`: none. */
  readonly config?: string | false;
  /** Modules with scenarios and checks. */
  readonly plugin: readonly string[];
  readonly shard?: Shard;
  /** Runs again whenever a file changes. */
  readonly watch?: boolean;
  /** Ports that must be open, or closed. */
  readonly expectOpen?: readonly number[];
  readonly expectClosed?: readonly number[];
  readonly failOn?: Severity;
  /** Days before its end at which a certificate is listed. */
  readonly expiryDays?: number;
  readonly listen?: string;
  /** Names that clients know the servers of `serve` by. */
  readonly hostName: readonly string[];
  readonly port?: number;
  /** A folder that keeps the CA and the accounts of `serve`. */
  readonly state?: string;
  readonly allowClient: readonly string[];
  readonly check: readonly string[];
  readonly depth?: Depth;
  /** The targets are domains, whose DNS is looked at; with `mx` their MX alone. */
  readonly domain?: boolean;
  readonly mx?: boolean;
  readonly resolver?: string;
  /** A profile’s id. */
  readonly profile?: string;
  /** Software whose remedies are shown too, or all. */
  readonly remedy?: string;
  readonly intrusive?: boolean;
  readonly revocation?: boolean;
  /** Files or folders with the certificates that servers should show. */
  readonly expectCert: readonly string[];
  /** Public keys that servers should have. */
  readonly pin: readonly string[];
  readonly loginAttempts?: number;
  readonly maxConnections?: number;
  readonly parallel?: number;
  /** Connections a second. */
  readonly rate?: number;
  readonly ca: readonly string[];
  readonly servername?: string;
  readonly targets?: string;
  /** A file with names to ask for at every target. */
  readonly names?: string;
  /** A proxy for all connections of an audit, as a URL. */
  readonly proxy?: ForwardProxy;
  /** Version of the PROXY protocol. */
  readonly sendProxy?: 1 | 2;
  /** Address of this machine to connect from. */
  readonly source?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  /** A JSON report of an earlier audit. */
  readonly compare?: string;
  /** Ports and findings of each of many targets. */
  readonly details?: boolean;
  /** The file that an audit writes while it runs, to be gone on with. */
  readonly progress?: string;
  /** Milliseconds. */
  readonly connectTimeout?: number;
  /** Milliseconds that a greeting may take. */
  readonly maxWait?: number;
  readonly ehlo?: string;
}

/** A text that says something. */
export const textOf = (value: string): string => {
  if (value.trim() === '') throw new InvalidArgumentError('Use a text that is not empty.');
  return value;
};

/** A day of the calendar, as `2026-01-31`. */
export const calendarDay = (value: string): string => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(value))
    throw new InvalidArgumentError('Use a day such as 2027-01-31.');
  return value;
};

/** Port numbers, as in `465,993`. */
export const portList = (value: string): number[] => {
  const ports = value.split(',').map((each) => (/^ *\d{1,5} *$/.test(each) ? Number(each) : NaN));
  if (!ports.every((port) => port >= 1 && port <= 65_535))
    throw new InvalidArgumentError('Use port numbers with commas, such as 465,993.');
  return [...new Set(ports)];
};

/** A part of a run, as in `1/4`. */
export const shardNamed = (value: string): Shard => {
  try {
    return shardOf(value);
  } catch {
    throw new InvalidArgumentError('Use INDEX/COUNT, such as 1/4; INDEX is 1 to COUNT.');
  }
};

/** Gathers a repeatable option. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** A whole number from `least` to `most`. */
export const countFrom =
  (least: number, most: number) =>
  (value: string): number => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`Use a whole number from ${String(least)} to ${String(most)}.`);
    return number;
  };

/** Connections a second, from `10` or `5/min`. */
export const ratePerSecond = (value: string): number => {
  const [, count = '', unit = 's'] = /^(\d{1,4})(?:\/(s|min|h))?$/.exec(value) ?? [];
  if (!(Number(count) > 0)) throw new InvalidArgumentError('Use a number per second, such as 10, or 5/min or 100/h.');
  return Number(count) / (unit === 'h' ? 3600 : unit === 'min' ? 60 : 1);
};

/** What `ratePerSecond` reads as this number. */
export const rateWord = (rate: number): string => {
  const [unit, seconds] = RATES.find(([, each]) => isWhole(rate * each)) ?? ['/h', 3600];
  return `${String(Math.max(1, Math.round(rate * seconds)))}${unit}`;
};

const RATES = [
  ['', 1],
  ['/min', 60],
  ['/h', 3600],
] as const;

const isWhole = (count: number): boolean => Math.abs(count - Math.round(count)) < 1e-6;

/** Seconds, also parts of one, in milliseconds. */
export const secondsToMs = (value: string): number => {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(value) ? Number(value) : NaN;
  if (!(seconds > 0)) throw new InvalidArgumentError('Use a number of seconds above 0, such as 20 or 0.5.');
  return Math.round(seconds * 1000);
};

/** Seconds of silence, in milliseconds: longer than waxseal itself stays silent in any scenario. */
export const idleSeconds = (value: string): number => {
  const ms = secondsToMs(value);
  if (ms < LEAST_IDLE) throw new InvalidArgumentError(`Use at least ${String(LEAST_IDLE / 1000)} seconds.`);
  return ms;
};

/** Milliseconds. */
const LEAST_IDLE = 3000;

/** The name of an environment variable, repeatable. */
export const variableName = (value: string, before: readonly string[]): string[] => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value))
    throw new InvalidArgumentError(
      'Use the name alone of a variable that is set where waxseal is started, such as SSH_AUTH_SOCK.',
    );
  return [...before, value];
};

/** A host name, repeatable. */
export const hostNamed = (value: string, before: readonly string[]): string[] => {
  if (!/^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/i.test(value))
    throw new InvalidArgumentError('Use a host name, such as mail or mail.example.test.');
  return [...before, value.toLowerCase()];
};

/** A host name or an address; for EHLO also an address literal. */
export const nameOnTheWire = (value: string): string => {
  if (!/^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,252})|\[[A-Za-z0-9.:]{1,60}\])$/.test(value))
    throw new InvalidArgumentError('Use a host name such as client.example.org, or an address.');
  return value;
};

/** `FORMAT:FILE`, repeatable. */
export const formatAndFile = (value: string, before: readonly ReportFile[]): ReportFile[] => {
  const [, format, file] = /^([a-z0-9]+):(.+)$/s.exec(value) ?? [];
  if (format === undefined || file === undefined || !FORMATS.includes(format))
    throw new InvalidArgumentError(`Use FORMAT:FILE, such as json:report.json; formats: ${FORMATS.join(', ')}.`);
  return [...before, { format, file }];
};

/** The ids of all report formats. */
export const FORMATS: readonly string[] = LATE_FORMATS.map(({ id }) => id);

/** How thorough an audit is; `glance` and `verdict` are other names of `quick` and `normal`. */
export const depthNamed = (value: string): Depth => {
  const depth = DEPTHS.find((each) => each === value) ?? OTHER_DEPTHS.get(value);
  if (depth === undefined) throw new InvalidArgumentError(`Use one of ${DEPTHS.join(', ')}.`);
  return depth;
};

const OTHER_DEPTHS = new Map<string, Depth>([
  ['glance', 'quick'],
  ['verdict', 'normal'],
]);

/** The proxy of a URL such as `socks5h://user:password@proxy.example.org:1080`. */
export const forwardProxy = (value: string): ForwardProxy => {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  const kind = KINDS.find((each) => parsed?.protocol === `${each}:`);
  // Node gives no port where it is the usual one of HTTP.
  const port = parsed?.port === '' && /:80\/?$/.test(value) ? 80 : Number(parsed?.port ?? 0);
  if (parsed === undefined || kind === undefined || parsed.hostname === '')
    throw new InvalidArgumentError('Use a URL: socks5h://[user:password@]host:port, socks5://… or http://….');
  if (port === 0) throw new InvalidArgumentError('Name the port of the proxy, as in socks5h://proxy.example.org:1080.');
  if (!/^\/?$/.test(parsed.pathname) || parsed.search !== '' || parsed.hash !== '')
    throw new InvalidArgumentError('The URL of a proxy ends with its port.');
  const [user, password] = [decoded(parsed.username), decoded(parsed.password)];
  if (Buffer.byteLength(user) > LONGEST_LOGIN || Buffer.byteLength(password) > LONGEST_LOGIN)
    throw new InvalidArgumentError('User and password have at most 255 octets each.');
  return {
    kind,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    ...((user !== '' || password !== '') && { login: { user, password } }),
  };
};

/** Reads `v1` or `v2`. */
export const headerVersion = (value: string): 1 | 2 => {
  if (value === 'v1') return 1;
  if (value === 'v2') return 2;
  throw new InvalidArgumentError('Use v1 or v2.');
};

/** An address of this machine, as far as its form goes. */
export const sourceAddress = (value: string): string => {
  if (isIP(value) === 0) throw new InvalidArgumentError('Use an IP address of this machine.');
  return value;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const KINDS = ['socks5h', 'socks5', 'http'] as const;
const LONGEST_LOGIN = 255;
