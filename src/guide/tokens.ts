import type { Mode } from './claim.js';
import { portNumber } from './numbers.js';

/** Words of a guide that name protocols, ports or ways to start TLS; neighbours joined by “or”, “and” or a slash are one. */
export type Token = (
  | { readonly kind: 'service'; readonly speaks: readonly string[]; readonly isShared?: true }
  | { readonly kind: 'port'; readonly ports: readonly number[] }
  | { readonly kind: 'mode'; readonly modes: readonly Mode[] }
) & {
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
};

export interface TokenOptions {
  /** A form’s value, a table’s cell or a short line: “SSL” means implicit TLS there, and any TLS in a sentence. */
  readonly isField: boolean;
  /** Every number is a port. */
  readonly isPortField?: boolean;
}

/** The tokens of a text, in its order, and the first host with a name. */
export const tokensIn = (
  text: string,
  options: TokenOptions,
): { readonly tokens: readonly Token[]; readonly host?: string } => {
  // What is no setting, whatever it holds: mail addresses, pages, commands’ file names.
  const shown = text
    .replace(/https?:\/\/\S{1,400}/gi, blank)
    .replace(/[\w.+-]{1,64}@[\w.-]{1,255}/g, blank)
    .replace(/\b(?:RFCs?|CVE|Version|v|§|#|No\.|Nr\.)[- ]?\d[\d.-]{0,12}/gi, blank);
  const found: Token[] = [];
  let host: string | undefined;
  const masked = shown.replace(
    HOST,
    (whole: string, scheme: string | undefined, name: string, port: string | undefined, start: number) => {
      host ??= /^\d/.test(name) && !/[a-z]/i.test(name) ? undefined : name.toLowerCase();
      const end = start + whole.length;
      const word = serviceOf(scheme === undefined ? (name.split(/[.-]/)[0] ?? '') : scheme.replace(/:\/\/$/, ''));
      if (word !== undefined && (scheme !== undefined || HOST_WORDS.test(name))) {
        found.push({ kind: 'service', speaks: [word.speaks], start, end: start });
        if (scheme !== undefined && word.isImplicit && port !== undefined)
          found.push({ kind: 'mode', modes: ['implicit'], start, end: start });
      }
      const number = portNumber(port);
      if (number !== undefined) found.push({ kind: 'port', ports: [number], start: end - String(number).length, end });
      return ' '.repeat(whole.length);
    },
  );
  const seen = new Array<boolean>(masked.length).fill(false);
  const mark = (start: number, end: number): void => {
    seen.fill(true, start, end);
  };
  for (const { 0: word, index } of masked.matchAll(SERVICE)) {
    const service = serviceOf(word);
    if (service === undefined) continue;
    found.push({ kind: 'service', speaks: [service.speaks], start: index, end: index + word.length });
    if (service.isImplicit) found.push({ kind: 'mode', modes: ['implicit'], start: index, end: index });
    mark(index, index + word.length);
  }
  for (const { 0: word, index } of masked.matchAll(MODE)) {
    const mode = modeOf(word, shown.slice(Math.max(0, index - 60), index), options.isField);
    found.push({ kind: 'mode', modes: [mode], start: index, end: index + word.length });
    mark(index, index + word.length);
  }
  const hasService = found.some(({ kind }) => kind === 'service');
  const hasMode = found.some(({ kind }) => kind === 'mode');
  let listEnd = -1;
  for (const { 0: digits, index } of masked.matchAll(/(?<![\d.,:+€$§#-]|\d[ /])\d{2,5}(?![\d%]|[.,:]\d)/g)) {
    const before = masked.slice(Math.max(0, index - 24), index);
    const after = masked.slice(index + digits.length, index + digits.length + 12);
    const isNamed = /\b(?:port(?:s|nummern?|-?nr\.?)?|TCP|UDP)\b[^\d.;]{0,16}$/i.test(before);
    const isListed =
      listEnd >= 0 &&
      /^(?:\s*(?:,|\/|and|or|und|oder|&|bzw\.?|\+|respectively)\s*){1,2}(?:port\s+)?$/i.test(
        masked.slice(listEnd, index),
      );
    const isKnown =
      (hasService || (hasMode && ENTERED.test(before))) && DISTINCT.has(Number(digits)) && !UNIT.test(after);
    const number = portNumber(digits);
    if (number === undefined || seen[index] === true) continue;
    if (options.isPortField !== true && !isNamed && !isListed && !isKnown) continue;
    listEnd = index + digits.length;
    found.push({ kind: 'port', ports: [number], start: index, end: listEnd });
  }
  const tokens = merged(
    found.toSorted((a, b) => a.start - b.start || RANK[a.kind] - RANK[b.kind]),
    masked,
  );
  return { tokens, ...(host !== undefined && { host }) };
};

/** Neighbours of one kind become one token. */
const merged = (tokens: readonly Token[], text: string): Token[] => {
  const all: Token[] = [];
  for (const token of tokens) {
    const before = all.at(-1);
    const gap = before === undefined ? '' : text.slice(before.end, token.start);
    if (before?.kind === 'service' && token.kind === 'service') {
      const isSame = before.speaks.length === 1 && before.speaks[0] === token.speaks[0] && gap.length < 60;
      if (isSame || JOINT.test(gap)) {
        all[all.length - 1] = {
          ...before,
          speaks: [...new Set([...before.speaks, ...token.speaks])],
          end: token.end,
          ...(!isSame && /and|und|&|sowie/i.test(gap) && { isShared: true as const }),
        };
        continue;
      }
    } else if (before?.kind === 'port' && token.kind === 'port' && JOINT.test(gap)) {
      all[all.length - 1] = { ...before, ports: [...new Set([...before.ports, ...token.ports])], end: token.end };
      continue;
    } else if (before?.kind === 'mode' && token.kind === 'mode' && (JOINT.test(gap) || gap === '')) {
      all[all.length - 1] = { ...before, modes: [...new Set([...before.modes, ...token.modes])], end: token.end };
      continue;
    }
    all.push(token);
  }
  return all;
};

const blank = (text: string): string => ' '.repeat(text.length);

/** A protocol of the table for a word such as IMAPS or pop. */
const serviceOf = (word: string): { readonly speaks: string; readonly isImplicit: boolean } | undefined => {
  const plain = word.toLowerCase().replace(/[^a-z0-9]/g, '');
  const row = SERVICE_WORDS.find(([pattern]) => pattern.test(plain));
  if (row === undefined) return undefined;
  return { speaks: row[1], isImplicit: IMPLICIT_WORDS.test(plain) };
};

const SERVICE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:smtps?|submissions?)$/, 'SMTP'],
  [/^imap4?s?$/, 'IMAP'],
  [/^pop3?s?$/, 'POP3'],
  [/^(?:manage)?sieves?$/, 'ManageSieve'],
  [/^lmtp$/, 'LMTP'],
  [/^nntps?$/, 'NNTP'],
  [/^ftps?$/, 'FTP'],
  [/^ldaps?$/, 'LDAP'],
  [/^xmpp$/, 'XMPP'],
  [/^https?$/, 'HTTP'],
  [/^ssh$/, 'SSH'],
  [/^snmp$/, 'SNMP'],
  [/^rdp$/, 'RDP'],
];
/** FTPS is often FTP with AUTH TLS on 21. */
const IMPLICIT_WORDS = /^(?:smtps|submissions|imap4?s|pop3?s|nntps|ldaps)$/;
const HOST_WORDS = /^(?:imap|pop3?|smtp|submission|sieve)s?(?:[.-]|\d*\.)/i;
const SERVICE =
  /\b(?:SMTPS?|IMAP4?S?|POP3S?|ManageSieve|LMTP|NNTPS?|LDAPS?|XMPP|SNMP|RDP|submissions?)\b|\b(?:POPS?|FTPS?|HTTPS?|SSH|Sieve|SUBMISSION)\b/gi;
const HOST =
  /\b((?:imap|pop3?|smtp|submission|sieve)s?:\/\/)?((?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z][a-z0-9-]{1,20}|\d{1,3}(?:\.\d{1,3}){3}|localhost)\b(?::(\d{2,5})\b)?/gi;
const MODE =
  /\bSTART[- ]?TLS\b|\bSTLS\b|\b(?:implicit|implizites?)\s(?:SSL\/)?TLS\b|\b(?:explicit|explizites?)\s(?:SSL\/)?TLS\b|\bSSL ?[/-] ?TLS\b|\bTLS ?\/ ?SSL\b|(?<!-)\bTLS\b|(?<!-)\bSSL\b(?!v?\d|[- ](?:certificate|cert\b|Zertifikat|error|Fehler|handshake|version|lib|labs|\d))|\bTLS[- ]from the (?:first byte|start)\b/gi;

/** What a word says of how TLS starts. */
const modeOf = (word: string, before: string, isField: boolean): Mode => {
  const plain = word.toUpperCase().replace(/[^A-Z]/g, '');
  if (/^(?:STARTTLS|STLS|EXPLI)/.test(plain)) return 'starttls';
  if (/^IMPLI|FROM/.test(plain)) return 'implicit';
  if (plain === 'TLS' || plain === 'TLSSSL') return 'tls';
  // In a sentence SSL is any TLS, but for what is to be chosen in a form.
  return isField || CHOSEN.test(before) || NAMED_BY_SSL.test(before) || (plain === 'SSLTLS' && AFTER_PORT.test(before))
    ? 'implicit'
    : 'tls';
};

/** “port 587 with SSL/TLS”. */
const AFTER_PORT = /\b\d{2,5}\s*(?:\(|,|with|using|over|mit|über|and|und)?\s*$/i;
/** “POP3 over SSL” is POP3S; “For SSL, enter 465” is a choice beside STARTTLS. */
const NAMED_BY_SSL = /\b(?:IMAP4?|POP3?|SMTP) ?(?:over|via|über|\/) ?$|^(?:for|bei|für) $/i;
/** “For SSL, enter 465”. */
const ENTERED = /\b(?:enter|type|use|choose|verwenden Sie|nutzen Sie|geben Sie|STARTTLS|SSL|TLS)\s+$/i;
const CHOSEN =
  /(?:["“„'‘«]|\b(?:encryption|security|connection type|verschlüsselung|verbindungssicherheit|sicherheit)\b[^.;]{0,20}\b(?:to|as|auf|als|is|ist|select|choose|wählen)\b[^.;]{0,8})$/i;
const JOINT =
  /^[\s)("“”'„]*(?:,|\/|and|or|und|oder|&|\+|sowie|bzw\.?|, ?(?:and|or|und|oder))(?:\s*ports?)?[\s(“"'„]*$/i;
const UNIT =
  /^\s*(?:[KMGT]i?B\b|users?\b|Nutzer|days?\b|Tage|euro?\b|€|\$|px\b|ms\b|s\b|min|sec|Sek|people|mails?\b|messages?\b|Nachrichten|pages?\b)/i;
/** Numbers that are ports wherever a protocol is named beside them. */
const DISTINCT: ReadonlySet<number> = new Set([
  110, 143, 465, 563, 567, 585, 587, 636, 993, 995, 2095, 2096, 2525, 4190,
]);
/** At one place the service comes first. */
const RANK = { service: 0, mode: 1, port: 2 };
