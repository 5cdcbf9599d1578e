import type { Part } from '../../mail/mime.js';

/** The bytes of a section such as `HEADER`, `1.MIME` or `HEADER.FIELDS (DATE FROM)` (RFC 9051 §6.4.5); undefined if there is no such part. */
export const section = (message: Part, specification: string): string | undefined => {
  const [, numbers = '', words = ''] = /^((?:\d{1,4}(?:\.|$)){0,16})(.*)$/s.exec(specification) ?? [];
  const path = numbers.split('.').filter(Boolean).map(Number);
  const part = path.reduce<Part | undefined>(descend, message);
  if (part === undefined) return undefined;
  if (words === '') return path.length === 0 ? part.header + part.body : part.body;
  if (words.toUpperCase() === 'MIME') return path.length === 0 ? undefined : part.header;
  const entity = path.length === 0 ? message : part.embedded;
  return entity && text(entity, words);
};

const text = (entity: Part, words: string): string | undefined => {
  if (/^HEADER$/i.test(words)) return entity.header;
  if (/^TEXT$/i.test(words)) return entity.body;
  const found = /^HEADER\.FIELDS(\.NOT)? *\((.*)\)$/is.exec(words);
  if (found === null) return undefined;
  const names = new Set((found[2] ?? '').toLowerCase().split(/[ "]+/).filter(Boolean));
  const isWanted = (name: string): boolean => names.has(name.toLowerCase()) === (found[1] === undefined);
  const fields = entity.fields.filter((field) => isWanted(field.name)).map((field) => field.raw);
  return `${fields.join('')}\r\n`;
};

// Part 1 of what is no multipart is its body.
const descend = (part: Part | undefined, number: number, depth: number): Part | undefined => {
  const entity = depth > 0 && part?.embedded !== undefined ? part.embedded : part;
  if (entity === undefined) return undefined;
  if (entity.children.length > 0) return entity.children[number - 1];
  return number === 1 && (depth === 0 || entity !== part) ? entity : undefined;
};
