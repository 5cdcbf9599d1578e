import { createHash } from 'node:crypto';

/** A store in Java's own format (JKS) with one trusted certificate (DER), for Java before version 9 and what reads nothing else. */
export const jksTrustStore = (certificate: Buffer, password: string): Buffer => {
  const body = Buffer.concat([
    // Magic, version 2, one entry; its kind is a trusted certificate.
    Buffer.from('feedfeed000000020000000100000002', 'hex'),
    text('waxseal'),
    Buffer.alloc(8),
    text('X.509'),
    length(certificate.length),
    certificate,
  ]);
  const digest = createHash('sha1')
    .update(Buffer.from(password, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(body)
    .digest();
  return Buffer.concat([body, digest]);
};

/** As java.io.DataOutput writes it, for ASCII. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

const length = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
