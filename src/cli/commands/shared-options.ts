import { Option, type Command } from 'commander';
import {
  calendarDay,
  collect,
  countFrom,
  FORMATS,
  formatAndFile,
  secondsToMs,
  shardNamed,
  textOf,
} from '../options.js';

/** Options of everything that makes visits. */
export const visiting = (command: Command): Command =>
  command
    .addOption(
      repeatable(
        '--scenario <glob>',
        'run only these scenarios; an id runs all its variants, a pattern such as starttls-* none that is slow',
        'the default set',
      ),
    )
    .option('--jobs <n>', 'clients run in parallel', countFrom(1, 256), 8)
    .option(
      '--max-time <seconds>',
      'time limit for one run of the client (default: 20, or what a preset needs)',
      secondsToMs,
    )
    .addOption(
      new Option(
        '--place <place>',
        'where to run clients: loopback, or cell = isolated network namespace with real host names and ports, for clients that need these',
      )
        .choices(['loopback', 'cell'])
        .default('loopback'),
    )
    .option('--seed <text>', 'use the same user names and passwords as an earlier run', textOf)
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('--record <dir>', 'write a recording of every run into this folder')
    .option('--keys', 'with --record: keep TLS records and their keys too, for judge --export')
    .option('--keep-secrets', 'do not mask real passwords in what is stored (labs only)');

/** Options of everything that reports. */
export const reporting = (command: Command): Command =>
  command
    .addOption(formatOption())
    .addOption(reportOption('also write the report to this file'))
    .option('--transcript', 'show every transcript, not only the first of each finding (text)')
    .option(
      '--known <file>',
      'JSON file of accepted results, each with a reason (default: waxseal.known.json, if it exists)',
    )
    .addOption(failOnOption());

/** Options of everything that reads `waxseal.config`. */
export const configurable = (command: Command): Command =>
  command
    .option('--config <file>', 'read this configuration (default: waxseal.config.ts, .js or .json of this folder)')
    .option('--no-config', 'do not read a configuration, nor waxseal.known.json unless it is named')
    .addOption(repeatable('--plugin <file>', 'add the scenarios and checks that this module exports'));

/** Options for regression tests: accepted results, parts, and runs again. */
export const regression = (command: Command): Command =>
  command
    .option(
      '--write-known',
      'accept all results that are unexpected now: write them into the file of --known, and drop entries that are no longer needed',
    )
    .option('--known-reason <text>', 'with --write-known: why it is accepted', textOf)
    .option('--known-owner <text>', 'with --write-known: person or team that mends it, or decides about it', textOf)
    .option(
      '--known-until <day>',
      'with --write-known: last day of acceptance (default: 90 days from now)',
      calendarDay,
    )
    .option(
      '--shard <index/count>',
      'run only this part of the cases or targets: 1/4 is the first of four; each machine runs another part',
      shardNamed,
    )
    .option('--watch', 'run again whenever a file below this folder changes; Ctrl-C ends it');

/** An option that may be given several times. */
export const repeatable = (flags: string, description: string, byDefault = 'none'): Option =>
  new Option(flags, `${description} (repeatable)`).argParser(collect).default([], byDefault);

/** What is done about TLS between a client and a real server. */
export const interceptionOption = (): Option =>
  new Option(
    '--interception <how>',
    'terminate: waxseal reads what is inside TLS, and the client must trust {ca}; tunnel: TLS is passed on unread',
  ).choices(['terminate', 'tunnel']);

/** Where TLS secrets are written. */
export const keysOption = (): Option =>
  new Option(
    '--keys <file>',
    'add the keys of all TLS connections to this file (as SSLKEYLOGFILE), so that Wireshark and waxseal judge can read captures of them',
  );

/** Where the real server's other listener is. */
export const otherDoorOption = (): Option =>
  new Option(
    '--other-door <host:port>',
    'the real server’s port for the other TLS mode: implicit TLS for STARTTLS, or the reverse (default: the usual one, such as 993 for 143, if it is open)',
  );

/** The report's format. */
export const formatOption = (): Option =>
  new Option('--format <format>', 'format of standard output').choices([...FORMATS]).default('text');

/** What is no report is told as lines or as one JSON document. */
export const plainFormatOption = (): Option =>
  new Option('--format <format>', 'format of standard output').choices(['text', 'json']).default('text');

/** Where reports are written besides; `description` without a note that it may be repeated. */
export const reportOption = (description: string): Option =>
  new Option('--report <format:file>', `${description} (repeatable)`).argParser(formatAndFile).default([], 'none');

/** From which severity on findings fail the run. */
export const failOnOption = (): Option =>
  new Option(
    '--fail-on <severity>',
    'lowest severity that makes the exit code 1 (default: medium for servers, any for clients)',
  ).choices(['critical', 'high', 'medium', 'low', 'info']);

/** Whether the client insists on TLS. */
export const policyOption = (): Option =>
  new Option(
    '--tls-policy <policy>',
    'required: the client is configured to insist on TLS; opportunistic: it uses TLS only where it is offered',
  )
    .choices(['required', 'opportunistic'])
    .default('required');

/** Ways to start TLS. */
export const MODES = ['starttls', 'implicit'];
