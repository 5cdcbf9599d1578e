import type { KeyObject } from 'node:crypto';
import type { Tamper } from '../endpoints/tamper.js';
import type { PortRole, ProtocolName, ServerSettings, TlsMode } from '../protocols/protocol.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import type { FlightOrder } from '../tls/server-messages.js';
import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import type { Depth } from '../probes/depth.js';
import { isOpportunistic, type Listener } from '../probes/listener.js';
import type { TranscriptLine } from '../probes/place.js';
import type { Intrusiveness, Probe } from '../probes/probe.js';
import type { PathDifference } from './path-differs.js';
import type { Severity } from '../verdict/visit.js';
import type { HelloFacts } from '../wire/entry.js';

export type CheckStatus = 'pass' | 'fail' | 'warn' | 'info' | 'inconclusive' | 'not-applicable';

/** What a check says about a listener, and why. */
export interface Finding {
  readonly status: CheckStatus;
  /** One sentence; peer text in it is not escaped yet. */
  readonly because: string;
  /** Where this finding weighs less or more than the check does. */
  readonly severity?: Severity;
  /** What to change, where the check's own remedy mends another form of the defect. */
  readonly remedy?: Readonly<Record<string, string>>;
  /** How to see it with common tools, where the check's own way shows another form of the defect. */
  readonly byHand?: ByHand;
  /** What the peer said that shows it, and where. */
  readonly proof?: TranscriptLine | undefined;
}

/** Words to say in clear, or inside TLS, or options of `openssl s_client`; or that no common tool shows it. */
export type ByHand =
  | { readonly say: (protocol: ProtocolName) => readonly string[] }
  | { readonly inside: (protocol: ProtocolName) => readonly string[] }
  | { readonly openssl: string }
  | 'not with common tools';

/** What a judge knows of the listener besides facts. */
export interface Subject extends Pick<Listener, 'host' | 'role' | 'protocol' | 'tls'> {
  /** The server was asked from its own address, or from the loopback of its machine: many trust these, and take logins in clear from there. */
  readonly fromItself?: boolean;
  /** What the user says that the server should show. */
  readonly expected?: ExpectedCertificates;
  /** What is not as in an earlier report. */
  readonly difference?: PathDifference;
}

/** The mistake that a check exists to find, as something that a server of ours can be given. */
export interface ServerFlaw {
  readonly name: string;
  readonly server: {
    readonly tamper?: Tamper;
    readonly settings?: (honest: ServerSettings) => ServerSettings;
    /** `another`: as good as the usual one, and with another key. */
    readonly certificate?: RecipeName | WeakCertificate | OddCertificate | 'another';
    /** A second certificate, with an RSA key, for clients that ask for one. */
    readonly second?: RecipeName;
    /** Besides the usual chain the root of an authority that has nothing to do with it. */
    readonly sendsStranger?: true;
    /** What a stapled OCSP response says. */
    readonly staple?: 'good' | 'revoked' | 'stale';
    /** What its authority says by OCSP and in its list, for a certificate that can be revoked. */
    readonly told?: 'good' | 'revoked';
    /** Clients are asked for a certificate, and need none. */
    readonly asksForCertificate?: true;
    /** Protocols that it chooses by ALPN, whatever it speaks. */
    readonly alpn?: readonly string[];
    /** Handshakes that a client begins within TLS 1.2 are served. */
    readonly renegotiates?: true;
    /** Tickets of TLS 1.3 invite the client to send early data. */
    readonly offersEarlyData?: true;
    /** Seconds for which sessions can be resumed. */
    readonly sessionLifetime?: number;
    /** No session can be resumed. */
    readonly givesNoSessions?: true;
    /** Tickets are sealed with a key that other services have as well. */
    readonly sharesTicketKeys?: true;
    /** The name that it is asked for decides about the certificate; without it, it shows this one. */
    readonly unnamed?: RecipeName;
    /** It is a target by its address too. */
    readonly askedByAddress?: true;
    /** Answers octets that follow a hello which it has answered itself. */
    readonly answersMore?: (bytes: Buffer, hello: ClientHelloFacts, key: KeyObject) => Buffer | undefined;
    /** OpenSSL's list of the suites up to TLS 1.2, where not those of a good server. */
    readonly suites?: string;
    /** OpenSSL's list of the groups that it knows; all unless given. */
    readonly groups?: string;
    /** Hellos on which it hangs up. */
    readonly refusesHello?: (hello: HelloFacts) => boolean;
    /** Hellos, of so many octets, that it answers itself: with a flight, with octets, or not at all; the handshake ends there. */
    readonly answersHello?: (
      hello: ClientHelloFacts,
      length: number,
    ) => Partial<FlightOrder> | Buffer | 'silence' | undefined;
    /** OpenSSL's list of schemes to sign with, where not those of a good server. */
    readonly signatures?: string;
    /** Versions it speaks, where not those of a good server. */
    readonly versions?: {
      readonly oldest?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
      readonly newest?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
    };
    /** A second listener beside it that starts TLS in the other way, honest but for what is said here. */
    readonly otherDoor?: Pick<ServerFlaw['server'], 'certificate' | 'versions' | 'sharesTicketKeys'> & {
      readonly demandsAlpn?: true;
    };
    /** An honest listener of the same role beside it. */
    readonly beside?: true;
    /** What comes in the segment of a command, behind it, is lost. */
    readonly dropsPipelined?: true;
    /** It goes on in clear where the client has ended TLS. */
    readonly staysAfterTls?: true;
    /** What it really is, where not what its port says. */
    readonly speaks?: { readonly protocol?: ProtocolName; readonly tls?: TlsMode };
  };
  /** What the check says of it; `fail` unless given. */
  readonly then?: CheckStatus;
  /** The same on port 25, which must talk to strangers; what the check's `relay` makes of it unless given. */
  readonly onRelay?: CheckStatus;
  /** Port roles in which the mistake can be made; all of the check's unless given. */
  readonly roles?: readonly PortRole[];
  /** Protocols in which the mistake can be made; all of the check's unless given. */
  readonly protocols?: readonly ProtocolName[];
  readonly modes?: readonly TlsMode[];
}

