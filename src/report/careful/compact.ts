import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Canaries } from '../../verdict/canaries.js';
import type { ConnectionRecord } from '../../verdict/visit.js';
import type { TranscriptEntry } from '../../wire/entry.js';
import type { ShownConnection } from '../transcript.js';

/** What the careful test client did in each case, by the key of the case. */
export type CarefulClient = ReadonlyMap<string, readonly ShownConnection[]>;

/** Connections without what differs from run to run (times, ports, made-up names), and with long data cut. */
export const compact = (
  connections: readonly ConnectionRecord[],
  canaries: Readonly<Record<string, string>>,
): ShownConnection[] => {
  const words = spellingsOf(canaries);
  const named = (text: string): string => words.reduce((all, [canary, name]) => all.replaceAll(canary, name), text);
  return connections.map(({ id, portRole, endpoint, entries }) => ({
    id,
    portRole,
    endpoint,
    port: 0,
    entries: entries.map((entry): TranscriptEntry => {
      switch (entry.kind) {
        case 'bytes': {
          const data = named(entry.data);
          const left = data.length - MOST_BYTES;
          return left > 0
            ? { ...entry, at: 0, data: data.slice(0, MOST_BYTES), dropped: left + (entry.dropped ?? 0) }
            : { ...entry, at: 0, data };
        }
        case 'boundary': {
          const { hello: _hello, pending, ...rest } = entry;
          return { ...rest, at: 0, pending: pending.map(({ data }) => ({ at: 0, data: named(data) })) };
        }
        case 'note':
          return { ...entry, at: 0, ...('ms' in entry && { ms: 0 }), ...('bytes' in entry && { bytes: 0 }) };
        default:
          return { ...entry, at: 0 };
      }
    }),
  }));
};

/** As text, in lines that a source file can hold. */
export const packed = (client: CarefulClient): string =>
  deflateRawSync(JSON.stringify([...client]), { level: 9 }).toString('base64');

/** The reverse of `packed`. */
export const unpacked = (text: string): CarefulClient =>
  new Map(JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()) as [string, ShownConnection[]][]);

/** Each made-up name as it may be said, and what stands for it. */
const spellingsOf = (canaries: Readonly<Record<string, string>>): (readonly [canary: string, name: string])[] => {
  const pairs = Object.entries(canaries)
    .filter(([, canary]) => canary !== '')
    .map(([name, canary]) => [canary, NAMES[name] ?? name] as const);
  const plain = (at: 0 | 1): string =>
    `\0${['user', 'password'].map((name) => pairs.find(([, each]) => each === NAMES[name])?.[at] ?? '').join('\0')}`;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return [
    [base64(plain(0)), base64(plain(1))],
    ...pairs.flatMap(([canary, name]) => [
      [base64(canary), base64(name)] as const,
      [canary, name] as const,
      [canary.toUpperCase(), name.toUpperCase()] as const,
    ]),
  ];
};

const NAMES: Readonly<Record<string, string>> = {
  user: 'careful-user',
  password: 'careful-password',
  token: 'careful-token',
} satisfies Partial<Record<keyof Canaries, string>>;
/** Of one segment. */
const MOST_BYTES = 600;
