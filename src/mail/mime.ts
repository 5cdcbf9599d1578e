/** A MIME entity (RFC 2045), in latin1. */
export interface Part {
  /** Header with the empty line that ends it. */
  readonly header: string;
  readonly body: string;
  readonly fields: readonly Field[];
  /** Upper case, as in `TEXT` and `PLAIN`. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Parts of a multipart. */
  readonly children: readonly Part[];
  /** The message in a message/rfc822. */
  readonly embedded?: Part;
}

export interface Field {
  readonly name: string;
  /** Unfolded. */
  readonly value: string;
  /** With its folds and line end. */
  readonly raw: string;
}

/** Takes a message apart; whatever it is, some structure comes out. What has very many parts is not taken apart to its end. */
export const parsePart = (text: string, depth = 0, budget = { parts: MOST_PARTS }): Part => {
  const blank = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n') + 2;
  const end = blank < 2 && !text.startsWith('\r\n') ? text.length : blank + 2;
  const header = text.slice(0, end);
  const body = text.slice(end);
  const fields = parseFields(header);
  const [mediaType = '', ...rest] = (fieldValue(fields, 'content-type') ?? 'text/plain; charset=us-ascii').split(';');
  const [type = 'TEXT', subtype = 'PLAIN'] = mediaType.trim().toUpperCase().split('/');
  const parameters = rest.map(parameter).filter((pair) => pair !== undefined);
  const boundary = parameters.find(([name]) => name === 'BOUNDARY')?.[1];
  const base = { header, body, fields, type, subtype, parameters };
  if (depth >= DEEPEST) return { ...base, children: [] };
  if (type === 'MULTIPART' && boundary !== undefined)
    return { ...base, children: slices(body, boundary, budget).map((slice) => parsePart(slice, depth + 1, budget)) };
  if (type === 'MESSAGE' && subtype === 'RFC822')
    return { ...base, children: [], embedded: parsePart(body, depth + 1, budget) };
  return { ...base, children: [] };
};

/** The unfolded value of the first field of that name, given in lower case. */
export const fieldValue = (fields: readonly Field[], name: string): string | undefined =>
  fields.find((field) => field.name.toLowerCase() === name)?.value;

const parseFields = (header: string): Field[] =>
  (header.match(/[^\r\n][^\n]*\n(?:[ \t][^\n]*\n)*/g) ?? []).map((raw) => {
    const colon = raw.indexOf(':');
    const name = colon === -1 ? '' : raw.slice(0, colon).trimEnd();
    return {
      name,
      value: raw
        .slice(colon + 1)
        .replace(/\r?\n(?=[ \t])/g, '')
        .trim(),
      raw,
    };
  });

const parameter = (text: string): readonly [string, string] | undefined => {
  const equals = text.indexOf('=');
  if (equals === -1) return undefined;
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim().toUpperCase(), value.startsWith('"') ? value.slice(1).replace(/"$/, '') : value];
};

const slices = (body: string, boundary: string, budget: { parts: number }): string[] => {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`, budget.parts + 1).slice(1);
  budget.parts -= Math.min(parts.length, budget.parts);
  const closing = parts.findIndex((part) => part.startsWith('--'));
  return (closing === -1 ? parts : parts.slice(0, closing)).map((part) => part.slice(part.indexOf('\r\n') + 2));
};

const DEEPEST = 8;
/** Parts of a whole message. */
const MOST_PARTS = 5000;