/** A certificate that no authority would issue any more. */
export type WeakCertificate = 'weak-key' | 'weak-signature' | 'guessable-key' | 'small-exponent';

/** A certificate that clients may not take for a server's, or must look at more closely. */
export type OddCertificate =
  'marked-as-authority' | 'for-clients' | 'must-staple' | 'revocable' | 'for-internal-names' | 'not-logged';

type Needs = Readonly<Record<string, Probe<unknown>>>;
type FactsOf<N extends Needs> = { readonly [Name in keyof N]: N[Name] extends Probe<infer Facts> ? Facts : never };
/** Enough of the facts to make the point. */
export type PartialFacts<T> = T extends Buffer | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Each)[]
    ? readonly PartialFacts<Each>[]
    : { readonly [K in keyof T]?: PartialFacts<T[K]> };

/** One rule for servers: which probes it needs, and what their facts mean. */
export interface Check<N extends Needs = Needs> {
  /** Names the defect; kebab-case. */
  readonly id: string;
  /** What should be true. */
  readonly title: string;
  readonly why: string;
  readonly references: readonly string[];
  readonly cve?: readonly string[];
  readonly cwe?: readonly string[];
  readonly severity: Severity;
  /** What a failure is on port 25, which must talk to strangers, and why; a failure too unless given. */
  readonly relay?: { readonly status: 'warn' | 'info'; readonly because?: string };
  readonly intrusiveness: Intrusiveness;
  /** Lines that it leaves in a server's log which a ban filter might count. */
  readonly logLines?: string;
  /** Depth from which on it is run; `normal` unless given. What `quick` runs needs no connection but that of the dialogue. */
  readonly depth?: Depth;
  /** All unless given. */
  readonly protocols?: readonly ProtocolName[];
  readonly modes?: readonly TlsMode[];
  /** Run only where the user says which certificate is right. */
  readonly expectsCertificate?: true;
  /** Run only where the user allows it: it asks others than the server. */
  readonly asksThirdParties?: true;
  /** Run only where the user gives an account on the server. */
  readonly needsAccount?: true;
  /** Run only where there is an earlier report to compare with, after all others. */
  readonly comparesReports?: true;
  /** Judged once for every name of the listener. */
  readonly perName?: true;
  readonly needs: N;
  judge(facts: FactsOf<N>, subject: Subject): Finding;
  readonly remedy: Readonly<Record<string, string>>;
  /**
   * How to see it with common tools: words to say in clear, or inside TLS, or options of `openssl s_client`; TLS as clients start it
   * unless given. `not with common tools` where no such line shows it.
   */
  readonly byHand?: ByHand;
  readonly flaw: ServerFlaw | readonly ServerFlaw[];
  /** Rows of the catalogue. */
  readonly covers: readonly string[];
  /** Run as tests. */
  readonly examples: readonly {
    readonly given: PartialFacts<FactsOf<N>>;
    readonly on?: Partial<Subject>;
    readonly then: CheckStatus;
    readonly severity?: Severity;
  }[];
}

/** Declares a check; the facts' types flow from `needs` into the judge and the examples. */
export const defineCheck = <N extends Needs>(check: Check<N>): Check<N> => check;

/** What a check says of facts, with the weight that it has on this port. */
export const judgementOf = (check: Pick<Check, 'judge' | 'relay'>, facts: unknown, subject: Subject): Finding => {
  // A judge reads the facts that the check itself has asked for.
  const judgement = check.judge(facts as FactsOf<Needs>, subject);
  const { relay } = check;
  if (judgement.status !== 'fail' || relay === undefined || !isOpportunistic(subject)) return judgement;
  const because = relay.because === undefined ? judgement.because : `${judgement.because}; ${relay.because}`;
  return { ...judgement, status: relay.status, because };
};

/** Why a login that is taken in clear is no finding here. */
export const ASKED_FROM_ITSELF =
  'it was asked from its own machine, which many servers trust; ask from another machine';

/** Why no careful client can connect. */
export const ANONYMOUS_ONLY =
  'the server has no certificate that it can show: it takes anonymous suites only, and no careful client can connect';

type More = Pick<Finding, 'severity' | 'proof' | 'remedy' | 'byHand'>;

export const pass = (because: string, more: More = {}): Finding => ({ status: 'pass', because, ...more });
export const fail = (because: string, more: More = {}): Finding => ({ status: 'fail', because, ...more });
export const warn = (because: string, more: More = {}): Finding => ({ status: 'warn', because, ...more });
export const info = (because: string, more: More = {}): Finding => ({ status: 'info', because, ...more });
export const inconclusive = (because: string, more: More = {}): Finding => ({
  status: 'inconclusive',
  because,
  ...more,
});
export const notApplicable = (because: string, more: More = {}): Finding => ({
  status: 'not-applicable',
  because,
  ...more,
});
