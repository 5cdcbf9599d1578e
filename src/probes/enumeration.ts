import type { HelloOrder } from '../tls/build-hello.js';
import { cipherSuite, cipherSuitesOf } from '../tls/cipher-suites.js';
import { nameOfPrime } from '../tls/known-primes.js';
import { groupName, signatureName, type TlsVersion } from '../tls/registries.js';
import type { ServerHelloAnswer, ServerKeyExchange } from '../tls/server-answer.js';
import type { Place } from './place.js';
import { refusalInWords, type AnsweredHello, type AskHello } from './raw-hello.js';
import type { Ridden, Rider } from './rider.js';

// Enumeration by elimination: offer everything, take out what was chosen, go on until the rest is refused.

/** A suite that the server chose, and with what. */
export interface AcceptedSuite {
  /** Number in the IANA registry. */
  readonly id: number;
  /** IANA name. */
  readonly suite: string;
  readonly openssl?: string;
  /** Named group of the key exchange up to TLS 1.2. */
  readonly group?: string;
  /** Size of the prime (DHE), in bits. */
  readonly dhBits?: number;
  readonly prime?: string;
  readonly at?: Place;
}

/** What came of an enumeration; `refusal` is the answer to the hello in which nothing acceptable was left. */
export interface Enumerated<Item> {
  readonly accepted: readonly Item[];
  readonly refusal: string;
}

/** What the hellos of an enumeration found out besides. */
export interface Companions {
  readonly rider?: Rider;
  /** What another enumeration found out of this one. */
  readonly known?: Ridden;
  /** The answer to another hello of this version, which offered more: a suite of the family that it chose need not be asked for. */
  readonly first?: AnsweredHello;
  /** Told of each key exchange. */
  readonly onExchange?: (exchange: ServerKeyExchange, at?: Place) => void;
}

/** Suites that share a way to agree on keys: a server may choke on one family and serve the others. */
export type SuiteFamily = 'ecdhe' | 'dhe' | 'rsa' | 'other' | 'tls13';

/** All suites of the registry of one family. */
export const suitesOfFamily = (family: SuiteFamily): number[] => ALL.filter((id) => familyOf(id) === family);

/** The suites of one family that the server takes in one version, in its order where it has one, else in ours. */
export const enumerateSuites = async (
  ask: AskHello,
  version: TlsVersion,
  family: SuiteFamily,
  { rider, onExchange, known, first }: Companions = {},
): Promise<Enumerated<AcceptedSuite>> => {
  const accepted: AcceptedSuite[] = (known?.accepted ?? []).map(({ value, at }) => ({
    ...namesOf(value),
    ...(at && { at }),
  }));
  if (known?.refusal !== undefined) return { accepted, refusal: known.refusal };
  let left = known?.left ?? suitesOfFamily(family);
  let isServed = accepted.length > 0;
  let seen = first && isChoice(first.answer, version) && left.includes(first.answer.cipherSuite) ? first : undefined;
  while (left.length > 0) {
    const offered = { versions: [version], cipherSuites: left };
    // Before one like it was served a refusal may be about the hello itself: its length, its name, or what it carries besides.
    const isFirst = !isServed;
    const isNarrower = !isFirst && rider?.isRiding === true;
    const { answer, at } =
      seen ?? (await (isFirst ? askedInManyWays(ask, offered) : ask({ ...offered, ...rider?.order })));
    const isOwn = seen === undefined;
    seen = undefined;
    if (!isChoice(answer, version) || !left.includes(answer.cipherSuite)) {
      if (!isNarrower) return { accepted, refusal: refusalInWords(answer) };
      rider.end();
      continue;
    }
    isServed ||= isOwn;
    if (isNarrower) rider.note(answer, at);
    const { cipherSuite: chosen, serverKeyExchange } = answer;
    if (serverKeyExchange !== undefined) onExchange?.(serverKeyExchange, at);
    accepted.push({ ...namesOf(chosen), ...exchangeFacts(serverKeyExchange), ...(at && { at }) });
    left = left.filter((id) => id !== chosen);
  }
  return { accepted, refusal: 'nothing was left to offer' };
};

