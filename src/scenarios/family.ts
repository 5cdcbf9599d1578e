/** What an attack is about; every scenario belongs to one family. */
export type Family =
  | 'control'
  | 'strip'
  | 'refuse'
  | 'no-tls'
  | 'fallback'
  | 'certificate'
  | 'preauth'
  | 'early-login'
  | 'forged-reply'
  | 'injection'
  | 'carry-over'
  | 'other-door'
  | 'inside-tls'
  | 'metadata';

/** What is true of all scenarios of a family. */
export interface FamilyFacts {
  readonly title: string;
  /** What its leak comes to where the client's user asked for opportunistic TLS (verdicts.md, “Policy”). */
  readonly opportunistic: 'unsafe' | 'downgradable';
}

/** The families, in the order of the reference pages. */
export const FAMILIES: Readonly<Record<Family, FamilyFacts>> = {
  control: { title: 'Without any attack', opportunistic: 'unsafe' },
  strip: { title: 'The offer of TLS vanishes', opportunistic: 'downgradable' },
  refuse: { title: 'TLS is refused', opportunistic: 'downgradable' },
  'no-tls': { title: 'TLS is promised and does not happen', opportunistic: 'downgradable' },
  fallback: { title: 'A failure, and a way on in clear', opportunistic: 'downgradable' },
  certificate: { title: 'The peer cannot be verified', opportunistic: 'downgradable' },
  preauth: { title: 'The session is said to be logged in', opportunistic: 'downgradable' },
  'early-login': { title: 'A login is possible before TLS', opportunistic: 'unsafe' },
  'forged-reply': { title: 'Replies come before their commands', opportunistic: 'downgradable' },
  injection: { title: 'Replies in clear are slipped over the start of TLS', opportunistic: 'unsafe' },
  'carry-over': { title: 'What was said in clear contradicts what is said inside TLS', opportunistic: 'unsafe' },
  'other-door': { title: 'The other door of the same server', opportunistic: 'unsafe' },
  'inside-tls': { title: 'Clear text in the middle of TLS', opportunistic: 'unsafe' },
  metadata: { title: 'The client says who it is in clear', opportunistic: 'unsafe' },
};

/** Their names, as reports and `waxseal list scenarios` have them. */
export const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];
