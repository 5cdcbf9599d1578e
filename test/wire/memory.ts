import { duplexPair, type Duplex } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { RecipeName } from '../../src/tls/certificate-recipes.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { Transcript, type TranscriptOptions } from '../../src/wire/transcript.js';
import type { ClientTls, ServerTls } from '../../src/wire/upgrade.js';
import { Wire, type WireEvent } from '../../src/wire/wire.js';

/** A wire in the server's role, and the peer's end of the same connection in memory. */
export const serverWire = (options: TranscriptOptions = {}): { wire: Wire; peer: Duplex } => {
  const [ours, peer] = duplexPair();
  return { wire: new Wire(ours, 'server', new Transcript(() => 0, options)), peer };
};

/** Both ends of one connection in memory, each with a wire. */
export const wires = (): { server: Wire; client: Wire; serverRaw: Duplex; clientRaw: Duplex } => {
  const [serverRaw, clientRaw] = duplexPair();
  return {
    server: new Wire(serverRaw, 'server', new Transcript(() => 0)),
    client: new Wire(clientRaw, 'client', new Transcript(() => 0)),
    serverRaw,
    clientRaw,
  };
};

/** The authority of this test run. */
export const authority = (): Promise<Authority> => (theAuthority ??= createAuthority());

let theAuthority: Promise<Authority> | undefined;

/** How to serve TLS for localhost with a certificate recipe. */
export const serving = async (recipe: RecipeName = 'good', timeout = 15_000): Promise<ServerTls> => {
  const { certPem, keyPem, trusted } = await (await authority()).issue(recipe, { dns: ['localhost'], ip: [] });
  return { context: createSecureContext({ cert: certPem, key: keyPem }), trusted, certificate: recipe, timeout };
};

/** How to connect to localhost, trusting the authority. */
export const connecting = async (timeout = 15_000): Promise<ClientTls> => ({
  context: await trusting(),
  servername: 'localhost',
  host: 'localhost',
  timeout,
});

export const trusting = async (): Promise<SecureContext> => createSecureContext({ ca: (await authority()).pem });

/** Both ends turned to TLS, after the plaintext so far. */
export const upgraded = async (): Promise<ReturnType<typeof wires>> => {
  const pair = wires();
  const [accepted] = await Promise.all([
    pair.server.acceptTls(await serving()),
    pair.client.connectTls(await connecting()),
  ]);
  if (!accepted.completed) throw new Error(`no TLS: ${accepted.failure ?? ''}`);
  return pair;
};

/** Events until the end, or until `enough` says so; adjacent bytes of one kind are joined. */
export const eventsOf = async (
  wire: Wire,
  enough: (events: readonly string[]) => boolean = () => false,
): Promise<string[]> => {
  const events: string[] = [];
  for (;;) {
    if (enough(events)) return events;
    const event = await wire.read(5000);
    if (event === undefined) throw new Error(`no further event after ${events.join(' | ')}`);
    const said = wordsOf(event);
    const last = events.at(-1);
    const place = said.slice(0, said.indexOf(' ') + 1);
    if (event.kind === 'bytes' && last?.startsWith(place) === true)
      events[events.length - 1] = last + said.slice(place.length);
    else if (event.kind !== 'records' || last !== 'records') events.push(said);
    if (event.kind === 'end') return events;
  }
};

const wordsOf = (event: WireEvent): string => {
  if (event.kind === 'bytes') return `${event.inside ? 'inside' : 'clear'} ${event.bytes.toString('latin1')}`;
  return event.kind === 'end' ? `end ${event.how}` : event.kind;
};

/** What a transcript holds, a word or two an entry. */
export const entriesOf = (wire: Wire): string[] => wire.transcript.entries.map(entryWords);

const entryWords = (entry: TranscriptEntry): string => {
  switch (entry.kind) {
    case 'bytes':
      return `${entry.from}${entry.inside ? ' inside' : ''}${entry.record === true ? ' record' : `: ${entry.data}`}`;
    case 'boundary':
      return entry.completed ? 'TLS' : 'no TLS';
    case 'outside':
      return `${entry.from} ends TLS`;
    case 'end':
      return `${entry.from} ${entry.how}`;
    case 'note':
      return entry.what;
  }
};

/** The first flight of a real TLS client. */
export const clientHello = async (): Promise<Buffer> => {
  const [ours, peer] = duplexPair();
  const client = new Wire(ours, 'client', new Transcript(() => 0));
  const first = new Promise<Buffer>((resolve) => peer.once('data', resolve));
  void client.connectTls(await connecting());
  const hello = await first;
  client.destroy();
  peer.destroy();
  return hello;
};
