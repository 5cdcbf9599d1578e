import { Parser } from 'htmlparser2';

/** The links of a mail: of its HTML what leads elsewhere or is loaded (pages, pictures, style sheets), of its text what looks like one; each once, the first 100. */
export const linksIn = (html: string, text: string): string[] => {
  const found = new Set<string>();
  const add = (link: string | undefined): void => {
    if (
      link !== undefined &&
      found.size < MOST_LINKS &&
      link.length <= LONGEST_LINK &&
      /^https?:\/\/\S/i.test(link.trim())
    )
      found.add(link.trim());
  };
  const parser = new Parser({
    onopentag: (name, { href, src, rel = '' }) => {
      if (name === 'a' || (name === 'link' && /\bstylesheet\b/i.test(rel))) add(href);
      else if (name === 'img') add(src);
    },
  });
  parser.end(html);
  // Between angle brackets a link may be folded (RFC 3986, appendix C).
  for (const [, bracketed, bare] of text.matchAll(/<(https?:\/\/[^<>]{1,2048})>|\b(https?:\/\/[^\s<>"]{1,2048})/gi)) {
    if (found.size >= MOST_LINKS) break;
    add(bracketed?.replace(/\s+/g, '') ?? bare?.replace(/[.,;:!?)\]}']+$/, ''));
  }
  return [...found];
};

const MOST_LINKS = 100;
const LONGEST_LINK = 2048;
