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
  | 'handshake'
  | 'referral'
  | 'metadata'
  | 'display'
  | 'availability';

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
  fallback: { title: 'TLS fails, and plaintext is offered next', opportunistic: 'downgradable' },
  certificate: { title: 'The server cannot be verified', opportunistic: 'downgradable' },
  preauth: { title: 'The greeting says that the session is logged in', opportunistic: 'downgradable' },
  'early-login': { title: 'A login is possible before TLS', opportunistic: 'unsafe' },
  'forged-reply': { title: 'A reply comes before its command', opportunistic: 'downgradable' },
  injection: { title: 'Replies sent in clear are read inside TLS', opportunistic: 'unsafe' },
  'carry-over': { title: 'What was said in clear contradicts what is said inside TLS', opportunistic: 'unsafe' },
  'other-door': {
    title: 'The server’s other TLS mode: STARTTLS for implicit TLS, and the reverse',
    opportunistic: 'unsafe',
  },
  'inside-tls': {
    title: 'TLS is interrupted by clear text, or ends in the middle of a reply',
    opportunistic: 'unsafe',
  },
  handshake: { title: 'The server’s handshake is weak, or breaks the rules of TLS', opportunistic: 'downgradable' },
  referral: { title: 'The client is sent to another server', opportunistic: 'unsafe' },
  metadata: { title: 'The client identifies itself in clear', opportunistic: 'unsafe' },
  display: { title: 'Text from before TLS is shown to the user', opportunistic: 'unsafe' },
  availability: { title: 'The server uses up the client’s memory', opportunistic: 'unsafe' },
};

/** Their names, as reports and `waxseal list scenarios` have them. */
export const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];
