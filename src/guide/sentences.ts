import type { Block } from './block.js';
import type { Sentence } from './claim.js';
import { isDenied } from './hedges.js';

/** The sentences of a page, each with its first line; questions, code and sections about errors are left out. */
export const sentencesOf = (blocks: readonly Block[]): Sentence[] => {
  const sentences: Sentence[] = [];
  let isMyths = false;
  let paragraph: Block[] = [];
  const close = (): void => {
    if (!isMyths) sentences.push(...split(paragraph));
    paragraph = [];
  };
  for (const block of blocks) {
    if (block.kind !== 'line' || block.isCode === true || paragraph[0]?.part !== block.part) close();
    if (block.kind === 'heading') {
      // A heading claims something, too.
      isMyths = isDenied(block.text) || MYTHS.test(block.text);
      if (!isMyths) sentences.push(...split([block]));
    } else if (block.kind === 'row') {
      if (!isMyths) sentences.push(...(block.cells ?? []).flatMap((text) => split([{ ...block, text }])));
    } else if (block.isCode !== true) paragraph.push(block);
  }
  close();
  return sentences;
};

const split = (lines: readonly Block[]): Sentence[] => {
  const text = lines.map((block) => block.text).join(' ');
  const starts: { readonly at: number; readonly line: number }[] = [];
  let length = 0;
  for (const block of lines) {
    starts.push({ at: length, line: block.line });
    for (const each of block.breaks ?? []) starts.push({ at: length + each.at, line: each.line });
    length += block.text.length + 1;
  }
  let at = 0;
  let row = 0;
  return text.split(/(?<=[.!?;])(?=\s)/).flatMap((sentence) => {
    const start = at + (sentence.length - sentence.trimStart().length);
    at += sentence.length;
    while ((starts[row + 1]?.at ?? Infinity) <= start) row += 1;
    const trimmed = sentence.trim();
    return trimmed === '' || trimmed.endsWith('?')
      ? []
      : [{ line: starts[row]?.line ?? 1, text: trimmed.slice(0, LONGEST_SENTENCE) }];
  });
};

const MYTHS = /\b(?:myths?|misconceptions?|mistakes|pitfalls|mythen|irrtümer|fehler)\b/i;
const LONGEST_SENTENCE = 600;
