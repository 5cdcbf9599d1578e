// What a server offers, and how that is changed.

/** What a server offers at one moment. */
export interface Offer {
  /** STARTTLS or STLS is listed. */
  readonly upgrade: boolean;
  /** SASL mechanisms, upper case, and `LOGIN command`, `USER/PASS`, `APOP` where the protocol has them. */
  readonly logins: readonly string[];
  /** IMAP's LOGINDISABLED is listed. */
  readonly loginDisabled: boolean;
  /** All other capabilities, as listed. */
  readonly extensions: readonly string[];
}

/** A change of an offer; absent fields stay as they are. */
export interface OfferChange {
  readonly upgrade?: boolean;
  readonly logins?: readonly string[];
  readonly loginDisabled?: boolean;
  readonly addExtensions?: readonly string[];
}
