import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { afterSilence } from '../wire/silence.js';

/** What came of a request, or why nothing did. */
export type Fetched = { readonly bytes: Buffer } | { readonly failure: string };

export interface FetchOptions {
  /** Sent with POST as this type; GET without. */
  readonly post?: { readonly type: string; readonly bytes: Buffer };
  /** Octets of an answer that are read. */
  readonly most: number;
  /** Milliseconds. */
  readonly timeout: number;
  /**
   * Address of the server that named the URL: one on the Internet does not send us into a private network, nor to loopback.
   */
  readonly namedBy: string;
}

/** Fetches a URL that a peer named, over HTTP and without following redirections. Never throws. */
export const fetched = async (url: string, options: FetchOptions): Promise<Fetched> => {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'http:' || target.username !== '') return { failure: 'not an HTTP URL' };
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  try {
    const { address } = await lookup(host);
    if (isPrivate(address) && !isPrivate(options.namedBy))
      return { failure: 'the URL points into a private network, and the server that names it is outside' };
    return await answer(target, address, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { failure: code ?? (error instanceof Error ? error.message : 'no answer') };
  }
};

const answer = (target: URL, address: string, { post, most, timeout }: FetchOptions): Promise<Fetched> =>
  new Promise((resolve, reject) => {
    const asked = request(
      {
        host: address,
        port: target.port === '' ? 80 : Number(target.port),
        path: `${target.pathname}${target.search}`,
        method: post === undefined ? 'GET' : 'POST',
        agent: false,
        headers: {
          host: target.host,
          ...(post && { 'content-type': post.type, 'content-length': post.bytes.length }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > most) asked.destroy(new Error(`more than ${String(most)} bytes came`));
        });
        response.on('end', () => {
          if (length > most) return;
          if (response.statusCode === 200) resolve({ bytes: Buffer.concat(chunks) });
          else resolve({ failure: `HTTP status ${String(response.statusCode)}` });
        });
        response.on('error', reject);
      },
    );
    const callOff = afterSilence(timeout, () => asked.destroy(new Error('no answer in time')));
    asked.on('error', reject);
    asked.on('close', () => {
      callOff();
      reject(new Error('the connection was closed'));
    });
    asked.end(post?.bytes);
  });

const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits);
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');
