import { Option } from 'commander';
import { PROTOCOL_NAMES } from '../../protocols/names.js';
import { countFrom, hostNamed, textOf, type CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { keysOption, configurable, MODES, policyOption, repeatable, reportOption } from './shared-options.js';

/** Defines `waxseal serve`. */
export const serve: CommandDefinition = ({ command, run }) => {
  configurable(command('serve', 'run test servers for clients that you start yourself; a verdict for each connection'))
    .addOption(new Option('--protocol <name>', 'only this protocol').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'only this way to start TLS').choices(MODES))
    .addOption(policyOption())
    .addOption(
      repeatable(
        '--scenario <glob>',
        'one attacking server for each of these instead of honest ones; each client’s first connection is not attacked',
      ),
    )
    .option('--listen <address>', 'listen on this address of this machine instead of loopback; needs --allow-client')
    .addOption(repeatable('--allow-client <cidr>', 'accept clients from this network'))
    .addOption(
      new Option(
        '--host-name <name>',
        'name under which clients reach the servers; certificates are valid for it, too (repeatable)',
      )
        .argParser(hostNamed)
        .default([], 'none'),
    )
    .option(
      '--port <n>',
      'listen on this port; further servers get the ports after it (default: free ports)',
      countFrom(1, 65_535),
    )
    .option(
      '--account <user:file>',
      'user that clients log in as, and the file that holds the password (default: a new account for each server)',
    )
    .option(
      '--state <dir>',
      'keep CA, its key and accounts in this folder, for clients that are set up by hand (default: new ones every time)',
    )
    .addOption(
      new Option(
        '--rotate <when>',
        'start only one server per protocol and TLS mode; its scenarios take turns. visit: the next one at each connection; key: the next one when you press a key',
      ).choices(['visit', 'key']),
    )
    .option(
      '--one-client',
      'only one client connects, so connections that do not identify their client count as its own',
    )
    .option(
      '--setup-port <n>',
      'offer the CA, and account settings that clients can load, over HTTP on this port (0: a free one)',
      countFrom(0, 65_535),
    )
    .option(
      '--ui [n]',
      'show connections, mails and verdicts as they happen, and switch scenarios, in a browser of this machine (port; default: a free one)',
      countFrom(0, 65_535),
    )
    .option(
      '--control <where>',
      'take commands from a program, JSON lines: stdio, unix:PATH, or http:PORT (loopback, with a token; 0: a free port)',
    )
    .option(
      '--all',
      'start every server that a mail site has, with one inbox: SMTP (ports 25, 587, 465), IMAP, POP3 and ManageSieve; any account is accepted',
    )
    .option(
      '--port-offset <n>',
      'with --all: listen on the standard ports plus this number (default: free ports)',
      countFrom(0, 60_000),
    )
    .option('--unprivileged-ports', 'with --all: listen on 2525, 2587, 2465, 2143, 2993, 2110, 2995 and 24190')
    .option(
      '--http <n>',
      'with --all: offer mails, verdicts, chaos triggers and the CA over HTTP on this port (0: a free one), as Mailpit does',
      countFrom(0, 65_535),
    )
    .option(
      '--health',
      'ask the servers of --all on this machine, started with the same --http, whether they are ready: exit code 0 or 1',
    )
    .option('--maildir <dir>', 'with --all: keep mails in this Maildir (default: in memory)')
    .option(
      '--most-mails <n>',
      'with --all: keep at most this many mails; the oldest are dropped (default: 10000)',
      countFrom(1, 1_000_000),
    )
    .option(
      '--relay <url>',
      'with --http: release mails to this server, smtp://HOST:PORT (other machines: with STARTTLS, needs --listen) or smtps://',
    )
    .option('--spamassassin <host:port>', 'with --http: check mails for spam with this spamd')
    .addOption(
      new Option('--link-check <where>', 'with --http: links of mails that are checked (default: loopback)').choices([
        'loopback',
        'anywhere',
      ]),
    )
    .option('--plaintext', 'with --all: accept logins and mail without TLS too')
    .option('--seed <text>', 'use the same accounts as an earlier run', textOf)
    .option('--record <dir>', 'write a recording of every connection into this folder')
    .addOption(keysOption())
    .option('--keep-secrets', 'do not mask real passwords in what is stored (labs only)')
    .addOption(new Option('--format <format>', 'json: one event per line').choices(['text', 'json']).default('text'))
    .addOption(reportOption('write a report to this file at the end'))
    .option(
      '--known <file>',
      'JSON file of accepted results, each with a reason (default: waxseal.known.json, if it exists)',
    )
    .action((options: CommonOptions) =>
      options.health === true
        ? run(async () => (await import('../health.js')).health, options, undefined)
        : options.control === undefined
          ? run(async () => (await import('../serve.js')).serveClients, options, undefined)
          : run(async () => (await import('../control.js')).serveByControl, options, undefined),
    );
};
