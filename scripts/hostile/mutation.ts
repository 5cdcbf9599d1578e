import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import type { Random } from './random.js';

/** What one side said in a real dialogue, line by line; `latin1`. */
export interface Script {
  readonly protocol: ProtocolName;
  readonly from: 'client' | 'server';
  readonly lines: readonly string[];
}

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** The recordings of real clients, as text, by file name. */
export const recordings = (): readonly (readonly [name: string, text: string])[] =>
  readdirSync(fixture('recordings')).map((name) => [name, readFileSync(fixture(`recordings/${name}`), 'utf8')]);

interface Recorded {
  readonly visit: {
    readonly protocol: ProtocolName;
    readonly connections: readonly {
      readonly entries: readonly { readonly from?: Script['from']; readonly data?: string }[];
    }[];
  };
}

/** Real dialogues, one script for each side: the fixtures' and those of the recordings. */
export const scripts = (): readonly Script[] => [
  ...readdirSync(fixture('dialogues')).flatMap((file) => {
    const all = readFileSync(fixture(`dialogues/${file}`), 'utf8').split('\n');
    const protocol = file.replace('.txt', '') as ProtocolName;
    return (['client', 'server'] as const).map((from) => ({
      protocol,
      from,
      lines: all.flatMap((line) =>
        line.startsWith(from === 'client' ? 'C: ' : 'S: ') ? [`${line.slice(3)}\r\n`] : [],
      ),
    }));
  }),
  ...recordings().flatMap(([, text]) => {
    const { visit } = JSON.parse(text) as Recorded;
    return (['client', 'server'] as const).flatMap((from) => {
      const said = visit.connections
        .flatMap(({ entries }) => entries)
        .map((entry) => (entry.from === from ? (entry.data ?? '') : ''))
        .join('');
      return said === '' ? [] : [{ protocol: visit.protocol, from, lines: said.split(/(?<=\n)/) }];
    });
  }),
];

/** Words that mean something to somebody, and values at the edges of grammars. */
const WORDS: readonly string[] = [
  ...'STARTTLS STLS EHLO LHLO HELO AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2 SCRAM-SHA-256 AUTHENTICATE USER PASS APOP CAPA'.split(
    ' ',
  ),
  ...'CAPABILITY MAIL RCPT DATA BDAT LAST RSET QUIT LOGOUT NOOP APPEND FETCH IDLE DONE PUTSCRIPT UNAUTHENTICATE'.split(
    ' ',
  ),
  ...'OK NO BAD BYE PREAUTH * + +OK -ERR 220 220- 250 250- 334 354 421 454 535 A001 NIL {5} {5+} {0}'.split(' '),
  ...'{999999999999} {4294967296+} "" " \\ ( ) [ ] < > = ==== . .. \0 \r \n \r\n \t'.split(' '),
  ...['\x16\x03\x01\x00\x01\x01', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '\x15\x03\x03\x00\x02\x01\x00'],
  ...[
    '\x80\x2e\x01\x03\x01',
    '\x1b[31m',
    '\x1b]0;x\x07',
    '\u009b2J',
    '\xe2\x80\xae',
    '\xff\xfe',
    '\xc0\xaf',
    '%00',
    '%n',
  ],
  ...[
    '-1',
    '0',
    '00',
    '2147483648',
    '1e309',
    '__proto__',
    'constructor',
    '\xef\xbb\xbf',
    'A'.repeat(1100),
    ' '.repeat(600),
  ],
];

