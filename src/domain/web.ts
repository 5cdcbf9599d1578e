import { request } from 'node:https';

/** A page, or why there is none. */
export type Fetched =
  { readonly status: number; readonly type: string; readonly body: string } | { readonly failure: string };

export interface WebOrder {
  readonly url: URL;
  /** Where the name leads. */
  readonly address: string;
  /** PEM texts; the system’s unless given. */
  readonly roots?: readonly string[];
  readonly post?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Fetches one page by HTTPS with a certificate that must be valid for the name; follows no redirection (RFC 8461 §3.3), and reads at most 64 kB. */
export const fetched = ({ url, address, roots, post, timeout = 5000 }: WebOrder): Promise<Fetched> =>
  new Promise((resolve) => {
    const asking = request({
      host: address,
      port: url.port === '' ? 443 : Number(url.port),
      servername: url.hostname,
      path: `${url.pathname}${url.search}`,
      method: post === undefined ? 'GET' : 'POST',
      headers: { host: url.host, 'user-agent': 'waxseal', ...(post !== undefined && { 'content-type': 'text/xml' }) },
      agent: false,
      ...(roots && { ca: [...roots] }),
    });
    const timer = setTimeout(() => {
      asking.destroy(new Error(`no answer within ${String(timeout / 1000)} s`));
    }, timeout);
    const done = (outcome: Fetched): void => {
      clearTimeout(timer);
      resolve(outcome);
      asking.destroy();
    };
    asking.on('error', (error: NodeJS.ErrnoException) => {
      done({ failure: WORDS[error.code ?? ''] ?? error.message });
    });
    asking.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MOST) done({ failure: 'the page has more than 64 kB' });
      });
      response.on('error', (error) => {
        done({ failure: error.message });
      });
      response.on('end', () => {
        done({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    asking.end(post);
  });

const MOST = 65_536;
/** What Node and OpenSSL mean. */
const WORDS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'the web server’s certificate is for other names',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the web server’s certificate is not signed by a trusted authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the web server’s certificate is not signed by a trusted authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'the web server’s certificate is not signed by a trusted authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the web server’s certificate is self-signed',
  CERT_HAS_EXPIRED: 'the web server’s certificate has expired',
  ECONNREFUSED: 'the web server refuses the connection',
};
