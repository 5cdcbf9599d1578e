import { readings } from './evidence.js';
import { impatience } from './impatience.js';
import { isRegistered } from './outline.js';
import type { Reading, Said } from './reading.js';
import { verbsInStep } from './lockstep.js';
import { outcome } from './told.js';
import type { ConnectionRecord, Visit, WithheldFacts } from './visit.js';
import { verbOf, waysOf } from './way.js';
import { isNote } from '../wire/notes.js';

/** What the visit with withheld answers, and nothing injected, showed. */
export const withheldFacts = (visit: Visit, read: readonly Reading[] = readings(visit)): WithheldFacts => {
  const inStep = verbsInStep(read);
  return {
    beforeRelease: verbsBeforeRelease(read),
    verbs: insideVerbs(read),
    mechanisms: [...new Set(read.flatMap((each) => each.said).flatMap((each) => mechanismOf(each)))],
    ...(inStep.length > 0 && { inStep }),
    ...(visit.client.how === 'stopped' || impatience(visit) !== undefined
      ? { stopped: true as const }
      : { ways: waysOf(read).map((steps) => steps.map(({ name }) => name)) }),
    ...(read.some(({ connection }) => heardOut(connection)) && { waited: true as const }),
    ...(read.some(({ said }) => said.some(isAnnounced)) && { announced: true as const }),
    ...(read.some(wentOnByHand) && { wentOn: true as const }),
    ...(reportsFailure(visit) && { failed: true as const }),
  };
};

/** The same as it may be told on other connections: `sweep` overwrites the secrets of its own. */
export const withheldWithoutSecrets = (facts: WithheldFacts, sweep: (text: string) => string): WithheldFacts => ({
  ...facts,
  mechanisms: facts.mechanisms.map((each) => (isRegistered(each) ? each : sweep(each))),
  ...(facts.ways && { ways: facts.ways.map((steps) => steps.map((step) => stepWithoutSecrets(step, sweep))) }),
});

/** Verbs are grammar's; a mechanism is the client's word. */
const stepWithoutSecrets = (step: string, sweep: (text: string) => string): string => {
  const [verb = '', ...rest] = step.split(' ');
  const mechanism = rest.join(' ');
  return mechanism === '' || step.startsWith('(') || isRegistered(mechanism) ? step : `${verb} ${sweep(mechanism)}`;
};

/** The client answered a handshake made by hand as one answers a server that one goes on with. */
const wentOnByHand = ({ boundaries }: Reading): boolean =>
  boundaries.some(({ facts }) => facts.answers?.includes('client_key_exchange') === true);

/** The visit to an honest server shows something that others can be compared with. */
export const isComparable = (visit: Visit, read: readonly Reading[] = readings(visit)): boolean =>
  visit.faults.length === 0 && (stoodInTls(visit, read) || read.some(wentOnByHand));

/** The client ended by itself, and said by exit code, signal or error that it did not reach what it wanted. */
export const reportsFailure = ({ client }: Visit): boolean => client.how !== 'stopped' && outcome(client) === 'failure';

/** Whether a client that spoke inside TLS waited for the answers that were withheld; undefined where none were. */
export const patienceOf = ({ connection, said }: Reading): 'waited' | 'left' | undefined => {
  if (!noted(connection, 'withheld') || !said.some(({ inside }) => inside)) return undefined;
  return heardOut(connection) ? 'waited' : 'left';
};

/** Answers were withheld, and the client was still there when they were released. */
const heardOut = (connection: ConnectionRecord): boolean =>
  noted(connection, 'withheld') && noted(connection, 'released');

const noted = ({ entries }: ConnectionRecord, what: 'withheld' | 'released'): boolean =>
  entries.some((entry) => isNote(entry, what));

/** The client has logged in inside TLS, and its last command (IMAP's IDLE) goes on until it says so: it waits for the server now. */
export const waitsForMail = ({ said, accepted }: Reading): boolean => {
  const last = said.at(-1);
  return (
    last?.trusted === true &&
    last.isKnown &&
    last.unit.kind === 'command' &&
    last.unit.continues === 'line' &&
    accepted.some(({ what, trusted }) => what === 'login' && trusted)
  );
};

/** Trusted TLS stood on some connection of a visit. */
export const stoodInTls = (visit: Visit, read: readonly Reading[] = readings(visit)): boolean =>
  read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.completed && facts.trusted));

/** Verbs inside TLS while the answers were withheld. */
export const verbsBeforeRelease = (read: readonly Reading[]): string[] =>
  read.flatMap((each) => each.said.filter((said) => said.inside && !isAfterRelease(each, said)).flatMap(verbs));

/** Withheld answers had been released when it was said. */
export const isAfterRelease = ({ connection }: Reading, said: Said): boolean => {
  const release = connection.entries.findIndex((entry) => isNote(entry, 'released'));
  return release !== -1 && said.entry >= release;
};

/** Verbs of everything that was said inside TLS, in order. */
export const insideVerbs = (read: readonly Reading[]): string[] =>
  read.flatMap((each) => each.said.filter((said) => said.inside).flatMap(verbs));

const verbs = (said: Said): string[] =>
  said.unit.kind === 'command' || said.unit.kind === 'response' ? [verbOf(said)] : [];

const mechanismOf = (said: Said): string[] => {
  if (!said.inside) return [];
  const { unit } = said;
  const mechanism = unit.kind === 'command' || unit.kind === 'literal-wait' ? unit.mechanism : undefined;
  return mechanism === undefined ? [] : [mechanism];
};

/** IMAP's LOGIN whose name and password are still to come, as literals. */
const isAnnounced = ({ unit, inside }: Said): boolean =>
  inside && unit.kind === 'literal-wait' && unit.mechanism !== undefined;
