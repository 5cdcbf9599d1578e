import { chmodSync, chownSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Fault } from '../../fault.js';
import { systemTool } from '../../place/executable.js';
import { startChild, startDaemon } from '../../place/keeper.js';
import type { PortRole } from '../../protocols/protocol.js';
import { groupId, standing, userId } from './accounts.js';
import { daemonFolder } from './daemon-folder.js';
import { onPorts } from './daemon-ports.js';
import { launchDovecot, type DovecotProcess } from './dovecot.js';
import { mainCf, masterCf, type PostfixSetup } from './postfix-configuration.js';
import { greeted, withoutReadiness } from './readiness.js';
import { rolesOf, type DaemonListener, type DaemonOptions, type RunningDaemon } from './running-daemon.js';

/** How Postfix is started; mail for `domains` is taken and discarded. Settings that begin with `-o ` are for submission and submissions only. */
export interface PostfixOptions extends DaemonOptions {
  readonly domains?: readonly string[];
  /** Logins that are offered, as Dovecot names them: `plain`, `cram-md5`; by default those of its configuration. */
  readonly mechanisms?: readonly string[];
  /** The text of `sasl/smtpd.conf`, by which Cyrus SASL checks logins where `smtpd_sasl_type` says so. */
  readonly cyrusSasl?: string;
}

/** Starts a real Postfix (25, 587, 465), its logins checked by a Dovecot where there is one; needs root, else `DAEMON_MISSING`. */
export const startPostfix = async (options: PostfixOptions): Promise<RunningDaemon> => {
  const installation = await installedPostfix();
  const roles = rolesOf(options.configuration, ROLES, options.roles);
  if (roles.length === 0)
    throw new Fault('BAD_USAGE', `Postfix serves ${ROLES.join(', ')} and nothing else; ask Dovecot for the rest`);
  return onPorts(options, roles, (listeners) => launch(options, installation, listeners));
};

interface Installation {
  readonly version: string;
  readonly builtIn: PostfixSetup['builtIn'];
  readonly owner: number;
  readonly dropGroup: number;
}

