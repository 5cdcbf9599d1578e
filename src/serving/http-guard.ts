import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whether a request names this machine itself: a page whose name was made to point to it (DNS rebinding) does not. */
export const isLoopbackName = (host: string | undefined): boolean =>
  /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');

/** Whether a web page sent the request that did not come from here: browsers say so. */
export const isCrossSite = ({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  (origin !== undefined && origin.toLowerCase() !== `http://${host ?? ''}`.toLowerCase()) ||
  (site !== undefined && site !== 'same-origin' && site !== 'none');

/** The secret of an `Authorization` header: a bearer token, or the password of basic authentication. */
export const givenToken = (authorization: string | undefined): string => {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) (\S+)$/i.exec(authorization ?? '') ?? [];
  return scheme.toLowerCase() === 'basic'
    ? Buffer.from(value, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : value;
};

/** Compares in a time that does not tell how much is right. */
export const isEqualToken = (given: string, token: string): boolean =>
  timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest());
