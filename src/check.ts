/** `waxseal/check`: all that it takes to write a rule for servers and to prove it, in one file. */
export {
  defineCheck,
  fail,
  inconclusive,
  info,
  notApplicable,
  pass,
  warn,
  type Check,
  type CheckStatus,
  type Finding,
  type ServerFlaw,
  type Subject,
} from './checks/check.js';
export {
  closedInsteadOfTls,
  hiddenUpgrade,
  keepsFragment,
  keepsLines,
  loginsOffered,
  parameterAccepted,
  refusedUpgrade,
  servedInClear,
  upgradeInside,
  upgradeStillListed,
  withoutUpgrade,
  wordsAfterGoAhead,
} from './checks/flaws.js';
export {
  downgrade,
  hangUp,
  ignore,
  raw,
  reset,
  send,
  upgrade,
  wait,
  type Action,
  type MomentContext,
  type Tamper,
  type TamperRule,
} from './endpoints/tamper.js';
export { beforeTls } from './probes/before-tls.js';
export { certificates, chainFor } from './probes/certificates.js';
export { dialogue } from './probes/dialogue.js';
export { fragmentInjection, lineInjection } from './probes/injection.js';
export { keptState } from './probes/kept-state.js';
export { insideOffer, opening, pathTraces, plaintextOffer, upgrade as upgradeAnswer } from './probes/offers.js';
export { plaintextLogin } from './probes/plaintext-login.js';
export { defineProbe, NotObserved, type Probe, type ProbeContext } from './probes/probe.js';
export { tls10, tls11, tls12, tls13 } from './probes/versions.js';
export { proveCheck } from './proof/check.js';
export type { Proof } from './proof/proof.js';
