import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Fault } from '../../fault.js';
import { systemTool } from '../../place/executable.js';
import { startChild, startDaemon, type Child } from '../../place/keeper.js';
import type { PortRole } from '../../protocols/protocol.js';
import { groupId, groupName, standing, userId, userName } from './accounts.js';
import { daemonFolder } from './daemon-folder.js';
import { onPorts } from './daemon-ports.js';
import { dovecotConfiguration, type DovecotSetup } from './dovecot-configuration.js';
import { greeted, withoutReadiness } from './readiness.js';
import {
  rolesOf,
  type DaemonAccount,
  type DaemonListener,
  type DaemonOptions,
  type RunningDaemon,
} from './running-daemon.js';
import { startSmtpServer } from './smtp-server.js';

/** Starts a real Dovecot with the protocols that are installed, as root or as any user; `DAEMON_MISSING` names the packages. */
export const startDovecot = async (options: DaemonOptions): Promise<RunningDaemon> => {
  const roles = rolesOf(options.configuration, installedRoles(), options.roles);
  const missing = options.roles?.filter((role) => !installedRoles().includes(role)) ?? [];
  if (missing.length > 0 || roles.length === 0) throw daemonMissing(missing);
  return onPorts(options, roles, async (listeners) => {
    const relay = listeners.some(({ portRole }) => portRole.startsWith('submission'))
      ? await mailSink(options)
      : undefined;
    const [sink] = relay?.listeners ?? [];
    let dovecot: DovecotProcess | undefined;
    const stop = async (): Promise<void> => {
      await dovecot?.stop();
      await relay?.stop();
    };
    try {
      dovecot = await launchDovecot({ ...options, listeners, ...(sink === undefined ? {} : { relay: sink }) });
      await greeted('dovecot', dovecot.child, listeners, dovecot.log, /starting up for/, options.ready);
    } catch (error) {
      await stop();
      throw error;
    }
    const { version, log, addUser } = dovecot;
    return {
      name: 'dovecot',
      version,
      listeners,
      log: () => withoutReadiness(log(), options.address),
      addUser,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  });
};

// Dovecot's submission takes no login without a server behind it; this one drops what it gets.
const mailSink = ({ address, certificate }: DaemonOptions): Promise<RunningDaemon> =>
  startSmtpServer({ address, configuration: 'no-tls', certificate, users: [], roles: ['smtp'] });

/** The listeners for which a Dovecot module is installed; none without Dovecot. */
export const installedRoles = (): PortRole[] => {
  const folder = ['/usr/lib/dovecot', '/usr/libexec/dovecot', '/usr/local/libexec/dovecot'].find((path) =>
    existsSync(join(path, 'auth')),
  );
  if (folder === undefined || systemTool('dovecot') === undefined) return [];
  return MODULES.filter(({ program }) => existsSync(join(folder, program))).flatMap(({ roles }) => roles);
};

/** A Dovecot process whose listeners nobody has waited for. */
export interface DovecotProcess {
  readonly version: string;
  readonly child: Child;
  readonly log: () => string;
  readonly addUser: (account: DaemonAccount) => void;
  readonly stop: () => Promise<void>;
}

/** Starts the process itself; with no listeners it is only the login service of another daemon. */
export const launchDovecot = async ({
  listeners,
  authSocket,
  relay,
  ...options
}: Pick<DaemonOptions, 'configuration' | 'certificate' | 'users' | 'settings' | 'workDir' | 'strategy'> & {
  readonly listeners: readonly DaemonListener[];
  readonly authSocket?: DovecotSetup['authSocket'];
  readonly relay?: DovecotSetup['relay'];
}): Promise<DovecotProcess> => {
  const program = systemTool('dovecot');
  if (program === undefined) throw daemonMissing([]);
  const version = await dovecotVersion(program);
  const { prefix, internal, mail } = identity();
  const folder = daemonFolder(options.workDir);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    for (const name of ['mail', 'home']) {
      mkdirSync(join(folder, name));
      give(join(folder, name), mail);
    }
    writeFileSync(join(folder, 'cert.pem'), options.certificate.certPem);
    writeFileSync(join(folder, 'key.pem'), options.certificate.keyPem, { mode: 0o600 });
    mkdirSync(join(folder, 'users'));
    chmodSync(join(folder, 'users'), 0o711);
    const addUser = (account: DaemonAccount): void => addAccount(folder, mail, account);
    options.users.forEach(addUser);
    const file = join(folder, 'dovecot.conf');
    writeFileSync(
      file,
      dovecotConfiguration({
        version,
        folder,
        configuration: options.configuration,
        listeners,
        internal,
        mail,
        ...(authSocket === undefined ? {} : { authSocket }),
        ...(relay === undefined ? {} : { relay }),
      }) + (options.settings ?? []).map((line) => `${line}\n`).join(''),
    );
    const child = await startDaemon([...prefix, program, '-F', '-c', file], {
      cwd: folder,
      env: ENVIRONMENT,
      grace: 100,
      ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
    });
    const stop = async (): Promise<void> => {
      await child.stop();
      await remove();
    };
    const log = (): string => textOf(join(folder, 'mail.log'));
    if (authSocket !== undefined) {
      await socketMade(authSocket.path, child, log).catch(async (error: unknown) => {
        await child.stop();
        throw error;
      });
    }
    return { version, child, addUser, stop, log };
  } catch (error) {
    await remove();
    throw error;
  }
};

