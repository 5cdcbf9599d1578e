/** `waxseal/scenario`: all that it takes to write an attack on clients and to prove it, in one file. */
export {
  answerTo,
  downgrade,
  hangUp,
  ignore,
  onSilence,
  otherDoor,
  preauthenticate,
  raw,
  release,
  reset,
  send,
  split,
  upgrade,
  upgradeAfter,
  wait,
  withhold,
  type Action,
  type Edit,
  type MomentContext,
  type Next,
  type Tamper,
  type TamperRule,
} from './endpoints/tamper.js';
export { proveScenario } from './proof/scenario.js';
export type { Proof } from './proof/proof.js';
export type { Command, Offer, Protocol, ProtocolName, Reply, TlsMode } from './protocols/protocol.js';
export type { Family } from './scenarios/family.js';
export {
  comesBackWithoutTls,
  fallsBackToPlaintext,
  goesOnAfterRefusal,
  logsInBeforeTls,
  triesAnotherPort,
} from './scenarios/flaws.js';
export {
  commandOf,
  line,
  listedInside,
  nextTag,
  refusingUpgrade,
  stripped,
  withWrongSecret,
  withoutUpgrade,
} from './scenarios/rules.js';
export { defineScenario, type Scenario, type Variant } from './scenarios/scenario.js';
export type { ClientHooks, Flaw, Hook, Moments, Toy } from './toys/moments.js';
export { hasCommonName, hasRightChain, hasRightName, isOutOfDate, isRightPeer } from './toys/verification.js';
export { identities, leaks, mailboxInClear, type Evidence } from './verdict/evidence.js';
export { goesOnOverClearText } from './verdict/broken-stream.js';
export { believesNothingInjected, followsTheListInside } from './verdict/injection.js';
export {
  baitMissed,
  judgeBy,
  listNeverRead,
  secretsStayInsideTls,
  upgradeNeverTried,
  type Finder,
  type Judge,
  type JudgeOptions,
  type Judgement,
} from './verdict/judgement.js';
export { believesNoLogin, takesNoStrayReply, waitsForTheGreeting } from './verdict/other-door.js';
export type { Reading } from './verdict/reading.js';
export type { Visit } from './verdict/visit.js';
