/** One argument as it stands in a command; `start` and `end` enclose its content, without quotes or announcement. */
export interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'list';
  /** Unquoted content in latin1; of a list the bytes between its parentheses. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Elements of a list, otherwise empty. */
  readonly items: readonly Token[];
}

export interface Arguments {
  readonly tokens: readonly Token[];
  /** Quotes or parentheses do not match, or lists are nested too deeply. */
  readonly malformed: boolean;
}

/** A literal announced at the end of a line (RFC 9051 §4.3, RFC 7888). */
export interface Announcement {
  readonly size: number;
  readonly synchronising: boolean;
}

/** The literal announced in the last bytes before `end` (the offset after a line feed), if the line from `start` on announces one. */
export const announcement = (buffer: Buffer, start: number, end: number): Announcement | undefined => {
  if (end - start > LONGEST_LINE) return undefined;
  const tail = buffer.toString('latin1', Math.max(start, end - 28), end);
  const found = /(?:^|[ ([])~?\{(\d{1,20})(\+?)\}\r?\n$/.exec(tail);
  return found === null ? undefined : { size: Number(found[1]), synchronising: found[2] === '' };
};

/** Splits the arguments of a command from `from` up to `to` (without the final line end); never throws, each byte is looked at once. */
export const readArguments = (text: string, from: number, to: number): Arguments => {
  const root: Token[] = [];
  const open: { readonly start: number; readonly items: Token[] }[] = [];
  let items = root;
  let at = from;
  while (at < to) {
    const char = text.charAt(at);
    if (char === ' ' || char === '\r' || char === '\n' || char === '\t') at += 1;
    else if (char === '(') {
      if (open.length === DEEPEST) return { tokens: root, malformed: true };
      items = [];
      open.push({ start: at + 1, items });
      at += 1;
    } else if (char === ')') {
      const list = open.pop();
      if (list === undefined) return { tokens: root, malformed: true };
      items = open.at(-1)?.items ?? root;
      items.push({ kind: 'list', text: text.slice(list.start, at), start: list.start, end: at, items: list.items });
      at += 1;
    } else {
      const token =
        char === '"' ? quoted(text, at, to) : (literal(text, at, to) ?? atom(text, at, to, open.length > 0));
      if (token === undefined) return { tokens: root, malformed: true };
      items.push(token.value);
      at = token.next;
    }
  }
  return { tokens: root, malformed: open.length > 0 };
};

/** A string as a quoted string, or as a literal where it cannot be quoted (RFC 9051 §4.3). */
export const string = (text: string): string =>
  /[\0\r\n\x80-\xff]/.test(text) ? `{${text.length}}\r\n${text}` : `"${text.replace(/["\\]/g, '\\$&')}"`;

/** A string, or NIL. */
export const nstring = (text: string | undefined): string => (text === undefined ? 'NIL' : string(text));

interface Found {
  readonly value: Token;
  readonly next: number;
}

const quoted = (text: string, at: number, to: number): Found | undefined => {
  let end = at + 1;
  while (end < to && text.charAt(end) !== '"') {
    if (text.charAt(end) === '\r' || text.charAt(end) === '\n') return undefined;
    end += text.charAt(end) === '\\' ? 2 : 1;
  }
  if (end >= to) return undefined;
  const content = text.slice(at + 1, end);
  return {
    value: { kind: 'quoted', text: content.replace(/\\(.)/g, '$1'), start: at + 1, end, items: [] },
    next: end + 1,
  };
};

const literal = (text: string, at: number, to: number): Found | undefined => {
  ANNOUNCED.lastIndex = at;
  const found = ANNOUNCED.exec(text);
  if (found === null) return undefined;
  const start = at + found[0].length;
  const end = start + Number(found[1]);
  return end > to
    ? undefined
    : { value: { kind: 'literal', text: text.slice(start, end), start, end, items: [] }, next: end };
};

// Spaces and parentheses belong to an atom only inside the brackets of a section: BODY[HEADER.FIELDS (DATE)].
const atom = (text: string, at: number, to: number, inList: boolean): Found => {
  let end = at;
  let inSection = false;
  for (; end < to; end += 1) {
    const char = text.charAt(end);
    if (char === '\r' || char === '\n') break;
    if (inSection) inSection = char !== ']';
    else if (char === ' ' || char === '\t' || (char === ')' && inList)) break;
    else if (char === '[')
      inSection = /^(?:BODY|BINARY)(?:\.PEEK|\.SIZE)?$/i.test(text.slice(at, Math.min(end, at + 12)));
  }
  return { value: { kind: 'atom', text: text.slice(at, end), start: at, end, items: [] }, next: end };
};

const ANNOUNCED = /~?\{(\d{1,20})\+?\}\r?\n/y;
const DEEPEST = 32;
/** Longest line, without literals, that is looked at for a literal or for arguments, in bytes. */
export const LONGEST_LINE = 64 * 1024;
/** Most literals in one command or reply. */
export const MOST_LITERALS = 256;
