import { isIP } from 'node:net';
import type { Chain } from './chain.js';
import { base64Of, derOf } from './pem.js';

/** An entry that is not what its form says, in words. */
export class BadEntry extends Error {}

/** A case of bettertls, with a private key or without. */
export const bettertlsChain = (
  entry: unknown,
  { suite, root }: { readonly suite: string; readonly root: Buffer },
): Chain => {
  const fields = recordOf(entry);
  const id = fields['id'];
  if (typeof id !== 'number' && typeof id !== 'string') throw new BadEntry('"id" is missing');
  const name = `${suite}/${String(id)}`;
  const read = <T>(field: string, value: T | undefined, what: string): T => {
    if (value === undefined)
      throw new BadEntry(`case ${name}: "${field}" ${fields[field] === undefined ? 'is missing' : `must be ${what}`}`);
    return value;
  };
  const listField = fields['chain'] === undefined ? 'certificates' : 'chain';
  const hostField = fields['host'] === undefined ? 'hostname' : 'host';
  const encoded = read(listField, textsOf(fields[listField]), 'a list of certificates in base64');
  const certificates = encoded.map((each) => read(listField, base64Of(each), 'a list of certificates in base64'));
  if (certificates.length === 0) throw new BadEntry(`case ${name}: "${listField}" is empty`);
  const host = read(hostField, textOf(fields[hostField]), 'a name or address');
  const expected = read('expected', expectedOf(fields['expected']), 'ACCEPT or REJECT');
  const key =
    fields['key'] === undefined || fields['key'] === null
      ? undefined
      : read('key', base64Of(textOf(fields['key']) ?? ''), 'PKCS#8 in base64');
  const features = textsOf(fields['features'] ?? fields['requiredFeatures'] ?? []) ?? [];
  return {
    id: name.slice(0, LONGEST_NAME),
    family: bettertlsFamily(suite, features, expected),
    form: `${suite} for ${kindOfHost(host)}`,
    host,
    certificates,
    ...(key && { key }),
    roots: [root],
    expected,
    soft: fields['soft'] === true || fields['failureIsWarning'] === true,
    ...(features.length > 0 && { why: `needs ${features.join(', ').slice(0, 200)}` }),
  };
};

/** A case of x509-limbo. */
export const limboChain = (entry: unknown): Chain => {
  const fields = recordOf(entry);
  const id = textOf(fields['id']);
  if (id === undefined) throw new BadEntry('"id" is missing');
  const bad = (field: string, what: string): BadEntry =>
    new BadEntry(
      `case ${id.slice(0, LONGEST_NAME)}: "${field}" ${fields[field] === undefined ? 'is missing' : `must be ${what}`}`,
    );
  const certificate = (field: string, pem: unknown): Buffer => {
    const der = typeof pem === 'string' ? derOf(pem, 'CERTIFICATE') : undefined;
    if (der === undefined) throw bad(field, 'a certificate in PEM');
    return der;
  };
  const list = (field: string): Buffer[] => {
    const pems = textsOf(fields[field] ?? []);
    if (pems === undefined) throw bad(field, 'a list of certificates in PEM');
    return pems.map((pem) => certificate(field, pem));
  };
  const result = textOf(fields['expected_result']);
  if (result !== 'SUCCESS' && result !== 'FAILURE') throw bad('expected_result', 'SUCCESS or FAILURE');
  if (fields['trusted_certs'] === undefined) throw bad('trusted_certs', 'a list of certificates in PEM');
  const leaf = certificate('peer_certificate', fields['peer_certificate']);
  const keyText = fields['peer_certificate_key'];
  const key = typeof keyText === 'string' ? derOf(keyText, 'PRIVATE KEY') : undefined;
  const roots = list('trusted_certs');
  const peer =
    typeof fields['expected_peer_name'] === 'object'
      ? (fields['expected_peer_name'] as Record<string, unknown> | null)
      : null;
  const host = textOf(peer?.['value']) ?? 'localhost';
  const time = textOf(fields['validation_time']);
  const at = time === undefined ? undefined : new Date(time);
  if (at !== undefined && Number.isNaN(at.getTime())) throw bad('validation_time', 'a date, RFC 3339');
  const features = textsOf(fields['features'] ?? []) ?? [];
  const why = textOf(fields['description'])?.replace(/\s+/g, ' ').trim().slice(0, 200);
  const notApplicable = limboObstacle(fields, peer, roots, features);
  return {
    id: id.slice(0, LONGEST_NAME),
    family: limboFamily(id),
    form: `limbo for ${kindOfHost(host)}`,
    host,
    certificates: [leaf, ...list('untrusted_intermediates')],
    ...(key && { key }),
    roots,
    expected: result === 'SUCCESS' ? 'accept' : 'reject',
    // What browsers' rules add to RFC 5280, or a purist to both, mail clients need not keep.
    soft:
      id.startsWith('webpki') ||
      features.some((feature) => feature.startsWith('pedantic')) ||
      fields['importance'] === 'low',
    ...(why !== undefined && why !== '' && { why }),
    ...(at && { at }),
    ...(notApplicable !== undefined && { notApplicable }),
  };
};

