import { Option } from 'commander';
import { PROTOCOL_NAMES } from '../../protocols/names.js';
import { countFrom, textOf } from '../options.js';
import type { ProxyCommandOptions } from '../proxy.js';
import type { CommandDefinition } from './definition.js';
import {
  configurable,
  reporting,
  repeatable,
  interceptionOption,
  keysOption,
  otherDoorOption,
  policyOption,
  MODES,
} from './shared-options.js';

/** Defines `waxseal proxy`. */
export const proxy: CommandDefinition = ({ command, run, after }) => {
  configurable(
    reporting(
      command(
        'proxy',
        'attack connections between a client and a real server in your lab; Ctrl-C ends it with a report',
      ),
    ),
  )
    .argument('[target]', 'the real server: host:port, or scheme://host[:port]; not with --socks or --transparent')
    .addOption(
      repeatable(
        '--scenario <glob>',
        'attacks to run, which take turns',
        'starttls-not-offered; with implicit TLS: control (the honest server), or certificate-fault with --socks or --transparent',
      ),
    )
    .option(
      '--script <file>',
      'an attack of your own: a JavaScript module whose default export has a rule for each moment, such as starttls',
    )
    .addOption(new Option('--protocol <name>', 'protocol of the server').choices(PROTOCOL_NAMES))
    .addOption(new Option('--tls <mode>', 'how the server starts TLS').choices(MODES))
    .addOption(policyOption())
    .option(
      '--socks <[address:]port>',
      'instead of a target: be a SOCKS 5 and HTTP CONNECT proxy on this port (0: a free one), and attack mail connections to every server that clients name',
    )
    .option(
      '--transparent',
      'instead of a target: run the command after -- in a network namespace of its own (Linux), and attack all its mail connections',
    )
    .addOption(
      repeatable(
        '--connect-to <h1:p1:h2:p2>',
        'with --socks or --transparent: connect to host h2, port p2 where clients name h1, p1; an empty h1 or p1 matches any, an empty h2 or p2 changes nothing',
      ),
    )
    .option('--listen <address:port>', 'where to listen for clients (default: 127.0.0.1 and a free port)')
    .addOption(
      repeatable(
        '--allow-client <cidr>',
        'accept clients from this network; required if --listen or --socks is not loopback',
      ),
    )
    .option('--no-control', 'attack each client’s first connection too; by default it is not attacked, for comparison')
    .addOption(
      new Option(
        '--rotate <when>',
        'when the next of several attacks begins. visit: at each connection (default); key: when you press a key',
      ).choices(['visit', 'key']),
    )
    .option(
      '--one-client',
      'only one client connects, so connections that do not identify their client count as its own',
    )
    .addOption(interceptionOption())
    .addOption(otherDoorOption())
    .addOption(repeatable('--ca <file>', 'trust this CA for the real server (PEM)'))
    .option('--write-ca <file>', 'write waxseal’s own CA to this file, for the client to trust')
    .option('--verbose', 'list safe cases too (text)')
    .option('--connections <n>', 'end after this many connections', countFrom(1, 1_000_000))
    .option('--seed <text>', 'inject the same text as an earlier run', textOf)
    .option(
      '--authorized-by <text>',
      'who permits this; required unless the server is this machine or in a private network',
      textOf,
    )
    .option('--record <dir>', 'write recordings into this folder')
    .addOption(keysOption())
    .option('--keep-secrets', 'do not mask real passwords and mail in what is stored (labs only)')
    .action((target: string | undefined, options: ProxyCommandOptions) =>
      run(async () => (await import('../proxy.js')).proxy, options, { target, command: after }),
    );
};
