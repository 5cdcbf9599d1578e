import ipaddr from 'ipaddr.js';
import { caseKey, type Case } from '../cases/case.js';
import type { Course } from '../stage/scene-options.js';
import type { ControlFacts } from '../verdict/visit.js';
import { joined, likeness, ownName, type Identity } from './client-identity.js';

/** A client that was seen without an attack. */
interface Known {
  identity: Identity;
  /** The same, as it may be told. */
  shown: Identity;
  control: ControlFacts;
  /** Connections of it that were attacked although its control had failed. */
  spent: number;
}

/** What is known of the clients at one address. */
interface Address {
  readonly known: Known[];
  /** Attacked connections on which the client spoke, by case. */
  readonly attacked: Map<string, number>;
  /** Attacked connections that are open, by case. */
  readonly open: Map<string, number>;
  /** Attacked connections on which the client spoke: the cases take turns. */
  turn: number;
  /** A client spoke that was not seen without an attack: so many connections are left alone, now or soon, until it comes again. */
  wanted: number;
  /** Connections that were left alone without a client passing its control, since the last one that did. */
  vain: number;
  /** Connections that are attacked before one is left alone again. */
  wait: number;
  /** A client reached TLS and tried none of the usual logins: the rare ones are offered too (APOP). */
  otherLogins: boolean;
}

/** What a connection turned out to be. */
export interface Recognised {
  /** The client's own name; of several that it may be, all. */
  readonly name: string;
  /** What that client's control taught; absent if it was not yet seen without an attack. */
  readonly control?: ControlFacts;
}

/**
 * Decides which connections are attacked, so that every client is seen without an attack first. A client is its address
 * and what it says of itself: a verdict on one is never guarded by the control of another.
 */
export class Clients {
  readonly #cases: readonly [Case, ...Case[]];
  readonly #isControlled: boolean;
  readonly #addresses = new Map<string, Address>();
  /** The case that is not left, where somebody chooses. */
  #chosen: number | undefined;

  /** The cases take turns; `isControlled` is false where every connection is attacked. */
  constructor(cases: readonly [Case, ...Case[]], isControlled: boolean) {
    this.#cases = cases;
    this.#isControlled = isControlled;
  }

  /** From now on the case with this index is played, instead of all in turn. */
  choose(index: number): void {
    this.#chosen = index;
  }

  /** What happens to a new connection, of which nothing but the address is known. */
  course(address: string): Course {
    const at = this.#at(address);
    const [first] = this.#cases;
    const others = at.otherLogins ? ({ otherLogins: true } as const) : {};
    if (this.#isControlled && this.#isSpared(at)) return { one: first, untouched: true, ordinal: 1, ...others };
    return this.#attacked(at, this.#cases[(this.#chosen ?? at.turn) % this.#cases.length] ?? first);
  }

  /** The same where somebody else decides which connections are attacked, and how. */
  decided(address: string, one: Case | undefined): Course {
    const [first] = this.#cases;
    return one === undefined ? { one: first, untouched: true, ordinal: 1 } : this.#attacked(this.#at(address), one);
  }

  #attacked(at: Address, one: Case): Course {
    const others = at.otherLogins ? ({ otherLogins: true } as const) : {};
    const key = caseKey(one);
    const ordinal = 1 + (at.attacked.get(key) ?? 0) + (at.open.get(key) ?? 0);
    at.open.set(key, 1 + (at.open.get(key) ?? 0));
    const control = at.known.findLast((each) => each.control.passed)?.control;
    return { one, untouched: false, ordinal, ...others, ...(control && { control }) };
  }

