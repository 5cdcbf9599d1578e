import { Command, CommanderError, Option } from 'commander';
import { audit, type AuditSession } from '../audit/audit.js';
import { Fault, isFault } from '../fault.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { PROTOCOL_NAMES } from '../protocols/names.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { escaped } from '../report/escape.js';
import { monitorState, type MonitorThresholds } from '../report/monitor.js';
import { hostPort } from '../wire/host-port.js';
import { bugMessage } from './bug.js';
import { certificatesOf } from './files.js';
import { collect, countFrom } from './options.js';

interface MonitorOptions {
  readonly hostname: string;
  readonly port?: number;
  readonly protocol?: ProtocolName;
  readonly ssl?: boolean;
  readonly servername?: string;
  readonly warning: number;
  readonly critical: number;
  /** Seconds. */
  readonly timeout: number;
  readonly ca: readonly string[];
  readonly verbose?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
}

/** `check_waxseal`: audits one server with one connection a port, and says how it is as monitoring systems read it; gives the exit code. */
export const runMonitor = async (argv: readonly string[], version: string): Promise<number> => {
  const program = monitorProgram(version);
  try {
    program.parse(argv, { from: 'user' });
    const options = program.opts<MonitorOptions>();
    if (options.critical > options.warning)
      return unknown(`-c ${String(options.critical)} is above -w ${String(options.warning)}; fewer days are worse`);
    return await monitored(options);
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? UNKNOWN : unknown(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
    if (isFault(error) && error.code !== 'HARNESS_BUG') return unknown(error.message);
    process.stderr.write(bugMessage(error));
    return unknown('a bug in waxseal');
  }
};

const monitored = async (options: MonitorOptions): Promise<number> => {
  const thresholds: MonitorThresholds = { warningDays: options.warning, criticalDays: options.critical };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(
      () => {
        resolve(undefined);
      },
      options.timeout * 1000 + GRACE,
    );
  });
  const audited = async (): Promise<AuditSession> =>
    audit([targetOf(options)], {
      depth: 'quick',
      loginAttempts: 0,
      maxTime: options.timeout * 1000,
      patience: { connect: options.timeout * 500, greeting: options.timeout * 500 },
      ...(options.servername !== undefined && { servername: options.servername }),
      ...(options.ipv4 === true ? { family: 4 } : options.ipv6 === true ? { family: 6 } : {}),
      ...(options.ca.length > 0 && { authorities: options.ca.flatMap(certificatesOf) }),
    });
  const session = await Promise.race([tooLate, audited()]).finally(() => {
    clearTimeout(timer);
  });
  if (session === undefined) return unknown(`no answer within ${String(options.timeout)} s (-t)`);
  const { code, text } = monitorState(session.report(), thresholds, options.verbose === true);
  process.stdout.write(text);
  return code;
};

/** The target as `waxseal audit` takes it. */
const targetOf = ({ hostname, port, protocol, ssl }: MonitorOptions): string => {
  if (
    protocol === undefined &&
    ssl !== true &&
    (port === undefined || WELL_KNOWN_PORTS.some((each) => each.port === port))
  )
    return port === undefined ? hostname : hostPort(hostname, port);
  const known = WELL_KNOWN_PORTS.filter(
    (each) =>
      (protocol === undefined ? each.port === port : each.protocol === protocol) &&
      (ssl !== true || each.tls === 'implicit'),
  );
  const chosen = known.find((each) => each.port === port) ?? known.find(({ usual }) => usual) ?? known[0];
  if (chosen === undefined)
    throw new Fault(
      'BAD_USAGE',
      `-P is missing: which protocol does the server speak on port ${String(port ?? '(none given)')}: one of ${PROTOCOL_NAMES.join(', ')}`,
    );
  return `${chosen.scheme}://${port === undefined ? hostPort(hostname, chosen.port) : hostPort(hostname, port)}`;
};

const unknown = (why: string): number => {
  process.stdout.write(`WAXSEAL UNKNOWN - ${escaped(why).replaceAll('|', '¦')}\n`);
  return UNKNOWN;
};

const monitorProgram = (version: string): Command =>
  new Command('check_waxseal')
    .description(
      'Monitoring plug-in: TLS, certificates and login offers of a mail server, with one connection per port and no login attempt.',
    )
    .version(`check_waxseal ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .requiredOption('-H, --hostname <host>', 'server to check')
    .option(
      '-p, --port <n>',
      'port (default: that of -P; without -P all mail ports that are open)',
      countFrom(1, 65_535),
    )
    .addOption(new Option('-P, --protocol <name>', 'protocol of the port').choices(PROTOCOL_NAMES))
    .option('-S, --ssl', 'TLS from the first byte (implicit TLS); without it STARTTLS')
    .option('-N, --servername <name>', 'name to ask for in TLS, and to look for in the certificate')
    .option('-w, --warning <days>', 'WARNING if a certificate is valid for fewer days', countFrom(0, 36_500), 21)
    .option('-c, --critical <days>', 'CRITICAL if a certificate is valid for fewer days', countFrom(0, 36_500), 7)
    .option('-t, --timeout <seconds>', 'UNKNOWN after this many seconds', countFrom(1, 600), 30)
    .addOption(
      new Option('--ca <file>', 'trust this CA, too (PEM) (repeatable)').default([], 'none').argParser(collect),
    )
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('-v, --verbose', 'one more line for each problem')
    .addHelpText('after', '\nExit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });

const UNKNOWN = 3;
/** Milliseconds that an audit whose time is over has to say what it saw. */
const GRACE = 2000;