const launch = async (
  options: PostfixOptions,
  { version, builtIn, owner, dropGroup }: Installation,
  listeners: readonly DaemonListener[],
): Promise<RunningDaemon> => {
  const folder = daemonFolder(options.workDir);
  let logins: DovecotProcess | undefined;
  const clear = async (): Promise<void> => {
    await logins?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    makeQueue(folder, owner, dropGroup);
    if (systemTool('dovecot') !== undefined) {
      logins = await launchDovecot({
        ...options,
        settings: options.mechanisms === undefined ? [] : [`auth_mechanisms = ${options.mechanisms.join(' ')}`],
        configuration: 'no-tls',
        listeners: [],
        authSocket: { path: join(folder, 'queue/private/auth'), user: builtIn.mail_owner, group: builtIn.mail_owner },
      });
    }
    const setup: PostfixSetup = {
      folder,
      configuration: options.configuration,
      listeners,
      builtIn,
      domains: options.domains ?? DOMAINS,
      hasLogins: logins !== undefined,
    };
    const settings = options.settings ?? [];
    mkdirSync(join(folder, 'etc'));
    chmodSync(join(folder, 'etc'), 0o755);
    writeFileSync(
      join(folder, 'etc/main.cf'),
      mainCf(setup) +
        settings
          .filter((line) => !line.startsWith('-o '))
          .map((line) => `${line}\n`)
          .join(''),
    );
    writeFileSync(
      join(folder, 'etc/master.cf'),
      masterCf({ ...setup, overrides: settings.filter((line) => line.startsWith('-o ')) }),
    );
    if (options.cyrusSasl !== undefined) {
      mkdirSync(join(folder, 'etc/sasl'), { mode: 0o755 });
      writeFileSync(join(folder, 'etc/sasl/smtpd.conf'), `${options.cyrusSasl}\n`, { mode: 0o644 });
    }
    // Postfix waits up to 1.5 s for a file that was written just now to "cool down".
    for (const name of ['main.cf', 'master.cf']) chmodSync(join(folder, 'etc', name), 0o644);
    utimesSync(join(folder, 'etc/main.cf'), 0, 0);
    writeFileSync(join(folder, 'cert.pem'), options.certificate.certPem);
    writeFileSync(join(folder, 'key.pem'), options.certificate.keyPem, { mode: 0o600 });
    // -d: in the foreground, in the process group that the keeper made.
    const child = await startDaemon([join(builtIn.daemon_directory, 'master'), '-c', join(folder, 'etc'), '-d'], {
      cwd: folder,
      env: ENVIRONMENT,
      grace: 100,
      ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
    });
    const log = (): string => textOf(join(folder, 'mail.log'));
    const stop = async (): Promise<void> => {
      await child.stop();
      await clear();
    };
    try {
      await greeted('postfix', child, listeners, log, /daemon started/, options.ready);
    } catch (error) {
      await child.stop();
      throw error;
    }
    return {
      name: 'postfix',
      version,
      listeners,
      log: () => withoutReadiness(log(), options.address),
      addUser: (account) => logins?.addUser(account),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await clear();
    throw error;
  }
};

const installedPostfix = async (): Promise<Installation> => {
  const postconf = systemTool('postconf');
  if (postconf === undefined || systemTool('postfix') === undefined)
    throw new Fault('DAEMON_MISSING', 'Postfix is not installed; install the Debian package postfix');
  if (standing() !== 'root')
    throw new Fault(
      'DAEMON_MISSING',
      'Postfix needs root, because it runs as several users; run as root, or use Dovecot for submission',
    );
  await using child = await startChild([postconf, '-dh', 'mail_version', ...BUILT_IN], { cwd: '/', env: ENVIRONMENT });
  await child.treeEmpty;
  const [version = '', ...values] = child.output().stdout.trim().split('\n');
  const builtIn = Object.fromEntries(
    BUILT_IN.map((name, index) => [name, values[index] ?? '']),
  ) as PostfixSetup['builtIn'];
  const [owner, dropGroup] = [userId(builtIn.mail_owner), groupId(builtIn.setgid_group)];
  if (owner === undefined || dropGroup === undefined || values.length !== BUILT_IN.length) {
    throw new Fault(
      'DAEMON_MISSING',
      `Postfix ${version} is installed without its user ${builtIn.mail_owner} or group ${builtIn.setgid_group}; reinstall the Debian package postfix`,
    );
  }
  return { version, builtIn, owner, dropGroup };
};

// What `postfix post-install create-missing` would make, without its second of shell.
const makeQueue = (folder: string, owner: number, dropGroup: number): void => {
  const make = (name: string, mode: number, user: number, group = 0): void => {
    const path = join(folder, name);
    mkdirSync(path);
    chmodSync(path, mode);
    chownSync(path, user, group);
  };
  make('queue', 0o755, 0);
  make('data', 0o700, owner);
  make('queue/pid', 0o755, 0);
  for (const name of [
    'incoming',
    'active',
    'deferred',
    'bounce',
    'defer',
    'saved',
    'trace',
    'corrupt',
    'flush',
    'hold',
    'private',
  ])
    make(`queue/${name}`, 0o700, owner);
  make('queue/maildrop', 0o730, owner, dropGroup);
  make('queue/public', 0o710, owner, dropGroup);
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const ROLES: readonly PortRole[] = ['smtp', 'submission', 'submissions'];
const DOMAINS = ['lab.test', 'mail.lab.test', 'localhost', 'example.test', 'example.org', 'example.com'];
const BUILT_IN = [
  'daemon_directory',
  'command_directory',
  'shlib_directory',
  'meta_directory',
  'mail_owner',
  'setgid_group',
] as const;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
