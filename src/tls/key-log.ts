/** The secrets of TLS sessions, by the client's random octets, as lines of SSLKEYLOGFILE tell them (RFC 9850). Bounded. */
export class KeyLog {
  readonly #sessions = new Map<string, Map<string, Buffer>>();
  /** Lines were left out: there are too many. */
  isFull = false;

  get size(): number {
    return this.#sessions.size;
  }

  /** Takes the text of a key log; lines that are none are passed over. */
  add(text: string): void {
    for (const line of text.split(/\r?\n|\r/)) this.#line(line);
  }

  /** The secret of a session by its label; undefined where it is not known. */
  secret(clientRandom: Buffer, label: string): Buffer | undefined {
    return this.#sessions.get(clientRandom.toString('hex'))?.get(label);
  }

  /** Whether anything is known of a session. */
  knows(clientRandom: Buffer): boolean {
    return this.#sessions.has(clientRandom.toString('hex'));
  }

  #line(line: string): void {
    const [, label = '', random = '', secret = ''] =
      /^([A-Z0-9_]{1,64}) ([0-9a-f]{64}) ([0-9a-f]{64,128})$/i.exec(line.trim()) ?? [];
    if (!LABELS.has(label)) return;
    const key = random.toLowerCase();
    const session = this.#sessions.get(key) ?? new Map<string, Buffer>();
    if (!this.#sessions.has(key) && this.#sessions.size >= MOST_SESSIONS) {
      this.isFull = true;
      return;
    }
    this.#sessions.set(key, session);
    session.set(label, Buffer.from(secret, 'hex'));
  }
}

const LABELS: ReadonlySet<string> = new Set([
  'CLIENT_RANDOM',
  'CLIENT_EARLY_TRAFFIC_SECRET',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
]);
const MOST_SESSIONS = 200_000;
