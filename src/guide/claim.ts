/** How TLS starts by a guide’s words; `tls` where they say that there is TLS, but not how it starts. */
export type Mode = 'implicit' | 'starttls' | 'tls' | 'none';

/** One port that a guide gives, with what it says of it. */
export interface Setting {
  /** 1 for the first line of the file. */
  readonly line: number;
  /** The guide’s words. */
  readonly quote: string;
  /** Protocols as in the table of services, such as IMAP; several where any of them may be meant, none where none is named. */
  readonly speaks: readonly string[];
  /** All of `speaks` are said to be on this port. */
  readonly isShared?: true;
  readonly port: number;
  /** Several are alternatives; none where nothing is said. */
  readonly modes: readonly Mode[];
  readonly host?: string;
  /** It is how a user’s mail client is set up to send. */
  readonly isForSending?: true;
  /** The words may mean something else, or warn of it: it can be right, not wrong. */
  readonly isUnclear?: true;
  /** `speaks` is what the page was about before, not what is said of the port. */
  readonly isInherited?: true;
}

/** Words that may make a claim of their own: one sentence. */
export interface Sentence {
  readonly line: number;
  readonly text: string;
}

/** What a file says. */
export interface GuideText {
  readonly settings: readonly Setting[];
  readonly sentences: readonly Sentence[];
}

/** What became of one claim of a guide. */
export interface GuideClaim {
  /** 1 for the first line of the file. */
  readonly line: number;
  /** The guide’s words. */
  readonly quote: string;
  /** What was understood: `IMAP, port 993, implicit TLS`. */
  readonly says: string;
  /** `note`: right in part. */
  readonly state: 'right' | 'wrong' | 'note' | 'not-understood';
  /** The claim of the table, or `port` or `mode`. */
  readonly id: string;
  /** What is right, where it is wrong or needs a note. */
  readonly correction?: string;
  readonly references: readonly string[];
  /** What can be tried on the wire. */
  readonly setting?: Setting;
}
