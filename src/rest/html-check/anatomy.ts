import { Parser } from 'htmlparser2';
import type { Anatomy, Declaration, Element } from './features.js';

/** Takes HTML apart, with the styles in it; styles that lie elsewhere are not fetched. */
export const anatomyOf = (html: string): Anatomy => {
  const elements: Element[] = [];
  const declarations: Declaration[] = [];
  let style = '';
  let isStyle = false;
  const parser = new Parser({
    onopentag: (name, attributes) => {
      isStyle = name === 'style';
      if (elements.length >= MOST) return;
      elements.push({ name, attributes });
      if (attributes['style'] !== undefined && declarations.length < MOST)
        declarations.push(...declarationsIn(attributes['style']));
    },
    ontext: (text) => {
      if (isStyle && style.length < LONGEST_STYLE) style += text;
    },
    onclosetag: (name) => {
      if (name === 'style') isStyle = false;
    },
  });
  parser.end(html);
  const { selectors, atRules, declared } = sheetOf(style.slice(0, LONGEST_STYLE));
  declarations.push(...declared.flatMap(declarationsIn));
  return { elements, declarations: declarations.slice(0, MOST), selectors, atRules };
};

/** Selectors, at-rules and what is declared; a brace in a string is taken for one of the sheet. */
const sheetOf = (css: string) => {
  const [selectors, atRules, declared]: [string[], string[], string[]] = [[], [], []];
  let text = '';
  for (const piece of css.replace(/\/\*[^]*?(?:\*\/|$)/g, '').split(/([{};])/)) {
    if (!/^[{};]$/.test(piece)) {
      text = piece.trim().slice(0, LONGEST_RULE);
      continue;
    }
    if (text.startsWith('@')) atRules.push(text);
    else if (piece === '{') selectors.push(text);
    else declared.push(text);
    text = '';
  }
  return { selectors, atRules, declared };
};

const declarationsIn = (text: string): Declaration[] =>
  text
    .slice(0, LONGEST_STYLE)
    .split(';')
    .slice(0, MOST)
    .flatMap((each) => {
      const colon = each.indexOf(':');
      const value = each.slice(colon + 1, colon + LONGEST_RULE);
      return colon < 1 ? [] : [{ property: each.slice(0, colon).trim().toLowerCase(), value: value.trim() }];
    });

/** Elements, and declarations. */
const MOST = 20_000;
const LONGEST_STYLE = 256 * 1024;
const LONGEST_RULE = 2048;
