// What an attacker on the path makes of the protocol's replies; scenarios make their cases of it.

/** A line to send instead of an honest reply: one case of a scenario. */
export interface ForgedReply {
  /** Last part of the case's id: `454`. */
  readonly name: string;
  /** Without CRLF; `TAG` stands for the command's tag. */
  readonly reply: string;
  /** The connection ends after it. */
  readonly then?: 'close';
  /** One of several that show the same: not in the default set. */
  readonly extra?: 'more';
}

/** A failure of the capability command. */
export interface FailedList extends ForgedReply {
  /** HELO is answered as ever: the way down to a protocol without extensions (RFC 5321 §4.1.4). */
  readonly helo?: 'served';
}

/** How a server of a version without TLS begins; lines without CRLF. */
export interface OldVersion {
  readonly name: string;
  readonly greeting: string;
  /** The list that it answers with; absent where it knows no command for one. */
  readonly list?: string;
  readonly extra?: 'more';
}

export interface Forgeries {
  /** Refusals of the upgrade. */
  readonly refusals: readonly ForgedReply[];
  /** Answers to the upgrade that look positive, or like nothing known, and do not start TLS. */
  readonly wrongAnswers: readonly ForgedReply[];
  readonly failedLists: readonly FailedList[];
  /** Greetings that refuse the client, or that no server of the protocol gives. */
  readonly greetings: readonly ForgedReply[];
  /** A refusal with CRLF, and answers to the commands that would follow it: `TAG`, `TAG2`, `TAG3`. */
  readonly queued: string;
  /** A list that offers `login` and something unfinished: what comes first inside TLS would end the line. `TAG` stands for the next command's tag. */
  readonly fragment: (login: string) => string;
  /** An unfinished line that ends a reply, behind a whole one; absent where `fragment` says as much. */
  readonly lastLine?: (login: string) => string;
  /** An unfinished line that would end or refuse the list, with no keyword in it; absent where servers give the list unasked. */
  readonly endOfList?: string;
  /** The answer to a login that was successful, without CRLF; `TAG` stands for the command's tag. */
  readonly loggedIn: string;
  /** The go-ahead, without CRLF, with a list that offers `login` and `capability`; absent where a reply cannot carry one. */
  readonly goAheadWithList?: (login: string, capability: string) => string;
  /** What an honest server refuses where a mail begins, as a command without CRLF; absent where nobody sends mail without a login. */
  readonly refusedMail?: string;
  /** The greeting without its list; absent where it is nothing but the list. */
  readonly withoutList?: (greeting: Buffer) => Buffer;
  /** Versions of the protocol from before STARTTLS; absent where a server does not say its version. */
  readonly oldVersions?: readonly OldVersion[];
  /** Capabilities that want something of the client before anything else; absent where there are none. */
  readonly demanded?: readonly string[];
  /** Capabilities that clients are tempted to use before TLS, and a command (without CRLF) that does; absent where there are none. */
  readonly tempting?: {
    readonly listed: readonly string[];
    readonly verbs: ReadonlySet<string>;
    readonly says: (tag: string) => string;
  };
  /** How a server names another one, and what it lists to be allowed to; absent where it cannot. Lines without CRLF; `TAG` stands for the command's tag. */
  readonly referral?: {
    readonly capabilities: readonly string[];
    readonly greeting: (host: string, port: number, user: string) => string;
    readonly refusal: (host: string, port: number, user: string) => string;
  };
  /** The greeting of a server that takes the client for logged in (RFC 9051 §7.1.4); absent where there is none. */
  readonly preauthenticated?: (greeting: Buffer) => Buffer;
}
