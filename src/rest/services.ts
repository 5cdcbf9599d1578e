import ipaddr from 'ipaddr.js';
import { Fault } from '../fault.js';

/** A server that a request needs. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where mails are released to: TLS from the first byte, STARTTLS before anything else, or none. */
export interface Relay extends Place {
  readonly tls: 'implicit' | 'starttls' | 'none';
}

/** Servers that some requests of Mailpit's need; without them the request is refused. */
export interface Services {
  readonly relay?: Relay;
  /** SpamAssassin’s spamd. */
  readonly spamAssassin?: Place;
  /** Which links are followed for a link check; those to this machine by default. */
  readonly links?: 'loopback' | 'anywhere';
}

/**
 * Reads `smtp://HOST:PORT` or `smtps://HOST:PORT`. On this machine `smtp:` is without TLS; to others it starts with STARTTLS, as a mail is
 * not to be read on its way. Other machines only where the servers serve those, too. Throws `BAD_USAGE`.
 */
export const relayOf = (text: string, servesOthers: boolean): Relay => {
  const { protocol, place } = placeOf(
    text,
    /^smtps?:\/\/[^/?#@]+\/?$/,
    '--relay',
    'smtp://127.0.0.1:2526',
    DEFAULT_PORT,
  );
  requireReach(place, '--relay', servesOthers);
  return { ...place, tls: protocol === 'smtps:' ? 'implicit' : isLoopback(place.host) ? 'none' : 'starttls' };
};

/** Reads `HOST:PORT` of a spamd. Other machines only where the servers serve those, too. Throws `BAD_USAGE`. */
export const spamAssassinOf = (text: string, servesOthers: boolean): Place => {
  const { place } = placeOf(`spamd://${text}`, /^spamd:\/\/[^/?#@]+$/, '--spamassassin', '127.0.0.1:783', 783);
  requireReach(place, '--spamassassin', servesOthers);
  return place;
};

/** Whether a host is this machine, without asking anybody for its address. */
export const isLoopback = (host: string): boolean =>
  /^(?:.+\.)?localhost\.?$/i.test(host) || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');

const placeOf = (
  text: string,
  form: RegExp,
  option: string,
  example: string,
  otherwise: number,
): { readonly protocol: string; readonly place: Place } => {
  const url = form.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  const port = url === undefined || url.port === '' ? otherwise : Number(url.port);
  if (url === undefined || host === '' || port === 0 || /[^\w.:-]/.test(host))
    throw new Fault(
      'BAD_USAGE',
      `${option} needs a host and a port, such as ${example}, not ${JSON.stringify(text.replace(/^spamd:\/\//, ''))}`,
    );
  return { protocol: url.protocol, place: { host, port } };
};

const requireReach = ({ host }: Place, option: string, servesOthers: boolean): void => {
  if (servesOthers || isLoopback(host)) return;
  throw new Fault(
    'BAD_USAGE',
    `${option} ${host} would send mails to another machine; name one of this machine, or start with --listen, which serves others too`,
  );
};

const DEFAULT_PORT = 25;
