import { Fault } from '../fault.js';
import type { Offer } from '../protocols/protocol.js';
import type { Handshake } from '../wire/upgrade.js';
import type { Call } from './call.js';
import type { CommandAnswer, Secured } from './call-answers.js';
import type { SecureOptions } from './call-options.js';
import { asked, type DialogueFacts } from './dialogue-facts.js';
import { greeted, plaintextOpening } from './first-words.js';
import { namelessBy } from './nameless.js';
import { identify, ONLY_WITH_CERTIFICATE, openingInWords, type Opening } from './opening.js';
import type { TranscriptLine } from './place.js';
import {
  deafTo,
  demandsCertificate,
  isHandshakeOver,
  isHangUp,
  isRefusedByUs,
  isServed,
  SECOND_TIME,
  mayMissCertificate,
  takesAnonymousSuites,
} from './failed-handshake.js';
import { wantsProxyHeader } from './mute-server.js';
import { CutDialogues } from './cut-dialogue.js';
import { defineProbe, NotObserved, type MetHandshake, type ProbeContext } from './probe.js';
import {
  addressLiteral,
  askCapabilities,
  callAtThreshold,
  isBusy,
  isNameRefused,
  namesLimit,
  noGoAhead,
  unwilling,
} from './threshold.js';
import { cutIn, CutLists, isListRefused, refusalInWords } from './withheld-list.js';

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
      return context.listener.tls === 'implicit'
        ? implicitDialogue(context, call)
        : startTlsDialogue(context, call, cutDialogues.isLast);
    };
    const cutLists = new CutLists(context);
    const cutDialogues = new CutDialogues(context);
    for (let attempt = 1; ; attempt += 1) {
      const facts = await speak();
      if (facts.listCut !== undefined && (await cutLists.isAskedAgain(facts.listCut))) continue;
      if (cutDialogues.isBegunAgain(facts)) continue;
      // A temporary refusal is no empty list, and no closed door.
      const refused = facts.opening.kind === 'refused' ? facts.opening.lines : facts.listRefused && [facts.listRefused];
      const words = refused?.map(({ text }) => text) ?? limitOfTls(facts) ?? [];
      // Who counts by the minute names a limit.
      const most = namesLimit(words) ? MOST_REPEATS_OF_LIMIT : MOST_REPEATS;
      if (!isBusy(words) || attempt > most || !(await context.backOff(attempt))) return facts;
    }
  },
});

/** Words with which TLS is refused for now, since there was too much of it: nothing is wrong with STARTTLS. */
const limitOfTls = ({ upgrade }: DialogueFacts): string[] | undefined => {
  const words = upgrade?.said?.status === 'ok' ? [] : (upgrade?.said?.lines ?? []).map(({ text }) => text);
  return namesLimit(words) ? words : undefined;
};

/** Facts of a listener that does speak the protocol asked for; `NotObserved` says what it does instead, a Fault that it would not talk to us. */
export const spokenDialogue = async (context: ProbeContext): Promise<DialogueFacts> => {
  const facts = await context.facts(dialogue);
  if (facts.opening.kind === 'wants-certificate') throw notTried(openingInWords(facts.opening));
  if (facts.opening.kind !== 'greeted') throw new NotObserved(openingInWords(facts.opening));
  if (facts.listRefused !== undefined) throw new Fault('UNREACHABLE', refusalInWords(context, facts.listRefused));
  if (context.acquaintance.cutList !== undefined) throw unwilling(context, context.acquaintance.cutList);
  const limit = limitOfTls(facts);
  if (limit !== undefined) throw new Fault('UNREACHABLE', noGoAhead(context, limit));
  return facts;
};

/** Facts of a listener where TLS can be started in place; a Fault where it serves others than us. */
export const upgradableDialogue = async (context: ProbeContext): Promise<DialogueFacts> => {
  const facts = await thresholdDialogue(context);
  // What it says to others must not be left unasked.
  if (facts.demandsCertificate === true) throw notTried(ONLY_WITH_CERTIFICATE);
  return facts;
};

