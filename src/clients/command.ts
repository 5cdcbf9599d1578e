import { rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { Fault } from '../fault.js';
import { assertStartable, startChild, type Child } from '../place/keeper.js';
import { badName, type SessionFolder, type VisitHome } from '../place/visit-home.js';
import { otherUsers } from '../place/tree-users.js';
import { saysDenied } from '../verdict/client-words.js';
import type { ClientEnd } from '../verdict/visit.js';
import { keysOf, Prompts, type Answer } from './answers.js';
import { CAME_TO_REST, type ClientTask, type Driver } from './driver.js';
import {
  fillIn,
  placeholderEnvironment,
  placeholderValues,
  type Placeholder,
  type VisitPaths,
} from './placeholders.js';
import { onTerminal, TERMINAL_ENVIRONMENT } from './terminal.js';
import { trustFilesOf, type TrustFiles } from './trust-files.js';

/** How a command is started as a mail client. */
export interface CommandOptions {
  /** Where the homes of visits are made. */
  readonly folder: SessionFolder;
  /** The CA as files that clients read. */
  readonly trust: TrustFiles;
  /** Names of our own environment that the client may see, besides PATH, LANG, LC_ALL and TZ. */
  readonly passOn?: readonly string[];
  /** Configuration files: path below the visit's home, and text with placeholders; written with mode 0600. */
  readonly files?: Readonly<Record<string, string>>;
  /** The command is one line for `sh -c`. */
  readonly shell?: boolean;
  /** The client's PATH; our own by default. */
  readonly path?: string;
  /** What is made once, before the first visit. */
  readonly build?: Build;
  /** Where the command is started; the visit's own empty folder by default. */
  readonly cwd?: string;
  /** The client gets a terminal, by script(1). */
  readonly terminal?: boolean;
  /** What is typed when the client asks for it. */
  readonly answers?: readonly Answer[];
  /** A folder whose contents every home begins with. */
  readonly homeFrom?: string;
  /** The CA takes the place of the system's trust bundle, for clients that read nothing else; needs namespaces. */
  readonly trustNamespace?: boolean;
}

/** A program that is compiled once a session; `{built}` in the client's command is the folder in which this was done. */
export interface Build {
  /** By path below that folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Started in that folder. */
  readonly command: readonly string[];
}

/**
 * A driver that starts `command` once a visit, in a fresh home, without terminal, input, proxies or netrc.
 * Throws `CANNOT_START` at once if there is no such command.
 */
export const commandDriver = (command: readonly string[], options: CommandOptions): Driver => {
  const [program] = command;
  if (program === undefined)
    throw new Fault(
      'BAD_USAGE',
      'missing client command after --; example: waxseal test --protocol imap -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}',
    );
  for (const [first = ''] of commandsOf(command, options)) {
    if (first === '')
      throw new Fault('BAD_USAGE', `missing command beside ${THEN}; example: -- setup-client ${THEN} start-client`);
    if (options.shell !== true && !first.includes('{')) assertStartable(first, options.path);
  }
  if (options.terminal === true) onTerminal([]);
  checkNames(Object.keys(options.files ?? {}));
  const trusts = new PublishedTrusts(options);
  let words = command;
  const { build } = options;
  return {
    readsHosts: true,
    ...(build && {
      prepare: async () => {
        const built = await builtIn(build, options);
        words = command.map((word) => word.replaceAll('{built}', built));
      },
    }),
    run: (task) => runCommand(words, task, options, trusts.of(task.roots)),
  };
};

/** Compiles a client; the folder in which that was done. */
const builtIn = async (build: Build, { folder, path }: CommandOptions): Promise<string> => {
  const home = folder.home('build');
  for (const [name, text] of Object.entries(build.files)) home.write(name, text);
  await using child = await startChild(build.command, {
    cwd: home.path,
    env: { ...home.env, ...(path !== undefined && { PATH: path }) },
  });
  const { code } = await child.leaderExited;
  await child.treeEmpty;
  if (code === 0) return home.path;
  const { stdout, stderr } = child.output();
  throw new Fault(
    'CANNOT_START',
    `${build.command[0] ?? ''} could not compile the client: ${`${stderr}${stdout}`.trim().slice(-500)}`,
  );
};

/** Before the first visit: a name that leads out of the home, or that is a folder's, would fail in every one. */
const checkNames = (names: readonly string[]): void => {
  for (const name of names) {
    const why =
      badName(name) ??
      (names.some((other) => other !== name && isBelow(other, name))
        ? 'another --file needs it as a folder'
        : undefined);
    if (why !== undefined)
      throw new Fault(
        'BAD_USAGE',
        `the configuration file ${JSON.stringify(name.slice(0, 200))} cannot be written: ${why}; expected a path below the client’s home, such as .msmtprc`,
      );
  }
};

const isBelow = (path: string, folder: string): boolean => relative(folder, path).split(sep)[0] !== '..';

/** Paths of the CA, where every user can read it: it is no secret, and a client may change its user. */
type PublishedTrust = Pick<VisitPaths, 'ca' | 'caDir' | 'caP12' | 'caJks'>;

/** The files of the session's CA, and of others that visits ask for: a suite of chains may have a root for each of thousands. */
class PublishedTrusts {
  readonly #options: CommandOptions;
  readonly #known = new Map<string, PublishedTrust>();
  #count = 0;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  of(roots: string | undefined): PublishedTrust {
    const { folder, trust } = this.#options;
    const pem = roots ?? '';
    const known = this.#known.get(pem);
    if (known !== undefined) return known;
    this.#count += 1;
    const made =
      roots === undefined
        ? published(folder, '.', [trust])
        : published(folder, `roots-${String(this.#count)}`, trustFilesOf(roots));
    this.#known.set(pem, made);
    for (const [oldest, { caDir }] of this.#known) {
      if (this.#known.size <= MOST_TRUSTS) break;
      if (oldest === '') continue;
      this.#known.delete(oldest);
      rmSync(dirname(caDir), { recursive: true, force: true });
    }
    return made;
  }
}

const published = (folder: SessionFolder, place: string, roots: readonly TrustFiles[]): PublishedTrust => {
  const pem = roots.map((root) => root.pem).join('');
  const bundle = folder.publish(join(place, 'ca', 'ca-certificates.crt'), pem);
  for (const root of roots) folder.publish(join(place, 'ca', root.hashedName), root.pem);
  const [first] = roots;
  return {
    ca: folder.publish(join(place, 'ca.pem'), pem),
    caDir: dirname(bundle),
    // These hold one certificate each.
    caP12: folder.publish(join(place, 'ca.p12'), first?.pkcs12() ?? ''),
    caJks: folder.publish(join(place, 'ca.jks'), first?.jks() ?? ''),
  };
};

/** More than visits can be under way at once. */
const MOST_TRUSTS = 300;

const runCommand = async (
  command: readonly string[],
  task: ClientTask,
  options: CommandOptions,
  trust: PublishedTrust,
): Promise<ClientEnd> => {
  const started = performance.now();
  const home = options.folder.home(`visit-${String(task.visit)}`, {
    ...(options.passOn && { passOn: options.passOn }),
  });
  try {
    if (options.homeFrom !== undefined) home.fill(options.homeFrom);
    const values = furnish(home, task, options, trust);
    let last: ClientEnd | undefined;
    for (const words of commandsOf(command, options)) {
      const end = await runOne(words, { task, options, values, home, started });
      last = last === undefined ? end : { ...end, stdout: last.stdout + end.stdout, stderr: last.stderr + end.stderr };
      if (end.how !== 'ended' || end.code !== 0) break;
    }
    return last ?? { how: 'ended', code: 0, stdout: '', stderr: '', duration: 0 };
  } finally {
    await home.remove();
  }
};

/** The commands of one visit: `--then` stands between them. */
const commandsOf = (command: readonly string[], { shell }: CommandOptions): string[][] => {
  if (shell === true) return [[...command]];
  const commands: string[][] = [[]];
  for (const word of command)
    if (word === THEN) commands.push([]);
    else commands.at(-1)?.push(word);
  return commands;
};

interface Run {
  readonly task: ClientTask;
  readonly options: CommandOptions;
  readonly values: Readonly<Record<Placeholder, string>>;
  readonly home: VisitHome;
  readonly started: number;
}

const runOne = async (
  command: readonly string[],
  { task, options, values, home, started }: Run,
): Promise<ClientEnd> => {
  const { answers = [], terminal = false } = options;
  const client: { child?: Child; user?: string } = {};
  // A client may ask before its start is acknowledged: what it is answered waits until then.
  let early = '';
  const type = (keys: string): void => {
    if (client.child === undefined) early += keys;
    else client.child.type(keys);
  };
  const prompts = new Prompts(answers);
  const words = commandLine(command, values, options.shell === true);
  const child = await startChild(terminal ? onTerminal(words) : words, {
    onOutput: (_stream, chunk) => {
      const text = chunk.toString('latin1');
      for (const answer of prompts.read(text)) type(keysOf(fillIn(answer, values), terminal));
      // While the process that may not read something is there, its user is known.
      if (client.child === undefined || !saysDenied(text)) return;
      const [user] = otherUsers(client.child.pid);
      if (user !== undefined) client.user ??= user;
    },
    cwd: options.cwd ?? home.cwd,
    env: {
      ...home.env,
      ...(options.path !== undefined && { PATH: options.path }),
      ...(terminal && TERMINAL_ENVIRONMENT),
      ...trustEnvironment(values),
      ...placeholderEnvironment(values),
    },
    ...(terminal || answers.length > 0 ? { input: 'open' as const } : {}),
    ...task.child,
    ...(options.trustNamespace === true && { trustBundle: values.ca, trustFolder: values.ca_dir }),
  });
  client.child = child;
  if (early !== '') child.type(early);
  const end = await ending(child, task.signal, started);
  return client.user === undefined ? end : { ...end, user: client.user };
};

/** Writes what the placeholders point at. */
const furnish = (
  home: VisitHome,
  task: ClientTask,
  options: CommandOptions,
  trust: PublishedTrust,
): Readonly<Record<Placeholder, string>> => {
  const values = placeholderValues(task, {
    message: options.folder.publish(`message-${String(task.visit)}.eml`, task.message),
    ...trust,
    home: home.path,
    dir: home.cwd,
  });
  for (const [name, template] of Object.entries(options.files ?? {})) home.write(name, fillIn(template, values));
  return values;
};

const commandLine = (
  command: readonly string[],
  values: Readonly<Record<Placeholder, string>>,
  shell: boolean,
): string[] =>
  shell ? ['sh', '-c', fillIn(command.join(' '), values)] : command.map((argument) => fillIn(argument, values));

/** Where libraries look for trust anchors: OpenSSL, Node, curl and Python's requests. */
const trustEnvironment = (values: Readonly<Record<Placeholder, string>>): Record<string, string> => ({
  SSL_CERT_FILE: values.ca,
  NODE_EXTRA_CA_CERTS: values.ca,
  CURL_CA_BUNDLE: values.ca,
  REQUESTS_CA_BUNDLE: values.ca,
});

/** Waits until the whole process tree is gone: a leader's background children may leak too. */
const ending = async (child: Child, signal: AbortSignal, started: number): Promise<ClientEnd> => {
  const given = new Promise<'given up'>((resolve) => {
    const giveUp = (): void => {
      resolve('given up');
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  const outcome = await Promise.race([child.treeEmpty.then(() => 'ended' as const), given]);
  if (outcome === 'given up') await child.stop();
  const { stdout, stderr } = child.output();
  const facts = { stdout, stderr, duration: performance.now() - started };
  if (outcome === 'given up')
    return signal.reason === CAME_TO_REST ? { how: 'rested', idle: true, ...facts } : { how: 'stopped', ...facts };
  await child[Symbol.asyncDispose]();
  return { how: 'ended', ...(await child.leaderExited), ...facts };
};

/** Stands between the commands of one visit. */
const THEN = '--then';
