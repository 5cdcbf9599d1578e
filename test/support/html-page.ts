import { parse, parseFragment, type DefaultTreeAdapterTypes } from 'parse5';
import { inflateRawSync } from 'node:zlib';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser's parser reads it. */
export interface ParsedPage {
  /** All elements, those of packed diagrams too. */
  readonly elements: readonly Element[];
  /** The text of the whole, packed diagrams too; scripts and styles are left out. */
  readonly text: string;
  /** The source, with what was packed unpacked. */
  readonly source: string;
}

/** Reads a page of ours with parse5, and what it holds packed. */
export const parsedPage = (source: string): ParsedPage => {
  const document = parse(source);
  const own = elementsIn(document);
  const packed = own.find((each) => attributeOf(each, 'id') === 'charts');
  const texts = packed === undefined ? [] : unpackedTexts(textIn(packed, true).trim());
  const fragments = texts.map((text) => parseFragment(text));
  return {
    elements: [...own, ...fragments.flatMap(elementsIn)],
    text: [document, ...fragments].map((each) => textIn(each)).join('\n'),
    source: [source, ...texts].join('\n'),
  };
};

/** A page with what it holds packed behind it, to be searched; other texts as they are. */
export const unpackedSource = (text: string): string => {
  const [, packed = ''] = /id="charts">\s*([A-Za-z0-9+/=]*)\s*</.exec(text) ?? [];
  return [text, ...unpackedTexts(packed)].join('\n');
};

const unpackedTexts = (packed: string): string[] =>
  packed === '' ? [] : (JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString()) as string[]);

/** The value of an attribute; undefined where there is none. */
export const attributeOf = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((each) => each.name === name)?.value;

const elementsIn = (node: Node): Element[] => [
  ...('tagName' in node ? [node] : []),
  ...('childNodes' in node ? node.childNodes.flatMap(elementsIn) : []),
];

/** What stands in a node as text. */
export const textIn = (node: Node, isAll = false): string => {
  if ('value' in node) return node.value;
  if (!isAll && 'tagName' in node && ['script', 'style', 'title', 'noscript'].includes(node.tagName)) return '';
  return 'childNodes' in node ? node.childNodes.map((each) => textIn(each, isAll)).join('') : '';
};
