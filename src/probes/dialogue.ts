import { setTimeout as delay } from 'node:timers/promises';
import type { Offer, Reply } from '../protocols/protocol.js';
import { portOf } from '../protocols/port-roles.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Call, Heard, Patience } from './call.js';
import { identify, type Opening } from './opening.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { callAtThreshold, isBusy } from './threshold.js';

/** One reply in short; its lines are the peer's text. */
export interface Said {
  readonly status: Reply['status'];
  readonly code?: string;
  readonly lines: readonly string[];
}

/** What became of a command: the reply, or why there was none. */
export interface Asked {
  readonly how: Heard['how'];
  readonly said?: Said;
}

/** An ordinary client's dialogue from the greeting into TLS and out again, as far as the server went along. */
export interface DialogueFacts {
  readonly opening: Opening;
  /** Offered outside TLS; absent in implicit mode, and where the server gave no list. */
  readonly outside?: Offer;
  /** Lines of the capability reply outside TLS, as sent. */
  readonly list: readonly string[];
  /** The upgrade command's answer; absent in implicit mode. */
  readonly upgrade?: Asked;
  /** Bytes in clear between the go-ahead and TLS (latin1), empty as it should be. */
  readonly between: string;
  readonly handshake?: Handshake;
  /** The handshake failed because our own TLS library refused what the server chose: no fact about the server. */
  readonly refusedByUs?: boolean;
  /** What the server said unasked inside TLS (after an upgrade), a reply a line. */
  readonly unasked: readonly string[];
  /** The first command inside TLS was answered. */
  readonly answeredInside?: boolean;
  readonly inside?: Offer;
  /** The answer to the upgrade command inside TLS. */
  readonly again?: Asked;
}

/** The first thing that is done with a listener: one connection that says what any client would, and asks for TLS a second time at its end. */
export const dialogue = defineProbe<DialogueFacts>({
  id: 'dialogue',
  scope: 'listener',
  cost: 5,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const speak = async (): Promise<DialogueFacts> => {
      const call = await context.dial();
      return context.listener.tls === 'implicit' ? implicitDialogue(context, call) : startTlsDialogue(context, call);
    };
    const facts = await speak();
    if (facts.opening.kind !== 'refused' || !isBusy(facts.opening.lines)) return facts;
    await delay(context.patience.backOff);
    return speak();
  },
});

/** Facts of a listener that does speak the protocol asked for; `NotObserved` says what it does instead. */
export const spokenDialogue = async (context: ProbeContext): Promise<DialogueFacts> => {
  const facts = await context.facts(dialogue);
  if (facts.opening.kind !== 'greeted') throw new NotObserved(openingInWords(facts.opening));
  return facts;
};

/** Facts of a listener where TLS can be started in place. */
export const upgradableDialogue = async (context: ProbeContext): Promise<DialogueFacts> => {
  const facts = await spokenDialogue(context);
  if (context.listener.tls === 'implicit') throw new NotObserved('TLS begins with the first byte here');
  if (facts.handshake?.completed !== true) throw new NotObserved('TLS could not be started');
  return facts;
};

/** Why there is no dialogue, in words without peer text. */
export const openingInWords = (opening: Opening): string => {
  switch (opening.kind) {
    case 'greeted':
      return 'the server greets as it should';
    case 'refused':
      return 'the server turns us away in its greeting';
    case 'tls-at-once':
      return 'TLS is spoken from the first byte here, it is no STARTTLS port';
    case 'plaintext':
      return 'plaintext is spoken here, where TLS is due from the first byte';
    case 'foreign':
      return `${opening.service} is spoken here`;
    case 'silent':
      return `the server did not say a word within ${String(opening.seconds)} s`;
    case 'closed':
      return 'the server closes the connection without a word';
    case 'flood':
      return 'the server sends data without end instead of a greeting';
    case 'tls-failed':
      return 'the TLS handshake fails';
  }
};

/** A command's outcome as facts keep it. */
export const asked = (heard: Heard): Asked => ({ how: heard.how, ...(heard.final && { said: said(heard.final) }) });