/** The certificate in base64 that a suite's `root` or `trustRoot` is. */
export const rootOf = (value: unknown): Buffer => {
  const der = base64Of(textOf(value) ?? '');
  if (der === undefined) throw new BadEntry('the root must be a certificate in base64');
  return der;
};

const limboObstacle = (
  fields: Record<string, unknown>,
  peer: Record<string, unknown> | null,
  roots: readonly Buffer[],
  features: readonly string[],
): string | undefined => {
  if (fields['validation_kind'] === 'CLIENT') return 'it is about certificates of clients';
  if (peer === null) return 'it names no host';
  if (peer['kind'] !== 'DNS' && peer['kind'] !== 'IP') return 'its name is neither a host’s nor an address';
  if (roots.length === 0) return 'it has no root to be trusted';
  if ((textsOf(fields['crls'] ?? []) ?? []).length > 0 || features.includes('has-crl'))
    return 'it needs a revocation list, which is not part of a handshake';
  if (features.includes('max-chain-depth') || typeof fields['max_chain_depth'] === 'number')
    return 'it needs a limit of depth that mail clients do not have';
  if ((textsOf(fields['extended_key_usage'] ?? []) ?? []).some((purpose) => purpose !== 'serverAuth'))
    return 'it asks for another purpose than a server’s';
  if (
    (textsOf(fields['key_usage'] ?? []) ?? []).length > 0 ||
    (textsOf(fields['signature_algorithms'] ?? []) ?? []).length > 0
  )
    return 'it needs settings of a verifier that mail clients do not have';
  return undefined;
};

const bettertlsFamily = (suite: string, features: readonly string[], expected: string): string => {
  if (suite === 'nameconstraints') return 'name-constraints';
  if (suite !== 'pathbuilding') return suite.slice(0, 60);
  const reason = features.find((feature) => feature.startsWith('INVALID_REASON_'));
  // A good path beside a bad one tests whether the good one is found.
  return expected === 'accept' || reason === undefined ? 'path-building' : (REASONS[reason] ?? 'path-building');
};

const REASONS: Readonly<Record<string, string>> = {
  INVALID_REASON_EXPIRED: 'validity',
  INVALID_REASON_NAME_CONSTRAINTS: 'name-constraints',
  INVALID_REASON_BAD_EKU: 'extended-key-usage',
  INVALID_REASON_MISSING_BASIC_CONSTRAINTS: 'ca-flag',
  INVALID_REASON_NOT_A_CA: 'ca-flag',
  INVALID_REASON_DEPRECATED_CRYPTO: 'signature-hash',
};

/** `rfc5280::nc::permitted-dns-match` is about `nc`, `pathlen::…` about `pathlen`. */
const limboFamily = (id: string): string => {
  const [first = '', second = '', third] = id.split('::');
  const word = (first === 'rfc5280' || first === 'webpki') && third !== undefined ? second : first;
  return (LIMBO_FAMILIES[word] ?? word.replace(/[^A-Za-z0-9-]+/g, '-')).slice(0, 60);
};

const LIMBO_FAMILIES: Readonly<Record<string, string>> = {
  nc: 'name-constraints',
  eku: 'extended-key-usage',
  ku: 'key-usage',
  pathlen: 'path-length',
  pathological: 'path-building',
  pc: 'policy',
};

const kindOfHost = (host: string): string => (isIP(host) !== 0 ? 'addresses' : host === 'localhost' ? host : 'names');

const recordOf = (entry: unknown): Record<string, unknown> => {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new BadEntry('a case must be an object');
  return entry as Record<string, unknown>;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const textsOf = (value: unknown): string[] | undefined => {
  if (value === null) return [];
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
};

const expectedOf = (value: unknown): 'accept' | 'reject' | undefined =>
  value === 'ACCEPT' ? 'accept' : value === 'REJECT' ? 'reject' : undefined;

const LONGEST_NAME = 120;
