import { Fault } from '../fault.js';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import type { SecureOptions } from './call-options.js';
import { dialogue, ECDHE_ONLY } from './dialogue.js';
import type { DialogueFacts } from './dialogue-facts.js';
import { endpointText } from './listener.js';
import { ONLY_WITH_CERTIFICATE } from './opening.js';
import type { TranscriptLine } from './place.js';
import { defineProbe, NotObserved, type Door, type ProbeContext } from './probe.js';
import { sharedTrust } from './shared-trust.js';
import { callAtThreshold, isBusy } from './threshold.js';

/** What a client of this port meets that an attacker has led to another port when its ClientHello was due. */
export interface SplicedDoor {
  readonly port: number;
  /**
   * `refused`: clients without ALPN are not served there; `untrusted`: the client refuses the certificate there; `taken`: the client
   * takes the greeting there for the answer to its first command; `noticed`: the greeting cannot be taken for one; `in-step`: the
   * client waits for what the greeting is.
   */
  readonly outcome: 'refused' | 'untrusted' | 'taken' | 'noticed' | 'in-step';
  /** No connection was left to try it: it follows from what the two ports show their own clients. */
  readonly isForeseen?: true;
  /** Where it was refused: how. */
  readonly refusal?: string;
  /** The certificate is the one that this port shows. */
  readonly isSameCertificate?: boolean;
  /** What is said inside TLS before the client said anything. */
  readonly greeting?: TranscriptLine;
}

/**
 * STARTTLS is said to this listener, and the ClientHello, as it would have gone there, goes to each port where TLS is implicit: the
 * client and the attacker on the path are both played.
 */
export const splicedDoors = defineProbe<readonly SplicedDoor[]>({
  id: 'spliced-doors',
  scope: 'host',
  cost: 1,
  // Injections matter more: where connections are few, they come first.
  phase: 'inject',
  follows: true,
  intrusiveness: 'standard',
  run: async (context) => {
    const own = await context.facts(dialogue);
    if (own.handshake?.completed !== true) throw new NotObserved('TLS cannot be started here');
    const spliced: SplicedDoor[] = [];
    for (const door of context.otherDoors) {
      const served = await door.facts(dialogue);
      if (served.handshake?.completed === true) spliced.push(await splicedWith(context, { door, own, served }));
    }
    if (spliced.length === 0)
      throw new NotObserved(
        'the server’s other port (implicit TLS for STARTTLS, or the reverse) is closed or was not audited',
      );
    return spliced;
  },
});

/** A pair of doors, and what each of them does for its own clients. */
export interface Doors {
  readonly door: Pick<Door, 'listener'>;
  readonly own: DialogueFacts;
  readonly served: DialogueFacts;
}

/**
 * What a server does to a spliced client is an answer only where it says so. That the connection is cut, or nothing comes, may be due
 * to a limit of connections, a ban, or a broken server: that is waited for, and then not known.
 */
const splicedWith = async (context: ProbeContext, doors: Doors): Promise<SplicedDoor> => {
  for (let attempt = 1; ; attempt += 1) {
    const met = await spliceOnce(context, doors).catch((error: unknown) => {
      const foreseen = isLimit(error) ? foreseenOf(context, doors) : undefined;
      if (foreseen === undefined) throw error;
      return foreseen;
    });
    if ('outcome' in met) return met;
    const { how, isSilent } = met;
    const { own, served } = doors;
    if (isForWantOfAlpn(doors) && (await isServedWithAlpn(context, doors)))
      return { port: doors.door.listener.port, outcome: 'refused', refusal: how };
    if (own.demandsCertificate === true || served.demandsCertificate === true)
      throw new Fault('UNREACHABLE', `not tried: ${ONLY_WITH_CERTIFICATE}`);
    // Silence is waited for long enough each time; who does not serve its own clients need not be asked again.
    const most = isSilent === true ? MOST_SILENT : served.opening.kind === 'greeted' ? MOST_ATTEMPTS : 1;
    if (attempt >= most || !(await context.backOff(attempt))) throw unknown(doors, how);
  }
};

/** It was not observed what a client meets: what came instead. */
interface Unknown {
  readonly how: string;
  readonly isSilent?: boolean;
}

const spliceOnce = async (context: ProbeContext, doors: Doors): Promise<SplicedDoor | Unknown> => {
  const { door, own } = doors;
  const { port } = door.listener;
  const { call, failure } = await ledCall(context, door);
  try {
    if (failure !== undefined) return { how: failure };
    const { peer } = await call.secure(offerFor(doors));
    const alert = peer.alert?.sentByPeer === true ? peer.alert.name : call.alertInside;
    if (alert === NO_PROTOCOL && isForWantOfAlpn(doors)) return { port, outcome: 'refused', refusal: alertText(alert) };
    if (!peer.completed) {
      const { inClear, failure: broken = 'no answer', timeout } = peer;
      const how = inClear ?? (peer.alert === undefined ? broken : alertText(peer.alert.name));
      return { how, isSilent: timeout !== undefined };
    }
    const trust = sharedTrust(context, own.handshake?.chain, peer.chain);
    if (trust === undefined) return { port, outcome: 'untrusted' };
    return await greetedThere(context, call, doors, trust);
  } finally {
    call.close();
  }
};

