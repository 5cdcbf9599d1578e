/** A DER certificate as PEM text. */
export const certificatePem = (der: Buffer): string => pem('CERTIFICATE', der);

/** A PKCS#8 key as PEM text. */
export const keyPem = (der: Buffer): string => pem('PRIVATE KEY', der);

/** The DER of the first block of this kind; undefined where there is none that is well-formed. */
export const derOf = (text: string, label: string): Buffer | undefined => {
  const [, body] = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text) ?? [];
  return body === undefined ? undefined : base64Of(body.replace(/\s+/g, ''));
};

/** The bytes of strict base64; undefined for anything else, and for nothing. */
export const base64Of = (text: string): Buffer | undefined =>
  text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
    ? Buffer.from(text, 'base64')
    : undefined;

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
