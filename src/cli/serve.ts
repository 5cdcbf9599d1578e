import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createColors } from 'picocolors';
import { requireReachable } from '../place/reachable.js';
import { openSession } from '../place/visit-home.js';
import { escaped, jsonText } from '../report/escape.js';
import { setUpName } from '../report/set-up.js';
import { cut } from '../report/layout.js';
import { caseKey } from '../cases/case.js';
import { Fault, isFault } from '../fault.js';
import {
  repeatedOptions as repeatedPlace,
  serveWithMail,
  type NamedEndpoint,
  type NamedServeOptions,
} from '../serving/named-serve.js';
import { recordingOf } from '../document/recording.js';
import type { ServedVerdict } from '../serving/serve.js';
import { SERVED, servedResult, serveReport } from '../serving/serve-report.js';
import type { LiveView } from '../rest/live/view.js';
import { serializeRecording } from '../verdict/recording-text.js';
import { printable } from '../wire/printable.js';
import { privateFolder, privateText, reason, writeWhole } from './files.js';
import { KeyLogFile } from './key-log-file.js';
import { knownResults } from './known.js';
import { requireFitting } from './serve-options.js';
import { collectEarly } from './memory.js';
import { Keys } from './keys.js';
import { answerOf, Questions } from './questions.js';
import { pluginsOf } from './plugins.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';
import { LineReports } from './line-reports.js';
import { concludedInFiles, isColored, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal serve`: keeps endpoints up until it is interrupted, and says a verdict for every connection. */
export const serveClients: CommandAction<CommonOptions, undefined> = async ({ options: given }) => {
  const options = withUi(given);
  await requireOutputs({ report: options.report });
  requireFitting(options);
  if (options.listen === undefined) await requireReachable('127.0.0.1');
  if (options.known !== undefined && options.report.length === 0)
    throw new Fault('BAD_USAGE', '--known needs --report: accepted results are marked in reports only');
  if (options.keepSecrets === true && options.report.length === 0 && options.record === undefined)
    throw new Fault('BAD_USAGE', '--keep-secrets needs --record or --report: nothing else is stored');
  const { scenarios } = await pluginsOf(options.plugin);
  const known = await knownResults(options.known);
  const { record: folderOfRecordings } = options;
  if (folderOfRecordings !== undefined) privateFolder(folderOfRecordings);
  const recorder = folderOfRecordings === undefined ? undefined : new Recorder(folderOfRecordings);
  const bugs: unknown[] = [];
  using keys = new Keys();
  const questions = new Questions((verdict) => {
    keys.listen();
    say(options.format === 'json' ? questionEvent(verdict) : questionLine(verdict));
  });
  collectEarly();
  using keyLog = typeof options.keys === 'string' ? new KeyLogFile(options.keys) : undefined;
  using lines = new Lines();
  const say = (line: string): void => {
    lines.say(line);
  };
  await using folder = openSession();
  const startedAt = new Date().toISOString();
  using interruption = new Interruption();
  const account = options.account === undefined ? undefined : accountOf(options.account);
  const place = placeOf(options);
  const page: { view?: LiveView; told?: (verdict: ServedVerdict) => void } = {};
  const named: NamedServeOptions = {
    ...place,
    ...(account && { account: account.login }),
    ...(options.protocol && { protocol: options.protocol }),
    ...(options.tls && { tls: options.tls }),
    scenario: options.scenario,
    scenarios,
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.keepSecrets === true && { secrets: 'keep' }),
    ...(keyLog && {
      onKeys: (line: string) => {
        keyLog.add(line);
      },
    }),
    onConnection: (opened) => page.view?.opened(opened),
    onVerdict: (verdict) => {
      recorder?.keep(verdict);
      if (verdict.bug !== undefined && !isOthers(verdict.bug) && bugs.length === 0) bugs.push(verdict.bug);
      say(options.format === 'json' ? verdictEvent(verdict) : verdictLine(verdict));
      questions.add(verdict);
      page.told?.(verdict);
      page.view?.judged(verdict);
    },
    onLeak: (verdict) => {
      page.view?.judged(verdict);
      say(options.format === 'json' ? verdictEvent(verdict) : verdictLine(verdict));
    },
  };
  // What few need is loaded for them alone.
  const all = options.all === true ? await import('./serve-all.js') : undefined;
  const live = options.ui === undefined ? undefined : await import('./serve-ui.js');
  const mail = live?.sharedMail();
  await using everything = await all?.serveEverything(options, named);
  await using served = everything?.served ?? (await serveWithMail(named, mail));
  const ca = options.state === undefined ? join(folder.path, 'ca.pem') : resolve(options.state, 'ca.pem');
  const { seed } = served;
  const again = (port: number): string[] =>
    repeatedOptions(place, port, account && { user: account.login.user, file: account.file }, options.plugin);
  using reports = new LineReports(
    options,
    { kind: 'test', startedAt, seed, place: 'loopback', subject: SERVED },
    { known },
  );
  // A verdict that a person may still change waits for the answer, or for the end.
  page.told = (verdict) => {
    if (verdict.question === undefined) reports.result(servedResult(verdict, { seed, options: again }));
  };
  if (options.state === undefined) writeFileSync(ca, served.ca, { mode: 0o644 });
  if (all !== undefined && everything !== undefined && options.format !== 'json')
    say(all.everythingLines(everything, ca, account));
  else
    for (const endpoint of served.endpoints)
      say(
        options.format === 'json'
          ? jsonText({ event: 'endpoint', ...endpoint, ...(account && { password: undefined }), ca })
          : endpointLines(endpoint, ca, account?.file, options.rotate, options.ui !== undefined),
      );
  await using ui = await live?.startUi({
    port: options.ui === true ? 0 : (options.ui ?? 0),
    served,
    mail: everything?.mail ?? mail,
    startedAt,
    ca,
    hasOwnAccount: account !== undefined,
  });
  if (ui !== undefined) page.view = ui.view;
  if (ui !== undefined && options.format !== 'json') say(`live view: ${ui.url}`);
  const { setupUrl } = served;
  if (setupUrl !== undefined && options.format !== 'json')
    say(await setupWords(setupUrl, process.stdout.isTTY && options.listen !== undefined));
  say(
    options.format === 'json'
      ? jsonText({
          event: 'ready',
          ca,
          ...(setupUrl !== undefined && { setup: setupUrl }),
          ...(ui && { ui: ui.url }),
          ...(everything?.http && { http: everything.http.url }),
          ...(everything?.token !== undefined && { token: everything.token }),
        })
      : 'ready; end with Ctrl-C',
  );
  keys.onKey((key) => {
    const answer = answerOf(key);
    const asked = answer === undefined ? undefined : questions.take();
    if (asked !== undefined && answer !== undefined) served.attest(asked, answer);
    if (asked !== undefined || options.rotate !== 'key') return;
    const now = served.next();
    page.view?.switched(now);
    say(options.format === 'json' ? jsonText({ event: 'scenario', now }) : `from now on: ${now.join(', ')}`);
  });
  if (given.rotate === 'key') keys.listen();
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve();
    interruption.signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  await served.conclude();
  lines[Symbol.dispose]();
  const bug = bugs[0] ?? interruption.bug;
  return await concludedInFiles(
    serveReport(served.verdicts, {
      seed,
      startedAt,
      known,
      interrupted: true,
      counts: served.counts,
      options: again,
    }),
    options,
    { lines: reports, ...(bug !== undefined && { bug }) },
  );
};

/** With a live view all scenarios can be switched to, unless some were chosen, and clients take the CA from a port of this machine. */
const withUi = (options: CommonOptions): CommonOptions =>
  options.ui === undefined || options.all === true
    ? options
    : {
        ...options,
        rotate: options.rotate ?? 'key',
        setupPort: options.setupPort ?? 0,
        scenario: options.scenario.length > 0 ? options.scenario : ['control', '*'],
      };

/** Where servers listen, for whom, and how they take turns. */
export const placeOf = (options: CommonOptions): NamedServeOptions => ({
  policy: options.tlsPolicy,
  ...(options.listen !== undefined && { listen: options.listen }),
  allowClients: options.allowClient,
  hostNames: options.hostName,
  ...(options.port !== undefined && { port: options.port }),
  ...(options.state !== undefined && { state: options.state }),
  ...(options.setupPort !== undefined && { setupPort: options.setupPort }),
  ...(options.rotate && { rotate: options.rotate }),
  ...(options.oneClient === true && { isOneClient: true }),
});

/** What a command line needs that serves the same on a port again; the account is named by its file. */
export const repeatedOptions = (
  place: NamedServeOptions,
  port: number,
  account: { readonly user: string; readonly file: string } | undefined,
  plugins: readonly string[] = [],
): string[] => [
  ...plugins.flatMap((path) => ['--plugin', resolve(path)]),
  ...repeatedPlace(place, port),
  ...(account === undefined ? [] : ['--account', `${account.user}:${account.file}`]),
];

/** Lines that are written together: where very many clients come, each write would hold up all others. */
class Lines implements Disposable {
  #waiting = '';

  say(line: string): void {
    if (this.#waiting === '')
      setImmediate(() => {
        this[Symbol.dispose]();
      });
    this.#waiting += `${line}\n`;
  }

  /** Writes what waits. */
  [Symbol.dispose](): void {
    if (this.#waiting !== '') process.stdout.write(this.#waiting);
    this.#waiting = '';
  }
}

/** `USER:PASSWORD-FILE`: a password is never an option's value, which everybody on the machine can see. */
const accountOf = (text: string): { readonly login: { user: string; password: string }; readonly file: string } => {
  const [, user, path] = /^([^:]+):(.+)$/s.exec(text) ?? [];
  if (user === undefined || path === undefined)
    throw new Fault(
      'BAD_USAGE',
      `--account needs USER:PASSWORD-FILE, not ${JSON.stringify(text)}; example: --account alice:./password`,
    );
  const [password = '', ...more] = privateText(path, 'the password file').split(/\r?\n/);
  if (password === '' || more.some((line) => line !== ''))
    throw new Fault('BAD_USAGE', `the password file ${JSON.stringify(path)} must hold one line: the password`);
  return { login: { user, password }, file: resolve(path) };
};

/** Where a phone finds the CA and its settings: as text, and on a terminal as a QR code, unless the address is this machine's own. */
const setupWords = async (url: string, withCode: boolean): Promise<string> => {
  const line = `CA and settings for clients: ${url}`;
  if (!withCode) return line;
  const { generate } = await import('lean-qr');
  const code = generate(url);
  const rows: string[] = [];
  for (let y = -QUIET; y < code.size + QUIET; y += 2) {
    let row = '';
    for (let x = -QUIET; x < code.size + QUIET; x += 1)
      row += HALVES[(code.get(x, y) ? 2 : 0) + (code.get(x, y + 1) ? 1 : 0)] ?? '';
    rows.push(`\u001b[30;107m${row}\u001b[0m`);
  }
  return [line, ...rows].join('\n');
};

/** Two modules of a QR code in one character: none, the lower, the upper, both; they are black on white whatever the terminal's colours. */
const HALVES = [' ', '▄', '▀', '█'];
/** Modules around a code that stay light (ISO/IEC 18004). */
const QUIET = 4;

/** What is entered into a mail client, one field a line. */
const endpointLines = (
  endpoint: NamedEndpoint,
  ca: string,
  passwordFile: string | undefined,
  rotate: CommonOptions['rotate'],
  hasUi: boolean,
): string => {
  const { case: key, turns } = endpoint;
  const [name = key] = key.split('@');
  if (hasUi && turns !== undefined)
    return [`${setUpName(endpoint)}: ${turnsWords(turns)}`, ...fieldLines(endpoint, ca, passwordFile)].join('\n');
  return [
    `${setUpName(endpoint)}: ${turns === undefined ? (name === 'control' ? 'honest server' : name) : `${turns.map((each) => each.split('@')[0] ?? each).join(', ')} (${rotate === 'key' ? 'the first one now; press a key for the next' : 'in turn'})`}`,
    ...fieldLines(endpoint, ca, passwordFile),
  ].join('\n');
};

/** What is entered into a client, a line each. */
const fieldLines = (
  { host, port, tls, user, password }: NamedEndpoint,
  ca: string,
  passwordFile: string | undefined,
): string[] => [
  `  server      ${host}`,
  `  port        ${String(port)}`,
  `  encryption  ${tls === 'starttls' ? 'STARTTLS' : 'TLS from the start (implicit)'}`,
  `  user        ${user}`,
  passwordFile === undefined ? `  password    ${password}` : `  password    as in ${passwordFile}`,
  `  CA          ${ca}`,
];

/** With a live view: what is played first, and how many scenarios there are. */
const turnsWords = (turns: readonly string[]): string => {
  const names = turns.map((each) => each.split('@')[0] ?? each);
  const first = names.includes('control') ? 'honest server' : (names[0] ?? '');
  return `${first} (${String(names.length)} scenarios: the live view switches)`;
};

const verdictEvent = (verdict: ServedVerdict): string => {
  const { endpoint, one, connection, visit, judgement, isOpen, client, peer, at } = verdict;
  return jsonText({
    event: isOpen ? 'leak' : 'verdict',
    at,
    peer,
    ...(client !== '' && { client }),
    case: caseKey(one),
    endpoint: caseKey(endpoint.one),
    port: endpoint.port,
    connection,
    visit: visit.number,
    status: judgement.status,
    ...(judgement.severity !== undefined && { severity: judgement.severity }),
    ...(judgement.leaked.length > 0 && { leaked: judgement.leaked }),
    because: judgement.because,
    ...(visit.attested && { attested: visit.attested.answer }),
  });
};

const questionEvent = ({ endpoint, connection, visit, question }: ServedVerdict): string =>
  jsonText({ event: 'question', port: endpoint.port, connection, visit: visit.number, question });

const questionLine = ({ connection, question = '' }: ServedVerdict): string =>
  `connection ${String(connection)}: ${escaped(question)} y or n`;

const verdictLine = ({ one, connection, judgement, isOpen, client, peer, at }: ServedVerdict): string => {
  const { red, green, magenta, bold } = createColors(isColored(process.stdout));
  const paint =
    judgement.status === 'unsafe'
      ? (text: string): string => bold(red(text))
      : judgement.status === 'safe'
        ? green
        : magenta;
  const who = client === '' ? peer : `${peer}, ${client}`;
  return `${paint(judgement.status.padEnd(14))} ${caseKey(one)}  ${at.slice(11, 19)} connection ${String(connection)} from ${printable(who)}${isOpen ? ', still open' : ''}: ${cut(escaped(judgement.because), 300)}`;
};

/** Writes recordings; where one cannot be written, that is said once, and serving goes on. */
class Recorder {
  readonly #folder: string;
  #isTold = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  keep({ one, visit, masks }: ServedVerdict): void {
    const name = `${caseKey(one).replace(/[^A-Za-z0-9.+@#-]+/g, '_')}.${String(visit.number)}.json`;
    try {
      writeWhole(join(this.#folder, name), serializeRecording(recordingOf(visit, masks)));
    } catch (error) {
      if (this.#isTold) return;
      this.#isTold = true;
      process.stderr.write(
        `waxseal: the recording ${JSON.stringify(name)} could not be written: ${reason(error)}; serving goes on, further recordings may be missing\n`,
      );
    }
  }
}

/** What fails in a plug-in is told with its verdict, and is no bug of waxseal. */
const isOthers = (error: unknown): boolean => isFault(error) && error.code === 'BAD_USAGE';