/** The same for what needs no more than that TLS begins: a server that serves others inside it, for want of our certificate, is asked too. */
export const thresholdDialogue = async (context: ProbeContext): Promise<DialogueFacts> => {
  const facts = await spokenDialogue(context);
  if (context.listener.tls === 'implicit') throw new NotObserved('TLS begins with the first byte here');
  if (facts.demandsCertificate === true) return facts;
  if (facts.handshake?.completed !== true) throw new NotObserved('TLS could not be started');
  // What one probe has waited for in vain the others need not wait for.
  if (facts.answeredInside === false) throw new NotObserved('nothing is answered inside TLS');
  return facts;
};

const notTried = (why: string): Fault => new Fault('UNREACHABLE', `not tried: ${why}`);

const startTlsDialogue = async (context: ProbeContext, call: Call, isLast: boolean): Promise<DialogueFacts> => {
  const { protocol } = context;
  const nothing = { list: [], unasked: [] };
  const { opening, greeting } = await plaintextOpening(context, call, isLast);
  if (opening.kind !== 'greeted') {
    call.close();
    return { opening, ...nothing };
  }

  const seen = call.transcript.entries.length;
  const listed =
    greeting !== undefined && protocol.speaksFirstAfterUpgrade ? greeting : await askCapabilities(context, call);
  // A server without EHLO offers nothing (RFC 5321 §3.2).
  const offer =
    protocol.offer(listed.replies) ?? (protocol.noListIsEmptyList && listed.how === 'answered' ? NOTHING : undefined);
  const refusal = listed.final !== undefined && isListRefused(listed) ? listed.final.said.at(-1) : undefined;
  const inGreeting = protocol.greetingCarriesOffer ? protocol.offer(greeting?.replies ?? []) : undefined;
  const byCommand =
    listed !== greeting
      ? offer
      : context.depth === 'full'
        ? protocol.offer((await askCapabilities(context, call)).replies)
        : undefined;
  const known = {
    opening,
    ...nothing,
    ...(inGreeting && byCommand && { bothLists: { greeting: inGreeting, command: byCommand } }),
    list: listed.replies.flatMap((reply) => reply.said),
    ...(refusal === undefined ? offer && { outside: offer } : { listRefused: refusal }),
  };
  if (listed.how !== 'answered' || refusal !== undefined) {
    call.quit();
    const came = cutIn(context, listed, call.transcript.entries.slice(seen));
    return { ...known, ...(came !== undefined && { listCut: came }) };
  }
  const first = await call.ask(protocol.say.upgrade(call.tag()));
  const again = offer?.upgrade === true ? await upgradeUnderAnotherName(context, call, first) : undefined;
  const answer = again ?? first;
  const upgrade = asked(answer);
  if (answer.final?.status !== 'ok') {
    call.quit();
    return { ...known, upgrade };
  }
  const { secured, inside, only } = await securedWith(context, call);
  const { peer, between, at } = secured;
  const met = { ...known, upgrade, ...(between && { between }), handshake: peer, handshakeAt: at };
  if (!peer.completed) {
    const deaf = await deafTo(context, peer);
    const nameless = await namelessBy(context, peer, deaf !== undefined);
    return {
      ...met,
      refusedByUs: await isRefusedByUs(context, peer),
      anonymousOnly: deaf === undefined && (await takesAnonymousSuites(context, peer)),
      ...(nameless && { nameless }),
      ...(deaf && { deaf }),
      ...demandOf(call, peer),
    };
  }
  context.acquaintance.secured.tell({ handshake: peer, handshakeAt: at });
  const heard = await insideTls(context, inside);
  // Postfix: `421 4.7.1 Error: No client certificate presented` to whatever comes first.
  const demand = heard.inside === undefined ? demandOf(inside, peer, heard.insideList) : {};
  return { ...met, ...only, ...heard, ...demand };
};

/**
 * Some servers take any name in EHLO and refuse STARTTLS for its sake, as when it has no dot: the go-ahead under another name, which is
 * used from then on; undefined where none helps, or the refusal is about something else.
 */
