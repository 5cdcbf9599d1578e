import { derTime } from './der-time.js';
import { elements, TAG, type DerElement } from './der.js';
import type { ParsedCertificate } from './inspect.js';
import type { RevocationStatus } from './ocsp.js';
import { isSignedWith, members, signedData } from './signed-data.js';

/** What a list of revoked certificates (RFC 5280 §5) says of the certificate with this serial number (its octets). */
export const statusInList = (
  der: Buffer,
  serial: Buffer,
  issuer: ParsedCertificate,
  now = new Date(),
): RevocationStatus => {
  const signed = signedData(members(der));
  const fields = signed && elements(signed.data.contents);
  if (signed === undefined || fields === undefined)
    return { kind: 'unusable', why: 'what came is no list of revoked certificates' };
  // An optional version stands first, and the times are the only fields of their types.
  const times = fields.flatMap((field) => derTime(field) ?? []);
  const [thisUpdate, nextUpdate] = times;
  if (!fields.some(({ encoding }) => encoding.equals(issuer.structure.subject)))
    return { kind: 'unusable', why: 'the list is of another issuer' };
  if (!isSignedWith(issuer.certificate.publicKey, signed))
    return { kind: 'unusable', why: 'the list is not signed by the issuer' };
  const period = {
    ...(thisUpdate && { thisUpdate: thisUpdate.toISOString() }),
    ...(nextUpdate && { nextUpdate: nextUpdate.toISOString() }),
  };
  const entry = entriesIn(fields).find(({ contents }) => elements(contents)?.[0]?.contents.equals(serial) === true);
  if (entry !== undefined) {
    const at = derTime(elements(entry.contents)?.[1]);
    return { kind: 'revoked', ...period, ...(at && { revokedAt: at.toISOString() }) };
  }
  if (nextUpdate !== undefined && nextUpdate < now) return { kind: 'stale', ...period };
  return { kind: 'good', ...period };
};

/** The list of entries follows the times; it is the only SEQUENCE behind them, and absent where nothing is revoked. */
const entriesIn = (fields: readonly DerElement[]): readonly DerElement[] => {
  const last = fields.findLastIndex((field) => derTime(field) !== undefined);
  const list = fields.slice(last + 1).find(({ tag }) => tag === TAG.sequence);
  return elements(list?.contents ?? Buffer.alloc(0)) ?? [];
};
