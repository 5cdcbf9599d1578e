import { CLAIMS } from '../knowledge/claims.js';
import type { GuideClaim, Sentence } from './claim.js';
import { isDenied, QUOTATIONS } from './hedges.js';
import { WORDINGS } from './wordings.js';

/** The claims of the table that a sentence makes; one that it denies, or limits, is none. */
export const sentenceClaims = ({ line, text }: Sentence, next: string | undefined): GuideClaim[] =>
  CLAIMS.flatMap((claim): GuideClaim[] => {
    const { said = [], denies, turned, unless, qualified } = WORDINGS[claim.id] ?? {};
    const match = said.map((pattern) => pattern.exec(text)).find((found) => found !== null);
    if (match === undefined) return [];
    const rest = denies === true ? text.replace(match[0], ' ') : text;
    // “You often read that … This is wrong.”
    if (
      isQuoted(text, match) ||
      isDenied(rest) ||
      turned?.test(match[0]) === true ||
      unless?.test(text) === true ||
      (next !== undefined && REFUTED.test(next))
    )
      return [];
    return [
      {
        line,
        quote: text,
        says: claim.claim,
        state: qualified === true ? 'note' : 'wrong',
        id: claim.id,
        correction: claim.correction,
        references: claim.references,
      },
    ];
  });

/** “993 is for IMAP and POP3”: what is quoted is not claimed. */
const isQuoted = (text: string, { index }: RegExpExecArray): boolean =>
  [...text.matchAll(QUOTATIONS)].some((quote) => quote.index < index && index < quote.index + quote[0].length);

const REFUTED =
  /^(?:but |however,? )?(?:this|that|it|das|dies)(?: is| was|['’]s| ist| war| stimmt)\b[^.;]{0,20}\b(?:not|no longer|wrong|false|untrue|incorrect|a myth|nicht|falsch|ein irrtum)\b/i;
