import { latin1 } from '../../protocols/text.js';
import type { ServerTls } from '../../wire/upgrade.js';
import type { Wire } from '../../wire/wire.js';

/** A request of HTTP/1.1 (RFC 9112). */
export interface WebRequest {
  readonly method: string;
  readonly path: string;
  /** By lower-case name; of several fields with one name the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface WebResponse {
  /** `200 OK` */
  readonly status: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Serves the requests of one connection, one after the other; what is no request, or too long, ends it. Never throws. */
export const serveWeb = async (
  wire: Wire,
  {
    tls,
    answer,
    idle,
  }: {
    readonly tls?: ServerTls;
    readonly answer: (request: WebRequest) => WebResponse;
    /** Milliseconds without a word from the client after which it is given up. */
    readonly idle: number;
  },
): Promise<void> => {
  if (tls !== undefined && !(await wire.acceptTls(tls)).completed) {
    wire.end('us');
    return;
  }
  let came: Buffer = Buffer.alloc(0);
  for (;;) {
    const taken = requestIn(came);
    if (taken === 'none') break;
    if (taken !== undefined) {
      const { method } = taken.request;
      const { status, headers = {}, body } = answer(taken.request);
      const fields = { ...headers, 'Content-Length': String(Buffer.byteLength(body)) };
      const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      await wire.write(
        Buffer.concat([
          latin1(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n`),
          Buffer.from(method === 'HEAD' ? '' : body),
        ]),
      );
      came = came.subarray(taken.length);
      continue;
    }
    if (came.length > LONGEST_REQUEST) break;
    const event = await wire.read(idle);
    if (event?.kind !== 'bytes') break;
    came = Buffer.concat([came, event.bytes]);
  }
  wire.end('us');
};

/** The first request, with its length; undefined as long as it is not whole. */
const requestIn = (came: Buffer): { readonly request: WebRequest; readonly length: number } | 'none' | undefined => {
  const end = came.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...fields] = came.toString('latin1', 0, end).split('\r\n');
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || target === undefined) return 'none';
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const size = Number(headers.get('content-length') ?? 0);
  if (!Number.isSafeInteger(size) || headers.has('transfer-encoding')) return 'none';
  const length = end + 4 + size;
  if (came.length < length) return undefined;
  // A proxy's form of the target is taken too (RFC 9112 §3.2.2).
  const path = target.replace(/^https?:\/\/[^/]*/, '') || '/';
  return { request: { method, path, headers, body: came.toString('utf8', end + 4, length) }, length };
};

const LONGEST_REQUEST = 64 * 1024;
