import { KeyObject, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import {
  alternativeNames,
  authorityKeyIdentifier,
  basicConstraints,
  distinguishedName,
  extension,
  forServers,
  keyUsage,
  subjectKeyIdentifier,
  writtenCertificate,
} from '../../src/tls/certificate-writer.js';
import { elements } from '../../src/tls/der.js';
import { it } from '../support/in-turn.js';

const KEYS = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
} as const;

/** What is signed; a signature with ECDSA is another each time. */
const signedPart = (der: Uint8Array): string => {
  const [certificate] = elements(Buffer.from(der)) ?? [];
  return elements(certificate?.contents ?? Buffer.alloc(0))?.[0]?.encoding.toString('hex') ?? 'none';
};

describe('certificate writer', () => {
  const rows = [
    { kind: 'ec', ends: '2049-12-31T23:59:59Z' },
    { kind: 'ec', ends: '2050-01-01T00:00:00Z' },
    { kind: 'rsa', ends: '2031-02-03T04:05:06Z' },
  ] as const;
  for (const { kind, ends } of rows) {
    const [notBefore, notAfter] = [new Date('2021-01-02T03:04:05Z'), new Date(ends)];
    const serial = '4f00000000000000000000000000abcd';
    let keys: webcrypto.CryptoKeyPair;
    let own: Pick<
      Parameters<typeof writtenCertificate>[0],
      'notBefore' | 'notAfter' | 'publicKey' | 'signingKey' | 'serial'
    >;
    before(async () => {
      keys = await webcrypto.subtle.generateKey(KEYS[kind], true, ['sign', 'verify']);
      own = {
        notBefore,
        notAfter,
        publicKey: KeyObject.from(keys.publicKey),
        signingKey: KeyObject.from(keys.privateKey),
        serial: Buffer.from(serial, 'hex'),
      };
    });

    it(`writes an authority as the X.509 library does: ${kind}, until ${ends}`, async () => {
      const name = distinguishedName('Waxseal', 'Waxseal lab CA 0f');
      const der = writtenCertificate({
        ...own,
        subject: name,
        issuer: name,
        extensions: [
          basicConstraints('authority'),
          keyUsage('keyCertSign', 'cRLSign'),
          extension('2.5.29.30', true, Buffer.from('3000', 'hex')),
          subjectKeyIdentifier(own.publicKey),
        ],
      });
      const theirs = await x509.X509CertificateGenerator.createSelfSigned(
        {
          notBefore,
          notAfter,
          serialNumber: serial,
          name: 'O=Waxseal, CN=Waxseal lab CA 0f',
          keys,
          extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            new x509.Extension('2.5.29.30', true, Buffer.from('3000', 'hex')),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          ],
        },
        webcrypto,
      );
      expect(signedPart(der)).to.equal(signedPart(new Uint8Array(theirs.rawData)));
      expect(await new x509.X509Certificate(der).verify({}, webcrypto)).to.equal(true);
    });

    for (const common of ['mail.lab.test', '*.lab.test', undefined])
      it(`writes a leaf as the X.509 library does: ${kind}, until ${ends}, ${common ?? 'no common name'}`, async () => {
        const der = writtenCertificate({
          ...own,
          subject: distinguishedName('Waxseal', common),
          issuer: distinguishedName('Waxseal', 'Issuer'),
          extensions: [
            basicConstraints('leaf'),
            keyUsage('digitalSignature', 'keyEncipherment'),
            forServers(),
            subjectKeyIdentifier(own.publicKey),
            authorityKeyIdentifier(own.publicKey),
            alternativeNames(['mail.lab.test', 'localhost'], ['127.0.0.1', '::1']),
          ],
        });
        const theirs = await x509.X509CertificateGenerator.create(
          {
            notBefore,
            notAfter,
            serialNumber: serial,
            subject: common === undefined ? 'O=Waxseal' : `O=Waxseal, CN=${common}`,
            issuer: 'O=Waxseal, CN=Issuer',
            publicKey: keys.publicKey,
            signingKey: keys.privateKey,
            extensions: [
              new x509.BasicConstraintsExtension(false, undefined, true),
              new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
                true,
              ),
              new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
              await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
              await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
              new x509.SubjectAlternativeNameExtension([
                { type: 'dns', value: 'mail.lab.test' },
                { type: 'dns', value: 'localhost' },
                { type: 'ip', value: '127.0.0.1' },
                { type: 'ip', value: '::1' },
              ]),
            ],
          },
          webcrypto,
        );
        expect(signedPart(der)).to.equal(signedPart(new Uint8Array(theirs.rawData)));
      });
  }

  for (const [uses, bits] of [
    [['digitalSignature'], '03020780'],
    [['digitalSignature', 'keyEncipherment'], '030205a0'],
    [['keyCertSign', 'cRLSign'], '03020106'],
  ] as const)
    it(`writes ${uses.join(' and ')} as ${bits}`, () => {
      expect(keyUsage(...uses).toString('hex')).to.match(new RegExp(`${bits}$`));
    });
});
