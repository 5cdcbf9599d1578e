/**
 * A recording of version 1 in the shape of the present one. Its notes were prose, and its ends did not say who caused
 * them. What does not look like version 1 is left as it is, for the model to refuse.
 */
export const fromVersion1 = (value: unknown, schema: string): unknown => {
  if (!isRecord(value) || !isRecord(value['visit'])) return value;
  const { visit } = value;
  const connections = Array.isArray(visit['connections']) ? visit['connections'].map(connection) : visit['connections'];
  return { ...value, schema, visit: { ...visit, connections } };
};

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const connection = (value: unknown): unknown => {
  if (!isRecord(value) || !Array.isArray(value['entries'])) return value;
  let cause: unknown;
  const entries = value['entries'].map((entry: unknown): unknown => {
    if (!isRecord(entry)) return entry;
    if (entry['kind'] === 'boundary') return boundary(entry);
    if (entry['kind'] === 'end') return { ...entry, by: cause ?? entry['from'] };
    if (entry['kind'] !== 'note') return entry;
    const note = noted(entry);
    if (isRecord(note) && ENDS.has(note['what'])) cause ??= note['by'];
    return note;
  });
  return { ...value, entries };
};

const boundary = (entry: Fields): Fields => {
  const ms = /^(?:no ClientHello within|the handshake took longer than) (\d+) ms$/.exec(String(entry['failure']))?.[1];
  return ms === undefined ? entry : { ...entry, timeout: Number(ms) };
};

const noted = (entry: Fields): Fields => {
  const { text, tampered, ...rest } = entry;
  if (typeof text !== 'string') return entry;
  for (const [pattern, facts] of NOTES) {
    const match = pattern.exec(text);
    if (match !== null) return { ...rest, ...facts(match[1] ?? '') };
  }
  return { ...rest, what: 'remark', by: tampered === true ? 'scenario' : 'us', text };
};

/** Notes after which waxseal, the scenario or the real server ended the connection. */
const ENDS: ReadonlySet<unknown> = new Set(['hung-up', 'reset', 'idle', 'server-gone', 'server-late', 'too-long']);

const NOTES: readonly (readonly [text: RegExp, facts: (match: string) => Fields])[] = [
  [/^answers are withheld$/, () => ({ what: 'withheld', by: 'scenario' })],
  [/^answers are released$/, () => ({ what: 'released', by: 'us' })],
  [/^not answering$/, () => ({ what: 'ignored', by: 'scenario' })],
  [/^hanging up$/, () => ({ what: 'hung-up', by: 'scenario' })],
  [/^resetting the connection$/, () => ({ what: 'reset', by: 'scenario' })],
  [/^ending TLS with close_notify, going on in clear$/, () => ({ what: 'left-TLS', by: 'scenario' })],
  [/^no word from the client for (\d+) ms$/, (ms) => ({ what: 'idle', by: 'us', ms: Number(ms) })],
  [/^nothing passed for (\d+) ms$/, (ms) => ({ what: 'idle', by: 'us', ms: Number(ms) })],
  [/^the server closed the connection$/, () => ({ what: 'server-gone', by: 'server' })],
  [
    /^the real server did not finish its answer within (\d+) ms$/,
    (ms) => ({ what: 'server-late', by: 'us', ms: Number(ms) }),
  ],
  [/^the real server could not be had: hanging up$/, () => ({ what: 'server-unreachable', by: 'server' })],
  [
    /^the real server's certificate could not be verified \((.*)\); going on all the same$/,
    (code) => ({ what: 'server-unverified', by: 'server', code }),
  ],
  [
    /^a reply that was to be held is longer than \d+ bytes: hanging up$/,
    () => ({ what: 'too-long', by: 'us', of: 'reply' }),
  ],
  [/^TLS failed: (.*)$/s, (code) => ({ what: 'tls-failed', by: 'client', code })],
  [/^TLS passes through untouched: what is said inside cannot be seen$/, () => ({ what: 'passes-through', by: 'us' })],
];
