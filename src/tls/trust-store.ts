import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Authority } from './certificate-authority.js';

/** Where clients find the session's CA, in the three forms that they read. */
export interface TrustStore {
  /** A PEM file: `{ca}`. */
  readonly file: string;
  /** A directory with OpenSSL's hashed names: `{ca_dir}`. */
  readonly directory: string;
  /** A PKCS#12 file with the password `PKCS12_PASSWORD`: `{ca_p12}`. */
  readonly pkcs12: string;
}

/** Writes the CA certificate (never its key) into `directory`, which must exist. */
export const writeTrustStore = async (authority: Authority, directory: string): Promise<TrustStore> => {
  const store = {
    file: join(directory, 'ca.pem'),
    directory: join(directory, 'ca'),
    pkcs12: join(directory, 'ca.p12'),
  };
  await mkdir(store.directory, { recursive: true });
  await Promise.all([
    writeFile(store.file, authority.pem),
    writeFile(join(store.directory, authority.hashedName), authority.pem),
    writeFile(store.pkcs12, authority.pkcs12()),
  ]);
  return store;
};