const upgradeUnderAnotherName = async (
  { acquaintance, ehloNames, protocol }: ProbeContext,
  call: Call,
  refused: CommandAnswer,
): Promise<CommandAnswer | undefined> => {
  const isAboutName = isNameRefused(refused) || refused.final?.code === '503';
  if (protocol.helloVerb === undefined || !isAboutName) return undefined;
  const literal = addressLiteral(call.local.address);
  const names = new Set([...ehloNames.map((name) => name ?? literal), QUALIFIED, literal]);
  for (const name of names) {
    if (name === acquaintance.ehlo || acquaintance.refusedNames.has(name)) continue;
    const listed = await call.ask(protocol.say.capabilities(call.tag(), name));
    if (listed.how !== 'answered') return undefined;
    if (listed.final?.status !== 'ok') continue;
    const answer = await call.ask(protocol.say.upgrade(call.tag()));
    if (answer.final?.status === 'ok') {
      acquaintance.ehlo = name;
      return answer;
    }
    if (answer.how !== 'answered') return undefined;
  }
  return undefined;
};

/** Set where the server says that it wants a certificate; not where it was shown one, which is then the wrong one. */
const demandOf = (
  { isCertified, alertInside }: Call,
  peer: Handshake,
  words?: readonly TranscriptLine[],
): Pick<DialogueFacts, 'demandsCertificate'> =>
  !isCertified &&
  demandsCertificate(
    peer,
    alertInside,
    words?.map(({ text }) => text),
  )
    ? { demandsCertificate: true }
    : {};

const implicitDialogue = async (context: ProbeContext, call: Call): Promise<DialogueFacts> => {
  const nothing = { list: [], unasked: [] };
  const began = performance.now();
  let instead: ReturnType<typeof insteadOfTls> | undefined;
  const { secured, inside, only } = await securedWith(context, call, (failed) => {
    instead = insteadOfTls(context, failed, performance.now() - began);
    instead.catch(() => undefined);
  });
  const { peer, at } = secured;
  const met = { ...nothing, handshake: peer, handshakeAt: at, ...only };
  // Who is busy says so before TLS, and looks like a server that speaks in clear.
  if (peer.inClear !== undefined && isBusy([peer.inClear]))
    return { ...met, opening: { kind: 'refused', lines: [{ text: peer.inClear, at }] } };
  if (!peer.completed)
    return { ...met, ...(await (instead ?? insteadOfTls(context, peer, performance.now() - began))) };
  context.acquaintance.secured.tell({ handshake: peer, handshakeAt: at });
  const waiting = performance.now();
  const first = await inside.peek(context.patience.greeting);
  const { opening, greeting } = await greeted(context, inside, first, waiting);
  if (opening.kind === 'silent') context.acquaintance.isSilentInside = true;
  if (opening.kind !== 'greeted') inside.close();
  // Under TLS 1.3 the server ends a connection without a client certificate after the handshake; some say goodbye first.
  const isSentAway =
    opening.kind === 'closed' ||
    (opening.kind === 'refused' && opening.lines.some(({ text }) => /certificate/i.test(text)));
  if (isSentAway && peer.asksForCertificate === true) {
    const demand = demandOf(inside, peer, opening.kind === 'refused' ? opening.lines : []);
    return { ...met, ...demand, opening: wantsCertificate(inside, demand) };
  }
  if (opening.kind === 'closed') return { ...met, opening: { ...opening, secured: true } };
  if (opening.kind !== 'greeted') return { ...met, opening };
  return { ...met, opening, ...(await insideTls(context, inside, greeting)) };
};

/** What is offered where the usual handshake fails. */
export const ECDHE_ONLY: SecureOptions = { newest: 'TLSv1.2', suites: 'ecdhe-only' };

/** How a handshake came about, where not as careful clients offer it. */
type Only = Pick<DialogueFacts, 'ecdheOnly' | 'alpnOnly'>;

