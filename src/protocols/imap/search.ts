import type { Mailbox, Stored } from './mailbox.js';
import { fieldValue } from './mime.js';
import { sequenceSet } from './sequence.js';
import type { Token } from './syntax.js';

/** Sequence numbers that match a SEARCH (RFC 9051 §6.4.4); a key that is not known matches everything. */
export const search = (mailbox: Mailbox, keys: readonly Token[]): number[] => {
  const cursor: Cursor = { keys, at: 0, alternatives: 0 };
  const tests = all(cursor, mailbox);
  return mailbox.messages.flatMap((message, index) => (tests(message, index + 1) ? [index + 1] : []));
};

type Test = (message: Stored, number: number) => boolean;

interface Cursor {
  readonly keys: readonly Token[];
  at: number;
  alternatives: number;
}

const all = (cursor: Cursor, mailbox: Mailbox): Test => {
  const tests: Test[] = [];
  while (cursor.at < cursor.keys.length) tests.push(one(cursor, mailbox));
  return (message, number) => tests.every((test) => test(message, number));
};

const one = (cursor: Cursor, mailbox: Mailbox): Test => {
  // NOT NOT NOT … and OR OR OR … are unwound here instead of on the stack.
  let isNegated = false;
  let token = take(cursor);
  while (token?.kind === 'atom' && token.text.toUpperCase() === 'NOT') {
    isNegated = !isNegated;
    token = take(cursor);
  }
  const test = token === undefined ? () => true : key(token, cursor, mailbox);
  return isNegated ? (message, number) => !test(message, number) : test;
};

const key = (token: Token, cursor: Cursor, mailbox: Mailbox): Test => {
  if (token.kind === 'list') return all({ keys: token.items, at: 0, alternatives: 0 }, mailbox);
  const name = token.text.toUpperCase();
  const flag = FLAGS[name.replace(/^UN/, '')];
  if (flag !== undefined)
    return name.startsWith('UN') ? ({ flags }) => !flags.has(flag) : ({ flags }) => flags.has(flag);
  const set = sequenceSet(name, mailbox.messages.length);
  if (set !== undefined) return (_message, number) => set(number);
  const field = FIELDS[name];
  if (field !== undefined) return holds(field, take(cursor)?.text ?? '');
  return withArgument(name, cursor, mailbox);
};

const withArgument = (name: string, cursor: Cursor, mailbox: Mailbox): Test => {
  switch (name) {
    case 'NEW':
      return ({ flags }) => !flags.has('\\Seen');
    case 'OLD':
      return () => false;
    case 'OR': {
      cursor.alternatives += 1;
      if (cursor.alternatives > MOST_ALTERNATIVES) return () => true;
      const [left, right] = [one(cursor, mailbox), one(cursor, mailbox)];
      return (message, number) => left(message, number) || right(message, number);
    }
    case 'UID': {
      const set = sequenceSet(take(cursor)?.text ?? '', mailbox.messages.at(-1)?.uid ?? 0);
      return ({ uid }) => set?.(uid) ?? false;
    }
    case 'HEADER': {
      const field = take(cursor)?.text ?? '';
      return holds(field.toLowerCase(), take(cursor)?.text ?? '');
    }
    case 'BODY':
    case 'TEXT': {
      const wanted = (take(cursor)?.text ?? '').toLowerCase();
      return ({ text, part }) => (name === 'BODY' ? part.body : text).toLowerCase().includes(wanted);
    }
    case 'KEYWORD':
    case 'UNKEYWORD': {
      const keyword = take(cursor)?.text ?? '';
      return ({ flags }) => flags.has(keyword) === (name === 'KEYWORD');
    }
    case 'LARGER':
    case 'SMALLER': {
      const size = Number(take(cursor)?.text);
      return ({ text }) => (name === 'LARGER' ? text.length > size : text.length < size);
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
  const of = ({ part, internalDate }: Stored): number =>
    day(name.startsWith('SENT') ? (fieldValue(part.fields, 'date') ?? '') : internalDate);
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
