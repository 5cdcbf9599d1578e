import type { Discovery } from '../endpoints/discovery/discovery.js';
import type { Tamper } from '../endpoints/tamper.js';
import type { Offer, Protocol, ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { Flaw } from '../toys/moments.js';
import type { Canaries } from '../verdict/canaries.js';
import type { Judgement } from '../verdict/judgement.js';
import type { ControlFacts, Seat, Visit } from '../verdict/visit.js';
import type { Family } from './family.js';

/** A row of a scenario: a case of its own. */
export interface Variant {
  /** Last part of the case's id: `454`. */
  readonly name: string;
  /** What it does, as a clause, where neither its name nor its `reply`, `fault` or `how` says so. */
  readonly does?: string;
  /** Protocols that this row exists for; all of the scenario's by default. */
  readonly protocols?: readonly ProtocolName[];
  /** Modes that this row exists for; all of the scenario's by default. */
  readonly modes?: readonly TlsMode[];
  /** Seats that this row exists for; all of the scenario's by default. */
  readonly seats?: readonly Seat[];
  readonly extra?: Extra;
  /** Rows of the catalogue that this variant covers, besides those of its scenario. */
  readonly covers?: readonly string[];
}

/**
 * Left out of the default set: run with `--all`, or where a glob chooses it. `more` is a further case of what another one
 * shows; `slow` waits for tens of seconds or minutes.
 */
export type Extra = 'more' | 'slow';

/** Stands for the row where a scenario has none. */
export const NO_VARIANT: Variant = { name: '' };

/** What the place must have for a scenario to work; `loopback` has neither. */
export type Need = 'names' | 'well-known-ports';

/** A control that others are compared with. */
export type ComparedControl = 'control-withheld' | 'control-refused' | 'control-handshake';

/** One attack on clients: tamper rules over honest answers, and a judge of the visit. */
export interface Scenario<V extends Variant = Variant> {
  /** Names the deviation; kebab-case. */
  readonly id: string;
  readonly family: Family;
  readonly title: string;
  /** What the server does, without its subject: `lists STARTTLS; answers it with an error`; made from the rules by default. */
  readonly attack?: string;
  readonly why: string;
  readonly references: readonly string[];
  readonly cve?: readonly string[];
  readonly cwe?: readonly string[];
  /** All four by default. */
  readonly protocols?: readonly ProtocolName[];
  readonly modes: readonly TlsMode[];
  /** Both by default. */
  readonly seats?: readonly Seat[];
  readonly needs?: readonly Need[];
  readonly variants?: readonly V[];
  /** Of all its variants; a variant may say so by itself. */
  readonly extra?: Extra;
  /** Milliseconds that a visit may take at least, whatever the session's own limit; for scenarios that wait. */
  readonly lasts?: number | ((variant: V) => number);
  /** Its pauses are longer than the client takes to speak, by its control; a client that is slower in this case meets it once more. */
  readonly goesByPace?: true;
  /** `served` (the default): outside TLS the endpoint offers and accepts what it would inside, so that a client which falls back gets on. */
  readonly plaintext?: 'served' | 'refused';
  /** The attack only begins on the client's first connection, or on so many first ones, and goes on in its next one. */
  readonly goesOn?: true | ((variant: V) => number);
  /** What the client's own endpoint presents; `good` by default. */
  readonly certificate?: RecipeName | ((variant: V) => RecipeName);
  /** What it presents on connections after the first one, or beside it; the same by default. */
  readonly laterCertificate?: RecipeName;
  /** The first connection that it is presented on, by its place; 2 by default. */
  readonly laterFrom?: (variant: V, control: ControlFacts | undefined) => number;
  /** Handshakes are made by hand (`upgradeScripted`): the endpoint has a certificate with an RSA key besides. */
  readonly makesHandshakes?: true;
  /** The client is given an address instead of a name. */
  readonly connectBy?: 'name' | 'address';
  /**
   * The case exists in the middle seat also where TLS passes on unread; the client then has a password that the real server does not
   * know. `spliced`: its TLS goes to the server's other door; `honest`: where it belongs.
   */
  readonly unread?: 'spliced' | 'honest' | ((variant: V) => 'spliced' | 'honest' | undefined);
  /** Changes what is offered inside TLS; `control` is what this client's control taught, absent in the control itself. */
  readonly inside?: (honest: Offer, variant: V, control: ControlFacts | undefined) => Offer;
  readonly tamper: Tamper<V>;
  /** What the other port roles do in a cell; they are honest by default. */
  readonly others?: { readonly tamper: Tamper<V>; readonly plaintext: 'served' | 'refused' };
  /**
   * The attacker has a server of its own. `true`: same protocol, STARTTLS, a certificate of an unknown issuer; it takes logins in
   * clear. `verified`: at a host of another domain, on the same port, with TLS of the same kind and a right certificate of that host.
   */
  readonly attacker?: true | 'verified';
  /** What a client finds that looks for its server by itself; all of it is right by default. */
  readonly discovery?: Discovery | ((variant: V) => Discovery);
  /** Needs the visit to an honest server that is slow, or that refuses the client, for this variant's `inside`. */
  readonly comparesWith?: ComparedControl | ((variant: V) => ComparedControl);
  /** Why the attack cannot be made in a protocol, in words; undefined where it can. */
  readonly impossible?: (protocol: Protocol) => string | undefined;
  /** Why the attack never comes to a client with this control, in words; undefined where it does. */
  readonly pointless?: (variant: V, control: ControlFacts) => string | undefined;
  /** A pure function; scenarios without variants are given one without a name. */
  readonly judge: (visit: Visit, variant: V) => Judgement;
  /** What a person in front of the client's screen is asked afterwards, if nothing else decides: “yes” means that the attack had its effect. */
  readonly asks?: (variant: V, canaries: Canaries) => string;
  readonly flaw: Flaw | ((variant: V) => Flaw);
  /** What the flaw comes to under the policy `required`; `unsafe` by default. */
  readonly worst?: 'unsafe' | 'downgradable';
  /** Rows of the catalogue. */
  readonly covers: readonly string[];
}

/** Declares a scenario; the variant's type flows into its rules. */
export const defineScenario = <V extends Variant = Variant>(scenario: Scenario<V>): Scenario =>
  // A rule only ever meets the variants of its own scenario, which the registry's common type cannot say.
  scenario as unknown as Scenario;
