import { connect } from 'node:net';
import { escaped } from '../report/escape.js';
import { hostPort } from '../wire/host-port.js';
import type { Place } from './services.js';

/** What SpamAssassin says of a mail, in Mailpit's form. */
export interface SpamReport {
  /** Empty, or why nothing could be found out. */
  readonly Error: string;
  readonly IsSpam: boolean;
  readonly Score: number;
  readonly Rules: readonly SpamRule[] | null;
}

/** A rule that a mail met. */
export interface SpamRule {
  readonly Score: number;
  readonly Name: string;
  readonly Description: string;
}

/** Asks a spamd (its protocol 1.5, command REPORT). What goes wrong is told in `Error`. */
export const spamReport = async (content: Buffer, place: Place): Promise<SpamReport> => {
  try {
    return reportIn(await asked(content, place));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      Error: `spamd at ${hostPort(place.host, place.port)}: ${escaped(reason)}`,
      IsSpam: false,
      Score: 0,
      Rules: null,
    };
  }
};

/** Reads the answer of a spamd; throws where it is none. */
export const reportIn = (answer: string): SpamReport => {
  const lines = answer.split(/\r?\n/);
  const [, code = '', said = ''] = /^SPAMD\/[\d.]+ (\d+) (.*)$/.exec(lines[0] ?? '') ?? [];
  if (code !== '0') throw new Error(said === '' ? 'that is no answer of spamd' : said.slice(0, 200));
  const verdict = lines
    .map((line) => /^Spam: (True|False|Yes|No) ; (-?[\d.]+) \/ (-?[\d.]+)/i.exec(line))
    .find((found) => found !== null);
  if (verdict == null) throw new Error('the answer has no line "Spam:"');
  return {
    Error: '',
    IsSpam: /^(true|yes)$/i.test(verdict[1] ?? ''),
    Score: Number(verdict[2]),
    Rules: rulesIn(lines),
  };
};

/** The table at the end of the report; a line that has neither points nor a name goes on with the description before it. */
const rulesIn = (lines: readonly string[]): SpamRule[] => {
  const rules: { Score: number; Name: string; Description: string }[] = [];
  const start = lines.findIndex((line) => /^\s*pts\s+rule name/.test(line));
  for (const line of start < 0 ? [] : lines.slice(start + 1, start + 1 + MOST_LINES)) {
    const [, points, name = '', text = ''] = /^\s?\s?(-?\d+(?:\.\d+)?) ([A-Z0-9_]+)\s*(.*)$/i.exec(line) ?? [];
    const last = rules.at(-1);
    if (points !== undefined) rules.push({ Score: Number(points), Name: name, Description: text.trim() });
    else if (last !== undefined && /^\s{20,}\S/.test(line))
      last.Description = `${last.Description} ${line.trim()}`.trim();
  }
  return rules;
};

const asked = (content: Buffer, { host, port }: Place): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let heard = '';
    // As a whole, not only between two bytes.
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${String(PATIENCE / 1000)} s`));
    }, PATIENCE);
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString();
      if (heard.length > LONGEST_ANSWER) socket.destroy(new Error('its answer is too long'));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(heard);
    });
    socket.end(
      Buffer.concat([Buffer.from(`REPORT SPAMC/1.5\r\nContent-length: ${String(content.length)}\r\n\r\n`), content]),
    );
  });

/** Milliseconds; SpamAssassin asks the network, if it is allowed to. */
const PATIENCE = 30_000;
const LONGEST_ANSWER = 1024 * 1024;
const MOST_LINES = 1000;
