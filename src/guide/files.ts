import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Fault } from '../fault.js';
import { systemReason } from '../place/system-reason.js';

/** The guides that paths name: files as they are, and below folders what may be a guide by its name. Throws `BAD_USAGE` for a path that is not there, and for a folder without a guide. */
export const guideFiles = (paths: readonly string[]): GuideFile[] => [
  ...new Map(
    paths.flatMap((path): [string, GuideFile][] => {
      try {
        if (!statSync(path).isDirectory()) return [[path, { file: path, isNamed: true }]];
      } catch (error) {
        throw new Fault('BAD_USAGE', `the guide ${JSON.stringify(path)} cannot be read: ${reasonOf(error)}`);
      }
      const found = below(path, 0);
      if (found.length === 0)
        throw new Fault(
          'BAD_USAGE',
          `${JSON.stringify(path)} holds no guide; ${[...GUIDES].join(', ')} and README files are read`,
        );
      return found.map((file) => [file, { file, isNamed: false }]);
    }),
  ).values(),
];

/** A file that may be a guide. */
export interface GuideFile {
  readonly file: string;
  /** The user named it; otherwise it lies in a folder that the user named, and may be something else. */
  readonly isNamed: boolean;
}

/** The bytes of a guide; throws `CORRUPT_RECORDING` for what cannot be read, or is too long. */
export const guideBytes = (path: string): Buffer => {
  try {
    const { size } = statSync(path);
    if (size > LARGEST)
      throw new Fault('CORRUPT_RECORDING', `it has ${String(size)} bytes, at most ${String(LARGEST)} are read`);
    return readFileSync(path);
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('CORRUPT_RECORDING', reasonOf(error));
  }
};

const below = (folder: string, depth: number): string[] => {
  if (depth > DEEPEST) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return below(path, depth + 1);
        const isGuide = GUIDES.has(extname(entry.name).toLowerCase()) || NAMED.test(entry.name);
        return entry.isFile() && isGuide ? [path] : [];
      });
  } catch (error) {
    throw new Fault('BAD_USAGE', `the folder ${JSON.stringify(folder)} cannot be read: ${reasonOf(error)}`);
  }
};

const reasonOf = (error: unknown): string =>
  systemReason(error) ?? (error instanceof Error ? error.message : String(error));

const GUIDES: ReadonlySet<string> = new Set(
  '.txt .md .markdown .rst .adoc .html .htm .xhtml .xml .mobileconfig .prf .reg'.split(' '),
);
/** Thunderbird’s preferences, and what has no suffix. */
const NAMED = /^(?:README.*|INSTALL|user\.js|prefs\.js)$/i;
const DEEPEST = 32;
const LARGEST = 2 * 1024 * 1024;
