import type { Tamper } from '../endpoints/tamper.js';
import type { PortRole, ProtocolName, ServerSettings, TlsMode } from '../protocols/protocol.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { Listener } from '../probes/listener.js';
import type { Intrusiveness, Probe } from '../probes/probe.js';
import type { Severity } from '../verdict/visit.js';

export type CheckStatus = 'pass' | 'fail' | 'warn' | 'info' | 'inconclusive' | 'not-applicable';

/** What a check says about a listener, and why. */
export interface Judgement {
  readonly status: CheckStatus;
  /** One sentence; peer text in it is not escaped yet. */
  readonly because: string;
  /** Where this finding weighs less or more than the check does. */
  readonly severity?: Severity;
  /** Peer text that shows it; looked up in the transcripts. */
  readonly quote?: string;
  /** The text was said inside TLS; the first place, wherever, counts unless told. */
  readonly quotedInside?: true;
}

/** What a judge knows of the listener besides facts. */
export type Subject = Pick<Listener, 'host' | 'role' | 'protocol' | 'tls'>;

/** The mistake that a check exists to find, as something that a server of ours can be given. */
export interface ServerFlaw {
  readonly name: string;
  readonly server: {
    readonly tamper?: Tamper;
    readonly settings?: (honest: ServerSettings) => ServerSettings;
    readonly certificate?: RecipeName | 'weak-key' | 'weak-signature';
    /** Versions it speaks, where not those of a good server. */
    readonly versions?: {
      readonly oldest?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
      readonly newest?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
    };
    /** What it really is, where not what its port says. */
    readonly speaks?: { readonly protocol?: ProtocolName; readonly tls?: TlsMode };
  };
  /** What the check says of it; `fail` unless told. */
  readonly then?: CheckStatus;
  /** The same on port 25, which must talk to strangers; as elsewhere unless told. */
  readonly onRelay?: CheckStatus;
  /** Port roles in which the mistake can be made; all of the check's unless told. */
  readonly roles?: readonly PortRole[];
  /** Protocols in which the mistake can be made; all of the check's unless told. */
  readonly protocols?: readonly ProtocolName[];
  readonly modes?: readonly TlsMode[];
}

type Needs = Readonly<Record<string, Probe<unknown>>>;
type FactsOf<N extends Needs> = { readonly [Name in keyof N]: N[Name] extends Probe<infer Facts> ? Facts : never };
/** Enough of the facts to make the point. */
export type Sketch<T> = T extends Buffer | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Each)[]
    ? readonly Sketch<Each>[]
    : { readonly [K in keyof T]?: Sketch<T[K]> };

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
  readonly intrusiveness: Intrusiveness;
  /** Lines that it leaves in a server's log which a ban filter might count. */
  readonly logLines?: string;
  /** Depth from which on it is run; `verdict` unless told. */
  readonly depth?: 'quick' | 'normal' | 'full';
  /** All unless told. */
  readonly protocols?: readonly ProtocolName[];
  readonly modes?: readonly TlsMode[];
  /** Judged once for every name of the listener. */
  readonly perName?: true;
  readonly needs: N;
  judge(facts: FactsOf<N>, subject: Subject): Judgement;
  readonly remedy: Readonly<Record<string, string>>;
  /** How to see it with common tools: words to say in clear, or options of `openssl s_client`; TLS as clients start it unless told. */
  readonly byHand?: { readonly say: (protocol: ProtocolName) => readonly string[] } | { readonly openssl: string };
  readonly flaw: ServerFlaw | readonly ServerFlaw[];
  /** Rows of the catalogue. */
  readonly covers: readonly string[];
  /** Run as tests. */
  readonly examples: readonly {
    readonly given: Sketch<FactsOf<N>>;
    readonly on?: Partial<Subject>;
    readonly then: CheckStatus;
    readonly severity?: Severity;
  }[];
}

/** Declares a check; the facts' types flow from `needs` into the judge and the examples. */
export const defineCheck = <N extends Needs>(check: Check<N>): Check<N> => check;

type More = Pick<Judgement, 'severity' | 'quote' | 'quotedInside'>;

export const pass = (because: string, more: More = {}): Judgement => ({ status: 'pass', because, ...more });
export const fail = (because: string, more: More = {}): Judgement => ({ status: 'fail', because, ...more });
export const warn = (because: string, more: More = {}): Judgement => ({ status: 'warn', because, ...more });
export const info = (because: string, more: More = {}): Judgement => ({ status: 'info', because, ...more });
export const inconclusive = (because: string, more: More = {}): Judgement => ({
  status: 'inconclusive',
  because,
  ...more,
});
export const notApplicable = (because: string, more: More = {}): Judgement => ({
  status: 'not-applicable',
  because,
  ...more,
});
