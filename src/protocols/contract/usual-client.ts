// What clients of the protocol usually do: the toy clients do the same.

/** What a client carries to the server. */
export interface OutgoingMessage {
  readonly from: string;
  readonly to: string;
  /** RFC 5322, CRLF. */
  readonly message: string;
}

export interface UsualClient {
  /** The commands of what a client came for: to send its mail, to fetch it, or to store a script. */
  usualCommands(message: OutgoingMessage): readonly ((tag: string) => Buffer)[];
  /** What follows where the last of them is answered with an invitation; absent where none is. */
  readonly content?: (message: string) => Buffer;
  /** Commands may be pipelined always (RFC 9051 §5.5, RFC 5804 §1.2), or where PIPELINING is listed (RFC 2920, RFC 2449). */
  readonly pipelines: 'always' | 'if-listed';
  /** What a client tries that does not look at offers. */
  readonly blindLogin: string;
  /** The extension without which PLAIN must wait for the server's challenge (IMAP's SASL-IR); absent where none is needed. */
  readonly initialResponseNeeds?: string;
}
