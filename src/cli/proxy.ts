import { join, resolve } from 'node:path';
import { Fault } from '../fault.js';
import { addressOf, type ServerFacts } from '../proxy/server.js';
import { parseTarget } from '../targets/target.js';
import { caseId, type Case } from '../cases/case.js';
import { startRedirected } from '../place/redirected-command.js';
import { requireReachable } from '../place/reachable.js';
import { openSession } from '../place/visit-home.js';
import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { startAnyServer } from '../serving/any-server.js';
import { proxyCases, type ChosenAttacks } from '../serving/proxy-cases.js';
import type { ProxyOutcome } from '../serving/outcomes.js';
import { startProxy, type InterceptionOptions, type ProxyConnection, type RunningProxy } from '../serving/proxy.js';
import { escaped } from '../report/escape.js';
import { setUpName } from '../report/set-up.js';
import { proxyReport, proxyResult, type ProxyResultContext } from '../serving/proxy-report.js';
import { realServer, type NamedServer } from '../targets/real-server.js';
import { recordingOf } from '../document/recording.js';
import { printable } from '../wire/printable.js';
import { serializeRecording } from '../verdict/recording-text.js';
import { certificatesOf, privateFolder, writeOut } from './files.js';
import { KeyLogFile } from './key-log-file.js';
import { knownOfRun } from './known.js';
import { collectEarly } from './memory.js';
import { pluginsOf } from './plugins.js';
import { Interruption } from './interruption.js';
import { Keys } from './keys.js';
import { listenOf } from './listen.js';
import type { CommonOptions } from './options.js';
import { LineReports } from './line-reports.js';
import { concluded, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';
import { lineOf, tableOf } from './proxy-lines.js';
import { redirectionOf, socksListenOf } from './proxy-places.js';
import { scriptIn } from './script.js';
import { otherDoorBehind } from './through.js';

/** Options of `waxseal proxy`. */
export interface ProxyCommandOptions extends Pick<
  CommonOptions,
  | 'protocol'
  | 'config'
  | 'plugin'
  | 'tls'
  | 'tlsPolicy'
  | 'interception'
  | 'otherDoor'
  | 'ca'
  | 'authorizedBy'
  | 'record'
  | 'keepSecrets'
  | 'keys'
  | 'seed'
  | 'oneClient'
  | 'rotate'
  | 'format'
  | 'report'
  | 'transcript'
  | 'known'
  | 'failOn'
  | 'all'
> {
  readonly scenario: readonly string[];
  readonly script?: string;
  readonly transparent?: boolean;
  readonly socks?: string;
  readonly connectTo: readonly string[];
  readonly listen?: string;
  readonly allowClient: readonly string[];
  readonly control: boolean;
  readonly writeCa?: string;
  readonly connections?: number;
}

interface ProxyOperands {
  readonly target: string | undefined;
  /** The words after `--`. */
  readonly command: readonly string[] | undefined;
}

/** `waxseal proxy`: attacks between clients and real servers, verdicts as connections end, a report on Ctrl-C. */
export const proxy: CommandAction<ProxyCommandOptions, ProxyOperands> = async ({
  options,
  operands: { target, command },
}) => {
  if (options.transparent === true)
    refuse('--transparent', {
      '--socks': options.socks,
      '--allow-client': options.allowClient[0],
      // The command may read keys itself.
      '--rotate key': options.rotate === 'key' ? '' : undefined,
    });
  requireCommand(options, command);
  await requireOutputs(options);
  if (options.listen === undefined && options.socks === undefined && options.transparent !== true)
    await requireReachable('127.0.0.1');
  const { scenarios: others } = await pluginsOf(options.plugin);
  const { own: known } = await knownOfRun(options, 'clients', { scenarios: others, checks: [] });
  if (options.record !== undefined) privateFolder(options.record);
  const startedAt = new Date().toISOString();
  collectEarly();
  using keyLog = typeof options.keys === 'string' ? new KeyLogFile(options.keys) : undefined;
  using interruption = new Interruption();
  const ended = new Countdown(options.connections, interruption.signal);
  const own = options.script === undefined ? undefined : await scriptIn(options.script);
  const streamed: { to?: LineReports } = {};
  const resultContext: ProxyResultContext = {
    ...(target !== undefined && { target }),
    options: repeatedOptions(options),
    ...(command && { command }),
    named: ({ scenario }) =>
      options.script !== undefined && scenario === own ? ['--script', resolve(options.script)] : undefined,
    ...(options.authorizedBy !== undefined && { authorizedBy: options.authorizedBy }),
  };
  const tell = (seen: ProxyConnection): void => {
    say(lineOf(seen));
    streamed.to?.connection(seen.visit.number, seen.isOpen, () => proxyResult(seen, resultContext));
  };
  const common: InterceptionOptions = {
    policy: options.tlsPolicy,
    untouchedFirst: options.control,
    // A command is one client.
    ...((options.oneClient === true || options.transparent === true) && { isOneClient: true }),
    ...(options.rotate && { rotate: options.rotate }),
    allowClients: options.allowClient,
    ...(options.keepSecrets === true && { keepSecrets: true }),
    ...(keyLog && {
      onKeys: (line: string) => {
        keyLog.add(line);
      },
    }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.interception && { interception: options.interception }),
    ...(options.ca.length > 0 && { ca: options.ca.flatMap(certificatesOf).join('\n') }),
    onConnection: (seen) => {
      tell(seen);
      ended.count();
    },
    onLeak: tell,
  };
  const attacks: ChosenAttacks = { names: options.scenario, others, ...(own && { own }) };
  await using folder = openSession();
  const path = options.transparent === true ? join(folder.path, 'proxy') : undefined;
  const { running: started, words } = await (target === undefined
    ? beforeAnyServer(options, attacks, { ...common, ...(path !== undefined && { path }) })
    : beforeOneServer(target, options, attacks, common));
  await using running = started;
  if (options.writeCa !== undefined) writeOut(options.writeCa, running.ca, 'the CA file');
  say(words);
  using keys = new Keys();
  if (options.rotate === 'key') {
    keys.onKey(() => {
      say(playedWords(running.next()));
    });
    keys.listen();
  }
  using lines = new LineReports(
    options,
    {
      kind: 'proxy',
      startedAt,
      seed: running.seed,
      place: 'loopback',
      ...(options.authorizedBy !== undefined && { authorizedBy: options.authorizedBy }),
      subject: { targets: target === undefined ? [] : [target] },
    },
    { known },
  );
  streamed.to = lines;
  await using redirected =
    path === undefined ? undefined : await startRedirected(command ?? [], { path, ports: REDIRECTED_PORTS });
  const interrupted =
    (await Promise.race([ended.reached, ...(redirected ? [redirected.ended] : [])])) === 'interrupted';
  await running.drain();
  const faults = running.faults();
  const outcomes = running.outcomes();
  const report = proxyReport(outcomes, {
    seed: running.seed,
    startedAt,
    interrupted,
    ...resultContext,
    known,
    faults,
    diagnosis: [...certificateWords(running.server()), ...running.notes()],
    keep: keeper(options),
  });
  const bug = running.bugs()[0] ?? interruption.bug;
  const code = await concluded(report, options, {
    visits: new Map(outcomes.map(({ visit }) => [visit.number, visit])),
    lines,
    ...(bug !== undefined && { bug }),
  });
  if (outcomes.length === 0)
    say(
      redirected === undefined
        ? 'no client connected'
        : 'the command connected to no mail server, or ended before it did',
    );
  else for (const line of tableOf(outcomes)) say(line);
  return code;
};

/** A proxy that listens, and the words that say so. */
interface Started {
  readonly running: RunningProxy;
  readonly words: string;
}

const beforeOneServer = async (
  target: string,
  options: ProxyCommandOptions,
  attacks: ChosenAttacks,
  common: InterceptionOptions,
): Promise<Started> => {
  refuse('a target', {
    '--transparent': options.transparent === true ? '' : undefined,
    '--socks': options.socks,
    '--connect-to': options.connectTo[0],
  });
  const server = await realServer(parseTarget(target), options);
  const otherDoor = await otherDoorBehind(server, options);
  const { cases, control } = proxyCases(server, attacks);
  const running = await startProxy({
    ...common,
    server,
    cases,
    control,
    ...(otherDoor && { otherDoor }),
    ...(options.listen !== undefined && { listen: listenOf(options.listen) }),
  });
  return { running, words: openingWords(running, server, cases, options) };
};

/** `--transparent` and a command after `--` need each other. */
const requireCommand = ({ transparent }: ProxyCommandOptions, command: readonly string[] | undefined): void => {
  if (transparent === true && (command ?? []).length === 0)
    throw new Fault(
      'BAD_USAGE',
      'missing command after --; example: waxseal proxy --transparent --authorized-by "our lab" -- curl --ssl imap://mail.example.org',
    );
  if (transparent !== true && command !== undefined)
    throw new Fault('BAD_USAGE', 'a command after -- needs --transparent; otherwise start the client yourself');
};

const beforeAnyServer = async (
  options: ProxyCommandOptions,
  attacks: ChosenAttacks,
  common: InterceptionOptions & { readonly path?: string },
): Promise<Started> => {
  const { socks, transparent, protocol, tls, listen, otherDoor, authorizedBy } = options;
  if (socks === undefined && transparent !== true)
    throw new Fault(
      'BAD_USAGE',
      'name the real server, such as imap://mail.lab.test, or use --socks PORT, or --transparent -- COMMAND, for all servers',
    );
  refuse(transparent === true ? '--transparent' : '--socks', {
    '--protocol': protocol,
    '--tls': tls,
    '--listen': listen,
    '--other-door': otherDoor,
  });
  const running = await startAnyServer({
    ...common,
    attacks,
    ...(socks !== undefined && { listen: socksListenOf(socks) }),
    redirections: options.connectTo.map(redirectionOf),
    ...(authorizedBy !== undefined && { authorizedBy }),
    onNote: (text) => {
      say(text);
    },
  });
  const named = [...(attacks.own === undefined ? [] : [attacks.own.id]), ...attacks.names];
  const attackWords =
    named.length === 0 ? 'starttls-not-offered; with implicit TLS: certificate-fault' : named.join(', ');
  return {
    running,
    words: `${transparent === true ? 'redirecting mail connections of the command' : `listening on ${addressOf(running)} for SOCKS 5 and HTTP CONNECT, forwarding to the servers that clients name`} · attack: ${attackWords}${options.control ? ', from the second connection of each client to a server on' : ''}${options.rotate === 'key' ? turnsWords(named.length, options) : ''} · ${trustWords(options)} · Ctrl-C ends with a report`,
  };
};

/** Refuses options that mean nothing together with another. */
const refuse = (company: string, options: Readonly<Record<string, string | undefined>>): void => {
  const [idle] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (idle !== undefined) throw new Fault('BAD_USAGE', `${idle} has no meaning with ${company}; drop one of them`);
};

/** Mail, names, and the web, where clients look for settings and for tokens. */
const REDIRECTED_PORTS: readonly number[] = [
  ...new Set([...WELL_KNOWN_PORTS.flatMap(({ port, alternatives = [] }) => [port, ...alternatives]), 53, 80, 443]),
];

/** What a command line that starts the same proxy again needs; target, attack and `--authorized-by` come with the report. */
export const repeatedOptions = (options: ProxyCommandOptions): string[] => [
  ...(options.tlsPolicy === 'required' ? [] : ['--tls-policy', options.tlsPolicy]),
  ...options.plugin.flatMap((path) => ['--plugin', resolve(path)]),
  ...(options.transparent === true ? ['--transparent'] : []),
  ...(options.socks === undefined ? [] : ['--socks', options.socks]),
  ...options.connectTo.flatMap((each) => ['--connect-to', each]),
  ...(options.listen === undefined ? [] : ['--listen', options.listen]),
  ...options.allowClient.flatMap((network) => ['--allow-client', network]),
  ...(options.control ? [] : ['--no-control']),
  ...(options.oneClient === true ? ['--one-client'] : []),
  ...(options.interception === undefined ? [] : ['--interception', options.interception]),
  ...(options.otherDoor === undefined ? [] : ['--other-door', options.otherDoor]),
  ...options.ca.flatMap((path) => ['--ca', resolve(path)]),
  ...(options.writeCa === undefined ? [] : ['--write-ca', resolve(options.writeCa)]),
  ...(options.seed === undefined ? [] : ['--seed', options.seed]),
  ...(options.connections === undefined ? [] : ['--connections', String(options.connections)]),
];

/** Says when enough connections have ended, or the user wants to stop. */
class Countdown {
  readonly reached: Promise<'counted' | 'interrupted'>;
  #left: number;
  #reach: () => void = () => undefined;

  constructor(connections: number | undefined, signal: AbortSignal) {
    this.#left = connections ?? Infinity;
    this.reached = new Promise((resolve) => {
      this.#reach = () => {
        resolve('counted');
      };
      signal.addEventListener(
        'abort',
        () => {
          resolve('interrupted');
        },
        { once: true },
      );
    });
  }

  count(): void {
    this.#left -= 1;
    if (this.#left <= 0) this.#reach();
  }
}

const openingWords = (
  running: RunningProxy,
  server: NamedServer,
  cases: readonly Case[],
  options: ProxyCommandOptions,
): string => {
  const first =
    options.control && cases.some((one) => one.scenario.id !== 'control')
      ? ', from the second connection of each client on'
      : '';
  const attacks = cases.map(caseId).join(', ');
  return `listening on ${addressOf(running)}, forwarding to ${addressOf(server)} (${setUpName(server)}) · attack: ${attacks}${first}${turnsWords(cases.length, options)} · ${trustWords(options)} · Ctrl-C ends with a report`;
};

const turnsWords = (attacks: number, { rotate }: ProxyCommandOptions): string =>
  attacks === 1 ? '' : rotate === 'key' ? ', the first one now; press a key for the next' : ', taking turns';

const playedWords = (now: readonly Case[]): string =>
  now.length === 0 ? 'from now on: the next attack' : `from now on: ${now.map(caseId).join(', ')}`;

const trustWords = ({ interception, writeCa }: ProxyCommandOptions): string => {
  if (interception === 'tunnel') return 'TLS of connections that are not attacked is passed on';
  return writeCa === undefined
    ? 'clients must trust waxseal’s CA, which --write-ca FILE writes'
    : `the client must trust ${writeCa}`;
};

/** A fact about the server, not about the client: nothing fails for it. */
const certificateWords = (facts: ServerFacts | undefined): string[] => {
  if (facts === undefined || facts.verified) return [];
  const whose = facts.certificate === undefined ? '' : ` (${printable(facts.certificate.subject)})`;
  return [
    `the real server's certificate${whose} could not be verified: ${printable(facts.verifyError ?? 'unknown reason')}; if it was issued by your own CA, give its file with --ca`,
  ];
};

const keeper =
  ({ record }: ProxyCommandOptions): ((outcome: ProxyOutcome) => unknown) =>
  ({ one, visit, masks }) => {
    const recording = recordingOf(visit, masks);
    if (record === undefined) return recording;
    const path = join(record, `proxy-${caseId(one).replace(/[^A-Za-z0-9.+-]+/g, '_')}.${String(visit.number)}.json`);
    writeOut(path, serializeRecording(recording), 'the recording');
    return path;
  };

/** What happens while it happens: on standard error, also where that is no terminal. */
const say = (text: string): void => {
  process.stderr.write(`waxseal: ${escaped(text)}\n`);
};
