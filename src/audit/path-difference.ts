import type { PathDifference } from '../checks/path-differs.js';
import { listenerFacts } from '../document/profile-report.js';
import type { Report, Result } from '../document/report-model.js';
import { isFact } from '../profiles/facts.js';

/** What tells listeners of two reports from each other: addresses may differ from place to place. */
export interface ComparedListener {
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly tls: string;
}

/** How a listener differs from what an earlier report says of it; undefined where that says nothing of it. */
export const pathDifference = (
  earlier: Report,
  listener: ComparedListener,
  now: readonly Result[],
): PathDifference | undefined => {
  const before = earlier.results.filter(
    ({ host, port, protocol, tls }) =>
      host === listener.host && port === listener.port && protocol === listener.protocol && tls === listener.tls,
  );
  const since = earlier.startedAt;
  if (before.length === 0) {
    const wasClosed = (earlier.closed ?? []).some(({ host, port }) => host === listener.host && port === listener.port);
    return wasClosed ? { since, traces: [], doubts: [], innocent: ['the port did not answer then'] } : undefined;
  }
  const parts = [startTls, words, certificate, tls, greeting].map((compare) => compare(before, now, since));
  return {
    since,
    traces: parts.flatMap(({ traces = [] }) => traces),
    doubts: parts.flatMap(({ doubts = [] }) => doubts),
    innocent: parts.flatMap(({ innocent = [] }) => innocent),
  };
};

/** The checks whose results and facts are compared. */
export const COMPARED: ReadonlySet<string> = new Set([
  'starttls-not-advertised',
  'starttls-refused',
  'starttls-unusable',
  'port-mismatch',
  'certificate-untrusted',
  'ssl-2-accepted',
  'ssl-3-accepted',
  'tls-1-0-accepted',
  'tls-1-1-accepted',
  'tls-1-2-missing',
  'tls-1-3-missing',
  'mandatory-suite-missing',
  'groups-unusable',
]);

/** Whether an earlier report saw this port answer. */
export const answeredIn = (earlier: Report, host: string, port: number): boolean =>
  earlier.results.some((each) => each.host === host && each.port === port);

type Part = Partial<Omit<PathDifference, 'since'>>;
type Compare = (before: readonly Result[], now: readonly Result[], since: string) => Part;

/** STARTTLS that worked and does not work any more. */
const startTls: Compare = (before, now) => {
  for (const id of ['starttls-not-advertised', 'starttls-refused', 'starttls-unusable']) {
    const [then, found] = [of(before, id), of(now, id)];
    // On port 25 it is told for information.
    if (then?.status === 'pass' && found !== undefined && FOUND.has(found.status))
      return { traces: [`STARTTLS worked then, and does not now (${found.because})`] };
    if (then?.status === 'fail' && found?.status === 'pass') return { innocent: ['STARTTLS works now'] };
  }
  return {};
};

/** The lists of what is offered outside and inside TLS. */
const words: Compare = (before, now) => {
  const [then, found] = [offered(before), offered(now)];
  if (then === undefined || found === undefined) return {};
  const gone = [...then].filter((word) => !found.has(word) && word !== 'STARTTLS');
  const added = [...found].filter((word) => !then.has(word) && word !== 'STARTTLS');
  const overwritten = added.filter((word) => OVERWRITTEN.test(word));
  const logins = added.filter((word) => isLogin(word));
  return {
    ...(overwritten.length > 0 && { traces: [`capabilities are overwritten (${overwritten.join(', ')})`] }),
    ...(logins.length > 0 && { doubts: [`logins are offered in clear that were not (${logins.join(', ')})`] }),
    innocent: [
      ...(gone.length > 0 && overwritten.length === 0 ? [`no longer offered: ${gone.join(', ')}`] : []),
      ...added
        .filter((word) => !OVERWRITTEN.test(word) && !isLogin(word))
        .slice(0, 1)
        .map(() => `newly offered: ${added.filter((word) => !OVERWRITTEN.test(word) && !isLogin(word)).join(', ')}`),
    ],
  };
};

