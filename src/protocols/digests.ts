import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { ntlm } from './ntlm.js';

// Answers to challenges: each proves a password without showing it. Servers check them, judges and masks recognise them.

/** What was said in one SASL login, decoded from base64, in order. */
export interface SeenExchange {
  readonly mechanism: string;
  /** What the server sent. */
  readonly challenges: readonly Buffer[];
  /** What the client sent, the initial response too. */
  readonly responses: readonly Buffer[];
}

/** Whether one of the client's responses is right for the password and for one of the challenges. False for mechanisms without a digest. */
export const provesPassword = ({ mechanism, challenges: all, responses }: SeenExchange, password: string): boolean => {
  // Some digests are costly on purpose: a server that repeats itself is not to make them costlier.
  const challenges = [...new Set(all.map((each) => each.toString('latin1')))].map((each) =>
    Buffer.from(each, 'latin1'),
  );
  const answers = (isRight: (challenge: Buffer, response: Buffer) => boolean): boolean =>
    challenges.some((challenge) => responses.some((response) => isRight(challenge, response)));
  switch (mechanism) {
    case 'CRAM-MD5':
      return answers((challenge, response) => isCramMd5(response, challenge, password));
    case 'DIGEST-MD5':
      return answers((challenge, response) => digestMd5(response, challenge, password) !== undefined);
    case 'NTLM':
      return answers((challenge, response) => ntlm(response, challenge, password) !== undefined);
    default: {
      const hash = scramHash(mechanism);
      if (hash === undefined) return false;
      return responses.some((first) =>
        answers((challenge, response) => scram(hash, { first, challenge, response }, password) !== undefined),
      );
    }
  }
};

/** Whether a hexadecimal digest is APOP's (RFC 1939 §7); the timestamp includes its angle brackets. */
export const isApopDigest = (digest: string, timestamp: string, password: string): boolean =>
  digest.toLowerCase() === createHash('md5').update(`${timestamp}${password}`, 'latin1').digest('hex');

/** The timestamp in a POP3 greeting, with its angle brackets; empty if there is none. */
export const apopTimestamp = (greeting: string): string => /<[^>]*>/.exec(greeting)?.[0] ?? '';

/** CRAM-MD5 (RFC 2195): a user name, a space, and a digest. */
export const isCramMd5 = (response: Buffer, challenge: Buffer, password: string): boolean =>
  response.toString('latin1').endsWith(` ${cramMd5(challenge, password)}`);

/** The digest of CRAM-MD5, in hexadecimal. */
export const cramMd5 = (challenge: Buffer, password: string): string =>
  createHmac('md5', password).update(challenge).digest('hex');

/** DIGEST-MD5 (RFC 2831 §2.1.2): the user and what the server answers, if the response is right; else undefined. */
export const digestMd5 = (
  response: Buffer,
  challenge: Buffer,
  password: string,
): { readonly user: string; readonly rspauth: string } | undefined => {
  const offered = directives(challenge);
  const said = directives(response);
  const [user, nonce, uri] = [said.get('username'), said.get('nonce'), said.get('digest-uri')];
  if (user === undefined || uri === undefined || nonce === undefined || nonce !== offered.get('nonce'))
    return undefined;
  const md5 = (data: string | Buffer): Buffer => createHash('md5').update(data).digest();
  const isUtf8 = said.get('charset') === 'utf-8';
  // RFC 2831 §2.1.2.1: names and passwords that ISO 8859-1 can say are hashed in it.
  const encoded = (text: string): Buffer => Buffer.from(text, isUtf8 && /[^\0-\xff]/.test(text) ? 'utf8' : 'latin1');
  const name = isUtf8 ? Buffer.from(user, 'latin1').toString() : user;
  const realm = said.get('realm') ?? '';
  const secret = md5(Buffer.concat([encoded(`${name}:`), encoded(`${realm}:`), encoded(password)]));
  const authorisation = said.get('authzid');
  const a1 = Buffer.concat([
    secret,
    Buffer.from(
      `:${nonce}:${said.get('cnonce') ?? ''}${authorisation === undefined ? '' : `:${authorisation}`}`,
      'latin1',
    ),
  ]);
  const qop = said.get('qop') ?? 'auth';
  const protectedText = qop === 'auth' ? '' : `:${'0'.repeat(32)}`;
  const digest = (method: string): string =>
    md5(
      [
        md5(a1).toString('hex'),
        nonce,
        said.get('nc') ?? '',
        said.get('cnonce') ?? '',
        qop,
        md5(Buffer.from(`${method}:${uri}${protectedText}`, 'latin1')).toString('hex'),
      ].join(':'),
    ).toString('hex');
  return said.get('response') === digest('AUTHENTICATE') ? { user: name, rspauth: digest('') } : undefined;
};

