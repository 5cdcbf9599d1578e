import { Option } from 'commander';
import { countFrom, secondsToMs } from '../options.js';
import type { ExportOptions } from '../export.js';
import type { CommandDefinition } from './definition.js';
import { repeatable } from './shared-options.js';

/** Defines `waxseal export`. */
export const exporter: CommandDefinition = ({ command, run }) => {
  command('export', 'run an exporter for Prometheus: TLS and certificates of the mail port that each scrape names')
    .addOption(new Option('--listen <address:port>', 'where to listen for scrapes').default('127.0.0.1:9765'))
    .addOption(
      repeatable('--allow-client <cidr>', 'accept clients from this network; required if --listen is not loopback'),
    )
    .addOption(
      repeatable(
        '--allow <pattern>',
        'probe only these targets: host, host:port or scheme://host:port, in which * stands for any text; every port is permitted then',
        'mail ports of all hosts',
      ),
    )
    .addOption(repeatable('--ca <file>', 'trust this CA too (PEM)'))
    .addOption(
      new Option('--timeout <seconds>', 'time limit for one probe; shorter if Prometheus waits less')
        .argParser(secondsToMs)
        .default(10_000, '10'),
    )
    .option('--parallel <n>', 'parallel probes', countFrom(1, 256), 20)
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((options: ExportOptions) =>
      run(async () => (await import('../export.js')).exportMetrics, options, undefined),
    );
};