/** The certificate: the same, renewed by the same authority, or another one’s. */
const certificate: Compare = (before, now, since) => {
  const [then, found] = [leafIn(before), leafIn(now)];
  if (then === undefined || found === undefined || then.fingerprint === found.fingerprint) return {};
  const until = `valid until ${found.notAfter.slice(0, 10)}`;
  if (then.key === found.key) return { innocent: [`the certificate was renewed with the same key (${until})`] };
  if (then.chain === 'trusted' && found.chain !== 'trusted')
    return {
      traces: [
        `a certificate with another key, of ${found.issuer}: it is not trusted, and the one then was (${then.issuer})`,
      ],
    };
  if (then.chain !== 'trusted' && found.chain !== 'trusted')
    return { doubts: [`another key, and no trusted authority vouches for either (${found.issuer})`] };
  // What is no renewal is another server, or something between that ends TLS.
  const rival = rivalry(then, found, since);
  if (then.chain === 'trusted' && !isSameAuthority(then, found))
    return {
      doubts: [
        `the certificate is of another authority, trusted as well: ${found.issuer} instead of ${then.issuer}${rival === undefined ? '' : `, and ${rival}`}`,
      ],
    };
  if (rival !== undefined) return { doubts: [`a certificate with another key, of ${found.issuer}: ${rival}`] };
  return {
    innocent: [
      then.chain === 'trusted'
        ? `the certificate was renewed by the same authority with a new key (${until})`
        : `a trusted certificate in place of an untrusted one (${found.issuer})`,
    ],
  };
};

/** Why one certificate did not follow upon the other by a renewal in between: both were there when the other place saw its own. */
const rivalry = (then: Leaf, found: Leaf, since: string): string | undefined => {
  const [issuedThen, issued] = [then.notBefore, found.notBefore].map((text) => Date.parse(text));
  if (issued === undefined || issuedThen === undefined) return undefined;
  const from = `(of ${found.notBefore.slice(0, 10)})`;
  const how =
    issued + HOUR < issuedThen
      ? `it is older ${from} than the one seen then (of ${then.notBefore.slice(0, 10)})`
      : issued + BACKDATED < Date.parse(since)
        ? `it was there already ${from} when the other one was still shown`
        : undefined;
  return (
    how &&
    `${how}, so it is no renewal since: another server, one that was not reloaded, or an interception on the path`
  );
};

/** Versions, suites and groups, as far as both reports know them. */
const tls: Compare = (before, now) => {
  const [then, found] = [listenerFacts(before), listenerFacts(now)];
  const doubts: string[] = [];
  const innocent: string[] = [];
  for (const [version, accepted] of found.versions) {
    const was = then.versions.get(version);
    const isModern = version === 'TLSv1.2' || version === 'TLSv1.3';
    if (was === undefined || was === accepted) continue;
    (isModern === accepted ? innocent : doubts).push(`${nameOf(version)} is ${accepted ? 'accepted' : 'refused'} now`);
  }
  const lostGroups = lost(then.groups, found.groups);
  if (lostGroups.length > 0)
    (lostGroups.some((group) => HYBRID.test(group)) ? doubts : innocent).push(
      `groups refused now: ${lostGroups.join(', ')}`,
    );
  const suites = ({ suites: byVersion }: typeof then): string[] | undefined =>
    byVersion && [...new Set([...byVersion.values()].flat())];
  const lostSuites = lost(suites(then), suites(found));
  const newSuites = lost(suites(found), suites(then));
  if (lostSuites.length > 0 || newSuites.length > 0)
    innocent.push(`suites: ${String(lostSuites.length)} refused now, ${String(newSuites.length)} newly accepted`);
  return { doubts, innocent };
};

/** The greeting, without what changes with each connection. */
const greeting: Compare = (before, now) => {
  const [then, found] = [greetingIn(before), greetingIn(now)];
  if (then === undefined || found === undefined || then.kind === 'unknown') return {};
  if (then.kind === 'greeted' && found.kind !== 'greeted')
    return { doubts: [`the server greeted then, and does not now`] };
  if (OVERWRITTEN_GREETING.test(found.text) && !OVERWRITTEN_GREETING.test(then.text))
    return { traces: ['the greeting is overwritten with asterisks'] };
  return then.text === found.text ? {} : { innocent: ['the greeting changed'] };
};

