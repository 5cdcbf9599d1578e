import { Parser } from 'htmlparser2';
import { Depth } from './depth.js';
import { lineCounter } from './line-counter.js';

/** An element of an XML file. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

/** The elements of a file, however broken it is; entities of its own are not replaced, so that nothing in it can grow. */
export const xmlTree = (xml: string): XmlElement => {
  const lineAt = lineCounter(xml);
  const root: Open = { name: '', attributes: {}, line: 1, children: [], text: '' };
  const open = [root];
  const depth = new Depth();
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        depth.down();
        const element: Open = { name, attributes, line: lineAt(parser.startIndex), children: [], text: '' };
        // Deeper ones stay siblings: no form nests more than a few.
        (open.at(-1) ?? root).children.push(element);
        if (open.length < DEEPEST) open.push(element);
      },
      ontext: (text) => {
        const element = open.at(-1) ?? root;
        if (element.text.length < LONGEST_TEXT) element.text += text;
      },
      onclosetag: (name) => {
        depth.up();
        const at = open.findLastIndex((each) => each.name === name);
        if (at > 0) open.length = at;
      },
    },
    { xmlMode: true },
  );
  parser.write(xml);
  parser.end();
  return root;
};

interface Open extends XmlElement {
  readonly children: Open[];
  text: string;
}

/** Every element below one with one of these names, in the order of the file. */
export const allNamed = ({ children }: XmlElement, ...names: readonly string[]): XmlElement[] =>
  children.flatMap((child) => [...(names.includes(child.name) ? [child] : []), ...allNamed(child, ...names)]);

/** The text of the first child with a name, and its line. */
export const fieldOf = (
  element: XmlElement,
  name: string,
): { readonly text: string; readonly line: number } | undefined => {
  const found = element.children.find((child) => child.name === name);
  return found && { text: found.text.trim().slice(0, LONGEST_FIELD), line: found.line };
};

const DEEPEST = 64;
const LONGEST_TEXT = 100_000;
const LONGEST_FIELD = 255;
