import { isIP } from 'node:net';
import { usualCipherSuites, type HelloOrder } from '../tls/build-hello.js';
import { cipherSuite, cipherSuitesOf } from '../tls/cipher-suites.js';
import type { TlsVersion } from '../tls/registries.js';

/**
 * Hellos of the families that real clients send for one version. A refused hello says something about that hello:
 * only a version that is refused in all of them is refused.
 */
export const usualHellos = (version: TlsVersion, servername: string): HelloOrder[] => {
  const named = isIP(servername) === 0 ? { servername } : {};
  const order = (cipherSuites: readonly number[]): HelloOrder => ({ versions: [version], cipherSuites, ...named });
  const all = usualCipherSuites([version]);
  // By address no name is sent anyway.
  const nameless = isIP(servername) === 0 ? [{ versions: [version], cipherSuites: all }] : [];
  if (version === 'TLSv1.3') return [order(all), { versions: [version, 'TLSv1.2'], ...named }, ...nameless];
  const of = (exchange: RegExp): number[] => all.filter((id) => exchange.test(cipherSuite(id).name));
  const [ecdhe, dhe, rsa] = [of(/^TLS_ECDHE_/), of(/^TLS_DHE_/), of(/^TLS_RSA_/)];
  return [order([...ecdhe, ...dhe, ...rsa]), order(ecdhe), order(few(version, ecdhe, rsa)), ...nameless];
};

/** TLS 1.2 suites with DHE before ECDHE, as some old clients list them. */
export const dheFirst = (servername: string): HelloOrder => {
  const all = usualCipherSuites(['TLSv1.2']);
  const isDhe = (id: number): boolean => cipherSuite(id).name.startsWith('TLS_DHE_');
  return {
    versions: ['TLSv1.2'],
    cipherSuites: [...all.filter(isDhe), ...all.filter((id) => !isDhe(id))],
    ...(isIP(servername) === 0 && { servername }),
  };
};

/** A TLS 1.2 hello with nothing but suites that need no certificate: no careful client sends it. */
export const anonymousHello = (servername: string): HelloOrder => ({
  ...dheFirst(servername),
  cipherSuites: cipherSuitesOf('anon').filter((id) => !/NULL|EXPORT/.test(cipherSuite(id).name)),
});

/** What small clients offer: AES-128 only. */
const few = (version: TlsVersion, ecdhe: readonly number[], rsa: readonly number[]): number[] =>
  [...ecdhe, ...rsa].filter((id) => {
    const { name } = cipherSuite(id);
    return name.endsWith(version === 'TLSv1.2' ? '_WITH_AES_128_GCM_SHA256' : '_WITH_AES_128_CBC_SHA');
  });
