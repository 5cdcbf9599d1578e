import type { Check } from '../checks/check.js';
import type { Patience } from '../probes/call-options.js';
import type { Depth } from '../probes/depth.js';
import type { Listener } from '../probes/listener.js';
import type { Opening } from '../probes/opening.js';
import type { Route } from '../probes/route.js';
import type { ClientCertificate } from '../probes/tolerant-context.js';
import type { Report } from '../document/report-model.js';
import type { Profile } from '../profiles/profile.js';
import protocols from '../protocols/index.js';
import { portOf } from '../protocols/port-roles.js';
import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import type { Known } from '../verdict/known.js';
import type { Journal } from './journal.js';
import type { WantedRemedies } from './remedy.js';
import type { AuditResult } from './result.js';

/** How to audit; everything has a careful default. */
export interface AuditOptions {
  /** Checks to run; all unless given. */
  readonly checks?: readonly Check[];
  /** `normal` unless given. */
  readonly depth?: Depth;
  /** The norm that the report judges by; without one the checks alone do. */
  readonly profile?: Profile;
  /** Intrusive checks too; against loopback and private addresses they run anyway. */
  readonly intrusive?: boolean;
  /** Ask the authorities, by the URLs in the certificates, whether these are revoked: third parties. */
  readonly revocation?: boolean;
  readonly family?: 4 | 6;
  /** What user names and markers that probes make up are derived from; random unless given. */
  readonly seed?: string;
  /** What to say in EHLO; unless given, the machine's full name if it has one, then its address as a literal. */
  readonly ehlo?: string;
  /** An account on the servers, for the checks that need one; its password is sent outside TLS to loopback and private addresses only, or where `inClear` says so. */
  readonly account?: { readonly user: string; readonly password: string; readonly inClear?: boolean };
  /** Login attempts per address in ten minutes; 4 unless given. */
  readonly loginAttempts?: number;
  /** Connections per listener, besides one for each further name; at depth `quick` 1, `normal` 20, `full` 400 unless given. */
  readonly maxConnections?: number;
  /** Connections at once to one server, over all addresses of its name; 3 unless given. */
  readonly parallel?: number;
  /** Connections per second to one address; as many as go unless given. */
  readonly rate?: number;
  /** Milliseconds for one target, and a tenth of it more for each further name at its address; two minutes unless given. */
  readonly maxTime?: number;
  /** PEM texts of authorities that are trusted besides Node's. */
  readonly authorities?: readonly string[];
  /** Name to ask for in TLS and to look for in certificates, instead of the target's. */
  readonly servername?: string;
  /** Names to ask for at every target besides its own, with one more connection to each port for each. */
  readonly names?: readonly string[];
  /** What the servers should show. */
  readonly expected?: ExpectedCertificates;
  /** Remedies for this software (`all`: for every one) beside those for what a server says it is. */
  readonly remedies?: WantedRemedies;
  readonly patience?: Partial<Patience>;
  /** How connections reach the servers; directly unless given. Names that a proxy resolves are not resolved here. */
  readonly route?: Route;
  /** What is shown to servers that ask for a certificate. */
  readonly clientCertificate?: ClientCertificate;
  /** A report of an audit from another place or of another time, to compare with (`path-differs`). */
  readonly earlier?: Report;
  /** Results that are accepted, with a reason each, for the report. */
  readonly known?: readonly Known[];
  /** Number of the first connection; 1 unless given. */
  readonly firstConnection?: number;
  /** Finds a host's addresses; the system's resolver unless given. */
  readonly resolve?: (host: string, family?: 4 | 6) => Promise<string[]>;
  /** Called as results come in; the order is that of the probes. */
  readonly onResult?: (result: AuditResult) => void;
  /**
   * Called with results as they stand in the session: at once, or, where of many hosts less is kept, when their address is done.
   * Not of an audit of domains, whose results are complete at its end only.
   */
  readonly onFinal?: (results: readonly AuditResult[]) => void;
  /** RFC 3339; now unless given. */
  readonly startedAt?: string;
  /** Called when an address is done. */
  readonly onAddress?: (progress: { readonly done: number; readonly of: number }) => void;
  /** What earlier runs of this audit found out, and where this one writes what it does. */
  readonly journal?: Journal;
  /** Asked for the report's reproduction lines: the options that the user gave. */
  readonly commandOptions?: readonly string[];
}

/** A listener that was looked at. */
export interface AuditedListener {
  readonly listener: Listener;
  /** The names that were asked for in TLS. */
  readonly names: readonly string[];
  readonly opening?: Opening;
  /** The certificates that were sent under the first name (DER), leaf first. */
  readonly chain?: readonly Buffer[];
  /** Set where this is not what the user named, but what was found there. */
  readonly foundInsteadOf?: Listener;
}

/** A port of a bare host that does not answer: often good news. */
export interface ClosedPort {
  readonly target: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly role: Listener['role'];
  readonly how: 'refused' | 'silent';
}

/** The time limits for a role: servers make strangers wait where strangers send mail. */
export const patienceFor = (role: Listener['role'], given: Partial<Patience> = {}): Patience => {
  const { protocol, tls } = portOf(role);
  const isForStrangers = protocols[protocol].inspection.service.kind === 'mail' && tls === 'starttls';
  return { ...PATIENCE, ...(isForStrangers ? {} : { greeting: given.reply ?? PATIENCE.reply }), ...given };
};

/** The usual time limits. */
export const PATIENCE: Patience = {
  connect: 5000,
  // Postscreen and greeting pauses keep strangers waiting for up to half a minute.
  greeting: 30_000,
  reply: 10_000,
  handshake: 10_000,
  hint: 1500,
  backOff: 2000,
  quiet: 250,
};
