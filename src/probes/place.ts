/** Where something was seen: a range of one entry of a connection's transcript. */
export interface Place {
  readonly connection: number;
  /** Index of the entry. */
  readonly entry: number;
  /** Bytes of the entry's data; both 0 for an entry without data, such as the boundary of TLS. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Text of the peer, and where it said it. */
export interface TranscriptLine {
  /** Latin1, not escaped. */
  readonly text: string;
  readonly at: Place;
}
