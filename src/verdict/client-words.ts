import { printable } from '../wire/printable.js';
import type { ClientEnd } from './visit.js';

/** What the client said of its failure: the first line that sounds like one, else its last words. */
export const outputWords = (client: ClientEnd): string => {
  const lines = `${client.stdout}\n${client.stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.find((line) => COMPLAINT.test(line) && !/\bwarning\b/i.test(line)) ?? lines.at(-1);
  return telling === undefined ? '' : `, it said: “${printable(telling.slice(0, 160))}”`;
};

const COMPLAINT =
  /\b(?:error|fail(?:ed|ure)?|cannot|can't|could not|denied|refused|invalid|mismatch|not (?:match|trusted|allowed|found))\b/i;
