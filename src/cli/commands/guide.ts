import { Option } from 'commander';
import { secondsToMs } from '../options.js';
import type { GuideOptions } from '../guide.js';
import type { CommandDefinition } from './definition.js';

/** Defines `waxseal guide`. */
export const guide: CommandDefinition = ({ command, run }) => {
  command('guide', 'check what setup guides say about mail ports and TLS; print what is wrong, and what is right')
    .argument(
      '<path...>',
      'guides, or folders that hold guides: text, Markdown, HTML, Mozilla autoconfig, Outlook autodiscover, .mobileconfig, preferences of Thunderbird and Outlook',
    )
    .option(
      '--prove <host>',
      'try each claim on this server, with at most 10 connections to each port and no login attempt',
    )
    .option('--verbose', 'also list claims that are right, and claims that were not understood (text)')
    .addOption(
      new Option('--format <format>', 'format of standard output').choices(['text', 'json', 'github']).default('text'),
    )
    .addOption(
      new Option('--max-time <seconds>', 'time limit for one port of --prove')
        .argParser(secondsToMs)
        .default(20_000, '20'),
    )
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((paths: string[], options: GuideOptions) =>
      run(async () => (await import('../guide.js')).guide, options, paths),
    );
};
