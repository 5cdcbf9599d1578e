/** What a toy client does at the points where real clients go wrong; every default is the careful choice. */
export interface Habits {
  /** The upgrade is not listed. */
  readonly onMissingOffer: 'stop' | 'log-in' | 'upgrade-anyway';
  /** The upgrade was refused. */
  readonly onRefusal: 'stop' | 'log-in' | 'retry-with-tls';
  /** What counts as the go-ahead: the specified reply; any positive one (CVE-2016-0772); any at all (CVE-2021-32066). */
  readonly goAhead: 'specified' | 'positive' | 'anything';
  /** What follows a go-ahead that was none of the specified ones: TLS all the same, or on in clear as though it stood. */
  readonly afterFalseGoAhead: 'handshake' | 'log-in';
  /** Bytes that came in clear after the go-ahead. */
  readonly leftover: 'discard' | 'abort' | 'keep';
  /** A tagged OK that came before the command was sent (CVE-2026-42246). */
  readonly earlyTaggedOk: 'error' | 'believe';
  /** Replies that were queued behind a refusal are taken for answers to the next commands (CVE-2021-22947). */
  readonly queuedReplies: 'discard' | 'believe';
  readonly onHandshakeFailure: 'stop' | 'log-in' | 'reconnect-in-clear' | 'other-port-in-clear';
  /** Plaintext where the ServerHello was due. */
  readonly onPlaintextHandshake: 'stop' | 'log-in';
  readonly verifies: 'in-handshake' | 'after-handshake' | 'never' | 'chain-only' | 'name-only' | 'not-the-dates';
  /** A name in the CN counts (RFC 7817 permits it, RFC 9525 forbids it). */
  readonly acceptsCommonName: boolean;
  /** A certificate for `localhost` counts when connected to a loopback address. */
  readonly acceptsLocalhostForIp: boolean;
  readonly afterCloseNotify: 'stop' | 'log-in';
  readonly onPreauth: 'stop' | 'proceed';
  /** IMAP, SMTP, POP3: the list is asked for again inside TLS, or the one from before is kept. */
  readonly capabilitiesInside: 'ask-again' | 'keep-old';
  /** Keywords are read line by line, or searched for in the whole reply, as nodemailer does. */
  readonly readsLists: 'by-line' | 'by-search';
  readonly order: 'upgrade-first' | 'log-in-first';
  readonly sendsId: 'never' | 'outside' | 'inside';
  /** Every connection enforces TLS, or only the first. */
  readonly laterConnections: 'same' | 'in-clear';
  /** Number of connections of one visit. */
  readonly connections: number;
  /** STARTTLS without asking for capabilities first. */
  readonly asksCapabilities: boolean;
  readonly farewell: 'close' | 'quit';
  /** Reads the code of the greeting. */
  readonly readsGreeting: boolean;
  readonly pipelines: boolean;
  readonly segments: 'whole' | 'tiny';
  /** Milliseconds before each command. */
  readonly slow: number;
  /** Milliseconds between the go-ahead and the ClientHello, unless something comes before. */
  readonly dawdles: number;
  /** Milliseconds to wait for a reply; then LOGOUT or QUIT, where `farewellOnTimeout` says so. */
  readonly patience: number;
  readonly farewellOnTimeout: boolean;
}

/** The careful client. */
export const careful: Habits = {
  onMissingOffer: 'stop',
  onRefusal: 'stop',
  goAhead: 'specified',
  afterFalseGoAhead: 'handshake',
  leftover: 'discard',
  earlyTaggedOk: 'error',
  queuedReplies: 'discard',
  onHandshakeFailure: 'stop',
  onPlaintextHandshake: 'stop',
  verifies: 'in-handshake',
  acceptsCommonName: false,
  acceptsLocalhostForIp: false,
  afterCloseNotify: 'stop',
  onPreauth: 'stop',
  capabilitiesInside: 'ask-again',
  readsLists: 'by-line',
  order: 'upgrade-first',
  sendsId: 'never',
  laterConnections: 'same',
  connections: 1,
  asksCapabilities: true,
  farewell: 'close',
  readsGreeting: true,
  pipelines: false,
  segments: 'whole',
  slow: 0,
  dawdles: 0,
  patience: 5000,
  farewellOnTimeout: false,
};

/** Ways to be careful; each must come out not `unsafe` everywhere (verdicts.md, "Careful styles"). */
export const styles: Readonly<Record<string, Partial<Habits>>> = {
  'closes at once': {},
  'says QUIT first': { farewell: 'quit' },
  'retries with TLS': { onRefusal: 'retry-with-tls' },
  'STARTTLS without asking': { asksCapabilities: false, onMissingOffer: 'upgrade-anyway' },
  'verifies in the handshake': { verifies: 'in-handshake' },
  'verifies after it': { verifies: 'after-handshake' },
  'pipelines where allowed': { pipelines: true },
  slow: { slow: 15 },
  'times out and says LOGOUT': { patience: 150, farewellOnTimeout: true },
  'never reads the greeting code': { readsGreeting: false },
  'sends in tiny segments': { segments: 'tiny' },
};

/** The mistake that a scenario exists to find, as habits of the toy client. */
export interface Flaw {
  readonly name: string;
  readonly client: Partial<Habits>;
}
