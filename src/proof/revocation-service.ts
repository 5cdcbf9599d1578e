import { createPrivateKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { element, sequence, TAG } from '../tls/der.js';
import {
  certificateOf,
  daysFromNow,
  signatureAlgorithm,
  signedStructure,
  type ToldStatus,
} from '../tls/ocsp-response.js';

/** A list of revoked certificates, with this one in it or without, signed as the response is. */
export const revocationList = (certPem: string, keyPem: string, told: ToldStatus, issuerPem = certPem): Buffer => {
  const [leaf, issuer] = [certificateOf(certPem), certificateOf(issuerPem)];
  const [from, to] = told.days ?? [-1, 3];
  const others = Array.from({ length: 3 }, (_, index) => Buffer.from([index + 1]));
  const serials = told.status === 'revoked' ? [...others, leaf.structure.serial] : others;
  const key = told.key ?? createPrivateKey(keyPem);
  return signedStructure(
    sequence(
      element(TAG.integer, Buffer.from([1])),
      signatureAlgorithm(key),
      issuer.structure.subject,
      daysFromNow(from),
      daysFromNow(to),
      sequence(...serials.map((serial) => sequence(element(TAG.integer, serial), daysFromNow(-1)))),
    ),
    key,
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
