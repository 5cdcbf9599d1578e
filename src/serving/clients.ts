import ipaddr from 'ipaddr.js';
import { caseKey, type Case } from '../cases/case.js';
import type { OtherLogins } from '../endpoints/honest.js';
import protocols from '../protocols/index.js';
import { comparisonKey, comparisonOf } from '../cases/comparison.js';
import type { Course } from '../stage/scene-options.js';
import type { ControlFacts, WithheldFacts } from '../verdict/visit.js';
import { joined, likeness, ownName, type Identity } from './client-identity.js';

/** A client that was seen without an attack. */
interface Known {
  identity: Identity;
  /** The same, as it may be told. */
  shown: Identity;
  control: ControlFacts;
  /** Connections of it that were attacked although its control had failed. */
  spent: number;
  /** What it does where an honest server is slow, or refuses it, by `comparisonKey`. */
  compared: Map<string, WithheldFacts>;
  /** Visits for a comparison, by the same key. */
  readonly tried: Map<string, number>;
  readonly attacks: Attacks;
  /** Who came after it the last time; itself by default. */
  next?: Known;
}

/** Attacked connections, by case. */
interface Attacks {
  /** On which the client spoke, and which are over. */
  readonly over: Map<string, number>;
  /** Of which the client has met the first half, and tried to start TLS there. */
  readonly begun: Set<string>;
  readonly open: Map<string, number>;
}

/** What is known of the clients at one address. */
interface Address {
  readonly known: Known[];
  /** Of all its clients. */
  readonly attacks: Attacks;
  /** Attacked connections on which the client spoke: the cases take turns. */
  turn: number;
  /** A client spoke that was not seen without an attack: so many connections are left alone, now or soon, until it comes again. */
  wanted: number;
  /** Connections that were left alone without a client passing its control, since the last one that did. */
  vain: number;
  /** Connections that are attacked before one is left alone again. */
  wait: number;
  /** A client reached TLS and tried none of the usual logins: others are offered too. */
  otherLogins?: OtherLogins;
  /** Who came last, of those that passed their control. */
  last?: Known;
  /** Comparisons that another client than the expected one met, since the last one that taught. */
  missed: number;
  /** Connections that are attacked before one is compared again. */
  rest: number;
}

/** What a connection turned out to be. */
export interface Recognised {
  /** The client's own name; of several that it may be, all. */
  readonly name: string;
  /** What that client's control taught; absent if it was not yet seen without an attack. */
  readonly control?: ControlFacts;
  /** What the case is compared with; absent if nothing is, or if the attack was made for another client. */
  readonly withheld?: WithheldFacts;
  /** Clients are known at this address, and nothing that it said tells which of them it is, if any. */
  readonly isUnnamed?: true;
  /** The client tried to start TLS on an earlier connection of the same attack. */
  readonly hasBegun?: true;
}

/** What a connection was expected to be. */
interface Expected {
  readonly known: Known;
  readonly key: string;
}

/**
 * Decides which connections are attacked, so that every client is seen without an attack first. A client is its address
 * and what it says of itself: a verdict on one is never guarded by the control of another.
 */
export class Clients {
  readonly #cases: readonly [Case, ...Case[]];
  readonly #isControlled: boolean;
  readonly #isOneClient: boolean;
  readonly #addresses = new Map<string, Address>();
  /** Where the case is compared with another visit: whose it should be. */
  readonly #expected = new WeakMap<Course, Expected>();
  readonly #comparisons = new Map<Case, Case>();
  /** The case that is not left, where somebody chooses. */
  #chosen: number | undefined;

  /**
   * The cases take turns; `isControlled` is false where every connection is attacked. `all` are those of the same set-up, among
   * which the controls are that cases are compared with. `isOneClient`: the user says that no other client connects.
   */
  constructor(
    cases: readonly [Case, ...Case[]],
    isControlled: boolean,
    all: readonly Case[] = [],
    isOneClient = false,
  ) {
    this.#cases = cases;
    this.#isControlled = isControlled;
    this.#isOneClient = isOneClient;
    for (const one of cases) {
      const comparison = comparisonOf(one, all);
      if (comparison !== undefined) this.#comparisons.set(one, comparison);
    }
  }

