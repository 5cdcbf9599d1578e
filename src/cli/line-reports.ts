import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { resultWithState } from '../document/report.js';
import type { Report, Result } from '../document/report-model.js';
import { toolVersion } from '../document/version.js';
import { Fault } from '../fault.js';
import {
  connectionLine,
  headLine,
  isConnectionLine,
  reportLines,
  resultLine,
  type ReportHead,
} from '../report/json-lines.js';
import { settledState, type Known } from '../verdict/known.js';
import { reason, writeOut } from './files.js';
import type { CommonOptions, ReportFile } from './options.js';

/** The format whose lines are written as they come. */
export const LINES = 'ndjson';

/** What decides how results stand in the report. */
interface Acceptances {
  readonly known: readonly Known[];
  /** The list of accepted results is written at the end, and decides then. */
  readonly writes?: boolean;
}

/**
 * The outputs in JSON lines of one run: each line is written as soon as it stands as it will in the report. What cannot be written is
 * kept as an error for the end; the run goes on.
 */
export class LineReports implements Disposable {
  readonly #outputs: readonly LineOutput[];
  readonly #head: ReportHead;
  readonly #today: string;
  readonly #accepted: Acceptances;
  #ended = false;

  constructor(
    { format, report }: Pick<CommonOptions, 'format' | 'report'>,
    head: Omit<ReportHead, 'schema' | 'tool'>,
    accepted: Acceptances,
  ) {
    this.#outputs = [
      ...(format === LINES ? [new LineOutput(undefined)] : []),
      ...report.filter((each) => each.format === LINES).map((each) => new LineOutput(each)),
    ];
    this.#today = head.startedAt.slice(0, 10);
    this.#accepted = accepted;
    const tool = { name: 'waxseal' as const, version: toolVersion() };
    this.#head = { schema: 'urn:waxseal:report:1', tool, ...head };
    if (this.#isUsed) this.#write(headLine(this.#head));
  }

  /** A result that does not change any more. It waits for the end where other results decide whether it is accepted. */
  result(result: Result): void {
    const { known, writes = false } = this.#accepted;
    if (this.#ended || writes || !this.#isUsed) return;
    const settled = settledState(known, result, this.#today);
    if (settled !== 'open') this.#write(resultLine(resultWithState(result, settled)));
  }

  /** What one connection shows, where the result of its client may still change; the report does not have these lines. */
  connection(connection: number, isOpen: boolean, result: () => Result): void {
    if (this.#ended || !this.#isUsed) return;
    const line = connectionLine(connection, isOpen, result());
    for (const output of this.#outputs) output.writeExtra(line);
  }

  /** No further result belongs to the report. */
  end(): void {
    this.#ended = true;
  }

  /** Completes an output to the lines of the report; false where it has none of them yet. Throws what went wrong with it. */
  complete(output: ReportFile | undefined, report: Report): boolean {
    this.#ended = true;
    const found = this.#outputs.find((each) => each.file === output?.file);
    return found?.complete(reportLines(report, this.#head)) === true;
  }

  get #isUsed(): boolean {
    return this.#outputs.length > 0;
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    for (const output of this.#outputs) output[Symbol.dispose]();
  }

  #write(line: string): void {
    for (const output of this.#outputs) output.write(line);
  }
}

/** Standard output, or one file, and the lines that it has. */
class LineOutput implements Disposable {
  readonly file: string | undefined;
  readonly #written = new Map<string, number>();
  readonly #unwritten: string[] = [];
  #unwrittenLength = 0;
  #descriptor: number | undefined;
  #error: unknown;

  constructor(output: ReportFile | undefined) {
    this.file = output?.file;
    if (this.file === undefined) return;
    try {
      this.#descriptor = opened(this.file);
    } catch (error) {
      this.#error = error;
    }
  }

  /** Writes a line of the report. */
  write(line: string): void {
    if (!this.#add(line)) return;
    const mark = markOf(line);
    this.#written.set(mark, (this.#written.get(mark) ?? 0) + 1);
  }

  /** Writes a line that the report does not have; one that cannot be written is kept for the end. */
  writeExtra(line: string): void {
    if (this.#add(line) || this.#unwrittenLength + line.length > MOST_UNWRITTEN) return;
    this.#unwritten.push(line);
    this.#unwrittenLength += line.length;
  }

  /** False where the output failed. */
  #add(line: string): boolean {
    if (this.#error !== undefined) return false;
    try {
      this.#put(line);
      return true;
    } catch (error) {
      this.#error = error;
      return false;
    }
  }

  #failure(): unknown {
    return this.#error;
  }

  complete(lines: readonly string[]): boolean {
    const left = new Map(this.#written);
    const missing = lines.filter((line) => {
      const mark = markOf(line);
      const count = left.get(mark) ?? 0;
      left.set(mark, count - 1);
      return count <= 0;
    });
    const isContradicted = [...left.values()].some((count) => count > 0);
    // A file that could not be written, or that says what the report does not, is written anew.
    if (this.#error !== undefined || (isContradicted && this.file !== undefined)) return this.#writeAnew(lines);
    for (const line of missing) this.write(line);
    const error = this.#failure();
    if (error === undefined) return true;
    throw new Fault('BAD_USAGE', `the report ${JSON.stringify(this.file)} could not be written: ${reason(error)}`);
  }

  /** With the lines that only this output has; false where there are none, and the report alone is what is written. */
  #writeAnew([head = '', ...lines]: readonly string[]): boolean {
    const extra = [...this.#readBack(), ...this.#unwritten];
    if (this.file === undefined || extra.length === 0) return false;
    writeOut(this.file, [head, ...extra, ...lines].join(''), 'the report');
    return true;
  }

  /** The last line is left out where only its beginning could be written. */
  #readBack(): string[] {
    if (this.file === undefined || this.#descriptor === undefined || !fstatSync(this.#descriptor).isFile()) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(0, -1);
    return lines.filter(isConnectionLine).map((line) => `${line}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #put(line: string): void {
    if (this.file === undefined) process.stdout.write(line);
    else if (this.#descriptor !== undefined) {
      const bytes = Buffer.from(line);
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    }
  }
}

/** Characters of lines that wait for the end after an output failed: some ten thousand connections. */
const MOST_UNWRITTEN = 1 << 24;

/** Lines of very many connections are not kept. */
const markOf = (line: string): string => createHash('sha256').update(line).digest('base64');

/** A new file in place of the one that was there, which only its owner reads; pipes and terminals as they are. */
const opened = (path: string): number => {
  const at = statSync(path, { throwIfNoEntry: false });
  if (at?.isFile() === false) return openSync(path, 'w');
  const target = at === undefined ? path : realpathSync(path);
  const part = `${target}.${String(process.pid)}.part`;
  const descriptor = openSync(part, 'w', 0o600);
  try {
    chmodSync(part, 0o600);
    renameSync(part, target);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    rmSync(part, { force: true });
    throw error;
  }
};
