import type { Report, Result } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { SEVERITIES } from '../../verdict/judgement.js';
import { tlsLines } from './tls-lines.js';
import { isBad, painter, worse, type TextStyle } from './style.js';

/** A table of the ports that were audited: role, encryption, what is possible before TLS, certificate, verdict. */
export const portLines = (style: TextStyle): string[] => {
  const { report, colors } = style;
  const hosts = new Map<string, Map<string, Result[]>>();
  for (const result of report.results) {
    // What is said of a domain belongs to no port.
    if (result.port === undefined) continue;
    const { host: name = '', address = '' } = result;
    const host = name === address ? name : `${name} (${address})`;
    const ports = hosts.get(host) ?? new Map<string, Result[]>();
    const key = `${String(result.port)} ${result.portRole ?? ''}`;
    ports.set(key, [...(ports.get(key) ?? []), result]);
    hosts.set(host, ports);
  }
  return [...hosts].flatMap(([host, ports]) => {
    const [rows, widths] = tableOf([...ports.values()], style.width);
    return [
      colors.bold(escaped(host)),
      ...rows.map((cells, index) => {
        const texts = cells.map((text, column) => escaped(text).padEnd(column < VERDICT ? (widths[column] ?? 0) : 0));
        if (index === 0) return colors.dim(texts.join('  '));
        const verdict = texts.pop() ?? '';
        const [word = ''] = verdict.split(' ');
        return [...texts, painter(isSeverity(word) ? 'fail' : word, colors)(verdict)].join('  ');
      }),
      ...tlsLines([...ports.values()].flat(), style.width),
      '',
    ];
  });
};

type Table = readonly [rows: readonly (readonly string[])[], widths: readonly number[]];

/** The fullest form that fits the width. */
const tableOf = (ports: readonly (readonly Result[])[], width: number): Table => {
  const tableIn = (form: Form): Table => {
    const rows = [HEAD, ...ports.map((results) => row(results, form))];
    return [rows, HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))];
  };
  const isFitting = ([, widths]: Table): boolean => widths.reduce((sum, each) => sum + each + 2, -2) <= width;
  const [full, brief] = [tableIn('full'), tableIn('brief')];
  if (isFitting(full)) return full;
  return isFitting(brief) ? brief : tableIn('briefest');
};

/** How much the cells say: `brief` abbreviates; `briefest` drops the days of certificates that are bad anyway. */
type Form = 'full' | 'brief' | 'briefest';

/** The cells of a port, as `HEAD` names them. */
const row = (results: readonly Result[], form: Form): string[] => {
  const [first] = results;
  const of = (id: string): Result | undefined => results.find((each) => each.id === id);
  const fails = (id: string): boolean => isBad(of(id)?.status ?? '');
  return [
    String(first?.port ?? ''),
    first?.portRole ?? '',
    encryption(first, fails, form),
    beforeTls(first, of, fails),
    certificate(results, of, form),
    verdict(results, form),
  ];
};

/** What a table says of one port: how it is encrypted, what is possible before TLS, its certificate. */
export const portWords = (
  results: readonly Result[],
): { readonly encryption: string; readonly beforeTls: string; readonly certificate: string } => {
  const [, , how = '', before = '', chain = ''] = row(results, 'full');
  return { encryption: how, beforeTls: before, certificate: chain };
};

type Fails = (id: string) => boolean;
type Of = (id: string) => Result | undefined;

const encryption = (first: Result | undefined, fails: Fails, form: Form): string => {
  if (fails('port-mismatch')) return 'not as expected';
  if (fails('starttls-not-advertised') || fails('starttls-hidden')) return 'none offered';
  if (fails('starttls-unusable') || fails('starttls-refused')) return 'does not work';
  const old = ['1.0', '1.1'].filter((version) => fails(`tls-${version.replace('.', '-')}-accepted`));
  const how = first?.tls === 'implicit' ? 'implicit TLS' : 'STARTTLS';
  if (old[0] === undefined) return how;
  return form === 'full' ? `${how} (${old.join(', ')})` : `${how.replace(' TLS', '')} ${old[0]}+`;
};

const beforeTls = (first: Result | undefined, of: Of, fails: Fails): string => {
  if (first?.tls === 'implicit') return '–';
  if (fails('login-accepted-before-tls')) return 'login accepted';
  if (fails('login-offered-before-tls')) return 'login offered';
  if (fails('mail-accepted-before-tls')) return 'mail accepted';
  if (fails('mailbox-open-before-tls')) return 'mailbox open';
  const offered = of('login-offered-before-tls');
  if (offered === undefined) return NOT_CHECKED;
  if (offered.status === 'pass') return 'no login';
  // It is listed, but a client that tries is refused.
  return offered.status === 'warn' && of('login-accepted-before-tls')?.status === 'pass' ? 'login refused' : '?';
};

