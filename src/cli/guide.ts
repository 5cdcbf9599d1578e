import { isFault } from '../fault.js';
import type { GuideClaim } from '../guide/claim.js';
import { guideBytes, guideFiles } from '../guide/files.js';
import { guideClaims, OtherFile } from '../guide/guide.js';
import { proveClaims } from '../guide/prove.js';
import { guideExitCode, type GuideReport } from '../guide/report.js';
import { guideAnnotations, guideJson, guideText } from '../report/guide.js';
import { parseTarget } from '../targets/target.js';
import type { CommandAction } from './commands/definition.js';

export interface GuideOptions {
  readonly prove?: string;
  readonly verbose?: boolean;
  readonly format: 'text' | 'json' | 'github';
  /** Milliseconds. */
  readonly maxTime: number;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
}

/** `waxseal guide`: corrects the claims of setup guides; what cannot be read is said, and the rest is checked. */
export const guide: CommandAction<GuideOptions, readonly string[]> = async ({ options, operands }) => {
  const host = options.prove === undefined ? undefined : parseTarget(options.prove).host;
  const faults: string[] = [];
  const read = guideFiles(operands).flatMap(({ file, isNamed }): { file: string; claims: readonly GuideClaim[] }[] => {
    try {
      return [{ file, claims: guideClaims(guideBytes(file)) }];
    } catch (error) {
      if (!isFault(error) || error.code === 'HARNESS_BUG') throw error;
      if (isNamed || !(error instanceof OtherFile)) faults.push(`${file}: ${error.message}`);
      return [];
    }
  });
  const proofs =
    host === undefined
      ? undefined
      : await proveClaims(
          read.flatMap(({ claims }) => claims),
          host,
          {
            maxTime: options.maxTime,
            ...(options.ipv4 === true ? { family: 4 } : options.ipv6 === true ? { family: 6 } : {}),
          },
        );
  const report: GuideReport = {
    files: read.map(({ file, claims }) => ({
      file,
      claims: claims.map((claim) => {
        const proof = proofs?.get(claim);
        return { ...claim, ...(proof && { proof }) };
      }),
    })),
    faults,
    ...(host !== undefined && { host }),
  };
  process.stdout.write(
    options.format === 'json'
      ? guideJson(report)
      : options.format === 'github'
        ? guideAnnotations(report)
        : guideText(report, options.verbose === true),
  );
  return guideExitCode(report);
};
