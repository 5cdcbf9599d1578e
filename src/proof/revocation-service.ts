import { createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { element, objectIdentifier, sequence, TAG } from '../tls/der.js';
import { parsedCertificate, type ParsedCertificate } from '../tls/inspect.js';
import { certificateId } from '../tls/ocsp.js';

/** What an authority of ours says of a certificate; another `key` than its own makes a forgery. */
export interface ToldStatus {
  readonly status: 'good' | 'revoked';
  /** Days from now at which its word was made, and at which it expires. */
  readonly days?: readonly [from: number, to: number];
  readonly key?: KeyObject;
}

/** An OCSP response about the certificate (PEM), signed with its issuer's RSA key; for a self-signed one that is its own. */
export const ocspResponse = (certPem: string, keyPem: string, told: ToldStatus, issuerPem = certPem): Buffer => {
  const [leaf, issuer] = [certificateOf(certPem), certificateOf(issuerPem)];
  const [from, to] = told.days ?? [-1, 3];
  const single = sequence(
    certificateId(leaf.structure.serial, issuer),
    told.status === 'good' ? element(0x80) : element(0xa1, time(-1)),
    time(from),
    element(0xa0, time(to)),
  );
  const data = sequence(element(0xa1, issuer.structure.subject), time(from), sequence(single));
  const basic = signed(data, told.key ?? createPrivateKey(keyPem));
  return sequence(
    element(ENUMERATED, Buffer.from([0])),
    element(0xa0, sequence(objectIdentifier('1.3.6.1.5.5.7.48.1.1'), element(TAG.octetString, basic))),
  );
};

/** A list of revoked certificates, with this one in it or without, signed as the response is. */
export const revocationList = (certPem: string, keyPem: string, told: ToldStatus, issuerPem = certPem): Buffer => {
  const [leaf, issuer] = [certificateOf(certPem), certificateOf(issuerPem)];
  const [from, to] = told.days ?? [-1, 3];
  const others = Array.from({ length: 3 }, (_, index) => Buffer.from([index + 1]));
  const serials = told.status === 'revoked' ? [...others, leaf.structure.serial] : others;
  return signed(
    sequence(
      element(TAG.integer, Buffer.from([1])),
      ALGORITHM,
      issuer.structure.subject,
      time(from),
      time(to),
      sequence(...serials.map((serial) => sequence(element(TAG.integer, serial), time(-1)))),
    ),
    told.key ?? createPrivateKey(keyPem),
  );
};

/** An HTTP server on loopback that tells what `answers` has for a path; other paths are not found. */
export const revocationService = async (
  answers: () => Readonly<Record<string, Buffer>>,
): Promise<AsyncDisposable & { readonly url: string }> => {
  const server = createServer((request, response) => {
    const answer = answers()[request.url ?? ''];
    request.resume();
    request.on('end', () => {
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

const signed = (data: Buffer, key: KeyObject): Buffer =>
  sequence(data, ALGORITHM, element(TAG.bitString, Buffer.from([0]), sign('sha256', data, key)));

const certificateOf = (pem: string): ParsedCertificate => {
  const parsed = parsedCertificate(new X509Certificate(pem).raw, new Date());
  if (parsed === undefined) throw new Error('the certificate cannot be read');
  return parsed;
};

/** GeneralizedTime, so many days from now. */
const time = (days: number): Buffer =>
  element(
    0x18,
    Buffer.from(`${new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'),
  );

const ENUMERATED = 0x0a;
const DAY = 86_400_000;
/** sha256WithRSAEncryption. */
const ALGORITHM = sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(TAG.null));
