import { hitQuote } from './hit-quote.js';
import { leaks, type Evidence } from './evidence.js';
import { quote } from './evidence-words.js';
import { judgeBy, type Judge } from './judgement.js';
import type { Reading } from './reading.js';
import type { CanaryHit, ConnectionRecord, Visit } from './visit.js';

/** Where the client was told something: a judge says nothing of a client that did not look there. */
export type LookedUp = 'dns' | 'file' | 'exchange';

/**
 * The judge of a client that looks for its mail server by itself and is misled: nothing secret leaves it in clear, to a web server
 * that cannot be verified, or to a host of another domain. It may well go nowhere.
 */
export const looksCarefully = (source: LookedUp): Judge => {
  const judge = judgeBy((visit, read) => [...leaks(visit, read), ...toStrangers(visit, read), ...toWebServers(visit)], {
    mayStayAway: true,
    // What was looked up was false: the client acts by going on, or by going nowhere.
    bait: () => undefined,
    safely: (visit, read) =>
      read.length === 0 ? `looked for its server (${whatOf(visit)}), and connected to none` : undefined,
  });
  return (visit) => {
    const judgement = judge(visit);
    return judgement.evidence.length > 0 || isLookedUp(visit, source)
      ? judgement
      : { ...judgement, status: 'not-applicable', because: NOT_LOOKED_UP[source] };
  };
};

const NOT_LOOKED_UP: Readonly<Record<LookedUp, string>> = {
  dns: 'the client does not look for its server in DNS',
  file: 'the client does not look for a configuration file (Mozilla autoconfig)',
  exchange: 'the client does not ask for settings by autodiscover',
};

const isLookedUp = ({ lookups }: Visit, source: LookedUp): boolean => {
  if (lookups === undefined) return false;
  if (source === 'dns') return lookups.names.some((name) => /^SRV _(?!autodiscover\.)/.test(name));
  const { path, host } = PLACES[source];
  // Who gets no further than a hello has said whom it looked for.
  return (
    lookups.names.some((name) => name.split(' ').some((word) => word.startsWith(host))) ||
    lookups.web.some(
      (connection) =>
        requests(connection).some((each) => path.test(each)) ||
        connection.entries.some(
          (entry) => entry.kind === 'boundary' && entry.hello?.servername?.startsWith(host) === true,
        ),
    )
  );
};

const PLACES = {
  file: { path: /config-v1\.1\.xml/i, host: 'autoconfig.' },
  exchange: { path: /autodiscover\.xml/i, host: 'autodiscover.' },
} as const;

/** The targets of the requests on a connection. */
const requests = ({ entries }: ConnectionRecord): string[] =>
  entries.flatMap((entry) =>
    entry.kind === 'bytes' && entry.from === 'client' && entry.record !== true
      ? [...entry.data.matchAll(/^[A-Z]+ (\S+) HTTP\/1/gm)].map(([, path = '']) => path)
      : [],
  );

/** What was looked up, in a few words. */
const whatOf = ({ lookups }: Visit): string => {
  const names = (lookups?.names ?? []).filter((name) => name.startsWith('SRV '));
  const paths = (lookups?.web ?? []).flatMap(requests).map((path) => path.replace(/\?.*/s, ''));
  return [...new Set([...names, ...paths])].slice(0, 3).join(', ');
};

/** A host of another domain, to which the client was led by unverified data, took a login or mail. */
const toStrangers = (_visit: Visit, read: readonly Reading[]): Evidence[] =>
  read
    .filter(({ connection }) => connection.endpoint === 'attacker')
    .flatMap(({ connection, said }) => {
      const first = said.find(({ unit }) => unit.moment === 'login' || unit.moment === 'message');
      if (first === undefined) return [];
      const what = first.unit.moment === 'login' ? 'the login' : 'mail';
      return [
        {
          leak: 'trust',
          cause: 'referred',
          connection: connection.id,
          entry: first.entry,
          quote: quote(first),
          why: `${what} went to a host of another domain, named by unverified data`,
        },
      ];
    });

/** The account's secrets and address, sent to a web server in clear, without verification or in another domain. */
const toWebServers = (visit: Visit): Evidence[] => {
  const web = new Map((visit.lookups?.web ?? []).map((connection) => [connection.id, connection]));
  const seen = new Set<string>();
  return visit.hits.flatMap((hit): Evidence[] => {
    const connection = web.get(hit.connection);
    if (connection === undefined) return [];
    const place = placeOf(hit, connection);
    const isSecret = hit.canary === 'password' || hit.canary === 'token';
    if (place === undefined || (!isSecret && place.isVerified)) return [];
    const key = `${String(hit.connection)} ${String(isSecret)}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [
      {
        leak: isSecret ? 'credentials' : 'metadata',
        cause: isSecret ? 'referred' : 'metadata',
        connection: hit.connection,
        entry: hit.entry,
        quote: hitQuote(hit, connection, visit),
        why: `${isSecret ? 'password' : 'the mail address'} sent to a web server ${place.words}`,
      },
    ];
  });
};

/** Undefined where a secret may be sent to: verified, and in the client's own domain. */
const placeOf = (
  hit: CanaryHit,
  { endpoint, entries }: ConnectionRecord,
): { readonly words: string; readonly isVerified: boolean } | undefined => {
  const tls = entries.slice(0, hit.entry).findLast((entry) => entry.kind === 'boundary');
  if (!hit.inside) return { words: 'in clear (HTTP)', isVerified: false };
  if (tls?.kind !== 'boundary' || !tls.trusted) return { words: 'that cannot be verified', isVerified: false };
  return endpoint === 'attacker-web' ? { words: 'of another domain', isVerified: true } : undefined;
};
