/** An element in document order; `text` is what stands in it directly. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** All elements of a document, in document order. A small and strict reader for tests: it throws on whatever it does not know. */
export const elements = (document: string): XmlElement[] => {
  const found: XmlElement[] = [];
  const open: XmlElement[] = [];
  // XML 1.0 §2.2: these characters cannot stand in a document in any form.
  if (
    /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(
      document,
    )
  )
    throw new Error('a character that XML forbids');
  let rest = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  if (rest === document) throw new Error('no XML declaration');
  while (rest !== '') {
    const [token] = /^(?:<[^<>]*>|[^<>]+)/.exec(rest) ?? [];
    if (token === undefined) throw new Error(`not well-formed: ${JSON.stringify(rest.slice(0, 40))}`);
    rest = rest.slice(token.length);
    if (!token.startsWith('<')) {
      const inside = open.at(-1);
      if (inside !== undefined) inside.text += decoded(token);
      else if (token.trim() !== '') throw new Error(`text outside the root: ${JSON.stringify(token.slice(0, 40))}`);
      continue;
    }
    const [, end] = /^<\/([a-z]+)>$/.exec(token) ?? [];
    if (end !== undefined) {
      if (open.pop()?.name !== end) throw new Error(`unexpected ${token}`);
      continue;
    }
    const [, name, attributes = '', empty] = /^<([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>$/.exec(token) ?? [];
    if (name === undefined) throw new Error(`not well-formed: ${token.slice(0, 80)}`);
    if (open.length === 0 && found.length > 0) throw new Error('a second root');
    const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(
      ([, key = '', value = '']) => [key, decoded(value)] as const,
    );
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`an attribute twice: ${token}`);
    const element = { name, attributes: Object.fromEntries(pairs), text: '' };
    found.push(element);
    if (empty !== '/') open.push(element);
  }
  if (open.length > 0) throw new Error('an element stays open');
  return found;
};

const decoded = (text: string): string =>
  text.replace(/&([^;]*;?)/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined) throw new Error(`unknown entity ${JSON.stringify(whole)}`);
    return character;
  });

const ENTITIES: Readonly<Record<string, string>> = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"' };
