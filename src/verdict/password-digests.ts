import { hash } from 'node:crypto';

/** Digests of secrets as clients have sent them for the password, in small hexadecimal letters, each with its secret. */
export const digestsOf = (secrets: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    secrets.flatMap((secret) =>
      ALGORITHMS.map((algorithm) => [hash(algorithm, Buffer.from(secret, 'latin1'), 'hex'), secret] as const),
    ),
  );

const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'];
/** Bytes of these digests. */
export const DIGEST_BYTES: ReadonlySet<number> = new Set([16, 20, 32, 64]);
