/** One value of a JSON document, where it stands: members by name, elements of arrays as `*`. */
export interface JsonValue {
  readonly path: readonly string[];
  readonly text: string;
}

/** Why a text is not the JSON document that it should be, in words. */
export class NotJson extends Error {}

/**
 * Finds the values at wanted paths of a JSON document that comes in pieces, so that a document of any size takes the memory of its
 * largest wanted value. What is skipped is not checked to the letter; throws `NotJson`.
 */
export class JsonValues {
  readonly #wanted: (path: readonly string[]) => boolean;
  readonly #stack: Container[] = [];
  readonly #found: JsonValue[] = [];
  #state: 'value' | 'first-element' | 'first-key' | 'key' | 'colon' | 'after' | 'done' = 'value';
  /** Inside a string or a bare word, and what becomes of it. */
  #token: 'string' | 'word' | undefined;
  #escaped = false;
  #isKey = false;
  #key = '';
  /** Text of the wanted value, and how many of its containers are open. */
  #collected: string[] | undefined;
  #length = 0;
  #open = 0;
  #from = 0;

  constructor(wanted: (path: readonly string[]) => boolean) {
    this.#wanted = wanted;
  }

  /** The wanted values that end in this piece. */
  push(piece: string): JsonValue[] {
    this.#from = 0;
    for (let at = 0; at < piece.length; at += 1) this.#take(piece, at);
    this.#collect(piece, piece.length);
    return this.#found.splice(0);
  }

  /** The document is complete. */
  end(): JsonValue[] {
    if (this.#token === 'word' && this.#stack.length === 0) this.#valueEnds('', 0);
    if (this.#state !== 'done') throw new NotJson('it ends in the middle');
    return this.#found.splice(0);
  }

  #take(piece: string, at: number): void {
    const character = piece[at] ?? '';
    if (this.#token === 'string') {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') {
        this.#token = undefined;
        if (this.#isKey) this.#keyEnds();
        else this.#valueEnds(piece, at + 1);
        return;
      }
      if (this.#isKey) this.#addToKey(character);
      return;
    }
    if (this.#token === 'word') {
      if (/[^\s,\]}]/.test(character)) return;
      this.#token = undefined;
      this.#valueEnds(piece, at);
    }
    if (character === ' ' || character === '\n' || character === '\r' || character === '\t') return;
    this.#structure(piece, at, character);
  }

  #structure(piece: string, at: number, character: string): void {
    switch (this.#state) {
      case 'first-element':
        if (character === ']') {
          this.#close(piece, at, '[');
          return;
        }
        this.#valueBegins(at, character);
        return;
      case 'value':
        this.#valueBegins(at, character);
        return;
      case 'first-key':
        if (character === '}') {
          this.#close(piece, at, '{');
          return;
        }
        this.#keyBegins(character);
        return;
      case 'key':
        this.#keyBegins(character);
        return;
      case 'colon':
        if (character !== ':') throw unexpected(character);
        this.#state = 'value';
        return;
      case 'after':
        if (character === ',') this.#state = this.#stack.at(-1)?.kind === '{' ? 'key' : 'value';
        else if (character === '}') this.#close(piece, at, '{');
        else if (character === ']') this.#close(piece, at, '[');
        else throw unexpected(character);
        return;
      case 'done':
        throw unexpected(character);
    }
  }

  #valueBegins(at: number, character: string): void {
    if (this.#collected === undefined && this.#wanted(this.#path())) {
      this.#collected = [];
      this.#length = 0;
      this.#open = this.#stack.length;
      this.#from = at;
    }
    if (character === '{' || character === '[') {
      if (this.#stack.length >= DEEPEST) throw new NotJson(`it is nested more than ${String(DEEPEST)} levels deep`);
      this.#stack.push({ kind: character, key: character === '[' ? '*' : '' });
      this.#state = character === '{' ? 'first-key' : 'first-element';
    } else if (character === '"') {
      this.#token = 'string';
      this.#isKey = false;
    } else if (/[-0-9tfn]/.test(character)) this.#token = 'word';
    else throw unexpected(character);
  }

  #keyBegins(character: string): void {
    if (character !== '"') throw unexpected(character);
    this.#token = 'string';
    this.#isKey = true;
    this.#key = '';
  }

  #addToKey(character: string): void {
    if (this.#key.length < LONGEST_KEY) this.#key += character;
  }

  #keyEnds(): void {
    const container = this.#stack.at(-1);
    if (container !== undefined) container.key = this.#key;
    this.#state = 'colon';
  }

  #close(piece: string, at: number, kind: Container['kind']): void {
    if (this.#stack.at(-1)?.kind !== kind) throw unexpected(kind === '{' ? '}' : ']');
    this.#stack.pop();
    this.#valueEnds(piece, at + 1);
  }

  #valueEnds(piece: string, end: number): void {
    this.#state = this.#stack.length === 0 ? 'done' : 'after';
    if (this.#collected === undefined || this.#stack.length !== this.#open) return;
    this.#collect(piece, end);
    this.#found.push({ path: this.#path(), text: this.#collected.join('') });
    this.#collected = undefined;
  }

  #collect(piece: string, end: number): void {
    if (this.#collected === undefined) return;
    this.#length += end - this.#from;
    if (this.#length > LARGEST) throw new NotJson(`one entry has more than ${String(LARGEST)} characters`);
    this.#collected.push(piece.slice(this.#from, end));
    this.#from = end;
  }

  #path(): string[] {
    return this.#stack.map(({ key }) => key);
  }
}

interface Container {
  readonly kind: '{' | '[';
  key: string;
}

const unexpected = (character: string): NotJson => new NotJson(`unexpected ${JSON.stringify(character)}`);

const DEEPEST = 64;
const LONGEST_KEY = 200;
/** Characters of one wanted value. */
const LARGEST = 8 * 1024 * 1024;
