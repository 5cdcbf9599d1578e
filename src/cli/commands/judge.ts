import { InvalidArgumentError, Option } from 'commander';
import type { JudgeOptions } from '../judge.js';
import type { CommandDefinition } from './definition.js';
import { configurable, failOnOption, formatOption, repeatable, reportOption } from './shared-options.js';

/** Defines `waxseal judge`. */
export const judge: CommandDefinition = ({ command, run }) => {
  configurable(command('judge', 're-evaluate recordings with this version, or judge captures (pcap, pcapng)'))
    .argument('<path...>', 'recordings and captures, or folders that hold them')
    .addOption(repeatable('--keylog <file>', 'captures: TLS keys, in the format of SSLKEYLOGFILE'))
    .addOption(repeatable('--ca <file>', 'captures: trust this CA too, besides the usual roots (PEM)'))
    .option('--other-side <capture>', 'captures: a second capture of the same connections, made at the server')
    .addOption(
      new Option('--export <pcapng:file>', 'recordings: write their connections as packets, with TLS keys').argParser(
        captureFileOf,
      ),
    )
    .option('--verbose', 'list safe cases too (text)')
    .addOption(formatOption())
    .option(
      '--known <file>',
      'JSON file of accepted results, each with a reason (default: waxseal.known.json, if it exists)',
    )
    .addOption(failOnOption())
    .option('--transcript', 'show every transcript, not only the first of each finding (text)')
    .addOption(reportOption('also write the report to this file'))
    .action((paths: string[], options: JudgeOptions) =>
      run(async () => (await import('../judge.js')).judge, options, paths),
    );
};

const captureFileOf = (text: string): string => {
  const file = /^pcapng:(.+)$/s.exec(text)?.[1];
  if (file === undefined) throw new InvalidArgumentError('Use pcapng:FILE, such as pcapng:attack.pcapng.');
  return file;
};
