import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { BindMount } from './process-tree.js';

/** What to show in place of the files and the folder in which this machine's programs look for trusted authorities. */
export const systemTrust = (bundle: string | undefined, folder: string | undefined): BindMount[] => {
  const certs = realPath(FOLDER);
  const overFolder = folder === undefined || certs === undefined ? [] : [{ source: folder, target: certs }];
  if (bundle === undefined) return overFolder;
  const targets = [...new Set(BUNDLES.flatMap((path) => realPath(path) ?? []))]
    .filter((path) => statSync(path).isFile())
    // Below a folder that is itself replaced, only what is in the replacement can be mounted on.
    .filter(
      (path) => overFolder.length === 0 || dirname(path) !== certs || existsSync(join(folder ?? '', basename(path))),
    );
  return [...overFolder, ...targets.map((target) => ({ source: bundle, target }))];
};

const realPath = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

const FOLDER = '/etc/ssl/certs';

// Debian and Alpine, Fedora and RHEL, SUSE, OpenSSL's own default.
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/usr/lib/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];
