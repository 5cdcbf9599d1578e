import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { TranscriptEntry } from '../wire/transcript.js';
import type { Canaries } from './canaries.js';

export type Seat = 'server' | 'middle';
export type TlsPolicy = 'required' | 'opportunistic';
export type ClientStatus = 'safe' | 'unsafe' | 'downgradable' | 'inconclusive' | 'not-applicable';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';
export type Leak = 'credentials' | 'mail' | 'trust' | 'encryption' | 'metadata' | 'availability';

/** One connection of a visit. */
export interface ConnectionRecord {
  /** 1 for the visit's first connection. */
  readonly id: number;
  /** Which endpoint of the scene: the client's own one, another honest one, or the attacker's. */
  readonly endpoint: 'own' | 'other' | 'attacker';
  readonly portRole: PortRole;
  readonly port: number;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  /** In the middle seat: `client` is the leg to the client, `server` waxseal's own leg to the real server. */
  readonly leg: 'client' | 'server';
  /** Milliseconds since the visit began. */
  readonly openedAt: number;
  readonly entries: readonly TranscriptEntry[];
  /** Something of this connection was not kept. */
  readonly truncated: boolean;
}

/** A canary that passed on the wire; found as bytes passed, so that a bounded transcript cannot hide it. */
export interface CanaryHit {
  readonly connection: number;
  /** Index into the connection's entries. */
  readonly entry: number;
  readonly canary: keyof Canaries;
  readonly form: 'literal' | 'base64' | 'derived';
  /** Whether the bytes were inside TLS. */
  readonly inside: boolean;
  /** Set where the canary belongs to another visit, by its number. */
  readonly visit?: number;
}

/** How the client's run ended. */
export interface ClientEnd {
  /** `ended`: by itself; `rested`: a library call returned; `stopped`: waxseal ended it. */
  readonly how: 'ended' | 'rested' | 'stopped';
  readonly code?: number;
  readonly signal?: string;
  /** For library drivers: what it threw. */
  readonly error?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** What a client's control taught: it guards `safe`, and parametrises scenarios. */
export interface ControlFacts {
  readonly passed: boolean;
  /** Why it did not pass, with the remedy. */
  readonly why?: string;
  readonly tlsVersion?: string;
  /** Number of connections. */
  readonly connections: number;
  /** Verbs in clear, in order, over all connections. */
  readonly verbsOutside: readonly string[];
  /** Verbs inside TLS, in order, of the first connection that logged in. */
  readonly verbsInside: readonly string[];
  /** IMAP tags in order, of the first connection. */
  readonly tags: readonly string[];
  /** Mechanisms of logins. */
  readonly mechanisms: readonly string[];
  readonly found: readonly (keyof Canaries)[];
  /** Milliseconds from start to end. */
  readonly duration: number;
}

/** What the visit with the same silence, and nothing injected, showed (`control-withheld`). */
export interface WithheldFacts {
  /** Verbs inside TLS before the answers were released. */
  readonly beforeRelease: readonly string[];
  /** All verbs inside TLS. */
  readonly verbs: readonly string[];
  readonly mechanisms: readonly string[];
}

/** Everything that was observed of one start of the client in one scene; judges are pure functions of it. */
export interface Visit {
  readonly number: number;
  readonly scenario: string;
  readonly variant?: string;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly seat: Seat;
  readonly portRole: PortRole;
  readonly policy: TlsPolicy;
  /** Credentials are this visit's canaries; false in the middle seat and for people's own accounts, where grammar decides. */
  readonly ownCredentials: boolean;
  readonly canaries: Canaries;
  readonly connections: readonly ConnectionRecord[];
  readonly hits: readonly CanaryHit[];
  readonly client: ClientEnd;
  /** All listeners were drained. */
  readonly drained: boolean;
  /** What stopped waxseal from observing, in words. */
  readonly faults: readonly string[];
  /** Facts of this client's control; absent in the control itself. */
  readonly control?: ControlFacts;
  readonly withheld?: WithheldFacts;
}
