import { createReadStream, closeSync, openSync, readdirSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCapture } from '../capture/capture-reader.js';
import { Fault } from '../fault.js';
import { exportedCapture } from '../document/exported-capture.js';
import { judgeCaptures, type CaptureFile } from '../document/judge-captures.js';
import { reportWithCaptures } from '../document/judge.js';
import type { Result } from '../document/report-model.js';
import { LARGEST_RECORDING } from '../verdict/recording.js';
import type { Visit } from '../verdict/visit.js';
import { certificatesOf, readText, reason } from './files.js';
import { knownResults } from './known.js';
import { pluginsOf } from './plugins.js';
import type { CommonOptions } from './options.js';
import { LineReports } from './line-reports.js';
import { concluded, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** The options of `waxseal judge`. */
export interface JudgeOptions extends CommonOptions {
  readonly keylog: readonly string[];
  readonly otherSide?: string;
  /** The file that packets go to. */
  readonly export?: string;
}

/**
 * `waxseal judge`: judges recordings with this version's judges, and what captures show; what cannot be read is said, and the rest
 * is judged.
 */
export const judge: CommandAction<JudgeOptions, readonly string[]> = async ({ options, operands }) => {
  await requireOutputs(options);
  const { scenarios } = await pluginsOf(options.plugin);
  const known = await knownResults(options.known);
  const files = operands.flatMap(filesIn);
  const captures = files.filter(beginsAsCapture);
  const recordings = files.filter((file) => !captures.includes(file));
  const { keylog, ca, otherSide } = options;
  if (captures.length === 0 && (keylog.length > 0 || ca.length > 0 || otherSide !== undefined))
    throw new Fault(
      'BAD_USAGE',
      '--keylog, --ca and --other-side are for captures, and none was given; captures are pcap or pcapng files',
    );
  const startedAt = new Date().toISOString();
  const command = ['waxseal', 'judge', ...operands];
  using lines = new LineReports(options, { kind: 'test', startedAt, subject: { command } }, { known });
  const onResult = (result: Result): void => {
    lines.result(result);
  };
  const judged = await judgeCaptures(captures.map(captureFile), {
    keylogs: keylog.map((path) => readText(path, 'the key log', { most: LARGEST_KEY_LOG })),
    anchors: ca.length === 0 ? undefined : ca.flatMap(certificatesOf),
    otherSide: otherSide === undefined ? undefined : captureFile(readable(otherSide)),
    again: [
      ...keylog.flatMap((path) => ['--keylog', path]),
      ...ca.flatMap((path) => ['--ca', path]),
      ...(otherSide === undefined ? [] : ['--other-side', otherSide]),
    ],
    firstVisit: recordings.length + 1,
    onResult,
  });
  const { report, seen } = reportWithCaptures(
    recordings.map((file) => [
      file,
      () => readText(file, 'the recording', { most: LARGEST_RECORDING, code: 'CORRUPT_RECORDING' }),
    ]),
    captures.length > 0 ? judged : undefined,
    { known, scenarios, command, startedAt, onResult },
  );
  if (options.export !== undefined) exportTo(options.export, recordings, seen);
  return await concluded(report, options, { visits: seen, lines });
};

/** Writes the connections of recordings as packets. */
const exportTo = (path: string, recordings: readonly string[], seen: ReadonlyMap<number, Visit>): void => {
  if (recordings.length === 0)
    throw new Fault('BAD_USAGE', '--export writes the connections of recordings, and none was given');
  const visits = [...seen.values()].filter(({ number }) => number <= recordings.length);
  const bytes = exportedCapture(visits);
  try {
    writeFileSync(path, bytes, { mode: 0o600 });
  } catch (error) {
    throw new Fault('BAD_USAGE', `the capture ${JSON.stringify(path)} could not be written: ${reason(error)}`);
  }
};

/** The recordings and captures below a path, in the order of their names; a file is taken as it is. */
const filesIn = (path: string): string[] => {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path)
      .filter((name) => /\.(?:json|pcap|pcapng|cap)$/.test(name))
      .sort();
    if (names.length === 0)
      throw new Fault(
        'BAD_USAGE',
        `${JSON.stringify(path)} holds no .json file, and no .pcap or .pcapng; waxseal test --record ${path} makes recordings`,
      );
    return names.map((name) => join(path, name));
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(path, error);
  }
};

const beginsAsCapture = (path: string): boolean => {
  try {
    const file = openSync(path, 'r');
    try {
      const beginning = Buffer.alloc(4);
      const length = readSync(file, beginning, 0, 4, 0);
      return isCapture(beginning.subarray(0, length)) || /\.(?:pcap|pcapng)$/.test(path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
};

const readable = (path: string): string => {
  beginsAsCapture(path);
  return path;
};

const captureFile = (path: string): CaptureFile => ({
  name: path,
  bytes: () => createReadStream(path, { highWaterMark: PIECE }),
});

const unreadable = (path: string, error: unknown): Fault =>
  new Fault('BAD_USAGE', `${JSON.stringify(path)} cannot be read: ${reason(error)}`);

/** Bytes. */
const PIECE = 1024 * 1024;
const LARGEST_KEY_LOG = 256 * 1024 * 1024;
