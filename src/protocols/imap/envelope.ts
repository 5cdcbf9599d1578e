import { fieldValue, type Part } from '../../mail/mime.js';
import { nstring } from './syntax.js';

/** ENVELOPE of a message (RFC 9051 §7.5.2). */
export const envelope = ({ fields }: Part): string => {
  const value = (name: string): string | undefined => fieldValue(fields, name);
  const from = addresses(value('from'));
  const lists = [
    from,
    addresses(value('sender'), from),
    addresses(value('reply-to'), from),
    ...['to', 'cc', 'bcc'].map((name) => addresses(value(name))),
  ];
  return `(${[nstring(value('date')), nstring(value('subject')), ...lists, nstring(value('in-reply-to')), nstring(value('message-id'))].join(' ')})`;
};

const addresses = (value: string | undefined, otherwise = 'NIL'): string => {
  const found = (value?.slice(0, LONGEST_LIST).match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [])
    .map(address)
    .filter((each) => each !== undefined);
  return found.length === 0 ? otherwise : `(${found.join('')})`;
};

const address = (text: string): string | undefined => {
  const angle = text.indexOf('<');
  const plain = (angle === -1 ? text : text.slice(angle + 1).replace(/>.*$/, '')).trim();
  const name =
    angle === -1
      ? ''
      : text
          .slice(0, angle)
          .trim()
          .replace(/^"(.*)"$/, '$1');
  const at = plain.lastIndexOf('@');
  if (plain === '') return undefined;
  const [mailbox, host] = at === -1 ? [plain, ''] : [plain.slice(0, at), plain.slice(at + 1)];
  return `(${nstring(name === '' ? undefined : name)} NIL ${nstring(mailbox)} ${nstring(host)})`;
};

// Unpaired quotes make the split quadratic.
const LONGEST_LIST = 8192;
