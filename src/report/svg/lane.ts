import { html, type Markup } from '../html/markup.js';
import { wrapped } from '../layout.js';
import type { Lane, Message, Piece, Step } from '../wire-chart.js';

/** Something drawn from the top of its place on. */
export interface Drawn {
  readonly markup: Markup;
  /** Pixels. */
  readonly height: number;
}

/** Pixels of one side of a drawing. */
export const SIDE = 580;

/** One connection: its title, both lifelines, and what passed between them. */
export const drawnLane = ({ title, steps, gaps }: Lane, x: number, y: number, client: string): Drawn => {
  const [left, right] = [x + TIME, x + SIDE - 8];
  const parts: Markup[] = [];
  let at = y + 44;
  const add = ({ markup, height }: Drawn): void => {
    parts.push(markup);
    at += height;
  };
  for (const [index, step] of steps.entries()) {
    add(drawnGap(gaps.get(index), left, right, at));
    add(drawnStep(step, left, right, at));
  }
  add(drawnGap(gaps.get(steps.length), left, right, at));
  const line = (place: number): Markup =>
    html`<line x1="${place}" x2="${place}" y1="${y + 40}" y2="${at}" stroke="var(--dim)" stroke-width="2" />`;
  return {
    markup: html`<text class="d" x="${x + 4}" y="${y + 14}">${title}</text
      ><text class="d s" x="${left}" y="${y + 34}">${client}</text
      ><text class="d s e" x="${right}" y="${y + 34}">server</text>${parts}${line(left)}${line(right)}`,
    height: at - y + 12,
  };
};

const drawnGap = (count: number | undefined, left: number, right: number, y: number): Drawn =>
  count === undefined
    ? { markup: html``, height: 0 }
    : {
        markup: html`<text class="d c" x="${(left + right) / 2}" y="${y + 13}">… ${count} more</text>`,
        height: 20,
      };

const drawnStep = (step: Step, left: number, right: number, y: number): Drawn => {
  const time =
    step.at === undefined
      ? undefined
      : html`<text class="d e" x="${left - 8}" y="${y + 15}">${`${String(Math.round(step.at))} ms`}</text>`;
  if (step.kind === 'message') {
    const { markup, height } = drawnMessage(step, left, right, y);
    return { markup: html`${time}${markup}`, height };
  }
  const middle = (left + right) / 2;
  const mark = step.differs === true ? ' ◀ differs here' : '';
  const proof = drawnProof(step.proof, left, y + (step.kind === 'boundary' ? 30 : 22));
  if (step.kind === 'event') {
    const [first = '', ...more] = wrapped(`${step.text}${mark}`, 70);
    const text = more.length === 0 ? first : `${first} …`;
    return {
      markup: html`${time}<text
          class="d c i"
          ${step.isAttack && html` fill="var(--attack)"`}
          x="${middle}"
          y="${y + 15}"
          >${text}</text
        >${proof.markup}`,
      height: 22 + proof.height,
    };
  }
  const color = step.how === 'trusted' ? 'good' : step.how === 'outside' ? 'clear' : 'bad';
  const dashes = step.how === 'failed' ? html` stroke-dasharray="2 4"` : undefined;
  const rule = (at: number): Markup =>
    html`<line
      x1="${left}"
      x2="${right}"
      y1="${at}"
      y2="${at}"
      stroke="var(--${color})"
      stroke-width="1.5"
      ${dashes}
    />`;
  const [first = ''] = wrapped(`${step.text}${mark}`, 68);
  return {
    markup: html`${time}${rule(y + 5)}${rule(y + 8)}<text class="s c" x="${middle}" y="${y + 23}" fill="var(--${color})"
        >${first}</text
      >${proof.markup}`,
    height: 32 + proof.height,
  };
};