/** A handshake as careful clients offer it; where it fails, once more with nothing but ECDHE, and once with the protocol's name by ALPN. */
const securedWith = async (
  context: ProbeContext,
  call: Call,
  onSlowFailure?: (peer: Handshake) => void,
): Promise<{ readonly secured: Secured; readonly inside: Call; readonly only: Only }> => {
  const began = performance.now();
  const secured = await call.secure({ onSession: (session) => (context.acquaintance.session = session) });
  const { peer } = secured;
  // What failed leaves its place to what finds out why.
  if (!peer.completed) call.close();
  if (peer.completed || mayMissCertificate(peer) || !isHandshakeOver(peer)) return { secured, inside: call, only: {} };
  if (context.depth === 'quick')
    throw new Fault(
      'LIMIT_REACHED',
      `the TLS handshake failed (${peer.alert === undefined ? (peer.failure ?? 'unknown') : `alert ${peer.alert.name}`}); --depth quick makes no second connection to find out why, --depth normal does`,
    );
  const { alpn } = context.protocol;
  const wantsAlpn = peer.alert?.name === 'no_application_protocol';
  const ways: readonly { readonly offer: SecureOptions; readonly only: Only }[] = [
    ...(wantsAlpn ? [] : [{ offer: ECDHE_ONLY, only: { ecdheOnly: true } } as const]),
    ...(wantsAlpn || isHangUp(peer) ? [{ offer: { alpn }, only: { alpnOnly: true } } as const] : []),
  ];
  const tried = async (offer: SecureOptions): Promise<{ readonly inside?: Call; readonly again?: Secured }> => {
    const inside = await callAtThreshold(context).catch(() => undefined);
    const again = await inside?.secure(offer);
    if (again?.peer.completed !== true) inside?.close();
    return { ...(inside && { inside }), ...(again && { again }) };
  };
  // What took long takes long again.
  const isSlow = performance.now() - began > SLOW;
  if (isSlow) onSlowFailure?.(peer);
  const together = isSlow ? ways.map(({ offer }) => tried(offer)) : [];
  for (const [index, { offer, only }] of ways.entries()) {
    const { inside, again } = await (together[index] ?? tried(offer));
    if (inside === undefined || again?.peer.completed !== true) continue;
    if (only.alpnOnly === true) context.acquaintance.alpn = alpn;
    if (only.ecdheOnly === true) context.acquaintance.ecdheOnly = true;
    return { secured: { ...again, ...(secured.between && { between: secured.between }) }, inside, only };
  }
  return { secured, inside: call, only: {} };
};

/** Inside TLS: what comes unasked, the list, and the upgrade command once more. */
const insideTls = async (
  context: ProbeContext,
  call: Call,
  greeting?: CommandAnswer,
): Promise<
  Pick<
    DialogueFacts,
    'announced' | 'unasked' | 'answeredInside' | 'endedInside' | 'inside' | 'insideList' | 'again' | 'isOrderly'
  >
> => {
  const { protocol, listener } = context;
  const isUpgraded = listener.tls === 'starttls';
  // ManageSieve must send its list again by itself (RFC 5804 §2.2); nobody else may say anything.
  const announced = isUpgraded && protocol.speaksFirstAfterUpgrade ? await call.next() : undefined;
  const volunteered = isUpgraded ? await call.listen(context.patience.quiet) : undefined;
  const unasked = volunteered?.replies.flatMap((reply) => reply.said) ?? [];
  const came = { unasked, ...(announced && { announced: announced.replies.flatMap((reply) => reply.said) }) };
  const listed = await askCapabilities(context, call);
  const inside =
    protocol.offer(listed.replies) ??
    protocol.offer(announced?.replies ?? volunteered?.replies ?? greeting?.replies ?? []);
  const answeredInside = listed.how === 'answered';
  if (!answeredInside) {
    if (listed.how === 'silent') context.acquaintance.isSilentInside = true;
    return { ...came, answeredInside, ...(listed.how === 'ended' && { endedInside: true }) };
  }
  const again = await call.ask(protocol.say.upgrade(call.tag()));
  // A server that says yes now waits for a second handshake: there is nothing left to say.
  if (again.final?.status === 'ok') call.close();
  else call.quit();
  const insideList = listed.replies.flatMap((reply) => reply.said);
  const isOrderly =
    unasked.length === 0 &&
    announced?.replies.length !== 0 &&
    again.final?.status !== 'ok' &&
    [listed, again].every(({ replies }) => replies.filter(({ kind }) => kind === 'final').length === 1);
  return {
    ...came,
    answeredInside,
    ...(inside && { inside }),
    insideList,
    again: asked(again),
    ...(isOrderly && { isOrderly }),
  };
};

