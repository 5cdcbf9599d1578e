import type { TranscriptLine } from './place.js';

/**
 * What became of plaintext that was sent with STARTTLS. `vulnerable`: it was executed inside TLS; `probable`: something
 * came that did not come without it, and other tries did not confirm it; `processed-in-clear`: it was answered before TLS,
 * which is no injection; the rest is safe, but for `unclear`.
 */
export type InjectionOutcome =
  'vulnerable' | 'probable' | 'processed-in-clear' | 'discarded' | 'rejected' | 'closed' | 'fed-to-tls' | 'unclear';

/** When the plaintext is sent: in the segment of STARTTLS, in one of its own right behind it, octet by octet behind it, or after the go-ahead. */
export type InjectionDelivery = 'with-starttls' | 'behind-starttls' | 'in-octets' | 'after-go-ahead';

export interface InjectionTry {
  readonly version: InjectionVersion;
  readonly delivery: InjectionDelivery;
  readonly outcome: InjectionOutcome;
  readonly detail: string;
  /** Octets of plaintext, where more than one command is sent. */
  readonly octets?: number;
  /** What the server said inside TLS that shows it. */
  readonly line?: TranscriptLine;
}

export type InjectionFacts = readonly InjectionTry[];
export type InjectionVersion = 'TLSv1.2' | 'TLSv1.3';

/** How a server behaves inside TLS when nothing was injected. */
export interface InjectionControl {
  /** Final replies to the upgrade (ManageSieve's list) and one command; more come from servers that speak unasked. */
  readonly replies: number;
  /** It says something inside TLS before it is asked. */
  readonly speaksUnasked: boolean;
}