/** A client that has heard the go-ahead of its own port, and is connected to another one from there on. */
const ledCall = async (
  context: ProbeContext,
  { listener }: Doors['door'],
): Promise<{ readonly call: Call; readonly failure?: string }> => {
  const call = await callAtThreshold({ ...context, dial: () => context.dial(listener) });
  try {
    await call.turn();
    return { call };
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
    return { call, failure: error.message };
  }
};

/** What the client makes of the greeting inside TLS. */
const greetedThere = async (
  { protocol, patience, acquaintance }: ProbeContext,
  call: Call,
  doors: Doors,
  { isSameCertificate }: { readonly isSameCertificate: boolean },
): Promise<SplicedDoor | Unknown> => {
  const { port } = doors.door.listener;
  // Some servers hang up on whoever speaks before they have; the attacker can make the client wait.
  const timeout = Math.max(patience.greeting, 2 * (acquaintance.greetedAfter ?? 0));
  const { how } = await call.peek(timeout);
  const [greeting] = call.unreadLines();
  if (greeting === undefined) {
    const { alertInside: alert } = call;
    if (alert === NO_PROTOCOL && isForWantOfAlpn(doors)) return { port, outcome: 'refused', refusal: alertText(alert) };
    if (alert !== undefined) return { how: alertText(alert) };
    return how === 'silent'
      ? { how: 'no greeting within the time for one', isSilent: true }
      : { how: 'connection closed after the handshake' };
  }
  if (isBusy([greeting.text])) return { how: greeting.text };
  const found = { port, isSameCertificate, greeting };
  // What such a client waits for, it gets.
  const answer = protocol.speaksFirstAfterUpgrade
    ? await call.next()
    : await call.ask(protocol.say.capabilities(call.tag(), acquaintance.ehlo ?? ''));
  if (answer.final?.status !== 'ok') return { how: answer.final?.lines.at(-1) ?? `${greeting.text}, then nothing` };
  call.quit();
  if (protocol.speaksFirstAfterUpgrade) return { ...found, outcome: 'in-step' };
  return { ...found, outcome: isFirstOf(answer, greeting) ? 'taken' : 'noticed' };
};

/** The one thing that keeps this client out is that it names no protocol: one that does is served. */
const isServedWithAlpn = async (context: ProbeContext, doors: Doors): Promise<boolean> => {
  const { call, failure } = await ledCall(context, doors.door);
  try {
    if (failure !== undefined) return false;
    const { peer } = await call.secure({ ...offerFor(doors), alpn: context.protocol.alpn });
    if (!peer.completed) return false;
    const { how } = await call.peek(context.patience.greeting);
    if (how !== 'bytes' || isBusy(call.unreadLines().map(({ text }) => text))) return false;
    call.quit();
    return true;
  } finally {
    call.close();
  }
};

/** What a client would meet there, as far as both ports have shown it; undefined where one of them makes a difference between clients. */
export const foreseenOf = (
  context: Pick<ProbeContext, 'protocol' | 'roots' | 'names'>,
  { door, own, served }: Doors,
): SplicedDoor | undefined => {
  const { tagged, speaksFirstAfterUpgrade } = context.protocol;
  const isPlain = [own, served].every((each) => each.alpnOnly !== true && each.demandsCertificate !== true);
  if (!isPlain || own.ecdheOnly !== served.ecdheOnly || served.opening.kind !== 'greeted') return undefined;
  const [mine, theirs] = [own.handshake?.chain, served.handshake?.chain];
  if (mine?.[0] === undefined || theirs?.[0] === undefined) return undefined;
  const common = { port: door.listener.port, isForeseen: true } as const;
  const trust = sharedTrust(context, mine, theirs);
  if (trust === undefined) return { ...common, outcome: 'untrusted' };
  const [greeting] = served.opening.lines;
  return {
    ...common,
    ...trust,
    outcome: speaksFirstAfterUpgrade ? 'in-step' : tagged ? 'noticed' : 'taken',
    ...(greeting && { greeting }),
  };
};

/** The hello of a client that both ports serve. */
const offerFor = ({ own, served }: Doors): SecureOptions =>
  own.ecdheOnly === true || served.ecdheOnly === true ? ECDHE_ONLY : {};

/** Clients of the other port are served only where they name the protocol by ALPN, which those of this port need not do. */
const isForWantOfAlpn = ({ own, served }: Doors): boolean => served.alpnOnly === true && own.alpnOnly !== true;

const isLimit = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'DEPTH_REACHED' || error.code === 'LIMIT_REACHED');

/** The reply that was taken for the answer begins with this line. */
const isFirstOf = ({ final }: CommandAnswer, { at }: TranscriptLine): boolean => {
  const first = final?.said[0]?.at;
  return first !== undefined && first.entry === at.entry && first.start === at.start;
};

const unknown = ({ door: { listener } }: Doors, how: string): Fault =>
  new Fault(
    'UNREACHABLE',
    `${endpointText(listener.host, listener.port)} was asked for TLS in place of this port and did not go along (${how}); it may limit connections, have banned this address, or be out of order`,
  );

const alertText = (name: string): string => `alert ${name}`;

const NO_PROTOCOL = 'no_application_protocol';
const [MOST_ATTEMPTS, MOST_SILENT] = [4, 2];