/** A handshake failed on an implicit port, `took` milliseconds after it had begun: is TLS broken there, or is it none? */
const insteadOfTls = async (
  context: ProbeContext,
  peer: Handshake,
  took: number,
): Promise<Pick<DialogueFacts, 'opening' | 'deaf' | 'demandsCertificate'>> => {
  // Each may take as long as the handshake did.
  const proxied =
    peer.alert === undefined && !mayMissCertificate(peer)
      ? wantsProxyHeader(context, peer.timeout === undefined ? undefined : SECOND_TIME)
      : undefined;
  const hellos = deafTo(context, peer);
  const call = await context.dial();
  // A server that hangs up on everybody, as a proxy with nothing behind it does, takes as long without a ClientHello.
  const first = await call.peek(context.patience.hint + (isHangUp(peer) ? took : 0));
  const identity = identify(first.bytes, context.protocol);
  const lines = call.unreadLines();
  const isSpoken = first.bytes.length > 0 && identity?.speaks === context.protocol.name;
  if (isSpoken) {
    await call.greeting();
    call.quit();
  } else call.close();
  const [wantsHeader, deaf] = await Promise.all([proxied, hellos]);
  if (isSpoken) return { opening: { kind: 'plaintext', speaks: context.protocol.name, lines } };
  if (first.bytes.length > 0 && identity !== undefined) return { opening: { kind: 'foreign', ...identity, lines } };
  if (mayMissCertificate(peer)) {
    const demand = demandOf(call, peer);
    return { ...demand, opening: wantsCertificate(call, demand) };
  }
  if (wantsHeader === true) return { opening: { kind: 'wants-proxy-header' } };
  if (first.how === 'ended' && isHangUp(peer)) return { opening: { kind: 'closed', unheard: true } };
  const nameless = await namelessBy(context, peer, deaf !== undefined);
  return {
    opening: {
      kind: 'tls-failed',
      failure: peer.alert === undefined ? (peer.failure ?? 'unknown') : `alert ${peer.alert.name}`,
      refusedByUs: await isRefusedByUs(context, peer),
      anonymousOnly: deaf === undefined && (await takesAnonymousSuites(context, peer)),
      ...(nameless && { nameless }),
    },
    ...(deaf && { deaf }),
  };
};

const wantsCertificate = (
  { isCertified }: Call,
  { demandsCertificate: told }: Pick<DialogueFacts, 'demandsCertificate'>,
): Opening => ({
  kind: 'wants-certificate',
  ...(isCertified && { shown: true }),
  ...(told && { told }),
});

/** The handshake by which it was found that TLS can be measured on a listener; `NotObserved` where there is nothing to measure, as where hellos of every family go unanswered. */
export const measurableHandshake = async (context: ProbeContext): Promise<MetHandshake> => {
  const facts = await Promise.race([context.acquaintance.secured.met, context.facts(dialogue)]);
  if (!('opening' in facts)) return facts;
  const { opening, handshake, handshakeAt, deaf } = facts;
  // Where a handshake succeeded, or a server flight came, TLS can be measured whatever is said inside it.
  const isMeasurable = handshake !== undefined && (opening.kind === 'tls-failed' || isServed(handshake));
  if (!isMeasurable) await spokenDialogue(context);
  if (handshake === undefined) throw new NotObserved('TLS is not offered here');
  // What one probe has waited for in vain the others need not wait for.
  if (deaf !== undefined) throw new NotObserved(`no ClientHello is answered (${deaf})`);
  return { handshake, ...(handshakeAt && { handshakeAt }) };
};

const NOTHING: Offer = { upgrade: false, logins: [], loginDisabled: false, extensions: [] };

/** The pauses of these last half a minute, and more than a minute, together. */
const [MOST_REPEATS, MOST_REPEATS_OF_LIMIT] = [7, 8];
/** A name with a dot, of no host (RFC 6761 §6.4). */
const QUALIFIED = 'waxseal.invalid';
/** Milliseconds. */
const SLOW = 500;