// A Postfix that finds no socket when it starts gives up for a minute.
const socketMade = async (path: string, child: Child, log: () => string): Promise<void> => {
  const watch = { isOver: false };
  void child.leaderExited.then(() => (watch.isOver = true));
  const deadline = Date.now() + 10_000;
  while (!existsSync(path)) {
    if (watch.isOver || Date.now() > deadline) {
      throw new Fault(
        'CANNOT_START',
        `Dovecot did not open ${path}${watch.isOver ? ', it ended' : ' within 10 s'}; its log says: ${JSON.stringify(`${child.output().stderr}${log()}`.slice(-800))}`,
      );
    }
    await delay(5);
  }
};

const dovecotVersion = async (program: string): Promise<string> => {
  await using child = await startChild([program, '--version'], { cwd: '/', env: ENVIRONMENT });
  await child.treeEmpty;
  const version = /^\d+\.\d+[^\s]*/.exec(child.output().stdout)?.[0];
  if (version === undefined)
    throw new Fault(
      'CANNOT_START',
      `dovecot --version said ${JSON.stringify(child.output().stdout.slice(0, 200))} instead of a version; is it installed completely?`,
    );
  return version;
};

/** Who Dovecot and the mail belong to. The only user of a namespace is shown to Dovecot as somebody else, because it does not serve root. */
const identity = (): { prefix: string[] } & Pick<DovecotSetup, 'internal' | 'mail'> => {
  const who = standing();
  if (who === 'root') {
    return {
      prefix: [],
      internal: { user: 'dovecot', group: 'dovecot', login: 'dovenull' },
      mail: { uid: userId('nobody') ?? 65_534, gid: groupId('nogroup') ?? groupId('nobody') ?? 65_534 },
    };
  }
  const uid = who === 'lone-root' ? (userId('nobody') ?? 65_534) : (process.geteuid?.() ?? 0);
  const gid = who === 'lone-root' ? (groupId('nogroup') ?? groupId('nobody') ?? 65_534) : (process.getegid?.() ?? 0);
  const [user, group] = [userName(uid), groupName(gid)];
  if (user === undefined || group === undefined) {
    throw new Fault(
      'DAEMON_MISSING',
      `Dovecot needs names for user ${uid} and group ${gid}, and /etc/passwd or /etc/group has none; run as another user`,
    );
  }
  return {
    prefix:
      who === 'lone-root'
        ? [systemTool('unshare') ?? 'unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
        : [],
    internal: { user, group, login: user },
    mail: { uid, gid },
  };
};

const addAccount = (folder: string, mail: DovecotSetup['mail'], { user, password, message }: DaemonAccount): void => {
  if (/[:\n\r/\0]/.test(user) || /[:\n\r\0]/.test(password))
    throw new Fault(
      'BAD_USAGE',
      'a user name or password for Dovecot has no colon, slash or line end; use another one',
    );
  const file = join(folder, 'users', user);
  writeFileSync(file, `${user}:{PLAIN}${password}::::::\n`);
  chmodSync(file, 0o644); // Whatever our umask is: the login service runs as another user.
  if (message === undefined) return;
  const box = join(folder, 'mail', user);
  for (const name of ['', 'new', 'cur', 'tmp']) {
    mkdirSync(join(box, name), { recursive: true, mode: 0o700 });
    give(join(box, name), mail);
  }
  const delivered = join(box, 'new', `${Date.now()}.waxseal`);
  writeFileSync(delivered, message.replace(/\r?\n/g, '\n'));
  give(delivered, mail);
};

// Without root there is only one user, to whom everything belongs already.
const give = (path: string, { uid, gid }: DovecotSetup['mail']): void => {
  if (standing() === 'root') chownSync(path, uid, gid);
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const daemonMissing = (roles: readonly PortRole[]): Fault => {
  const packages = [
    ...new Set(
      MODULES.filter((module) => roles.length === 0 || module.roles.some((role) => roles.includes(role))).map(
        (module) => module.package,
      ),
    ),
  ];
  return new Fault(
    'DAEMON_MISSING',
    `Dovecot is not installed${roles.length === 0 ? '' : ` for ${roles.join(', ')}`}; install the Debian packages ${packages.join(' ')}`,
  );
};

const MODULES: readonly { readonly program: string; readonly package: string; readonly roles: readonly PortRole[] }[] =
  [
    { program: 'imap-login', package: 'dovecot-imapd', roles: ['imap', 'imaps'] },
    { program: 'pop3-login', package: 'dovecot-pop3d', roles: ['pop3', 'pop3s'] },
    { program: 'managesieve-login', package: 'dovecot-managesieved', roles: ['sieve'] },
    { program: 'submission-login', package: 'dovecot-submissiond', roles: ['submission', 'submissions'] },
  ];

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
