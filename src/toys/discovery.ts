import { Resolver } from 'node:dns/promises';
import { request as askInClear, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as askInTls } from 'node:https';
import type { MailTask } from '../protocols/client-task.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { TlsMode } from '../protocols/protocol.js';
import type { Habits } from './habits.js';

/** A mail server that a toy found. */
export interface Found {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly tls: TlsMode | 'in-clear';
}

/**
 * Where a toy's server is, by the source that it asks. A careful one takes no server without TLS, none of another domain, and
 * nothing that came otherwise than from a verified web server of its domain without a redirect; one that believes takes all of it.
 */
export const discovered = async (
  task: MailTask & { readonly domain: string },
  source: Exclude<Habits['discovers'], 'nothing'>,
  believes: boolean,
): Promise<Found | undefined> => {
  const resolver = new Resolver({ timeout: PATIENCE, tries: 1 });
  resolver.setServers([task.ip]);
  const found =
    source === 'dns'
      ? await byDns(task, resolver)
      : await byFile(task, source, believes, (host) => address(resolver, host));
  const isOwn = found?.host.endsWith(`.${task.domain}`) === true;
  if (found === undefined || (!believes && (!isOwn || found.tls === 'in-clear'))) return undefined;
  const ip = await address(resolver, found.host);
  return ip === undefined ? undefined : { ...found, address: ip };
};

type Told = Omit<Found, 'address'>;

/** The service with TLS from the first byte comes first; the other one is a server without TLS to a client that believes. */
const byDns = async ({ protocol, tls, domain }: MailTask, resolver: Resolver): Promise<Told | undefined> => {
  const ports = WELL_KNOWN_PORTS.filter((each) => each.protocol === protocol && each.usual);
  for (const port of ports.toSorted((a, b) => (a.tls === 'implicit' ? 0 : 1) - (b.tls === 'implicit' ? 0 : 1))) {
    const [record] = await resolver.resolveSrv(`_${port.role}._tcp.${domain ?? ''}`).catch(() => []);
    if (record === undefined) continue;
    // A client that is set up for STARTTLS knows that it may insist on it.
    const mode = port.tls === 'implicit' || tls === 'starttls' ? port.tls : 'in-clear';
    return { host: record.name, port: record.port, tls: mode };
  }
  return undefined;
};

const byFile = async (
  task: MailTask,
  source: 'file' | 'exchange',
  believes: boolean,
  resolve: (host: string) => Promise<string | undefined>,
): Promise<Told | undefined> => {
  const { domain = '', from } = task;
  const where =
    source === 'file'
      ? `autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(from)}`
      : `autodiscover.${domain}/autodiscover/autodiscover.xml`;
  const text =
    (await page(`https://${where}`, task, believes, resolve)) ??
    (believes ? await page(`http://${where}`, task, believes, resolve) : undefined);
  return text === undefined ? undefined : source === 'file' ? autoconfig(text) : autodiscover(text);
};

const autoconfig = (text: string): Told => {
  const type = value(text, 'socketType');
  return {
    host: value(text, 'hostname'),
    port: Number(value(text, 'port')),
    tls: type === 'SSL' ? 'implicit' : type === 'STARTTLS' ? 'starttls' : 'in-clear',
  };
};

const autodiscover = (text: string): Told => {
  const encryption = value(text, 'Encryption');
  return {
    host: value(text, 'Server'),
    port: Number(value(text, 'Port')),
    tls: encryption === 'SSL' ? 'implicit' : encryption === 'TLS' ? 'starttls' : 'in-clear',
  };
};

const value = (text: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';

/** What a web server has there; undefined if it is out of reach or says anything else. */
const page = async (
  url: string,
  task: MailTask,
  believes: boolean,
  resolve: (host: string) => Promise<string | undefined>,
): Promise<string | undefined> => {
  let next = new URL(url);
  let login: string | undefined;
  for (let tries = 0; tries < MOST_REQUESTS; tries += 1) {
    const host = await resolve(next.hostname);
    if (host === undefined) return undefined;
    const reply = await answer(next, host, task, believes, login).catch(() => undefined);
    if (reply === undefined) return undefined;
    const { status, location, text } = reply;
    if (status === 200) return text;
    if (!believes) return undefined;
    if (status === 401 && login === undefined) login = `${task.user}:${task.password}`;
    else if (location !== undefined) next = new URL(location);
    else return undefined;
  }
  return undefined;
};

interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

const answer = (
  url: URL,
  host: string,
  { ca, from, signal }: MailTask,
  believes: boolean,
  login: string | undefined,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const options: RequestOptions = {
      host,
      path: url.pathname + url.search,
      method: url.pathname.includes('autodiscover') ? 'POST' : 'GET',
      headers: { Host: url.hostname, Connection: 'close' },
      agent: false,
      timeout: PATIENCE,
      signal,
      ...(login !== undefined && { auth: login }),
    };
    const hear = (message: IncomingMessage): void => {
      let text = '';
      message.setEncoding('utf8');
      message.on('data', (more: string) => (text += more));
      message.on('error', reject);
      message.on('end', () => {
        resolve({ status: message.statusCode ?? 0, location: message.headers.location, text });
      });
    };
    const request =
      url.protocol === 'https:'
        ? askInTls({ ...options, ca, servername: url.hostname, rejectUnauthorized: !believes }, hear)
        : askInClear(options, hear);
    request.on('timeout', () => request.destroy(new Error('the web server is silent')));
    request.on('error', reject);
    request.end(
      options.method === 'POST'
        ? `<Autodiscover><Request><EMailAddress>${from}</EMailAddress></Request></Autodiscover>`
        : '',
    );
  });

const address = async (resolver: Resolver, host: string): Promise<string | undefined> => {
  const [first] = await resolver.resolve4(host).catch(() => []);
  return first;
};

/** Milliseconds. */
const PATIENCE = 2000;
const MOST_REQUESTS = 6;
