import type { OtherLogins } from '../endpoints/honest.js';
import protocols from '../protocols/index.js';
import { stoodInTls } from '../verdict/comparison.js';
import { controlFacts } from '../verdict/control.js';
import { told } from '../verdict/told.js';
import type { Visit, WithheldFacts } from '../verdict/visit.js';

/** Milliseconds for which waxseal itself may be held up while it observes: no scenario's window is much longer. */
export const INTOLERABLE_DELAY = 500;

/**
 * The client reached TLS and tried no usual login: what its control is to offer in the next try. First logins that few clients
 * insist on; to one that left them, too, those without a password, and all of them before TLS as well, for a client that goes by
 * that list. Undefined where nothing is left to try.
 */
export const otherLoginsFor = (happened: Visit, offered?: OtherLogins): OtherLogins | undefined => {
  const { passed, mechanisms } = controlFacts(happened);
  const usual = protocols[happened.protocol].honest.logins;
  if (passed || mechanisms.some((each) => usual.includes(each)) || !stoodInTls(happened)) return undefined;
  if (offered === undefined) return 'rare';
  return offered === 'rare' && happened.client.how !== 'stopped' ? 'all' : undefined;
};

/** The client reported a success that the server's record contradicts. */
export const isContradicted = (visit: Visit): boolean => {
  const { reported, although } = told(visit) ?? {};
  return visit.control !== undefined && reported === 'success' && although !== undefined;
};

/** A report that is contradicted is worth something if the client reports failure where an honest server refuses it: `refused` shows that. */
export const knowingRefusal = (visit: Visit, refused: WithheldFacts | undefined): Visit =>
  visit.control === undefined || refused === undefined || refused.stopped === true
    ? visit
    : { ...visit, control: { ...visit.control, reportsRefusal: refused.failed === true } };
