import { randomBytes } from 'node:crypto';
import { addressParser } from 'postal-mime';
import { fieldValue, parsePart, type Field } from '../mail/mime.js';
import { escaped } from '../report/escape.js';
import { HttpError } from './http-error.js';
import { relayed } from './relay-client.js';
import type { Relay } from './services.js';

/** Hands a mail on to others, with a date and an identifier of its own, and without the field that names hidden recipients. Throws `HttpError`. */
export const released = async (content: Buffer, to: readonly string[], relay: Relay | undefined): Promise<void> => {
  if (relay === undefined)
    throw new HttpError(400, 'SMTP error: no relay is configured; start waxseal with --relay smtp://HOST:PORT');
  if (to.length === 0) throw new HttpError(400, 'No valid addresses found: To is empty');
  const recipients = to.map((address) => {
    // What the parser would mend is not sent to somebody whom nobody named.
    const found = ONE_MAILBOX.test(address) ? addressIn(address) : undefined;
    if (found === undefined)
      throw new HttpError(400, `Invalid email address: ${escaped(address.slice(0, LONGEST_QUOTE))}`);
    return found;
  });
  const text = content.toString('latin1');
  const { header, fields } = parsePart(text);
  const from = addressIn(fieldValue(fields, 'sender') ?? '') ?? addressIn(fieldValue(fields, 'from') ?? '');
  if (from === undefined) throw new HttpError(400, 'the message has no From field with an address');
  const mail = Buffer.from(`${renewed(fields)}\r\n${text.slice(header.length)}`, 'latin1');
  await relayed(relay, { from, to: recipients }, mail);
};

/** One mailbox that can be named in SMTP as it is; undefined for anything else. */
const addressIn = (text: string): string | undefined => {
  const [first] = addressParser(text.slice(0, LONGEST_FIELD)).flatMap((each) => each.group ?? [each]);
  const address = first?.address;
  return address !== undefined && ADDRESS.test(address) ? address : undefined;
};

const renewed = (fields: readonly Field[]): string => {
  const now = {
    Date: new Date().toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${randomBytes(12).toString('hex')}@lab.test>`,
  };
  const dropped = new Set(['bcc', ...Object.keys(now).map((name) => name.toLowerCase())]);
  return [
    ...Object.entries(now).map(([name, value]) => `${name}: ${value}\r\n`),
    ...fields.filter(({ name }) => !dropped.has(name.toLowerCase())).map(({ raw }) => raw),
  ].join('');
};

/** RFC 5321 §4.1.2 without quoted strings: nothing in it ends a command. */
const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@(?:[A-Za-z0-9.-]{1,253}|\[[A-Za-z0-9.:]{1,60}\])$/;
const ONE_MAILBOX = /^(?:[^<>@,;\p{Cc}]*<[^<>\s]+>|[^<>,;\s]+)$/u;
const LONGEST_FIELD = 8192;
const LONGEST_QUOTE = 200;