/** One change of one line, or of a few. */
const CHANGES: readonly ((random: Random, lines: string[], all: readonly Script[]) => void)[] = [
  (random, lines) => void lines.splice(random.int(lines.length), 1),
  (random, lines) => void lines.splice(random.int(lines.length), 0, lines[random.int(lines.length)] ?? ''),
  (random, lines, all) => void lines.splice(random.int(lines.length + 1), 0, random.pick(random.pick(all).lines)),
  (random, lines) => {
    const [a, b] = [random.int(lines.length), random.int(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  },
  (random, lines) => {
    const at = random.int(lines.length);
    const words = (lines[at] ?? '').split(' ');
    words[random.int(words.length)] = random.pick(WORDS);
    lines[at] = words.join(' ');
  },
  (random, lines) => {
    const at = random.int(lines.length);
    const line = lines[at] ?? '';
    const cut = random.int(line.length + 1);
    lines[at] = `${line.slice(0, cut)}${random.pick(WORDS)}${line.slice(cut)}`;
  },
  (random, lines) => {
    const at = random.int(lines.length);
    const line = lines[at] ?? '';
    lines[at] = line.replace(/\r?\n$/, random.pick(['', '\n', '\r', '\r\r\n', '\0\r\n', ' \r\n', '\n\r']));
  },
  (random, lines) => {
    const at = random.int(lines.length);
    const bytes = Buffer.from(lines[at] ?? '', 'latin1');
    for (let flips = 1 + random.int(4); flips > 0 && bytes.length > 0; flips -= 1)
      bytes[random.int(bytes.length)] = random.int(256);
    lines[at] = bytes.toString('latin1');
  },
  (random, lines) => {
    const at = random.int(lines.length);
    lines[at] = (lines[at] ?? '').repeat(2 + random.int(random.oneIn(200) ? 400 : 6));
  },
  (random, lines) => {
    const at = random.int(lines.length);
    const line = lines[at] ?? '';
    lines[at] = random.oneIn(2) ? line.toLowerCase() : line.slice(0, random.int(line.length + 1));
  },
  (random, lines) =>
    void lines.splice(random.int(lines.length + 1), 0, random.bytes(1 + random.int(64)).toString('latin1')),
];

/** A dialogue of one side with some changes. */
export const mutated = (random: Random, script: Script, all: readonly Script[]): string[] => {
  const lines = [...script.lines];
  for (let changes = random.int(6); changes >= 0; changes -= 1) {
    if (lines.length === 0) lines.push('\r\n');
    random.pick(CHANGES)(random, lines, all);
  }
  return lines;
};

/** Bytes with some changes: flips, cuts, insertions, numbers at the edges. */
export const mutatedBytes = (random: Random, seed: Buffer): Buffer => {
  let bytes = Buffer.from(seed);
  for (let changes = random.int(5); changes >= 0; changes -= 1) {
    const at = random.int(bytes.length + 1);
    switch (random.int(6)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.int(8)), bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.int(8))]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.int(bytes.length + 1))]);
        break;
      default:
        if (at < bytes.length) bytes[at] = random.oneIn(2) ? random.int(256) : random.pick([0, 1, 0x7f, 0x80, 0xff]);
    }
  }
  return bytes;
};

const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0,
    1,
    1.5,
    1e21,
    2 ** 53,
    '',
    '\0',
    '\ud800',
    '\u202e\u001b[2J',
    'x'.repeat(10_000),
    [],
    {},
    [[]],
    [{}],
  ],
  ...[
    'control',
    'imap',
    'smtp',
    'client',
    'server',
    'bytes',
    'note',
    'end',
    'boundary',
    'unsafe',
    'own',
    '*',
    '[!',
    '{a,b}',
  ],
];

/** A JSON document with some values, keys or parts changed; now and then no JSON any more. */
export const mutatedJson = (random: Random, seed: string): string => {
  const document: unknown = JSON.parse(seed);
  for (let changes = random.int(4); changes >= 0; changes -= 1) changeIn(random, document);
  const text = JSON.stringify(document);
  return random.oneIn(8) ? mutatedBytes(random, Buffer.from(text)).toString('utf8') : text;
};

const changeIn = (random: Random, document: unknown): void => {
  let at = document;
  for (let depth = random.int(12); ; depth -= 1) {
    if (typeof at !== 'object' || at === null) return;
    const record = at as Record<string, unknown>;
    const keys = Object.keys(record);
    const key = keys.length === 0 ? '0' : random.pick(keys);
    const below = record[key];
    if (depth > 0 && typeof below === 'object' && below !== null) {
      at = below;
      continue;
    }
    const what = random.int(8);
    if (what === 0) {
      if (Array.isArray(at)) at.splice(Number(key), 1);
      else Reflect.deleteProperty(record, key);
    } else if (what === 1 && Array.isArray(at)) at.push(structuredClone(below));
    else if (what === 2 && typeof below === 'string')
      record[key] = mutatedBytes(random, Buffer.from(below, 'latin1')).toString('latin1');
    else if (what === 3 && typeof below === 'number') record[key] = below + random.pick([1, -1, 0.5, 2 ** 31]);
    else record[key] = structuredClone(random.pick(ODD));
    return;
  }
};

/** Bytes in the segments in which they are sent. */
export const segments = (random: Random, bytes: Buffer): Buffer[] => {
  const most = random.pick([1, 2, 7, 40, 4000, 1_000_000]);
  // Many tiny segments only of what is short.
  const size = Math.max(most, Math.ceil(bytes.length / 60));
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(1, random.oneIn(2) ? size : random.int(size + 1));
    all.push(bytes.subarray(at, at + length));
    at += length;
  }
  return all;
};
