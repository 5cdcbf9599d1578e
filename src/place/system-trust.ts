import { realpathSync, statSync } from 'node:fs';

/** The files of this machine in which its programs look for trusted authorities, symbolic links resolved. */
export const systemTrust = (): string[] => [...new Set(WELL_KNOWN.flatMap(realFile))];

const realFile = (path: string): string[] => {
  try {
    const real = realpathSync(path);
    return statSync(real).isFile() ? [real] : [];
  } catch {
    return [];
  }
};

// Debian and Alpine, Fedora and RHEL, SUSE, OpenSSL's own default.
const WELL_KNOWN = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/usr/lib/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];
