import { grouped } from '../document/grouped.js';
import { Fault } from '../fault.js';
import { htmlBlocks } from './html-blocks.js';
import type { GuideClaim, GuideText, Setting } from './claim.js';
import { guideText } from './decode.js';
import { keySettings } from './key-settings.js';
import { markdownBlocks } from './markdown-blocks.js';
import { pageSettings } from './page-settings.js';
import { sentenceClaims } from './judge-sentence.js';
import { sentencesOf } from './sentences.js';
import { settingClaim } from './judge-setting.js';
import { xmlSettings } from './xml-settings.js';

/** The claims of a setup guide about services, ports, modes and advice, in the order of its lines; throws `CORRUPT_RECORDING` for what is no guide. */
export const guideClaims = (bytes: Buffer): readonly GuideClaim[] => {
  const { settings, sentences } = readGuide(guideText(bytes));
  const said = sentences.flatMap((sentence, index) => sentenceClaims(sentence, sentences[index + 1]?.text));
  const byLine = new Map(grouped(said, ({ line }) => String(line)));
  const near = (line: number): GuideClaim[] => [-2, -1, 0].flatMap((each) => byLine.get(String(line + each)) ?? []);
  const set = unique(settings)
    .map(settingClaim)
    // The numbers of a sentence that is corrected as a whole claim nothing more.
    .filter(({ state, quote, line }) => state === 'wrong' || !near(line).some((claim) => claim.quote.includes(quote)));
  const claims = [...set, ...said];
  return claims.toSorted((a, b) => a.line - b.line);
};

/** What a text says, in the form that it has. */
const readGuide = (text: string): GuideText => {
  const isXml = /^\s*(?:<\?xml|<!DOCTYPE plist|<plist|<clientConfig|<Autodiscover)/i.test(text);
  const fromXml = isXml ? xmlSettings(text) : undefined;
  if (fromXml !== undefined) return { settings: fromXml, sentences: [] };
  if (isXml && !/<html\b/i.test(text))
    throw new OtherFile('it is XML, but neither autoconfig, autodiscover nor an Apple profile');
  const fromKeys = keySettings(text);
  if (fromKeys !== undefined) return { settings: fromKeys, sentences: [] };
  const isHtml =
    /^\s*(?:<!doctype html|<html\b)/i.test(text) ||
    /<(?:body|table|p|div|h[1-6]|ul|dl)\b[^>]{0,400}>/i.test(text.slice(0, SAMPLE));
  const blocks = isHtml ? htmlBlocks(text) : markdownBlocks(text);
  return { settings: pageSettings(blocks), sentences: sentencesOf(blocks) };
};

/** Something else than a guide. */
export class OtherFile extends Fault {
  constructor(why: string) {
    super('CORRUPT_RECORDING', why);
  }
}

/** The same said twice in one line is one claim. */
const unique = (settings: readonly Setting[]): Setting[] => [
  ...new Map(
    settings.map((setting) => [
      [setting.line, setting.port, setting.speaks.join(), setting.modes.join()].join(' '),
      setting,
    ]),
  ).values(),
];

/** Characters in which a page shows that it is one. */
const SAMPLE = 20_000;
