import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.js';
import { reportExitCode } from '../document/exit-code.js';
import { caseOf, judgeVisit } from '../document/judge.js';
import { visitOf } from '../document/recording.js';
import type { Report, Result } from '../document/report-model.js';
import { resultOf, summaryOf } from '../document/result.js';
import { parseKnown } from '../verdict/known.js';
import type { Visit } from '../verdict/visit.js';
import { LARGEST_RECORDING, parseRecording } from '../wire/recording.js';
import { readText, reason } from './files.js';
import type { CommonOptions } from './options.js';
import { requireOutputs, writeReport } from './output.js';
import type { Action } from './program.js';

/** `waxseal judge`: judges recordings with this version's judges; what cannot be read is said, and the rest is judged. */
export const judge: Action<CommonOptions, readonly string[]> = ({ options, operands, version }) => {
  requireOutputs(options);
  const known =
    options.known === undefined ? [] : parseKnown(readText(options.known, 'the file of known results'), options.known);
  const startedAt = new Date().toISOString();
  const results: Result[] = [];
  const faults: string[] = [];
  const visits = new Map<number, Visit>();
  const files = operands.flatMap(recordingsIn);
  for (const file of files) {
    try {
      const visit = {
        ...visitOf(
          parseRecording(readText(file, 'the recording', { most: LARGEST_RECORDING, code: 'CORRUPT_RECORDING' }), file),
        ),
        number: visits.size + 1,
      };
      const one = caseOf(visit);
      const judgement = judgeVisit(one, visit);
      visits.set(visit.number, visit);
      results.push(
        resultOf(one, judgement, {
          known,
          today: startedAt.slice(0, 10),
          visit,
          reproduce: ['waxseal', 'judge', file],
        }),
      );
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
      faults.push(error.message);
    }
  }
  const report: Report = {
    schema: 'urn:waxseal:report:1',
    tool: { name: 'waxseal', version },
    kind: 'test',
    startedAt,
    finishedAt: new Date().toISOString(),
    subject: { command: ['waxseal', 'judge', ...operands] },
    results,
    ...(faults.length > 0 && { faults }),
    visits: files.filter((_, index) => index < visits.size),
    summary: summaryOf('test', results),
  };
  writeReport(report, visits, options);
  return Promise.resolve(reportExitCode(report, options.failOn));
};

/** The recordings below a path, in the order of their names; a file is taken as it is. */
const recordingsIn = (path: string): string[] => {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .sort();
    if (names.length === 0)
      throw new Fault(
        'BAD_USAGE',
        `recordings were expected in ${JSON.stringify(path)}, it holds no .json file; make some with waxseal test --record ${path}`,
      );
    return names.map((name) => join(path, name));
  } catch (error) {
    throw error instanceof Fault
      ? error
      : new Fault('BAD_USAGE', `the recording ${JSON.stringify(path)} cannot be read: ${reason(error)}`);
  }
};
