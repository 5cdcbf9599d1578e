import { isIP } from 'node:net';
import type { TranscriptEntry } from '../wire/entry.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Nameless } from './opening.js';
import type { ProbeContext } from './probe.js';
import { callAtThreshold } from './threshold.js';

/**
 * Whether a handshake may have failed because it sent no server name, as none is sent to an address (RFC 6066 §3).
 * Some servers say so with an alert, others hang up; one that does so before it has seen a hello, or fails with the name of
 * its own greeting too, has another reason. Nothing is asked twice of a server that answers no hello at all (`isDeaf`).
 */
export const namelessBy = async (
  context: ProbeContext,
  peer: Handshake,
  isDeaf: boolean,
): Promise<Nameless | undefined> => {
  if (isIP(context.names[0]) === 0) return undefined;
  const alert = peer.alert?.name;
  const isHangUp = alert === undefined && peer.failure?.startsWith('the peer ') === true;
  if (!isHangUp && !(alert !== undefined && ALERTS.has(alert))) return undefined;
  if (isHangUp && ((await hangsUpUnasked(context)) || (!isDeaf && (await beginsToAnswer(context))))) return undefined;
  const [name] = namesIn(context.acquaintance.greeting ?? []);
  if (name === undefined) return {};
  const call = await callAtThreshold(context).catch(() => undefined);
  const named = await call?.secure({ servername: name });
  call?.close();
  if (named?.peer.completed === true) return { helps: name };
  return alert === NO_COMMON_SUITE ? undefined : {};
};

const hangsUpUnasked = async (context: ProbeContext): Promise<boolean> => {
  const call = await callAtThreshold(context).catch(() => undefined);
  const first = await call?.peek(context.patience.quiet);
  call?.close();
  return first === undefined || first.how === 'ended';
};

/** A server that answers the hello, however little, does not miss a name in it. */
const beginsToAnswer = async (context: ProbeContext): Promise<boolean> => {
  const call = await callAtThreshold(context).catch(() => undefined);
  const heardBefore = call?.transcript.entries.length ?? 0;
  await call?.hello({ versions: ['TLSv1.3', 'TLSv1.2'] }).catch(() => undefined);
  call?.close();
  return call?.transcript.entries.slice(heardBefore).some(isFromServer) === true;
};

const isFromServer = (entry: TranscriptEntry): boolean => entry.kind === 'bytes' && entry.from === 'server';

/** Names of hosts, as servers say theirs in their greeting. */
const namesIn = (greeting: readonly string[]): string[] =>
  greeting.flatMap((line) => line.match(/(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w.@-])/gi) ?? []);

// A server without a certificate for the name it was not told has no suite to choose either.
const NO_COMMON_SUITE = 'handshake_failure';
const ALERTS: ReadonlySet<string> = new Set([
  'unrecognized_name',
  'internal_error',
  'access_denied',
  'certificate_unobtainable',
  NO_COMMON_SUITE,
]);
