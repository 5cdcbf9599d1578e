import { hangUp, raw, send, upgrade, type Tamper, type TamperRule } from '../endpoints/tamper.js';
import type { Command, OfferChange } from '../protocols/protocol.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import type { FlightOrder } from '../tls/server-messages.js';

// Mistakes of servers as tamper rules over honest answers; checks name them as their flaws.

const commandOf = (unit: Parameters<TamperRule>[0]['unit']): Command | undefined =>
  unit?.kind === 'command' ? unit : undefined;

const relisted = (change: OfferChange, where: 'inside' | 'outside'): Tamper => {
  const rule: TamperRule = ({ protocol, inside }, next) =>
    inside === (where === 'inside') ? next((bytes) => protocol.rewriteOffer(bytes, change)) : next();
  return { greeting: rule, capabilities: rule, insideTls: rule };
};

const upgradeRefused: TamperRule = ({ protocol, unit }) => [
  send(protocol.answers.refuse(commandOf(unit), 'try-later', 'TLS not available')),
];

/** STARTTLS is neither listed nor accepted. */
export const withoutUpgrade: Tamper = { ...relisted({ upgrade: false }, 'outside'), starttls: upgradeRefused };

/** STARTTLS is listed, but refused. */
export const refusedUpgrade: Tamper = { starttls: upgradeRefused };

/** STARTTLS is accepted, but not listed. */
export const hiddenUpgrade: Tamper = relisted({ upgrade: false }, 'outside');

/** Go-ahead, and then nothing. */
export const closedInsteadOfTls: Tamper = {
  starttls: ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit))), hangUp],
};

/** Logins are listed outside TLS, though they are refused there. */
export const loginsOffered: Tamper = relisted({ logins: ['PLAIN', 'LOGIN'], loginDisabled: false }, 'outside');

const servedOutside: TamperRule = ({ protocol, unit, inside }, next) => {
  const command = commandOf(unit);
  const { service, transaction } = protocol.inspection;
  const isService = command?.verb === service.verb || command?.verb === transaction?.nextVerb;
  return command !== undefined && isService && !inside ? [send(protocol.answers.ok(command, '1 100'))] : next();
};

/** Mail is taken, or the mailbox or the scripts are served, outside TLS. */
export const servedInClear: Tamper = { mailbox: servedOutside, message: servedOutside, other: servedOutside };

const keeps = (what: 'lines' | 'fragment' | 'all'): Tamper => ({
  starttls: ({ protocol, unit, inside }, next) =>
    inside ? next() : [send(protocol.answers.goAhead(commandOf(unit))), { do: 'upgrade', keeps: what }],
});

/** Whole lines from before TLS are executed inside it (CVE-2011-0411). */
export const keepsLines = keeps('lines');

/** The beginning of a line from before TLS sticks to the first line inside it. */
export const keepsFragment = keeps('fragment');

/** Everything from before TLS is read on inside it. */
export const keepsAll = keeps('all');

/** STARTTLS is still listed inside TLS. */
export const upgradeStillListed: Tamper = relisted({ upgrade: true }, 'inside');

/** STARTTLS is accepted inside TLS. */
export const upgradeInside: Tamper = {
  starttls: ({ protocol, unit, inside }, next) => (inside ? [send(protocol.answers.goAhead(commandOf(unit)))] : next()),
};

/** STARTTLS is accepted, whatever stands behind it. */
export const parameterAccepted: Tamper = {
  starttls: ({ protocol, unit, inside }, next) =>
    inside ? next() : [send(protocol.answers.goAhead(commandOf(unit))), upgrade()],
};

/** Something is said between the go-ahead and TLS. */
export const wordsAfterGoAhead: Tamper = {
  starttls: ({ protocol, unit, inside }, next) =>
    inside
      ? next()
      : [send(protocol.answers.goAhead(commandOf(unit))), raw(protocol.answers.ok(undefined, 'by the way')), upgrade()],
};

/** Takes one of these suites from clients that offer no suite of today. */
export const takesSuites =
  (names: RegExp) =>
  ({ cipherSuites }: ClientHelloFacts): Partial<FlightOrder> | undefined => {
    const isOld = !cipherSuites.some((id) => MODERN_SUITE.test(cipherSuite(id).name));
    const suite = isOld ? cipherSuites.find((id) => names.test(cipherSuite(id).name)) : undefined;
    return suite === undefined ? undefined : { suite };
  };

/** Answers every hello that ends at TLS 1.2 with this flight. */
export const upToTls12 =
  (order: (hello: ClientHelloFacts) => Partial<FlightOrder> | undefined) =>
  (hello: ClientHelloFacts): Partial<FlightOrder> | undefined =>
    hello.versions.includes('TLSv1.3') || !hello.versions.includes('TLSv1.2') ? undefined : order(hello);

const MODERN_SUITE = /^TLS_(AES|CHACHA20|ECDHE_.*_(AES|CHACHA20))/;