const certificate = (results: readonly Result[], of: Of, form: Form): string => {
  // On port 25 a certificate that nobody can verify is a warning; it is named all the same.
  const bad = results
    .filter(({ id, status }) => id.startsWith('certificate-') && (isBad(status) || status === 'warn'))
    .toSorted(worse);
  const days = daysLeft(results);
  const left = days === undefined ? [] : [daysText(days, bad.length === 0 ? 'full' : form)];
  const word = bad[0] === undefined ? 'good' : wordOf(bad[0]);
  if (!results.some(({ id }) => id.startsWith('certificate-'))) return left[0] ?? NOT_CHECKED;
  if (bad.length === 0 && of('certificate-untrusted')?.status !== 'pass') return left[0] ?? '?';
  if (word === 'out of date' && left[0] !== undefined) return left[0];
  return [word, ...(form === 'briefest' && bad.length > 0 ? [] : left)].join(', ');
};

const daysText = (days: number, form: Form): string => {
  const unit = form === 'full' ? 'days' : 'd';
  return days < 0 ? `expired ${String(-days)} ${unit} ago` : `${String(days)} ${unit}`;
};

const wordOf = ({ id, facts }: Result): string =>
  (id === 'certificate-untrusted' ? CHAIN_WORDS[String(chainOf(facts)?.chain)] : undefined) ??
  CERTIFICATE_WORDS[id] ??
  id.replace('certificate-', '');

/** From the facts that every check of certificates carries; absent where there was no handshake. */
const daysLeft = (results: readonly Result[]): number | undefined => {
  for (const { facts } of results) {
    const days = chainOf(facts)?.leaf?.daysLeft;
    if (typeof days === 'number') return days;
  }
  return undefined;
};

/** Facts of stored reports have no type: nothing is relied on. */
const chainOf = (facts: Result['facts']): StoredChain | undefined => {
  const chains: unknown = facts?.['chains'];
  const [first] = (Array.isArray(chains) ? chains : []) as readonly { readonly chain?: StoredChain }[];
  return first?.chain;
};

interface StoredChain {
  readonly chain?: unknown;
  readonly leaf?: { readonly daysLeft?: unknown };
}

const verdict = (results: readonly Result[], form: Form): string => {
  const [worst] = results.toSorted(worse);
  if (worst === undefined) return '';
  const findings = results.filter(({ status }) => isBad(status)).length;
  if (findings > 0 && form !== 'full')
    return `${worst.severity ?? ''}${findings > 1 ? ` +${String(findings - 1)}` : ''}`;
  if (findings > 0) return `fail (${worst.severity ?? ''}${findings > 1 ? `, ${String(findings)} findings` : ''})`;
  return worst.status === 'info' ? 'pass' : worst.status;
};

const isSeverity = (word: string): boolean => SEVERITIES.some((severity) => severity === word);

/** Left out by --check or --depth. */
const NOT_CHECKED = 'not checked';
const HEAD = ['port', 'role', 'encryption', 'before TLS', 'certificate', 'verdict'];
const VERDICT = 5;
const CHAIN_WORDS: Readonly<Record<string, string>> = {
  'self-signed': 'self-signed',
  'unknown-issuer': 'unknown CA',
  'bad-signature': 'bad signature',
};
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  'certificate-untrusted': 'untrusted',
  'certificate-wrong-name': 'wrong name',
  'certificate-out-of-date': 'out of date',
  'certificate-weak-key': 'weak key',
  'certificate-weak-signature': 'weak signature',
};

/** Ports of bare hosts that do not answer, a line for each address. */
export const closedLines = ({ closed = [] }: Report, { dim }: TextStyle['colors']): string[] => {
  const lines = [...new Set(closed.map(({ address }) => address))].flatMap((address) =>
    (['refused', 'silent'] as const).flatMap((how) => {
      const ports = closed.filter((each) => each.address === address && each.how === how).map(({ port }) => port);
      const word = how === 'refused' ? 'closed' : 'no answer';
      return ports.length === 0 ? [] : [dim(`${address}: ${word} on ${ports.join(', ')}`)];
    }),
  );
  return lines.length === 0 ? [] : [...lines, ''];
};