export const said = ({ status, code, lines }: Reply): Said => ({ status, ...(code !== undefined && { code }), lines });

const startTlsDialogue = async (context: ProbeContext, call: Call): Promise<DialogueFacts> => {
  const { protocol } = context;
  const nothing = { list: [], between: '', unasked: [] };
  const { opening, greeting } = await plaintextOpening(context, call);
  if (opening.kind !== 'greeted') return { opening, ...nothing };

  const listed =
    greeting !== undefined && protocol.speaksFirstAfterUpgrade
      ? greeting
      : await call.ask(protocol.say.capabilities(call.tag(), context.client));
  // A server without EHLO offers nothing (RFC 5321 §3.2).
  const offer =
    protocol.offer(listed.replies) ?? (protocol.noListIsEmptyList && listed.how === 'answered' ? NOTHING : undefined);
  const known = {
    opening,
    ...nothing,
    list: listed.replies.flatMap(({ lines }) => lines),
    ...(offer && { outside: offer }),
  };
  if (listed.how !== 'answered') return known;

  const answer = await call.ask(protocol.say.upgrade(call.tag()));
  const upgrade = asked(answer);
  if (answer.final?.status !== 'ok') {
    await call.quit();
    return { ...known, upgrade };
  }
  const { boundary, peer } = await call.secure();
  const between = boundary.pending.map(({ data }) => data).join('');
  if (!peer.completed)
    return { ...known, upgrade, between, handshake: peer, refusedByUs: await isRefusedByUs(context, peer) };
  return { ...known, upgrade, between, handshake: peer, ...(await insideTls(context, call)) };
};

const implicitDialogue = async (context: ProbeContext, call: Call): Promise<DialogueFacts> => {
  const nothing = { list: [], between: '', unasked: [] };
  const { peer } = await call.secure();
  if (!peer.completed) return { opening: await insteadOfTls(context, peer), ...nothing, handshake: peer };
  const first = await call.peek(context.patience.greeting);
  const opening = await greeted(context, call, first);
  if (opening.opening.kind !== 'greeted') return { opening: opening.opening, ...nothing, handshake: peer };
  const facts = await insideTls(context, call, opening.greeting);
  return { opening: opening.opening, ...nothing, handshake: peer, ...facts };
};

/** Inside TLS: what comes unasked, the list, and the upgrade command once more. */
const insideTls = async (
  context: ProbeContext,
  call: Call,
  greeting?: Heard,
): Promise<Pick<DialogueFacts, 'unasked' | 'answeredInside' | 'inside' | 'again'>> => {
  const { protocol, listener } = context;
  // ManageSieve must send its list again by itself (RFC 5804 §2.2); nobody else may say anything.
  const announced = listener.tls === 'starttls' && protocol.speaksFirstAfterUpgrade ? await call.next() : undefined;
  const unasked = announced?.replies.flatMap(({ lines }) => lines) ?? [];
  const listed = await call.ask(protocol.say.capabilities(call.tag(), context.client));
  const inside = protocol.offer(listed.replies) ?? protocol.offer(announced?.replies ?? greeting?.replies ?? []);
  const answeredInside = listed.how === 'answered';
  if (!answeredInside) return { unasked, answeredInside };
  const again = await call.ask(protocol.say.upgrade(call.tag()));
  // A server that says yes now waits for a second handshake: there is nothing left to say.
  if (again.final?.status === 'ok') call.close();
  else await call.quit();
  return { unasked, answeredInside, ...(inside && { inside }), again: asked(again) };
};

/** A silent server may wait for TLS, or make strangers wait: which of them is found out by a second connection. */
const plaintextOpening = async (context: ProbeContext, call: Call): Promise<{ opening: Opening; greeting?: Heard }> => {
  const { hint, greeting } = context.patience;
  // Servers on 25 that make strangers wait turn away who speaks first: there the greeting is waited for to the end.
  const isStrict = !portOf(context.listener.role).login;
  const early = await call.peek(isStrict ? hint + greeting : hint);
  if (early.how === 'bytes' || early.how === 'records') return greeted(context, call, early);
  // Servers that wait for a ClientHello in vain may hang up before we lose patience.
  if (await speaksTls(context)) return { opening: { kind: 'tls-at-once' } };
  return early.how === 'ended'
    ? { opening: { kind: 'closed' } }
    : greeted(context, call, isStrict ? early : await call.peek(greeting));
};

