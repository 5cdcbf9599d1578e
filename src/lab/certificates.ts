import { getDiffieHellman, randomBytes, webcrypto } from 'node:crypto';
import { element, integer, sequence, TAG } from '../tls/der.js';
import { x509Library } from '../tls/x509-library.js';
import type { LabWeakness } from './daemon.js';

/** Which certificate a daemon of the lab serves; `another` is as good as `good`, with another key. */
export type LabCertificate =
  'good' | 'another' | 'expired' | 'wrong-name' | 'self-signed' | 'missing-intermediate' | 'small-rsa';

/** A certificate with what the server sends besides, leaf first, and its key; PEM. */
export interface LabCredential {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The authority of one lab: a root, an intermediate, and leaves of every kind, all with RSA keys. */
export interface LabAuthority {
  /** The root, PEM. */
  readonly pem: string;
  issue(kind: LabCertificate): Promise<LabCredential>;
}

/** Weaknesses of certificates, which every daemon can have. */
export const certificateWeaknesses = {
  expired: {
    title: 'the certificate has expired',
    finds: ['certificate-out-of-date'],
    certificate: 'expired',
  },
  'wrong-name': {
    title: 'the certificate is for another name',
    finds: ['certificate-wrong-name'],
    certificate: 'wrong-name',
  },
  'self-signed': {
    title: 'the certificate is self-signed',
    finds: ['certificate-untrusted'],
    certificate: 'self-signed',
  },
  'missing-intermediate': {
    title: 'the certificate is served without its intermediate',
    finds: ['certificate-untrusted'],
    certificate: 'missing-intermediate',
  },
  'small-rsa': {
    title: 'the certificate has an RSA key of 1024 bits',
    finds: ['certificate-weak-key'],
    certificate: 'small-rsa',
  },
} as const satisfies Record<string, LabWeakness>;

/** Why a good configuration has these findings. */
export const KNOWN = {
  doors: { 'doors-can-be-spliced': 'true of every server with both ports and one certificate that demands no ALPN' },
  parameter: { 'starttls-parameter': 'no setting refuses it' },
} as const;

/** One of the two doors still serves the certificate from before a renewal. */
export const staleCertificate = (roles: LabWeakness['roles']): LabWeakness => ({
  title:
    'the port with implicit TLS serves another certificate than the one with STARTTLS, as a daemon that was not reloaded',
  finds: ['doors-differ'],
  otherDoor: 'another',
  ...(roles && { roles }),
});

/** Makes a lab's authority. */
export const createLabAuthority = async (names: {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}): Promise<LabAuthority> => {
  const [rootKeys, middleKeys, leafKeys] = await Promise.all([newKeys(2048), newKeys(2048), newKeys(2048)]);
  const id = randomBytes(4).toString('hex');
  const root = { subject: `O=Waxseal, CN=Waxseal lab root ${id}`, keys: rootKeys };
  const middle = { subject: `O=Waxseal, CN=Waxseal lab intermediate ${id}`, keys: middleKeys };
  const rootPem = await certified({ ...root, signer: root, authority: true, days: [-90, 90] });
  const middlePem = await certified({ ...middle, signer: root, authority: true, days: [-90, 90] });
  const leaf = async (kind: LabCertificate): Promise<LabCredential> => {
    const keys = kind === 'small-rsa' ? await newKeys(1024) : kind === 'another' ? await newKeys(2048) : leafKeys;
    const subject = `O=Waxseal, CN=${names.dns[0] ?? 'mail.lab.test'}`;
    const certificate = await certified({
      subject,
      keys,
      signer: kind === 'self-signed' ? { subject, keys } : middle,
      authority: false,
      days: kind === 'expired' ? [-60, -30] : [-1 / 24, 30],
      names: kind === 'wrong-name' ? { dns: ['other.lab.test'], ip: [] } : names,
    });
    const isAlone = kind === 'self-signed' || kind === 'missing-intermediate';
    return { certPem: isAlone ? certificate : certificate + middlePem, keyPem: await keyText(keys) };
  };
  const issued = new Map<LabCertificate, Promise<LabCredential>>();
  return {
    pem: rootPem,
    issue: (kind) => {
      const made = issued.get(kind) ?? leaf(kind);
      issued.set(kind, made);
      return made;
    },
  };
};

/** Parameters for DHE, PEM: RFC 3526 group 14 (2048 bits), or RFC 2409 group 2 (1024 bits). */
export const dhParameters = (bits: 1024 | 2048): string => {
  const prime = getDiffieHellman(bits === 1024 ? 'modp2' : 'modp14').getPrime();
  return pem('DH PARAMETERS', sequence(element(TAG.integer, Buffer.from([0]), prime), integer(2)));
};

interface Party {
  readonly subject: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Order extends Party {
  readonly signer: Party;
  readonly authority: boolean;
  /** Validity relative to now. */
  readonly days: readonly [from: number, to: number];
  readonly names?: { readonly dns: readonly string[]; readonly ip: readonly string[] };
}

const certified = async ({ subject, keys, signer, authority, days: [from, to], names }: Order): Promise<string> => {
  const x509 = x509Library();
  const usage = x509.KeyUsageFlags;
  const serial = randomBytes(16);
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: signer.subject,
      serialNumber: serial.toString('hex'),
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
      publicKey: keys.publicKey,
      signingKey: signer.keys.privateKey,
      signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      extensions: [
        new x509.BasicConstraintsExtension(authority, undefined, true),
        new x509.KeyUsagesExtension(
          authority ? usage.keyCertSign | usage.cRLSign : usage.digitalSignature | usage.keyEncipherment,
          true,
        ),
        ...(authority ? [] : [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
        ...(names === undefined
          ? []
          : [
              new x509.SubjectAlternativeNameExtension([
                ...names.dns.map((value) => ({ type: 'dns' as const, value })),
                ...names.ip.map((value) => ({ type: 'ip' as const, value })),
              ]),
            ]),
      ],
    },
    webcrypto,
  );
  return `${certificate.toString('pem')}\n`;
};

const newKeys = (bits: number): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  );

const keyText = async (keys: webcrypto.CryptoKeyPair): Promise<string> =>
  pem('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)));

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

const DAY = 86_400_000;
