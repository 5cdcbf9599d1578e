import { join } from 'node:path';
import { trustFilesOf } from '../clients/trust-files.js';
import { Fault } from '../fault.js';
import type { SessionFolder } from '../place/visit-home.js';
import type { Authority } from '../tls/certificate-authority.js';
import { PKCS12_PASSWORD } from '../tls/pkcs12.js';
import type { Answered } from './messages.js';

/** The CA in every form, readable for clients that run as other users. */
export const caFiles = (folder: SessionFolder, authority: Authority): Answered<'hello'>['ca'] => {
  const [trust] = trustFilesOf(authority.pem);
  if (trust === undefined) throw new Fault('HARNESS_BUG', 'the CA has no certificate');
  const hashed = folder.publish(join('ca', trust.hashedName), authority.pem);
  return {
    file: folder.publish('ca.pem', authority.pem),
    pem: authority.pem,
    dir: join(hashed, '..'),
    p12: folder.publish('ca.p12', trust.pkcs12()),
    jks: folder.publish('ca.jks', trust.jks()),
    password: PKCS12_PASSWORD,
  };
};
