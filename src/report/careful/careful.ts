import type { Result } from '../../document/report-model.js';
import type { TranscriptEntry } from '../../wire/entry.js';
import { isTampered } from '../../wire/tampered.js';
import type { ShownConnection } from '../transcript.js';
import type { Difference } from '../wire-chart.js';
import { unpacked, type CarefulClient } from './compact.js';
import { RECORDED } from './recorded.js';

/** What waxseal’s careful test client did in the same case, recorded when waxseal was made; undefined for cases that loopback cannot play. */
export const carefulConnections = (result: Pick<Result, 'case'>): readonly ShownConnection[] | undefined =>
  // In the middle the same attack is played on the way; what a careful client does about it is the same.
  (client ??= unpacked(RECORDED)).get(result.case.replace(/#middle$/, '#server'));

let client: CarefulClient | undefined;

/** Where two clients do something different for the first time after the attack began; on one side it may be missing. */
export interface Differences {
  readonly own?: Difference;
  readonly careful?: Difference;
  /** What differs, in words. */
  readonly words: string;
}

/** Compares what both clients did after the attack began, command by command; names and passwords, and tags of commands, count as equal. */
export const firstDifference = (
  own: readonly ShownConnection[],
  canaries: readonly string[],
  careful: readonly ShownConnection[],
): Differences | undefined => {
  const [ours, theirs] = [deedsOf(own, canaries), deedsOf(careful, CAREFUL_NAMES)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const [a, b] = [ours[index], theirs[index]];
    if (a?.key === b?.key) continue;
    const common =
      a?.text !== undefined && b?.text !== undefined && a.isInside === b.isInside ? commonLength(a.text, b.text) : 0;
    return {
      ...(a && { own: placeOf(a, common) }),
      ...(b && { careful: placeOf(b, common) }),
      words: wordsOf(a, b),
    };
  }
  return undefined;
};

/** Something that a client did. */
interface Deed {
  readonly key: string;
  readonly connection: number;
  readonly entry: number;
  /** Of a line: without its tag, names replaced. */
  readonly text?: string;
  /** Of each character of `text`: how many characters stand for it in the data. */
  readonly lengths?: readonly number[];
  readonly isInside: boolean;
  /** Of a line: where the text after its tag begins in the data of the entry. */
  readonly start: number;
  readonly words: string;
}

const placeOf = ({ connection, entry, lengths, start }: Deed, common: number): Difference => ({
  connection,
  entry,
  ...(lengths && { offset: lengths.slice(0, common).reduce((sum, length) => sum + length, start) }),
});

const lengthsOf = (text: string, whole: string, names: readonly string[]): number[] => {
  let at = 0;
  return Array.from(text, (character) => {
    const name = character === PLACEHOLDER ? names.find((each) => whole.startsWith(each, at)) : undefined;
    const length = name?.length ?? 1;
    at += length;
    return length;
  });
};

const wordsOf = (a: Deed | undefined, b: Deed | undefined): string =>
  `this client ${a?.words ?? 'does nothing more'}; the careful client ${b?.words ?? 'does nothing more'}`;

/** All connections, one after the other, from the entry on with which the attack begins. */
const deedsOf = (connections: readonly ShownConnection[], names: readonly string[]): Deed[] => {
  const deeds: Deed[] = [];
  let isAttacked = false;
  for (const { id: connection, entries } of connections) {
    const tags = tagsIn(entries);
    for (const [entry, each] of entries.entries()) {
      const begins = isTampered(each) || (each.kind === 'boundary' && (!each.trusted || !each.completed));
      if (!isAttacked && !begins) continue;
      const isFirst = !isAttacked;
      isAttacked = true;
      if (isFirst && each.kind !== 'boundary') continue;
      deeds.push(...deedsIn(each, tags, names).map((deed) => ({ ...deed, connection, entry })));
    }
  }
  return deeds;
};

const deedsIn = (
  entry: TranscriptEntry,
  tags: ReadonlySet<string>,
  names: readonly string[],
): Omit<Deed, 'connection' | 'entry'>[] => {
  if (entry.kind === 'boundary') {
    const how = entry.completed
      ? 'goes on with TLS'
      : entry.alert?.from === 'client'
        ? `ends the handshake (alert ${entry.alert.name})`
        : 'does not complete the handshake';
    return [{ key: `boundary ${String(entry.completed)}`, isInside: false, start: 0, words: how }];
  }
  if (entry.kind === 'end' && entry.from === 'client' && entry.by === 'client')
    return [{ key: 'end', isInside: false, start: 0, words: 'disconnects' }];
  if (entry.kind !== 'bytes' || entry.from !== 'client') return [];
  if (entry.record === true) return [{ key: 'records', isInside: false, start: 0, words: 'sends TLS records' }];
  const deeds: Omit<Deed, 'connection' | 'entry'>[] = [];
  let start = 0;
  for (const line of entry.data.match(/[^\n]*\n|[^\n]+/g) ?? []) {
    const [tag = ''] = /^[^\s]+ /.exec(line) ?? [];
    const skipped = tags.has(tag.trim()) ? tag.length : 0;
    const whole = line.slice(skipped);
    const text = names.reduce((all, name) => all.replaceAll(name, PLACEHOLDER), whole);
    deeds.push({
      key: `${String(entry.inside)} ${text.trimEnd()}`,
      text,
      lengths: lengthsOf(text, whole, names),
      isInside: entry.inside,
      start: start + skipped,
      words: `sends ${/^[A-Za-z]{2,}/.test(text) ? `${(/^[A-Za-z]+/.exec(text)?.[0] ?? '').toUpperCase().slice(0, 20)} ` : 'data '}${entry.inside ? 'inside TLS' : 'in clear'}`,
    });
    start += line.length;
  }
  return deeds;
};

/** First words of the server’s lines with which the client’s lines begin too: tags, whatever the protocol. */
const tagsIn = (entries: readonly TranscriptEntry[]): ReadonlySet<string> => {
  const firstWords = (from: 'client' | 'server'): Set<string> =>
    new Set(
      entries.flatMap((entry) =>
        entry.kind === 'bytes' && entry.from === from
          ? [...entry.data.matchAll(/^([^\s]+) /gm)].map(([, word = '']) => word)
          : [],
      ),
    );
  const heard = firstWords('server');
  return new Set([...firstWords('client')].filter((word) => heard.has(word)));
};

const commonLength = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  return at;
};

const CAREFUL_NAMES = ['careful-user', 'careful-password', 'careful-token'];
/** Stands for every made-up name and password. */
const PLACEHOLDER = '\u{1}';
