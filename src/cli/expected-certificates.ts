import { X509Certificate } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../fault.js';
import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import { inspectCertificate, type CertificateFacts } from '../tls/inspect.js';
import { readText, reason } from './files.js';
import type { CommonOptions } from './options.js';

/** What `--expect-cert` and `--pin` name; undefined without them. Throws `BAD_USAGE` for files without a certificate and for other pins. */
export const expectedCertificates = ({
  expectCert,
  pin,
}: Pick<CommonOptions, 'expectCert' | 'pin'>): ExpectedCertificates | undefined =>
  expectCert.length === 0 && pin.length === 0
    ? undefined
    : { onDisk: expectCert.flatMap(certificatesIn), pins: pin.map(pinOf) };

const pinOf = (text: string): string => {
  const [, key] = /^sha256\/\/([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (key === undefined)
    throw new Fault(
      'BAD_USAGE',
      `--pin needs sha256// and the SHA-256 of the public key in base64 (44 characters), not ${JSON.stringify(text)}; docs/auditing.md shows how to compute it`,
    );
  return key;
};

const certificatesIn = (path: string): { path: string; leaf: CertificateFacts }[] => {
  if (!isFolder(path)) {
    const leaf = leafIn(path);
    if (leaf === undefined)
      throw new Fault(
        'BAD_USAGE',
        `the certificate file ${JSON.stringify(path)} holds no certificate that can be read (PEM)`,
      );
    return [{ path: resolve(path), leaf }];
  }
  const found = filesIn(path).flatMap((file) => {
    const leaf = leafIn(file);
    return leaf === undefined || leaf.isCa ? [] : [{ path: resolve(file), leaf }];
  });
  if (found.length === 0)
    throw new Fault(
      'BAD_USAGE',
      `the folder ${JSON.stringify(path)} and those in it hold no server certificate in a file named *.pem, *.crt or *.cer`,
    );
  return found;
};

/** The first certificate of a file: the leaf comes first (RFC 8446 §4.4.2). */
const leafIn = (path: string): CertificateFacts | undefined => {
  const [pem] =
    /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(
      readText(path, 'the certificate file', { most: LARGEST }),
    ) ?? [];
  if (pem === undefined) return undefined;
  try {
    return inspectCertificate(new X509Certificate(pem).raw);
  } catch {
    return undefined;
  }
};

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new Fault('BAD_USAGE', `the certificate file ${JSON.stringify(path)} cannot be read: ${reason(error)}`);
  }
};

/** Also of folders in the folder, as certbot keeps them. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(({ name }) => /\.(?:pem|crt|cer|cert)$/i.test(name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .sort()
    .slice(0, MOST_FILES);

/** Bytes. */
const LARGEST = 1024 * 1024;
const MOST_FILES = 1000;
