import { request as requestClear, STATUS_CODES, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import pLimit from 'p-limit';
import { escaped } from '../report/escape.js';
import { linksIn } from './links-in.js';
import { isLoopback } from './services.js';

/** What the links of a mail lead to, in Mailpit's form. */
export interface CheckedLinks {
  readonly Errors: number;
  readonly Links: readonly CheckedLink[];
}

/** A link with what a HEAD request was answered; code 0 where there was no answer. */
export interface CheckedLink {
  readonly URL: string;
  readonly StatusCode: number;
  readonly Status: string;
}

export interface LinkCheckOptions {
  /** Whether redirects are followed. */
  readonly follows: boolean;
  /** Whether other machines are asked; links to them are refused otherwise. */
  readonly isAnywhere: boolean;
}

/** Asks for the links of a mail with HEAD: at most 100 of them, a few at once, and not for ever. */
export const checkedLinks = async (html: string, text: string, options: LinkCheckOptions): Promise<CheckedLinks> => {
  const deadline = AbortSignal.timeout(LONGEST_CHECK);
  const links = await Promise.all(
    linksIn(html, text).map((link) =>
      AT_ONCE(async () => ({ URL: link, ...(await statusOf(link, options, deadline)) })),
    ),
  );
  return { Errors: links.filter(({ StatusCode }) => StatusCode === 0 || StatusCode >= 400).length, Links: links };
};

type Status = Omit<CheckedLink, 'URL'>;

const statusOf = async (link: string, options: LinkCheckOptions, deadline: AbortSignal): Promise<Status> => {
  let at = link;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    if (!URL.canParse(at)) return failed('invalid URL');
    const url = new URL(at);
    if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return failed('invalid URL');
    if (!options.isAnywhere && !isLoopback(hostOf(url))) return BLOCKED;
    try {
      const { statusCode = 0, headers } = await head(url, AbortSignal.any([deadline, AbortSignal.timeout(PATIENCE)]));
      if (!options.follows || headers.location === undefined || statusCode < 300 || statusCode > 399)
        return { StatusCode: statusCode, Status: STATUS_CODES[statusCode] ?? '' };
      at = URL.canParse(headers.location, url.href) ? new URL(headers.location, url).href : headers.location;
    } catch (error) {
      return failed(reasonOf(error));
    }
  }
  return failed('too many redirects');
};

const head = (url: URL, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const local = isLoopback(hostOf(url));
    (url.protocol === 'https:' ? requestTls : requestClear)(url, {
      method: 'HEAD',
      agent: false,
      signal,
      headers: { 'user-agent': 'waxseal', connection: 'close' },
      ...(local && { lookup: ofThisMachine }),
    })
      .on('response', (response) => {
        resolve(response);
        // An answer to HEAD has no body; one that comes all the same is not read.
        response.destroy();
      })
      .on('error', reject)
      .end();
  });

/** A name of this machine needs nobody who knows its address. */
const ofThisMachine: LookupFunction = (_host, { all }, tell) => {
  if (all === true)
    tell(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  else tell(null, '127.0.0.1', 4);
};

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const failed = (reason: string): Status => ({ StatusCode: 0, Status: reason });

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no answer';
  const code = 'code' in error ? String(error.code) : error.name;
  return REASONS[code] ?? escaped(error.message.slice(0, 200));
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  ABORT_ERR: 'no answer in time',
};
/** As Mailpit says it of addresses that it does not ask. */
const BLOCKED: Status = {
  StatusCode: 451,
  Status: 'Blocked: only links to this machine are checked without --link-check anywhere',
};
const MOST_REDIRECTS = 3;
/** Milliseconds for one answer, and for all. */
const PATIENCE = 5000;
const LONGEST_CHECK = 20_000;
/** Of all checks together. */
const AT_ONCE = pLimit(8);