const drawnMessage = (message: Message, left: number, right: number, y: number): Drawn => {
  const { from, inside, isAttack } = message;
  const lines = message.lines.flatMap((line) => folded(line));
  const color = inside ? 'tls' : 'clear';
  const isLeak = message.proof.length > 0;
  const textHeight = Math.max(lines.length * LINE, isAttack ? 34 : 18);
  const proof = drawnProof(message.proof, left, y + 4 + textHeight);
  const arrow = y + 10 + textHeight + proof.height;
  const height = textHeight + proof.height + 18;
  const background = isLeak ? 'bad-bg' : inside ? 'tls-bg' : undefined;
  const [start, tip] = from === 'client' ? [left + 6, right - 3] : [right - 6, left + 3];
  const back = from === 'client' ? tip - 9 : tip + 9;
  return {
    markup: html`${background !== undefined && html`<rect x="${left}" y="${y}" width="${right - left}" height="${height}" fill="var(--${background})" />`}
      ${isLeak && html`<rect x="${left}" y="${y}" width="4" height="${height}" fill="var(--bad)" />`}
      ${tag(left + 10, y + 4, inside ? 'TLS' : 'CLEAR', color, !inside)}${isAttack && tag(left + 10, y + 21, 'attack', 'attack', false)}
      ${lines.map((line, index) => drawnLine(line, left + TEXT, y + 15 + index * LINE))}${proof.markup}
      <line
        x1="${start}"
        x2="${back}"
        y1="${arrow}"
        y2="${arrow}"
        stroke="var(--${color})"
        stroke-width="${inside ? '3' : '2'}"
        ${!inside && html` stroke-dasharray="6 4"`}
      /><path d="M${tip} ${arrow}L${back} ${arrow - 5}V${arrow + 5}Z" fill="var(--${color})" />`,
    height,
  };
};

const tag = (x: number, y: number, word: string, color: string, isDashed: boolean): Markup =>
  html`<rect
      x="${x}"
      y="${y}"
      width="46"
      height="14"
      rx="3"
      fill="var(--bg)"
      stroke="var(--${color})"
      ${isDashed && html` stroke-dasharray="3 2"`}
    /><text class="t" x="${x + 23}" y="${y + 11}" fill="var(--${color})">${word}</text>`;

const drawnProof = (proof: readonly string[], left: number, y: number): Drawn => {
  const lines = proof.flatMap((why) => wrapped(`▲ ${why}`, 72));
  return {
    markup: html`${lines.map((line, index) => html`<text class="p" x="${left + 10}" y="${y + 13 + index * 16}">${line}</text>`)}`,
    height: lines.length * 16,
  };
};

/** A line on a grid of characters: marks lie behind exactly theirs, whatever the font. */
const drawnLine = (line: readonly Piece[], x: number, y: number): Markup => {
  let column = 0;
  return html`${line.map(({ text, mark }) => {
    const [at, width] = [x + column * CHARACTER, text.length * CHARACTER];
    column += text.length;
    if (text === '') return undefined;
    return html`${
        mark !== undefined &&
        html`<rect
          x="${at.toFixed(1)}"
          y="${y - 12}"
          width="${width.toFixed(1)}"
          height="15"
          rx="2"
          fill="var(--${mark === 'leak' ? 'bad' : 'mark'})"
          ${mark === 'differs' && html` stroke="#1b1c1f" stroke-width="1.5"`}
        />`
      }<text
        class="m"
        x="${at.toFixed(1)}"
        y="${y}"
        textLength="${width.toFixed(1)}"
        ${mark !== undefined && html` fill="${mark === 'leak' ? 'var(--on)' : '#1b1c1f'}"`}
        >${text.replaceAll(' ', '\u{a0}')}</text
      >`;
  })}`;
};

/** Folded at the width of a side. */
const folded = (line: readonly Piece[]): Piece[][] => {
  const lines: Piece[][] = [[]];
  let room = COLUMNS;
  for (const piece of line) {
    let { text } = piece;
    while (text.length > room) {
      lines.at(-1)?.push({ ...piece, text: text.slice(0, room) });
      text = text.slice(room);
      room = COLUMNS;
      lines.push([]);
    }
    lines.at(-1)?.push({ ...piece, text });
    room -= text.length;
  }
  return lines;
};

/** Pixels. */
const TIME = 62;
const TEXT = 64;
const LINE = 17;
const CHARACTER = 7.2;
/** Characters of a line. */
const COLUMNS = Math.floor((SIDE - 8 - TIME - TEXT - 8) / CHARACTER);
