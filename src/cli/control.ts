import { randomBytes } from 'node:crypto';
import { resolve as resolvePath } from 'node:path';
import { Control } from '../control/control.js';
import { startControlServer } from '../control/http.js';
import { answerLines } from '../control/lines.js';
import { startControlSocket } from '../control/unix.js';
import { Fault } from '../fault.js';
import { jsonText } from '../report/escape.js';
import type { CommandAction } from './commands/definition.js';
import { EVERYBODY, knownOfRun } from './known.js';
import { pluginsOf } from './plugins.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';

/** `waxseal serve --control`: servers are started, and verdicts asked for, by a program. */
export const serveByControl: CommandAction<CommonOptions, undefined> = async ({ options }) => {
  const { control: where = 'stdio', seed } = options;
  requireNothingElse(options);
  const [, kind, rest = ''] = /^(stdio|unix|http)(?::(.*))?$/s.exec(where) ?? [];
  using interruption = new Interruption();
  const { scenarios } = await pluginsOf(options.plugin);
  const { own: known } = await knownOfRun(
    // Which client comes is said with each start.
    { ...(options.known !== undefined && { known: options.known }), name: EVERYBODY },
    'clients',
    { scenarios, checks: [] },
  );
  await using control = await Control.open({ ...(seed !== undefined && { seed }), scenarios, known });
  const interrupted = new Promise<void>((resolve) => {
    interruption.signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  const ready = (fields: object): void => void process.stdout.write(`${jsonText({ event: 'ready', ...fields })}\n`);
  if (kind === 'stdio' && where === 'stdio') {
    const caller = control.caller();
    const input = process.stdin;
    await Promise.race([
      interrupted,
      answerLines({ input, write: (line) => void process.stdout.write(`${line}\n`) }, caller),
    ]);
    input.destroy();
  } else if (kind === 'unix' && rest !== '') {
    const path = resolvePath(rest);
    await using _server = await startControlSocket(path, control);
    ready({ control: `unix:${path}` });
    await interrupted;
  } else if (kind === 'http' && /^\d{1,5}$/.test(rest) && Number(rest) <= 65_535) {
    const token = process.env[TOKEN] ?? randomBytes(24).toString('hex');
    if (token.length < SHORTEST_TOKEN)
      throw new Fault('BAD_USAGE', `${TOKEN} must have at least ${String(SHORTEST_TOKEN)} characters`);
    await using server = await startControlServer({ port: Number(rest), token, caller: control.caller() });
    ready({ control: server.url, ...(process.env[TOKEN] === undefined && { token }) });
    await interrupted;
  } else throw new Fault('BAD_USAGE', `--control must be stdio, unix:PATH or http:PORT, not ${JSON.stringify(where)}`);
  if (interruption.bug !== undefined)
    throw new Fault('HARNESS_BUG', 'an exception that nobody caught', { cause: interruption.bug });
  return interruption.signal.aborted ? 130 : 0;
};

/** What a program asks for it gives with `start`; a server that nobody asked for would have no verdict. */
const requireNothingElse = (options: CommonOptions): void => {
  const given = [
    options.protocol !== undefined && '--protocol',
    options.tls !== undefined && '--tls',
    options.scenario.length > 0 && '--scenario',
    options.listen !== undefined && '--listen',
    options.hostName.length > 0 && '--host-name',
    options.allowClient.length > 0 && '--allow-client',
    options.port !== undefined && '--port',
    options.account !== undefined && '--account',
    options.state !== undefined && '--state',
    options.rotate !== undefined && '--rotate',
    options.oneClient === true && '--one-client',
    options.all === true && '--all',
    options.setupPort !== undefined && '--setup-port',
    options.ui !== undefined && '--ui',
    options.record !== undefined && '--record',
    options.report.length > 0 && '--report',
    options.keys !== undefined && '--keys',
    options.keepSecrets === true && '--keep-secrets',
  ].filter((each) => each !== false);
  if (given.length > 0)
    throw new Fault(
      'BAD_USAGE',
      `${given.join(', ')} cannot be used with --control: the command start says what is served`,
    );
};

const TOKEN = 'WAXSEAL_CONTROL_TOKEN';
/** Characters. */
const SHORTEST_TOKEN = 16;
