import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Fault } from '../fault.js';
import protocols from '../protocols/index.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import { addressOf } from '../proxy/server.js';
import { escaped } from '../report/escape.js';
import { setUpName } from '../report/set-up.js';
import { Bridge } from '../serving/bridge.js';
import { listening } from '../serving/listening.js';
import { namedServer } from '../targets/real-server.js';
import { parseTarget } from '../targets/target.js';
import type { CommandAction } from './commands/definition.js';
import { familyOf } from './family.js';
import { Interruption } from './interruption.js';
import { listenOf } from './listen.js';

/** Options of `waxseal bridge`. */
export interface BridgeCommandOptions {
  readonly protocol?: ProtocolName;
  readonly tls?: TlsMode;
  readonly listen?: string;
  readonly allowClient: readonly string[];
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
}

interface BridgeOperands {
  readonly target: string;
  /** Words that stand before `--`, where none belong. */
  readonly words: readonly string[];
  readonly tool: readonly string[] | undefined;
}

/** `waxseal bridge`: until Ctrl-C, or until the tool has ended. */
export const bridge: CommandAction<BridgeCommandOptions, BridgeOperands> = async ({ options, operands }) => {
  const tool = toolOf(operands);
  const family = familyOf(options);
  const server = await namedServer(parseTarget(operands.target), { ...options, ...(family && { family }) });
  const { host, port } = options.listen === undefined ? { host: '127.0.0.1', port: 0 } : listenOf(options.listen);
  const { allows } = listening(options.listen === undefined ? undefined : host, options.allowClient);
  using interruption = new Interruption();
  await using open = await Bridge.open({
    server,
    host,
    port,
    ...(allows && { allows }),
    onFailure: (connection, { message }) => {
      process.stderr.write(`waxseal: connection ${String(connection)}: ${escaped(message)}\n`);
    },
  });
  const here = server.tls === 'starttls' ? 'TLS from the first byte' : protocols[server.protocol].upgradeVerb;
  if (tool === undefined) {
    process.stdout.write(
      `listening on ${addressOf(open)} (${here}), forwarding to ${addressOf(server)} (${setUpName(server)}); end with Ctrl-C\n`,
    );
    await aborted(interruption.signal);
    return 130;
  }
  const words = tool.map((word) =>
    word.replaceAll('{host}', open.host).replaceAll('{port}', String(open.port)).replaceAll('{name}', server.host),
  );
  const code = await exitCodeOf(words);
  if (open.accepted === 0 && code === 0)
    process.stderr.write(`waxseal: the tool ended without connecting to ${addressOf(open)}\n`);
  return interruption.signal.aborted ? 130 : code;
};

const toolOf = ({ words, tool }: BridgeOperands): readonly string[] | undefined => {
  const [word] = words;
  if (word !== undefined)
    throw new Fault('BAD_USAGE', `unexpected ${JSON.stringify(word)}; the tool and its arguments come after --`);
  if (tool === undefined) return undefined;
  if (tool.length === 0)
    throw new Fault(
      'BAD_USAGE',
      'missing tool after --; example: waxseal bridge imap://mail.example.org -- sslscan {host}:{port}',
    );
  if (!tool.some((each) => each.includes('{port}')))
    throw new Fault(
      'BAD_USAGE',
      'the tool’s arguments need {port}, so that the tool connects to the bridge; example: -- sslscan {host}:{port}',
    );
  return tool;
};

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

/** The tool has our terminal; a signal's number is added to 128, as shells do. */
const exitCodeOf = async ([file = '', ...args]: readonly string[]): Promise<number> => {
  const child = spawn(file, args, { stdio: 'inherit' });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Fault(
      'CANNOT_START',
      `${JSON.stringify(file)} cannot be started: ${code === 'ENOENT' ? 'it is not in PATH' : (code ?? String(error))}; install it or give its path`,
      { cause: error },
    );
  }
};