  /** What connections may meet besides the cases: controls that those are compared with. */
  get comparisons(): readonly Case[] {
    return [...this.#comparisons.values()];
  }

  /** From now on the case with this index is played, instead of all in turn. */
  choose(index: number): void {
    this.#chosen = index;
  }

  /** What happens to a new connection, of which nothing but the address is known. */
  course(address: string): Course {
    const at = this.#at(address);
    const [first] = this.#cases;
    const others = at.otherLogins ? { otherLogins: at.otherLogins } : {};
    if (this.#isControlled && this.#isSpared(at)) return { one: first, untouched: true, ordinal: 1, ...others };
    // A client may come back before its last connection has ended, and must not meet the same attack again.
    const one = this.#cases[(this.#chosen ?? at.turn + openAt(at)) % this.#cases.length] ?? first;
    return (this.#isControlled ? this.#comparing(at, one) : undefined) ?? this.#attacked(at, one);
  }

  /** The same where somebody else decides which connections are attacked, and how. */
  decided(address: string, one: Case | undefined): Course {
    const [first] = this.#cases;
    return one === undefined ? { one: first, untouched: true, ordinal: 1 } : this.#attacked(this.#at(address), one);
  }

  /** The visit that the case is compared with, where the client that is expected has not made it. */
  #comparing(at: Address, one: Case): Course | undefined {
    const comparison = this.#comparisons.get(one);
    const known = expectedAt(at);
    if (comparison === undefined || known === undefined) return undefined;
    const key = comparisonKey(one, known.control);
    const facts = known.compared.get(key);
    if ((facts !== undefined && facts.stopped !== true) || (known.tried.get(key) ?? 0) >= MOST_TRIES) return undefined;
    // Another client that keeps coming must be attacked, too.
    if (at.rest > 0) {
      at.rest -= 1;
      return undefined;
    }
    const others = at.otherLogins ? { otherLogins: at.otherLogins } : {};
    const course: Course = { one: comparison, untouched: false, ordinal: 1, ...others, control: known.control };
    this.#expected.set(course, { known, key });
    return course;
  }

  #attacked(at: Address, one: Case): Course {
    const others = at.otherLogins ? { otherLogins: at.otherLogins } : {};
    const name = caseKey(one);
    const known = expectedAt(at);
    // Attacks in several steps begin with each client anew.
    const { over, open } = (known ?? at).attacks;
    const ordinal = 1 + (over.get(name) ?? 0) + (open.get(name) ?? 0);
    open.set(name, 1 + (open.get(name) ?? 0));
    if (known === undefined) return { one, untouched: false, ordinal, ...others };
    const key = comparisonKey(one, known.control);
    const withheld = known.compared.get(key);
    const course: Course = {
      ...{ one, untouched: false, ordinal, ...others, control: known.control },
      ...(withheld && { withheld }),
    };
    this.#expected.set(course, { known, key });
    return course;
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
    at.wait = waiting(at.vain);
    return true;
  }

  /** A connection has ended, whatever was said on it. */
  left(address: string, course: Course): void {
    const { one, untouched } = course;
    const { open } = (this.#expected.get(course)?.known ?? this.#at(address)).attacks;
    if (!untouched && !this.compares(course)) open.set(caseKey(one), Math.max(0, (open.get(caseKey(one)) ?? 0) - 1));
  }

  /** Whether a connection meets the control that a case is compared with, instead of the case. */
  compares({ one }: Course): boolean {
    return this.comparisons.includes(one);
  }

  /** An untouched connection on which the client spoke has ended; `shown` is its identity as other connections may tell it. */
  learn(address: string, identity: Identity, control: ControlFacts, shown = identity): void {
    const at = this.#at(address);
    const same = at.known.find((each) => likeness(each.identity, identity) === 'same');
    // Clients that take turns: one that is known already must not use up what is left alone for the other.
    at.wanted = same?.control.passed === true ? Math.max(0, at.wanted - 1) : 0;
    if (control.passed) Object.assign(at, { vain: 0, wait: 0 });
    if (same === undefined) {
      const known: Known = {
        identity,
        shown,
        control,
        spent: 0,
        compared: new Map(),
        tried: new Map(),
        attacks: none(),
      };
      at.known.push(known);
      if (control.passed) came(at, known);
      // Strangers that never pass, however many come, must not make those be forgotten that did.
      const failed = at.known.findIndex((each) => !each.control.passed);
      if (at.known.length > MOST_CLIENTS) at.known.splice(Math.max(0, failed), 1);
    } else {
      same.identity = joined(same.identity, identity);
      same.shown = joined(same.shown, shown);
      if (control.passed || !same.control.passed) same.control = control;
      if (control.passed) came(at, same);
    }
    const others = this.#othersFor(at, control);
    if (others !== undefined) Object.assign(at, { otherLogins: others, wanted: at.wanted + 1 });
  }

  /** What is offered from now on to a client that reached TLS and tried no usual login; undefined if no more than before. */
  #othersFor({ otherLogins, known }: Address, control: ControlFacts): OtherLogins | undefined {
    const usual = protocols[this.#cases[0].protocol].honest.logins;
    const triedUsual = control.mechanisms.some((each) => usual.includes(each));
    if (control.passed || control.tlsVersion === undefined || triedUsual) return undefined;
    if (otherLogins === undefined) return 'rare';
    // What a client was compared with must not change: the list before TLS is for an address where none has passed yet.
    return otherLogins === 'rare' && !known.some((each) => each.control.passed) ? 'all' : undefined;
  }

  /** Whether a client at this address passed its control. */
  knows(address: string): boolean {
    return this.#at(address).known.some(({ control }) => control.passed);
  }

  /** An attacked connection on which the client spoke has ended: whose it was. */
  recognise(address: string, course: Course, identity: Identity, triedTls = false): Recognised {
    const at = this.#at(address);
    const name = caseKey(course.one);
    at.turn += 1;
    const found = this.#found(at, identity);
    for (const { over } of [at.attacks, ...(found.known === undefined ? [] : [found.known.attacks])])
      over.set(name, 1 + (over.get(name) ?? 0));
    const begun = found.known?.attacks.begun;
    const hasBegun = begun?.has(name) === true;
    if (triedTls) begun?.add(name);
    // The attack goes by what its comparison taught: made for one client, it proves nothing of another one.
    const isExpected = found.known !== undefined && this.#expected.get(course)?.known === found.known;
    return {
      ...found.recognised,
      ...(isExpected && course.withheld && { withheld: course.withheld }),
      ...(isExpected && hasBegun && { hasBegun }),
    };
  }

  /** A connection has ended that is to be compared with: whose it was. `taught` is undefined where it shows nothing. */
  compare(address: string, course: Course, identity: Identity, taught: WithheldFacts | undefined): Recognised {
    const at = this.#at(address);
    const { known, recognised } = this.#found(at, identity);
    const expected = this.#expected.get(course);
    if (expected === undefined || expected.known !== known) {
      at.missed += 1;
      at.rest = waiting(at.missed);
      return recognised;
    }
    const { key } = expected;
    known.tried.set(key, 1 + (known.tried.get(key) ?? 0));
    if (taught !== undefined) known.compared.set(key, taught);
    Object.assign(at, { missed: 0, rest: 0 });
    return recognised;
  }

  #found(at: Address, identity: Identity): { readonly known?: Known; readonly recognised: Recognised } {
    const alike = at.known.map((known) => ({ known, how: likeness(known.identity, identity) }));
    const same = alike.filter(({ how }) => how === 'same');
    const possible = alike.filter(({ how }) => how === 'possible');
    // A client that says nothing of itself is taken for the only one there is; one that does is no nameless stranger who failed.
    const only = possible.filter(({ known }) => known.control.passed || ownName(identity) === '');
    const unclear = alike.filter(({ how }) => how === 'unclear');
    // One that says nothing at all, and a control that failed vouches for nobody, or that nobody else connects.
    const taken = unclear.filter(
      ({ known }) => this.#isOneClient || (!known.control.passed && ownName(identity) === ''),
    );
    const found = same.length > 0 ? same : at.known.length === 1 ? [...only, ...taken] : [];
    const [first] = found;
    if (first === undefined) {
      const isUnnamed = ownName(identity) === '' && at.known.some(({ control }) => control.passed);
      // To see the only client once more would not tell more of who this was.
      if (!isUnnamed || at.known.length > 1 || unclear.length === 0)
        at.wanted = 1 + at.known.filter((each) => each.control.passed).length;
      return { recognised: { name: ownName(identity), ...(isUnnamed && { isUnnamed }) } };
    }
    const { known } = first;
    if (known.control.passed) came(at, known);
    if (!known.control.passed && known.spent < MOST_TRIES) {
      known.spent += 1;
      at.wanted = 1 + at.known.filter((each) => each.control.passed).length;
    }
    const name = [...new Set(found.map((each) => ownName(each.known.shown)))].filter((each) => each !== '');
    return {
      known,
      recognised: { name: name.length > 0 ? name.join(' or ') : ownName(identity), control: known.control },
    };
  }

  #at(address: string): Address {
    const key = machineOf(address);
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const made: Address = {
      known: [],
      attacks: none(),
      turn: 0,
      wanted: 0,
      vain: 0,
      wait: 0,
      missed: 0,
      rest: 0,
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

const none = (): Attacks => ({ over: new Map(), begun: new Set(), open: new Map() });

/** Attacked connections from an address that are not over. */
const openAt = ({ attacks, known }: Address): number =>
  [attacks, ...known.map((each) => each.attacks)]
    .flatMap(({ open }) => [...open.values()])
    .reduce((sum, count) => sum + count, 0);

/** The client that is likely to come now: the one that followed the last one before, so that clients may take turns. */
const expectedAt = ({ known, last }: Address): Known | undefined =>
  last === undefined ? undefined : last.next !== undefined && known.includes(last.next) ? last.next : last;

const came = (at: Address, known: Known): void => {
  if (at.last !== undefined) at.last.next = known;
  at.last = known;
};

/** Connections that are attacked before the next one is spared, after so many that were spared in vain. */
const waiting = (vain: number): number => (vain <= PATIENCE ? 0 : Math.min(MOST_WAIT, 2 ** (vain - PATIENCE) - 1));

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
