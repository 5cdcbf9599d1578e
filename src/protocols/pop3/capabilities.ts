import type { Offer, OfferChange, Reply } from '../protocol.js';
import { latin1 } from '../text.js';

/** The offer of a reply to CAPA (RFC 2449), or else of one to AUTH without mechanism; APOP is offered by the greeting's timestamp. */
export const offer = (replies: readonly Reply[]): Offer | undefined => {
  const reply =
    replies.findLast((each) => isListing(each.lines) && !isMechanismList(each.lines)) ??
    replies.findLast((each) => isListing(each.lines));
  if (reply === undefined) return undefined;
  const keywords = reply.lines
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const sasl = isMechanismList(reply.lines)
    ? keywords
    : keywords.filter(isSasl).flatMap((keyword) => keyword.split(/[ \t]+/).slice(1));
  const logins = [
    ...sasl.map((mechanism) => mechanism.toUpperCase()),
    ...(keywords.some(isUser) ? ['USER/PASS'] : []),
    ...(replies.some((each) => each.kind === 'greeting' && each.status === 'ok' && TIMESTAMP.test(each.lines[0] ?? ''))
      ? ['APOP']
      : []),
  ];
  return {
    upgrade: keywords.some(isUpgrade),
    logins: [...new Set(logins)],
    loginDisabled: false,
    extensions: isMechanismList(reply.lines)
      ? []
      : keywords.filter((keyword) => !isUpgrade(keyword) && !isSasl(keyword) && !isUser(keyword)),
  };
};

/** Edits a reply to CAPA or to AUTH without mechanism, or takes the timestamp out of a greeting; all else stays as it is. */
export const rewriteOffer = (reply: Buffer, change: OfferChange): Buffer => {
  const text = reply.toString('latin1');
  const lines = text.split(/\r?\n/);
  if (lines.length === 2 && lines[1] === '') {
    const withoutApop = change.logins !== undefined && !change.logins.includes('APOP') && text.startsWith('+OK');
    return withoutApop ? latin1(text.replace(TIMESTAMP, '').replace(/ +(?=\r?\n$)/, '')) : reply;
  }
  if (lines.pop() !== '' || lines.pop() !== '.' || !isListing(lines)) return reply;
  const [head = '', ...keywords] = lines;
  if (isMechanismList(lines))
    return change.logins === undefined ? reply : listing(head, change.logins.filter(isMechanism));
  let kept = keywords;
  if (change.upgrade !== undefined) kept = kept.filter((keyword) => !isUpgrade(keyword));
  if (change.logins !== undefined) kept = kept.filter((keyword) => !isSasl(keyword) && !isUser(keyword));
  return listing(head, [
    ...kept,
    ...(change.addExtensions ?? []),
    ...offered(change.upgrade ?? false, change.logins ?? []),
  ]);
};

/** The complete reply to CAPA. */
export const capabilities = (offered_: Offer): Buffer =>
  listing('+OK Capability list follows', [...offered_.extensions, ...offered(offered_.upgrade, offered_.logins)]);

/** The complete reply to AUTH without a mechanism. */
export const mechanisms = (offered_: Offer): Buffer =>
  listing('+OK Mechanisms follow', offered_.logins.filter(isMechanism));

/** A positive reply with lines and the final dot; lines that begin with a dot are stuffed. */
export const listing = (head: string, lines: readonly string[]): Buffer =>
  latin1([head, ...lines.map((line) => (line.startsWith('.') ? `.${line}` : line)), '.', ''].join('\r\n'));

const offered = (upgrade: boolean, logins: readonly string[]): string[] => {
  const sasl = logins.filter(isMechanism);
  return [
    ...(upgrade ? ['STLS'] : []),
    ...(logins.includes('USER/PASS') ? ['USER'] : []),
    ...(sasl.length > 0 ? [`SASL ${sasl.join(' ')}`] : []),
  ];
};

/** A positive reply whose further lines all look like capabilities, which a mail does not: it has headers or an empty line. */
const isListing = (lines: readonly string[]): boolean =>
  lines.length > 1 &&
  /^\+OK(?: |$)/.test(lines[0] ?? '') &&
  lines.slice(1).every((line) => /^[!-9;-~][!-9;-~]{0,63}(?:[ \t]+[!-~]+)*[ \t]*$/.test(line) && !/^\d+ /.test(line));

const isMechanismList = (lines: readonly string[]): boolean =>
  lines.length > 1 && lines.slice(1).every((line) => MECHANISMS.test(line.trim()));

const isMechanism = (login: string): boolean => login !== 'USER/PASS' && login !== 'APOP';
const isUpgrade = (keyword: string): boolean => keyword.trim().toUpperCase() === 'STLS';
const isUser = (keyword: string): boolean => keyword.trim().toUpperCase() === 'USER';
const isSasl = (keyword: string): boolean => /^SASL(?:[ \t]|$)/i.test(keyword);

/** RFC 1939 §7: a msg-id in the greeting. */
const TIMESTAMP = /<[^<>@\s]*@[^<>\s]*>/;

const MECHANISMS =
  /^(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|NTLM|MSN|GSSAPI|KERBEROS_V4|ANONYMOUS|EXTERNAL|XOAUTH2|OAUTHBEARER|SCRAM-[A-Z0-9-]+)$/i;