  /** Strangers that never pass a control, however many come, must not keep clients that did from being attacked. */
  #isSpared(at: Address): boolean {
    if (!at.known.some(({ control }) => control.passed)) return at.known.length === 0 || at.wanted > 0;
    if (at.wanted === 0) return false;
    if (at.wait > 0) {
      at.wait -= 1;
      return false;
    }
    at.vain += 1;
    at.wait = at.vain <= PATIENCE ? 0 : Math.min(MOST_WAIT, 2 ** (at.vain - PATIENCE) - 1);
    return true;
  }

  /** A connection has ended, whatever was said on it. */
  left(address: string, { one, untouched }: Course): void {
    const { open } = this.#at(address);
    if (!untouched) open.set(caseKey(one), Math.max(0, (open.get(caseKey(one)) ?? 0) - 1));
  }

  /** An untouched connection on which the client spoke has ended; `shown` is its identity as other connections may tell it. */
  learn(address: string, identity: Identity, control: ControlFacts, shown = identity): void {
    const at = this.#at(address);
    const same = at.known.find((each) => likeness(each.identity, identity) === 'same');
    // Clients that take turns: one that is known already must not use up what is left alone for the other.
    at.wanted = same?.control.passed === true ? Math.max(0, at.wanted - 1) : 0;
    if (control.passed) Object.assign(at, { vain: 0, wait: 0 });
    if (same === undefined) {
      at.known.push({ identity, shown, control, spent: 0 });
      // Strangers that never pass, however many come, must not make those be forgotten that did.
      const failed = at.known.findIndex((each) => !each.control.passed);
      if (at.known.length > MOST_CLIENTS) at.known.splice(Math.max(0, failed), 1);
    } else {
      same.identity = joined(same.identity, identity);
      same.shown = joined(same.shown, shown);
      if (control.passed || !same.control.passed) same.control = control;
    }
    if (at.otherLogins || control.passed || control.tlsVersion === undefined || control.mechanisms.length > 0) return;
    Object.assign(at, { otherLogins: true, wanted: at.wanted + 1 });
  }

  /** An attacked connection on which the client spoke has ended: whose it was. */
  recognise(address: string, one: Case, identity: Identity): Recognised {
    const at = this.#at(address);
    at.attacked.set(caseKey(one), 1 + (at.attacked.get(caseKey(one)) ?? 0));
    at.turn += 1;
    const alike = at.known.map((known) => ({ known, how: likeness(known.identity, identity) }));
    const same = alike.filter(({ how }) => how === 'same');
    const possible = alike.filter(({ how }) => how === 'possible');
    // A client that says nothing of itself is taken for the only one there is; one that does is no nameless stranger who failed.
    const only = possible.filter(({ known }) => known.control.passed || ownName(identity) === '');
    const found = same.length > 0 ? same : at.known.length === 1 ? only : [];
    const [first] = found;
    if (first === undefined) {
      at.wanted = 1 + at.known.filter((each) => each.control.passed).length;
      return { name: ownName(identity) };
    }
    if (!first.known.control.passed && first.known.spent < MOST_TRIES) {
      first.known.spent += 1;
      at.wanted = 1 + at.known.filter((each) => each.control.passed).length;
    }
    const name = [...new Set(found.map(({ known }) => ownName(known.shown)))].filter((each) => each !== '');
    return { name: name.length > 0 ? name.join(' or ') : ownName(identity), control: first.known.control };
  }

  #at(address: string): Address {
    const key = machineOf(address);
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const made: Address = {
      known: [],
      attacked: new Map(),
      open: new Map(),
      turn: 0,
      wanted: 0,
      vain: 0,
      wait: 0,
      otherLogins: false,
    };
    this.#addresses.set(key, made);
    if (this.#addresses.size > MOST_ADDRESSES) {
      const all = [...this.#addresses];
      const [leaving] =
        all.find(([, each]) => each !== made && each.known.every(({ control }) => !control.passed)) ?? all[0] ?? [];
      if (leaving !== undefined) this.#addresses.delete(leaving);
    }
    return made;
  }
}

/** The machine at an address; a client of this machine may come from 127.0.0.1 now and from ::1 then. */
export const machineOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'loopback' ? 'loopback' : parsed.toString();
};

const MOST_ADDRESSES = 1000;
const MOST_CLIENTS = 50;
/** So many connections are left alone in vain before strangers have to wait for the next one. */
const PATIENCE = 3;
const MOST_WAIT = 15;
/** Failed controls are repeated so often. */
const MOST_TRIES = 3;
