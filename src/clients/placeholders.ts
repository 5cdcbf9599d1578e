import type { ClientTask } from './driver.js';
import { schemeOf } from './driver.js';
import { hostPort } from '../wire/host-port.js';

/** The words that a command may use in braces; all others, such as `%{http_code}` or `{a,b}`, pass unchanged. */
export const PLACEHOLDERS = [
  'host',
  'port',
  'url',
  'scheme',
  'servername',
  'ip',
  'user',
  'password',
  'token',
  'from',
  'to',
  'message',
  'ca',
  'ca_dir',
  'ca_p12',
  'ca_jks',
  'home',
  'dir',
] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Paths that exist for one visit only. */
export interface VisitPaths {
  readonly message: string;
  readonly ca: string;
  readonly caDir: string;
  readonly caP12: string;
  readonly caJks: string;
  readonly home: string;
  readonly dir: string;
}

/** What every placeholder stands for in one visit. */
export const placeholderValues = (task: ClientTask, paths: VisitPaths): Readonly<Record<Placeholder, string>> => {
  const scheme = schemeOf(task.portRole);
  return {
    host: task.host,
    port: String(task.port),
    url: `${scheme}://${hostPort(task.host, task.port)}`,
    scheme,
    servername: task.servername,
    ip: task.ip,
    user: task.user,
    password: task.password,
    token: task.token,
    from: task.from,
    to: task.to,
    message: paths.message,
    ca: paths.ca,
    ca_dir: paths.caDir,
    ca_p12: paths.caP12,
    ca_jks: paths.caJks,
    home: paths.home,
    dir: paths.dir,
  };
};

/** A text with its placeholders replaced. */
export const fillIn = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replace(PATTERN, (_whole, word: Placeholder) => values[word]);

/** The placeholders as `WAXSEAL_HOST`, `WAXSEAL_CA_DIR` … for the client's environment. */
export const placeholderEnvironment = (values: Readonly<Record<Placeholder, string>>): Record<string, string> =>
  Object.fromEntries(PLACEHOLDERS.map((word) => [`WAXSEAL_${word.toUpperCase()}`, values[word]]));

/** A command that takes the scheme from waxseal can be run in both TLS modes. */
export const takesScheme = (command: readonly string[]): boolean =>
  command.some((argument) => /\{(?:url|scheme)\}/.test(argument));

const PATTERN = new RegExp(`\\{(${PLACEHOLDERS.join('|')})\\}`, 'g');