const greeted = async (
  { protocol, patience }: ProbeContext,
  call: Call,
  first: Awaited<ReturnType<Call['peek']>>,
): Promise<{ opening: Opening; greeting?: Heard }> => {
  if (first.how === 'silent') return { opening: { kind: 'silent', seconds: waited(patience) } };
  if (first.how === 'ended') return { opening: { kind: 'closed' } };
  if (first.how === 'records') return { opening: { kind: 'tls-at-once' } };
  const identity = identify(first.bytes, protocol);
  if (identity !== undefined && identity.speaks !== protocol.name)
    return { opening: { kind: 'foreign', ...identity, lines: shownLines(first.bytes) } };
  const heard = await call.greeting();
  const lines = heard.replies.flatMap((reply) => reply.lines);
  if (heard.how === 'flood') return { opening: { kind: 'flood' } };
  if (heard.how === 'ended') return { opening: { kind: 'closed' } };
  const reply = heard.final;
  if (reply === undefined) return { opening: { kind: 'silent', seconds: waited(patience) } };
  if (reply.status === 'unknown') {
    const late = identify(reply.raw, protocol) ?? { speaks: 'unknown', service: 'an unknown service' };
    return { opening: { kind: 'foreign', ...late, lines } };
  }
  if (reply.status !== 'ok' && reply.status !== 'preauth')
    return { opening: { kind: 'refused', lines }, greeting: heard };
  return {
    opening: {
      kind: 'greeted',
      lines,
      preauthenticated: reply.status === 'preauth',
      bare: lines.length === 1 && lines[0] === '220',
    },
    greeting: heard,
  };
};

/** A handshake failed on an implicit port: is TLS broken there, or is it none? */
const insteadOfTls = async (context: ProbeContext, peer: Handshake): Promise<Opening> => {
  const call = await context.dial();
  const first = await call.peek(context.patience.hint);
  const identity = identify(first.bytes, context.protocol);
  if (first.bytes.length > 0 && identity !== undefined) {
    if (identity.speaks === context.protocol.name) {
      await call.greeting();
      await call.quit();
      return { kind: 'plaintext', speaks: identity.speaks, lines: shownLines(first.bytes) };
    }
    return { kind: 'foreign', ...identity, lines: shownLines(first.bytes) };
  }
  return {
    kind: 'tls-failed',
    failure: peer.alert === undefined ? (peer.failure ?? 'unknown') : `alert ${peer.alert.name}`,
    refusedByUs: await isRefusedByUs(context, peer),
  };
};

/** An error of our own library, where the server answers a raw hello as it should. */
const isRefusedByUs = async (context: ProbeContext, peer: Handshake): Promise<boolean> => {
  if (peer.alert !== undefined || peer.failure?.startsWith('ERR_') !== true) return false;
  const call = await callAtThreshold(context);
  const answer = await call.hello({ versions: ['TLSv1.2'] }).catch(() => undefined);
  return answer?.kind === 'server-hello' && answer.complete;
};

const speaksTls = async (context: ProbeContext): Promise<boolean> => {
  const call = await context.dial();
  const reading = call.hello({ versions: ['TLSv1.3', 'TLSv1.2'] }).then(
    ({ kind }) => kind === 'server-hello' || kind === 'alert',
    () => false,
  );
  const isTls = await reading;
  call.close();
  return isTls;
};

const NOTHING: Offer = { upgrade: false, logins: [], loginDisabled: false, extensions: [] };

const shownLines = (bytes: Buffer): string[] =>
  bytes
    .toString('latin1', 0, SHOWN)
    .split(/\r?\n/)
    .filter((line) => line !== '');

const waited = ({ hint, greeting }: Patience): number => Math.round((hint + greeting) / 100) / 10;

const SHOWN = 200;
