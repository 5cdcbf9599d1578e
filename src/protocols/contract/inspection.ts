// What an audit says to a server to learn how it behaves, and how it recognises the protocol.

/** A command that a server should refuse before TLS and login. */
export interface Service {
  /** `mail` is the beginning of a transaction; `mailbox` is the mailbox or the scripts of a user. */
  readonly kind: 'mail' | 'mailbox';
  readonly verb: string;
  say(tag: string): Buffer;
  /** Takes back what was begun, before STARTTLS; absent where nothing was. */
  readonly undo?: Buffer;
}

/** A state that is begun in clear and must be forgotten inside TLS (RFC 3207 §4.2). */
export interface Transaction {
  readonly begin: Buffer;
  /** Only understood where the transaction goes on. */
  readonly next: Buffer;
  readonly nextVerb: string;
  /** The same for a recipient in a domain: what `next` names is taken where others are not (RFC 5321 §4.5.1). */
  nextIn(domain: string): Buffer;
  readonly undo: Buffer;
}

export interface Inspection {
  /** Whether a server that speaks the protocol may begin with this line (latin1, without its end). */
  greets(line: string): boolean;
  readonly service: Service;
  readonly transaction?: Transaction;
  /** Greets a server that does not know the command which asks for a list (RFC 5321 §3.2); absent where there is no such greeting. */
  readonly plainHello?: (name: string) => Buffer;
  /** What else a server may answer before TLS: whether a user exists, and commands by their verbs; absent where there is nothing. */
  readonly besides?: {
    user(name: string): Buffer;
    readonly others: readonly (readonly [verb: string, bytes: Buffer])[];
  };
  /** SASL mechanisms and login commands that would give a password away, the likeliest first. */
  readonly plaintextLogins: readonly [string, string];
  /** The name is given in a command of its own, and the password after it: a server may keep the name over the upgrade (RFC 2595 §4). */
  readonly userFirst: boolean;
  /** A parameter, which the upgrade command does not have. */
  readonly parameter: string;
  /** A command line without CRLF whose reply is recognised by the random lower-case `marker`. */
  marked(marker: string): string;
  /** A harmless command line without CRLF whose literal of five octets is still to come; absent where there are no literals. */
  readonly unfinished?: (marker: string) => string;
  /** A harmless command that has a positive reply before login, also of old servers. */
  question(tag: string, name: string): Buffer;
}