const directives = (message: Buffer): ReadonlyMap<string, string> =>
  new Map(
    [...message.toString('latin1').matchAll(/([A-Za-z0-9-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))/g)].map(
      ([, name = '', quoted, token]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? ''],
    ),
  );

/** The hash of a SCRAM mechanism, with or without channel binding (RFC 5802, RFC 7677); undefined if it is none of ours. */
export const scramHash = (mechanism: string): ScramHash | undefined => SCRAM_HASHES[mechanism.replace(/-PLUS$/, '')];

/** As Node calls them. */
export type ScramHash = 'sha1' | 'sha256' | 'sha512';
const SCRAM_HASHES: Readonly<Record<string, ScramHash>> = {
  'SCRAM-SHA-1': 'sha1',
  'SCRAM-SHA-256': 'sha256',
  'SCRAM-SHA-512': 'sha512',
};

/** Whether a message is the first of a SCRAM login, for this user: it shows no more than the name. */
export const isScramFirst = (mechanism: string, message: Buffer | undefined, user: string): boolean =>
  scramHash(mechanism) !== undefined && message !== undefined && FIRST.exec(message.toString())?.[2] === user;

/** The messages of one SCRAM login: the client's first, the server's first, the client's final. */
export interface ScramMessages {
  readonly first: Buffer;
  readonly challenge: Buffer;
  readonly response: Buffer;
}

/** The costly part of SCRAM, made once for a challenge: a peer may answer one many times. */
const saltedOnce = (hash: string, password: string, salt: string, iterations: number, length: number): Buffer => {
  const key = JSON.stringify([hash, password, salt, iterations]);
  const made =
    SALTED.get(key) ?? pbkdf2Sync(password.normalize('NFKC'), Buffer.from(salt, 'base64'), iterations, length, hash);
  if (SALTED.size >= MOST_SALTED) SALTED.clear();
  SALTED.set(key, made);
  return made;
};
const SALTED = new Map<string, Buffer>();
const MOST_SALTED = 32;

/** SCRAM (RFC 5802 §3): the user and the server's final message, if the client's proof is right; else undefined. */
export const scram = (
  hash: ScramHash,
  { first, challenge, response }: ScramMessages,
  password: string,
): { readonly user: string; readonly serverFinal: string } | undefined => {
  const [, bare, name] = FIRST.exec(first.toString()) ?? [];
  const [, nonce, salt = '', count = ''] = /^r=([^,]*),s=([^,]*),i=(\d{1,9})(?:,|$)/.exec(challenge.toString()) ?? [];
  const [, withoutProof, final, proof = ''] =
    /^(c=[^,]*,r=([^,]*)(?:,.*)?),p=([^,]*)$/s.exec(response.toString()) ?? [];
  const iterations = Number(count);
  // A peer's count is not to keep the processor busy for as long as it likes.
  if (bare === undefined || nonce === undefined || nonce !== final || iterations < 1 || iterations > MOST_ITERATIONS)
    return undefined;
  const hmac = (key: Buffer, data: string): Buffer => createHmac(hash, key).update(data).digest();
  const length = { sha1: 20, sha256: 32, sha512: 64 }[hash];
  const salted = saltedOnce(hash, password, salt, iterations, length);
  const clientKey = hmac(salted, 'Client Key');
  const message = `${bare},${challenge.toString()},${withoutProof ?? ''}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), message);
  const right = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  if (!right.equals(Buffer.from(proof, 'base64'))) return undefined;
  return {
    user: (name ?? '').replaceAll('=2C', ',').replaceAll('=3D', '='),
    serverFinal: `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`,
  };
};

/** The client's first message: its part that is signed, and the user. */
const FIRST = /^(?:n|y|p=[^,]*),[^,]*,(n=([^,]*),r=.*)$/s;
const MOST_ITERATIONS = 100_000;