const of = (results: readonly Result[], id: string): Result | undefined => results.find((each) => each.id === id);

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => (isFact(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A fact of a listener under this name, whichever check it stands with. */
const factsNamed = (results: readonly Result[], name: string): readonly unknown[] =>
  results.flatMap(({ facts = {} }) => (facts[name] === undefined ? [] : [facts[name]]));

/** The words of the capability list in clear; undefined where none was seen. */
const offered = (results: readonly Result[]): ReadonlySet<string> | undefined => {
  const lists = [...factsNamed(results, 'offer'), ...factsNamed(results, 'outside')].map((fact) =>
    listOf(objectOf(fact)['list']),
  );
  const list = lists.find((each) => each.length > 0);
  if (list === undefined) return undefined;
  const lines = list.map((line) => textOf(objectOf(line)['text']));
  return new Set(
    lines.flatMap((line) => {
      const smtp = /^250[ -](.*)$/.exec(line)?.[1];
      // The first line of SMTP names the host; parameters, such as a size, are settings.
      if (smtp !== undefined) return line === lines[0] ? [] : smtpWords(smtp);
      const imap = /^\* CAPABILITY (.*)$/i.exec(line)?.[1];
      if (imap !== undefined) return imap.toUpperCase().split(/\s+/);
      return /^(?:\S+ OK|OK|\+OK|\.$)/i.test(line) ? [] : [line.toUpperCase().replaceAll('"', '')];
    }),
  );
};

const smtpWords = (text: string): string[] => {
  const [keyword = '', ...values] = text.toUpperCase().split(/[\s=]+/);
  return keyword === 'AUTH' ? values.map((value) => `AUTH=${value}`) : [keyword];
};

interface Leaf {
  readonly fingerprint: string;
  readonly key: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly chain: string;
  /** Fingerprints of the path above the leaf. */
  readonly above: readonly string[];
}

const leafIn = (results: readonly Result[]): Leaf | undefined => {
  for (const fact of factsNamed(results, 'chains')) {
    const chain = objectOf(objectOf(listOf(fact)[0])['chain']);
    const leaf = objectOf(chain['leaf']);
    const fingerprint = textOf(leaf['fingerprintSha256']);
    if (fingerprint === '') continue;
    return {
      fingerprint,
      key: textOf(leaf['publicKeySha256']),
      issuer: textOf(leaf['issuer']),
      notBefore: textOf(leaf['notBefore']),
      notAfter: textOf(leaf['notAfter']),
      chain: textOf(chain['chain']),
      above: listOf(chain['path'])
        .slice(1)
        .map((each) => textOf(objectOf(each)['fingerprintSha256'])),
    };
  }
  return undefined;
};

/** One organisation issues under many names; for what is trusted, its name is enough. */
const isSameAuthority = (a: Leaf, b: Leaf): boolean => {
  const organisation = (issuer: string): string | undefined => /(?:^|, )O=((?:[^,\\]|\\.)+)/.exec(issuer)?.[1];
  if (a.issuer === b.issuer) return true;
  const [first, second] = [organisation(a.issuer), organisation(b.issuer)];
  return (first !== undefined && first === second) || a.above.some((each) => each !== '' && b.above.includes(each));
};

const greetingIn = (results: readonly Result[]): { readonly kind: string; readonly text: string } | undefined => {
  const [fact] = factsNamed(results, 'opening');
  if (fact === undefined) return undefined;
  const text = listOf(objectOf(fact)['lines'])
    .map((line) => textOf(objectOf(line)['text']))
    .join('\n')
    // Capabilities have a place of their own.
    .replaceAll(/\[[^\]]*\]/g, '')
    // Dates, times, numbers of connections and of processes.
    .replaceAll(
      /\d{2,}|<[^>]*>|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\b\d\b/g,
      '#',
    );
  return { kind: textOf(objectOf(fact)['kind']), text };
};

const isLogin = (word: string): boolean => word.startsWith('AUTH=');

const lost = (before: readonly string[] | undefined, now: readonly string[] | undefined): string[] =>
  before === undefined || now === undefined ? [] : before.filter((each) => !now.includes(each));

const nameOf = (version: string): string =>
  version.replace('TLSv1.', 'TLS 1.').replace('TLSv1', 'TLS 1.0').replace('SSLv', 'SSL ');

const FOUND: ReadonlySet<string> = new Set(['fail', 'warn', 'info']);
/** Some firewalls write X over what they do not know: XXXXXXXA instead of STARTTLS. */
const OVERWRITTEN = /^X{4,}[A-Z]?$/;
const OVERWRITTEN_GREETING = /\*{8,}/;
const HYBRID = /MLKEM|Kyber/i;
/** Milliseconds. */
const HOUR = 60 * 60 * 1000;
/** Authorities begin the validity of a certificate up to a day before they issue it. */
const BACKDATED = 48 * HOUR;