/** The groups of one version in the order in which the server names them; TLS 1.3 servers name theirs in a HelloRetryRequest. */
export const enumerateGroups = async (
  ask: AskHello,
  version: 'TLSv1.2' | 'TLSv1.3' | 'TLSv1.1' | 'TLSv1',
  groups: readonly number[],
  rider?: Rider,
): Promise<Enumerated<string>> => {
  const accepted: string[] = [];
  let left = [...groups];
  /** Without the curve of its certificate a server cannot show it (RFC 8422 §5.1): it stays in the hello, at its end. */
  const curves: number[] = [];
  /** How the last hello was refused, if that may be for want of what rode. */
  let refused: string | undefined;
  while (left.length > 0) {
    const order: HelloOrder = {
      versions: [version],
      groups: [...left, ...curves],
      keyShares: [],
      ...(version !== 'TLSv1.3' && { cipherSuites: suitesOfFamily('ecdhe') }),
    };
    const isNarrower = rider?.isRiding === true;
    const { answer, at } = await ask({ ...order, ...rider?.order });
    const chosen = isChoice(answer, version)
      ? (answer.helloRetryRequest ?? answer.keyShare ?? answer.serverKeyExchange?.group)
      : undefined;
    if (isNarrower && chosen === undefined) {
      // A hang-up may have another reason.
      if (answer.kind === 'alert') refused = refusalInWords(answer);
      rider.end();
      continue;
    }
    if (chosen === undefined) return { accepted, refusal: refusalInWords(answer) };
    if (isNarrower && isChoice(answer, version)) rider.note(answer, at);
    if (refused !== undefined) rider?.blame(refused);
    refused = undefined;
    if (!left.includes(chosen))
      return {
        accepted,
        refusal: curves.includes(chosen)
          ? `chose ${groupName(chosen)} rather than any other`
          : `answered with ${groupName(chosen)}, which was not offered`,
      };
    accepted.push(groupName(chosen));
    if (version !== 'TLSv1.3' && CURVES_OF_CERTIFICATES.has(chosen)) curves.push(chosen);
    left = left.filter((group) => group !== chosen);
  }
  return { accepted, refusal: 'nothing was left to offer' };
};

/** The schemes with which the server signs its key exchange in TLS 1.2, in its order; `accepted` are known already. */
export const enumerateSignatures = async (ask: AskHello, known: Ridden): Promise<Enumerated<string>> => {
  const accepted = known.accepted.map(({ value }) => signatureName(value));
  let { left } = known;
  while (left.length > 0) {
    const { answer } = await ask({
      versions: ['TLSv1.2'],
      cipherSuites: [...suitesOfFamily('ecdhe'), ...suitesOfFamily('dhe')],
      signatureAlgorithms: left,
    });
    const chosen = isChoice(answer, 'TLSv1.2') ? answer.serverKeyExchange?.signatureAlgorithm : undefined;
    if (chosen === undefined) return { accepted, refusal: refusalInWords(answer) };
    if (!left.includes(chosen))
      return { accepted, refusal: `signed with ${signatureName(chosen)}, which was not offered` };
    accepted.push(signatureName(chosen));
    left = left.filter((scheme) => scheme !== chosen);
  }
  return { accepted, refusal: 'nothing was left to offer' };
};

/** A whole flight of that version, or with TLS 1.3 its ServerHello. */
export const isChoice = (answer: AnsweredHello['answer'], version: string): answer is ServerHelloAnswer =>
  answer.kind === 'server-hello' && answer.complete && answer.version === version;

/** The names of a suite. */
export const namesOf = (id: number): Pick<AcceptedSuite, 'id' | 'suite' | 'openssl'> => {
  const { name, openssl } = cipherSuite(id);
  return { id, suite: name, ...(openssl !== undefined && { openssl }) };
};

/** What a key exchange shows about its group or prime. */
export const exchangeFacts = (
  exchange: ServerKeyExchange | undefined,
): Pick<AcceptedSuite, 'group' | 'dhBits' | 'prime'> => {
  const { group, dhBits, dhPrime } = exchange ?? {};
  return {
    ...(group !== undefined && { group: groupName(group) }),
    ...(dhBits !== undefined && { dhBits }),
    ...(dhPrime && { prime: nameOfPrime(dhPrime) }),
  };
};

/** A refusal is a fact only after hellos such as small, nameless clients send were refused too; some alerts say all at once. */
const askedInManyWays = async (ask: AskHello, order: HelloOrder): Promise<AnsweredHello> => {
  const first = await ask(order);
  const { answer } = first;
  if (answer.kind === 'server-hello' || (answer.kind === 'alert' && FINAL.has(answer.name))) return first;
  const few = (order.cipherSuites ?? []).filter((id) =>
    /_WITH_AES_128_(GCM_SHA256|CBC_SHA)$/.test(cipherSuite(id).name),
  );
  if (few.length === 0) return first;
  const again = await ask({ ...order, cipherSuites: few });
  return again.answer.kind === 'server-hello' ? again : first;
};

const CURVES_OF_CERTIFICATES: ReadonlySet<number> = new Set([23, 24, 25]);
const FINAL: ReadonlySet<string> = new Set(['handshake_failure', 'protocol_version', 'insufficient_security']);

const familyOf = (id: number): SuiteFamily => {
  const { name, classes } = cipherSuite(id);
  if (classes.has('tls13')) return 'tls13';
  if (/^TLS_ECDHE_(ECDSA|RSA)_/.test(name)) return 'ecdhe';
  if (/^TLS_DHE_(RSA|DSS)_/.test(name)) return 'dhe';
  return /^TLS_RSA_(?!PSK)/.test(name) ? 'rsa' : 'other';
};

const ALL: readonly number[] = cipherSuitesOf();
