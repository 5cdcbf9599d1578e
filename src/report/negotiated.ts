import type { Result } from '../document/report-model.js';
import { portOf } from '../protocols/port-roles.js';
import { OPENSSL_NAMES } from '../tls/iana.js';
import { cipherSuite, type CipherClass } from '../tls/cipher-suites.js';

/** What the audit's own handshake with a port came to. */
export interface Negotiated {
  readonly completed?: boolean;
  /** `TLSv1.2`. */
  readonly version?: string;
  /** OpenSSL's name. */
  readonly cipher?: string;
}

/** The first handshake in the facts of these results. */
export const handshakeIn = (results: readonly Result[]): Negotiated | undefined =>
  results
    .map(({ facts }) => facts?.['dialogue'] as { readonly handshake?: Negotiated } | undefined)
    .find((dialogue) => dialogue?.handshake !== undefined)?.handshake;

/** As people and blackbox_exporter write it: `TLS 1.3`. */
export const tlsTitle = (version: string): string => version.replace(/^TLSv1$/, 'TLS 1.0').replace(/^TLSv/, 'TLS ');

/** What is outdated in a handshake for which everything better was offered: that is the best that the port does. */
export interface Weakness {
  readonly host: string;
  readonly port: number;
  readonly says: string;
}

/** Ports that negotiated an outdated version or suite, each once; relays are left out, since to them old TLS is better than none. */
export const weaknessesIn = (results: readonly Result[]): Weakness[] => {
  const found = new Map<string, Weakness>();
  for (const result of results) {
    const { host, port, address = '', portRole } = result;
    if (host === undefined || port === undefined || (portRole !== undefined && !portOf(portRole).tlsRequired)) continue;
    const { completed, version, cipher } = handshakeIn([result]) ?? {};
    if (completed !== true) continue;
    const says = [
      ...(version !== undefined && OUTDATED.test(version)
        ? [`negotiates ${tlsTitle(version)}, although TLS 1.2 and 1.3 were offered`]
        : []),
      ...(cipher !== undefined && isWeak(cipher) ? [`negotiates the weak suite ${cipher}`] : []),
    ];
    if (says.length > 0) found.set(`${host} ${address} ${String(port)}`, { host, port, says: says.join(', and ') });
  }
  return [...found.values()];
};

const isWeak = (cipher: string): boolean => {
  const id = ID_BY_OPENSSL_NAME.get(cipher);
  return id !== undefined && [...cipherSuite(id).classes].some((each) => WEAK.has(each));
};

const OUTDATED = /^(?:SSL|TLSv1$|TLSv1\.1$)/;
const WEAK: ReadonlySet<CipherClass> = new Set<CipherClass>([
  'null',
  'anon',
  'export',
  'rc2',
  'rc4',
  'des',
  '3des',
  'md5',
]);
const ID_BY_OPENSSL_NAME: ReadonlyMap<string, number> = new Map(OPENSSL_NAMES.map(([id, name]) => [name, id]));
