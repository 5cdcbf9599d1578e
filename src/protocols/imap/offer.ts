import type { Offer, OfferChange, Reply } from '../protocol.js';
import { latin1 } from '../text.js';
import { LOGIN_COMMAND } from './command.js';
import { replyLength } from './reply.js';

/** The newest offer in capability lines and response codes (RFC 9051 §7.2.2, §7.1); undefined if there is none. */
export const offer = (replies: readonly Reply[]): Offer | undefined => {
  const list = replies.map((reply) => capabilityRange(reply.lines[0] ?? '')).findLast((found) => found !== undefined);
  if (list === undefined) return undefined;
  const words = list.text.split(' ').filter(Boolean);
  const upper = words.map((word) => word.toUpperCase());
  const loginDisabled = upper.includes('LOGINDISABLED');
  const mechanisms = new Set(upper.filter(isAuth).map((word) => word.slice(5)));
  return {
    upgrade: upper.includes('STARTTLS'),
    logins: [...mechanisms, ...(loginDisabled ? [] : [LOGIN_COMMAND])],
    loginDisabled,
    extensions: words.filter((word) => !isAuth(word) && !/^(?:STARTTLS|LOGINDISABLED)$/i.test(word)),
  };
};

/** Edits the capability lists in untagged lines and in response codes; every other byte stays, literals are not looked into. */
export const rewriteOffer = (reply: Buffer, change: OfferChange): Buffer => {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < reply.length) {
    const length = replyLength(reply, at) ?? reply.length - at;
    pieces.push(rewritten(reply.subarray(at, at + length), change));
    at += length;
  }
  return Buffer.concat(pieces);
};

/** What a CAPABILITY line lists for an offer; the protocol's own version comes first. */
export const capabilities = (offered: Offer): string[] => {
  const versions = offered.extensions.filter(isVersion);
  return [
    ...(versions.length === 0 ? ['IMAP4rev1'] : versions),
    ...offered.extensions.filter((word) => !isVersion(word)),
    ...(offered.upgrade ? ['STARTTLS'] : []),
    ...(offered.loginDisabled ? ['LOGINDISABLED'] : []),
    ...offered.logins.filter((login) => login !== LOGIN_COMMAND).map((login) => `AUTH=${login}`),
  ];
};

const rewritten = (piece: Buffer, change: OfferChange): Buffer => {
  const text = piece.toString('latin1');
  const list = capabilityRange(text);
  if (list === undefined) return piece;
  return latin1(text.slice(0, list.start) + edited(list.text, change) + text.slice(list.start + list.text.length));
};

// Words that are wanted and listed stay where they are, so that a change of nothing changes no byte.
const edited = (list: string, change: OfferChange): string => {
  const logins = change.logins?.map((login) => login.toUpperCase());
  const loginDisabled = change.loginDisabled ?? (change.logins?.includes(LOGIN_COMMAND) === true ? false : undefined);
  const isWanted = (word: string): boolean => {
    if (word === 'STARTTLS') return change.upgrade ?? true;
    if (word === 'LOGINDISABLED') return loginDisabled ?? true;
    return isAuth(word) ? (logins?.includes(word.slice(5)) ?? true) : true;
  };
  const all = list.match(/ +[^ ]+/g) ?? [];
  const kept = all.filter((word) => isWanted(word.trim().toUpperCase()));
  const listed = new Set(kept.map((word) => word.trim().toUpperCase()));
  const added = [
    ...(change.upgrade === true ? ['STARTTLS'] : []),
    ...(loginDisabled === true ? ['LOGINDISABLED'] : []),
    ...(change.logins ?? []).filter((login) => login !== LOGIN_COMMAND).map((login) => `AUTH=${login}`),
    ...(change.addExtensions ?? []),
  ].filter((word) => !listed.has(word.toUpperCase()));
  return kept.join('') + added.map((word) => ` ${word}`).join('') + list.slice(all.join('').length);
};

interface Range {
  readonly start: number;
  readonly text: string;
}

/** Where a line lists capabilities: after the word CAPABILITY, up to the line's end or the code's bracket. */
const capabilityRange = (line: string): Range | undefined => {
  const found = /^(?:\* +CAPABILITY(?=[ \r\n]|$)|[^ ]+ +(?:OK|NO|BAD|BYE|PREAUTH) +(\[)CAPABILITY(?=[ \]]))/i.exec(
    line,
  );
  if (found === null) return undefined;
  const start = found[0].length;
  const end = found[1] === undefined ? line.slice(start).search(/[\r\n]|$/) + start : line.indexOf(']', start);
  return end === -1 ? undefined : { start, text: line.slice(start, end) };
};

const isAuth = (word: string): boolean => /^AUTH=/i.test(word);

const isVersion = (word: string): boolean => /^IMAP4/i.test(word);
