import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { daemonFolder } from '../endpoints/daemons/daemon-folder.js';
import type { DaemonAccount, DaemonListener, RunningDaemon } from '../endpoints/daemons/running-daemon.js';
import { isImplicit } from '../endpoints/daemons/running-daemon.js';
import type { PortRole } from '../protocols/protocol.js';
import {
  createLabAuthority,
  dhParameters,
  type LabAuthority,
  type LabCertificate,
  type LabCredential,
} from './certificates.js';
import type { LabDaemon, LabWeakness, Settings } from './daemon.js';
import labDaemons from './daemons/index.js';

/** A daemon in one of its configurations. */
export interface LabPair {
  readonly daemon: LabDaemon;
  /** `good`, or the name of a weakness. */
  readonly configuration: string;
  /** Undefined for the good configuration. */
  readonly weakness?: LabWeakness;
}

/** How a pair is named on the command line. */
export const pairName = ({ daemon, configuration }: LabPair): string => `${daemon.id}:${configuration}`;

/** Every pair, the good configuration of each daemon first. */
export const labPairs = (): LabPair[] =>
  labDaemons.flatMap((daemon) => [
    { daemon, configuration: 'good' },
    ...Object.entries(daemon.weaknesses).map(([configuration, weakness]) => ({ daemon, configuration, weakness })),
  ]);

/** A pair that runs; it ends with us. */
export interface RunningPair extends AsyncDisposable {
  readonly pair: LabPair;
  readonly version: string;
  readonly listeners: readonly DaemonListener[];
  readonly log: () => string;
}

/** Where pairs run, with one authority for all of them. */
export interface Lab extends AsyncDisposable {
  /** The root that clients should trust: a PEM file. */
  readonly caFile: string;
  readonly ca: string;
  readonly account: DaemonAccount;
  /** Throws `DAEMON_MISSING` where the daemon is not installed; `settings` and `roles` win over the pair's. */
  start(
    pair: LabPair,
    more?: { readonly settings?: Settings; readonly roles?: readonly PortRole[] },
  ): Promise<RunningPair>;
}

/** Opens a lab on a loopback address. */
export const openLab = async (address = '127.0.0.2'): Promise<Lab> => {
  const authority = await createLabAuthority({ dns: ['mail.lab.test'], ip: [address] });
  const folder = daemonFolder();
  const caFile = published(folder, 'ca.pem', authority.pem);
  const account = { user: 'alice', password: 'correct-horse' };
  const running = new Set<RunningPair>();
  return {
    caFile,
    ca: authority.pem,
    account,
    start: async (pair, more = {}) => {
      const started = await startPair(pair, { authority, address, account, ...more });
      const stop = async (): Promise<void> => {
        running.delete(handle);
        await started[Symbol.asyncDispose]();
      };
      const handle: RunningPair = { ...started, [Symbol.asyncDispose]: stop };
      running.add(handle);
      return handle;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...running].map((pair) => pair[Symbol.asyncDispose]()));
      await rm(folder, { recursive: true, force: true });
    },
  };
};

interface PairSettings {
  readonly authority: LabAuthority;
  readonly address: string;
  readonly account: DaemonAccount;
  readonly settings?: Settings;
  readonly roles?: readonly PortRole[];
}

const startPair = async (
  pair: LabPair,
  { authority, address, account, ...more }: PairSettings,
): Promise<RunningPair> => {
  const { daemon, weakness = {} as Partial<LabWeakness> } = pair;
  const { otherDoor, certificate = 'good', ready = 'greeting' } = weakness;
  const roles = more.roles ?? weakness.roles ?? daemon.roles;
  const folder = daemonFolder();
  const processes: RunningDaemon[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(processes.map((each) => each.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const run = async (kind: LabCertificate, some: readonly PortRole[], name: string): Promise<void> => {
    const credential = await authority.issue(kind);
    processes.push(
      await daemon.start({
        address,
        roles: some,
        settings: { ...weakness.settings, ...more.settings },
        certificate: credential,
        users: [account],
        files: filesOf(join(folder, name), credential, authority.pem),
        ready,
      }),
    );
  };
  try {
    await run(certificate, otherDoor === undefined ? roles : roles.filter((role) => !isImplicit(role)), 'door');
    if (otherDoor !== undefined) await run(otherDoor, roles.filter(isImplicit), 'other-door');
  } catch (error) {
    await end();
    throw error;
  }
  return {
    pair,
    version: processes[0]?.version ?? '',
    listeners: processes.flatMap(({ listeners }) => listeners),
    log: () => processes.map(({ log }) => log()).join('\n'),
    [Symbol.asyncDispose]: end,
  };
};

/** Writes what the configurations name. Daemons read it as several users; the key is made for this lab and ends with it. */
const filesOf = (folder: string, { certPem, keyPem }: LabCredential, ca: string): string => {
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const [weak, good] = [dhParameters(1024), dhParameters(2048)];
  const files = {
    'cert.pem': certPem,
    'key.pem': keyPem,
    'both.pem': `${certPem}${keyPem}`,
    'both-dh1024.pem': `${certPem}${keyPem}${weak}`,
    'ca.pem': ca,
    'dh1024.pem': weak,
    'dh2048.pem': good,
  };
  for (const [name, text] of Object.entries(files)) published(folder, name, text);
  return folder;
};

const published = (folder: string, name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o644);
  return path;
};
