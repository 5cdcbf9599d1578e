import { envelope } from './envelope.js';
import { fieldValue, type Part } from '../../mail/mime.js';
import { nstring, string } from './syntax.js';

/** BODYSTRUCTURE of an entity, or BODY without the extension data (RFC 9051 §7.5.2). */
export const bodyStructure = (part: Part, isExtended: boolean): string => {
  if (part.children.length > 0) {
    const children = part.children.map((child) => bodyStructure(child, isExtended)).join('');
    return `(${children} ${string(part.subtype)}${isExtended ? ` ${pairs(part)} NIL NIL NIL` : ''})`;
  }
  const words = [
    string(part.type),
    string(part.subtype),
    pairs(part),
    nstring(fieldValue(part.fields, 'content-id')),
    nstring(fieldValue(part.fields, 'content-description')),
    string((fieldValue(part.fields, 'content-transfer-encoding') ?? '7BIT').toUpperCase()),
    String(part.body.length),
  ];
  if (part.embedded !== undefined) words.push(envelope(part.embedded), bodyStructure(part.embedded, isExtended));
  if (part.embedded !== undefined || part.type === 'TEXT') words.push(String(part.body.split('\n').length - 1));
  if (isExtended) words.push('NIL', disposition(part), 'NIL', 'NIL');
  return `(${words.join(' ')})`;
};

const pairs = ({ parameters }: Part): string =>
  parameters.length === 0
    ? 'NIL'
    : `(${parameters.map(([name, value]) => `${string(name)} ${string(value)}`).join(' ')})`;

const disposition = ({ fields }: Part): string => {
  const kind = fieldValue(fields, 'content-disposition')?.split(';')[0]?.trim();
  return kind === undefined || kind === '' ? 'NIL' : `(${string(kind)} NIL)`;
};
