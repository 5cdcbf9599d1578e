import { fieldValue } from '../../mail/mime.js';
import type { MailboxView, NumberedMail } from './mailbox-view.js';
import { sequenceSet } from './sequence.js';
import type { Token } from './syntax.js';

/** Sequence numbers, or UIDs, that match a SEARCH (RFC 9051 §6.4.4); a key that is not known matches everything. */
export const search = (mailbox: MailboxView, keys: readonly Token[], isUid: boolean): number[] => {
  const cursor: Cursor = { keys, at: 0, alternatives: 0 };
  const test = all(cursor, mailbox);
  const found: number[] = [];
  // One after the other: what a mail was taken apart for is not kept.
  for (const each of mailbox.chosen(() => true)) if (test(each)) found.push(isUid ? each.mail.uid : each.number);
  return found;
};

type Test = (message: NumberedMail) => boolean;

interface Cursor {
  readonly keys: readonly Token[];
  at: number;
  alternatives: number;
}

const all = (cursor: Cursor, mailbox: MailboxView): Test => {
  const tests: Test[] = [];
  while (cursor.at < cursor.keys.length) tests.push(one(cursor, mailbox));
  return (message) => tests.every((test) => test(message));
};

const one = (cursor: Cursor, mailbox: MailboxView): Test => {
  // NOT NOT NOT … and OR OR OR … are unwound here instead of on the stack.
  let isNegated = false;
  let token = take(cursor);
  while (token?.kind === 'atom' && token.text.toUpperCase() === 'NOT') {
    isNegated = !isNegated;
    token = take(cursor);
  }
  const test = token === undefined ? () => true : key(token, cursor, mailbox);
  return isNegated ? (message) => !test(message) : test;
};

const key = (token: Token, cursor: Cursor, mailbox: MailboxView): Test => {
  if (token.kind === 'list') return all({ keys: token.items, at: 0, alternatives: 0 }, mailbox);
  const name = token.text.toUpperCase();
  const flag = FLAGS[name.replace(/^UN/, '')];
  if (flag !== undefined)
    return name.startsWith('UN') ? ({ mail }) => !mail.flags.has(flag) : ({ mail }) => mail.flags.has(flag);
  const set = sequenceSet(name, mailbox.length);
  if (set !== undefined) return ({ number }) => set(number);
  const field = FIELDS[name];
  if (field !== undefined) return holds(field, take(cursor)?.text ?? '');
  return withArgument(name, cursor, mailbox);
};

const withArgument = (name: string, cursor: Cursor, mailbox: MailboxView): Test => {
  switch (name) {
    case 'NEW':
      return ({ mail }) => !mail.flags.has('\\Seen');
    case 'OLD':
      return () => false;
    case 'OR': {
      cursor.alternatives += 1;
      if (cursor.alternatives > MOST_ALTERNATIVES) return () => true;
      const [left, right] = [one(cursor, mailbox), one(cursor, mailbox)];
      return (message) => left(message) || right(message);
    }
    case 'UID': {
      const set = sequenceSet(take(cursor)?.text ?? '', mailbox.largestUid);
      return ({ mail }) => set?.(mail.uid) ?? false;
    }
    case 'HEADER': {
      const field = take(cursor)?.text ?? '';
      return holds(field.toLowerCase(), take(cursor)?.text ?? '');
    }
    case 'BODY':
    case 'TEXT': {
      const wanted = (take(cursor)?.text ?? '').toLowerCase();
      return (message) => (name === 'BODY' ? message.part.body : message.text).toLowerCase().includes(wanted);
    }
    case 'KEYWORD':
    case 'UNKEYWORD': {
      const keyword = take(cursor)?.text ?? '';
      return ({ mail }) => mail.flags.has(keyword) === (name === 'KEYWORD');
    }
    case 'LARGER':
    case 'SMALLER': {
      const size = Number(take(cursor)?.text);
      return ({ mail }) => (name === 'LARGER' ? mail.size > size : mail.size < size);
    }
    case 'CHARSET':
      take(cursor);
      return () => true;
    default:
      return DATES.test(name) ? dated(name, take(cursor)?.text ?? '') : () => true;
  }
};

const dated = (name: string, argument: string): Test => {
  const wanted = day(argument);
  const of = (message: NumberedMail): number =>
    day(name.startsWith('SENT') ? (fieldValue(message.part.fields, 'date') ?? '') : message.mail.internalDate);
  if (name.endsWith('SINCE')) return (message) => of(message) >= wanted;
  if (name.endsWith('BEFORE')) return (message) => of(message) < wanted;
  return (message) => of(message) === wanted;
};

// Dates without time and zone (RFC 9051 §6.4.4), in milliseconds.
const day = (text: string): number => {
  const [, date = '', month = '', year = ''] = /(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{4})/.exec(text) ?? [];
  return Date.UTC(Number(year), MONTHS.indexOf(month.toLowerCase()), Number(date));
};

const holds = (field: string, wanted: string): Test => {
  const lower = wanted.toLowerCase();
  return ({ part }) => fieldValue(part.fields, field)?.toLowerCase().includes(lower) ?? false;
};

const take = (cursor: Cursor): Token | undefined => {
  cursor.at += 1;
  return cursor.keys[cursor.at - 1];
};

const DATES = /^(?:SENT)?(?:SINCE|BEFORE|ON)$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MOST_ALTERNATIVES = 64;

const FLAGS: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
};

const FIELDS: Readonly<Record<string, string>> = { FROM: 'from', TO: 'to', CC: 'cc', BCC: 'bcc', SUBJECT: 'subject' };
