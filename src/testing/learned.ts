import { stoodInTls } from '../verdict/comparison.js';
import { told } from '../verdict/told.js';
import type { ControlFacts, Visit, WithheldFacts } from '../verdict/visit.js';

/** Milliseconds for which waxseal itself may be held up while it observes: no scenario's window is much longer. */
export const INTOLERABLE_DELAY = 500;

/** The client logged in with nothing that is usual: its control is worth another try, with logins that few insist on. */
export const mayKnowOtherLogins = (
  { passed, mechanisms }: Pick<ControlFacts, 'passed' | 'mechanisms'>,
  happened: Visit,
): boolean => !passed && mechanisms.length === 0 && stoodInTls(happened);

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
