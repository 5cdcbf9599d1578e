import { ALL_PROTOCOLS, usualPort, WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { Protocol, TlsMode } from '../protocols/protocol.js';
import type { Party } from '../wire/entry.js';
import { isKnown } from '../verdict/known-command.js';

/** The place among the ports that a number is usual for; undefined where it is none. */
export const placeOf = (port: number): WellKnownPort | undefined =>
  WELL_KNOWN_PORTS.find((each) => each.port === port) ??
  WELL_KNOWN_PORTS.find((each) => each.alternatives?.includes(port) === true);

/** The protocol whose name a client gives in ALPN. */
export const protocolByAlpn = (names: readonly string[]): Protocol | undefined =>
  ALL_PROTOCOLS.find(({ alpn }) => names.includes(alpn));

/** The place of a protocol, on a port that is not usual for it. */
export const placeFor = (protocol: Protocol, tls: TlsMode): WellKnownPort => usualPort(protocol.name, tls);

/**
 * The protocol that a server's first line and a client's first line belong to; `undecided` while more must be known,
 * `none` where they belong to no mail protocol. A line is latin1, without its end.
 */
export const protocolBySpeech = (
  server: string | undefined,
  client: string | undefined,
): Protocol | 'undecided' | 'none' => {
  if (server === undefined) return 'undecided';
  const greeted = ALL_PROTOCOLS.filter(({ inspection }) => inspection.greets(server));
  if (greeted.length === 0) return 'none';
  // Others greet alike: the client's first command tells.
  if (client === undefined) return 'undecided';
  return greeted.find((protocol) => speaks(protocol, client)) ?? 'none';
};

/** Whether a greeting is one of the protocol. */
export const greets = ({ inspection }: Protocol, line: string): boolean => inspection.greets(line);

/** Whether a client's line is a command of the protocol. */
export const speaks = (protocol: Protocol, line: string): boolean => {
  const read = protocol.readCommand(Buffer.from(`${line}\r\n`, 'latin1'), 1);
  if (read?.value.kind !== 'command') return read !== undefined;
  const { helloVerb } = protocol;
  // SMTP and LMTP differ in this word.
  if (helloVerb !== undefined && /^(?:EHLO|LHLO)$/.test(read.value.verb)) return read.value.verb === helloVerb;
  return isKnown(read.value, protocol);
};

/** The first line that a side said, latin1; undefined while it is not whole. */
export const firstLine = (
  texts: readonly { readonly from: Party; readonly bytes: Buffer }[],
  party: Party,
): string | undefined => {
  const said = Buffer.concat(texts.flatMap(({ from, bytes }) => (from === party ? [bytes] : []))).toString('latin1');
  const end = said.indexOf('\n');
  return end === -1 ? undefined : said.slice(0, end).replace(/\r$/, '');
};
