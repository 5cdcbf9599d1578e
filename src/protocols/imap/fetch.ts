import type { KeptMail } from '../../mail/kept-mail.js';
import { envelope } from './envelope.js';
import type { NumberedMail } from './mailbox-view.js';
import { section } from './section.js';
import { bodyStructure } from './structure.js';
import { string, type Token } from './syntax.js';

/** The items that a FETCH asks for, macros resolved. */
export const fetchItems = (token: Token | undefined): string[] => {
  const items = token?.kind === 'list' ? token.items : token === undefined ? [] : [token];
  return items.flatMap(({ text }) => MACROS[text.toUpperCase()] ?? [text]);
};

/** What a FETCH response holds between its parentheses (RFC 9051 §7.5.2); undefined if an item is unknown. */
export const fetched = (message: NumberedMail, items: readonly string[]): string | undefined => {
  const answers = items.map((item) => simple(message, item.toUpperCase()) ?? body(message, item));
  return answers.includes(undefined) ? undefined : answers.join(' ');
};

/** Whether these items ask for a message's text without PEEK, and so mark it as seen. */
export const marksSeen = (items: readonly string[]): boolean =>
  items.some((item) => /^(?:BODY\[|RFC822$|RFC822\.TEXT$)/i.test(item));

/** `FLAGS (…)` of a message. */
export const flags = (mail: KeptMail): string => `FLAGS (${[...mail.flags].join(' ')})`;

const simple = (message: NumberedMail, item: string): string | undefined => {
  switch (item) {
    case 'FLAGS':
      return flags(message.mail);
    case 'UID':
      return `UID ${message.mail.uid}`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${message.mail.internalDate}"`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.mail.size}`;
    case 'ENVELOPE':
      return `ENVELOPE ${envelope(message.part)}`;
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${bodyStructure(message.part, true)}`;
    case 'BODY':
      return `BODY ${bodyStructure(message.part, false)}`;
    case 'RFC822':
      return `RFC822 ${literal(message.text)}`;
    case 'RFC822.HEADER':
      return `RFC822.HEADER ${literal(message.part.header)}`;
    case 'RFC822.TEXT':
      return `RFC822.TEXT ${literal(message.part.body)}`;
    default:
      return undefined;
  }
};

const body = (message: NumberedMail, item: string): string | undefined => {
  const found = /^BODY(?:\.PEEK)?\[([^\]]*)\](?:<(\d{1,10})\.(\d{1,10})>)?$/i.exec(item);
  if (found === null) return undefined;
  const [, specification = '', from, count] = found;
  const whole = section(message.part, specification);
  const name = `BODY[${specification}]`;
  if (from === undefined) return `${name} ${whole === undefined ? 'NIL' : literal(whole)}`;
  const start = Number(from);
  return `${name}<${start}> ${whole === undefined ? 'NIL' : literal(whole.slice(start, start + Number(count)))}`;
};

const literal = (text: string): string => (text === '' ? string('') : `{${text.length}}\r\n${text}`);

const MACROS: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};
