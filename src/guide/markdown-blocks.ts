import type { Block } from './block.js';

/** The blocks of a text or Markdown file. */
export const markdownBlocks = (text: string): Block[] => {
  const blocks: Block[] = [];
  let part = 0;
  let fence: string | undefined;
  let isTable = false;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    const trimmed = raw.slice(0, LONGEST_LINE).trim();
    const [mark = ''] = /^(?:`{3,}|~{3,})/.exec(trimmed) ?? [];
    if (mark !== '' && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      part += 1;
      continue;
    }
    if (fence !== undefined) {
      blocks.push({ kind: 'line', line, text: trimmed, part, isCode: true });
      continue;
    }
    const isRow = /^\|.*\|/.test(trimmed) || (trimmed.split('|').length > 2 && !trimmed.includes('||'));
    if (isRow !== isTable) part += 1;
    isTable = isRow;
    if (trimmed === '' || /^[-=*_~+ ]{3,}$/.test(trimmed)) {
      const before = blocks.at(-1);
      // A heading with its line below.
      if (/^(?:={3,}|-{3,}|~{3,})$/.test(trimmed) && before?.kind === 'line' && before.line === line - 1)
        blocks[blocks.length - 1] = { ...before, kind: 'heading' };
      part += 1;
      continue;
    }
    if (isRow) {
      const cells = trimmed
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => unmarked(cell.trim()));
      if (!cells.every((cell) => /^:?-*:?$/.test(cell)))
        blocks.push({ kind: 'row', line, text: cells.join(' | '), cells, part });
      continue;
    }
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(trimmed) ?? [];
    if (heading !== undefined) {
      part += 1;
      blocks.push({ kind: 'heading', line, text: unmarked(heading), part });
      continue;
    }
    const [, bullet = ''] = /^((?:>\s*)*(?:[-*+•–]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)/.exec(trimmed) ?? [];
    if (bullet !== '') part += 1;
    blocks.push({ kind: 'line', line, text: unmarked(trimmed.slice(bullet.length).replace(/^(?:>\s*)+/, '')), part });
  }
  return blocks;
};

/** Without the marks of emphasis, code and links. */
const unmarked = (text: string): string =>
  text
    .replace(/!?\[([^\]]{0,300})\]\([^)]{0,500}\)/g, '$1')
    .replace(/\*{1,3}|_{2,3}|`{1,3}/g, '')
    .replace(/(^|\s)_([^_]{1,100})_(?=\W|$)/g, '$1$2')
    .trim();

const LONGEST_LINE = 4000;
