import { Option } from 'commander';
import {
  countFrom,
  depthNamed,
  forwardProxy,
  headerVersion,
  nameOnTheWire,
  portList,
  ratePerSecond,
  secondsToMs,
  sourceAddress,
  textOf,
  type CommonOptions,
} from '../options.js';
import { DEPTHS } from '../../probes/depth.js';
import type { CommandDefinition } from './definition.js';
import { configurable, regression, reporting, repeatable } from './shared-options.js';

/** Defines `waxseal audit`. */
export const audit: CommandDefinition = ({ command, run }) => {
  regression(configurable(reporting(command('audit', 'probe mail servers and report findings'))))
    .argument('[target...]', 'host, host:port or scheme://host[:port] (default: the targets of waxseal.config)')
    .option('--verbose', 'list checks that passed too (text)')
    .addOption(repeatable('--check <glob>', 'only these checks', 'all'))
    .addOption(
      new Option(
        '--depth <depth>',
        'how thorough: quick (or glance) makes one connection to each port and no login attempt, normal (or verdict) at most 20 connections (more only to see whether a refusal is a limit of connections), full runs all checks (default: "normal", with --profile "full")',
      )
        .choices(DEPTHS)
        // Other names are understood, too.
        .argParser(depthNamed),
    )
    .option(
      '--domain',
      'the targets are domains: audit what their DNS and files for mail clients name, and check these too',
    )
    .option('--mx', 'like --domain, with MX hosts and their policies alone')
    .option('--resolver <address>', 'DNS resolver to ask, ADDRESS or ADDRESS:PORT (default: the system’s)')
    .option('--profile <name>', 'judge TLS by a norm too, such as bsi-tr-02102-2 (waxseal list profiles)')
    .option(
      '--remedy <software>',
      'show what to change in this software too, such as exim; all: in every software (default: in the one that the greeting names, or the usual ones)',
    )
    .option('--intrusive', 'also run intrusive checks; on loopback and private addresses they always run')
    .option(
      '--revocation',
      'ask the authorities whether certificates are revoked (OCSP and lists, at the URLs in the certificates, from this machine)',
    )
    .option(
      '--targets <file>',
      'file with one target per line, and # for comments; - reads standard input; the text report has one line per target',
    )
    .option(
      '--names <file>',
      'file with one host name per line: ask every target for its certificate under each name (SNI); - reads standard input',
    )
    .option('--expect-open <ports>', 'fail unless these ports of each target are open, as in 465,993', portList)
    .option('--expect-closed <ports>', 'fail unless these ports of each target are closed, as in 110,143', portList)
    .option('--details', 'with many targets, show ports and findings of each instead of one line (text)')
    .option(
      '--progress <file>',
      'write what was found to this file at once; the same command continues there after Ctrl-C or kill',
    )
    .addOption(repeatable('--ca <file>', 'trust this CA too (PEM)'))
    .option(
      '--servername <name>',
      'server name to send (SNI) and to look for in certificates, instead of the target’s',
      nameOnTheWire,
    )
    .addOption(
      repeatable(
        '--expect-cert <path>',
        'expect this certificate of the server (PEM file), or one of those in this folder',
      ),
    )
    .addOption(repeatable('--pin <pin>', 'the server should have this public key, as in sha256//BASE64'))
    .option(
      '--compare <report>',
      'compare with the JSON report of another audit, made earlier or from another network: what differs, and whether the path looks tampered with',
    )
    .option(
      '--proxy <url>',
      'make all connections through a proxy: socks5h://[user:password@]host:port (names are resolved there), socks5://… (resolved here) or http://… (CONNECT)',
      forwardProxy,
    )
    .option(
      '--send-proxy <version>',
      'begin each connection with a header of the PROXY protocol, v1 or v2, for servers that expect one',
      headerVersion,
    )
    .option('--source <address>', 'connect from this address of this machine', sourceAddress)
    .option(
      '--account <file>',
      'file with the user name and the password of an account of your own, a line each (mode 600): for checks that need a login; the password is sent outside TLS to loopback and private addresses only',
    )
    .option(
      '--account-in-clear',
      'send the password of --account outside TLS to any server that accepts a login there: everybody on the path can read it; use an account made for the test',
    )
    .option('--client-cert <file>', 'show this certificate to servers that ask for one (PEM; may hold the key too)')
    .option('--client-key <file>', 'key of --client-cert (PEM)')
    .option(
      '--login-attempts <n>',
      'login attempts that ban filters may count, per address (default: 4)',
      countFrom(0, 100),
    )
    .option(
      '--max-connections <n>',
      'connections per listener (address and port; default: 1 at depth quick, 20 at normal, 400 at full)',
      countFrom(1, 10_000),
    )
    .option('--parallel <n>', 'parallel connections per host (default: 3)', countFrom(1, 100))
    .option('--rate <n>', 'connections to a host per second, or as in 5/min (default: no limit)', ratePerSecond)
    .option(
      '--max-wait <seconds>',
      'how long a greeting may take (default: 30 for SMTP with STARTTLS, else 10)',
      secondsToMs,
    )
    .option(
      '--ehlo <name>',
      'name to send in EHLO (default: this machine’s full name; if it has none, or the server refuses it, its address as [192.0.2.1])',
      nameOnTheWire,
    )
    .option('--seed <text>', 'use the same user names and markers as an earlier run', textOf)
    .option('--connect-timeout <seconds>', 'time limit to connect (default: 5)', secondsToMs)
    .option('--max-time <seconds>', 'time limit per target (default: 120)', secondsToMs)
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .action((targets: string[], options: CommonOptions) =>
      targets.length === 0 && options.targets === undefined
        ? run(async () => (await import('../run.js')).auditConfigured, options, [])
        : run(async () => (await import('../audit.js')).auditServers, options, targets),
    );
};
