import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { keep } from './keeper.js';
import { namespaceAvailability, startNamespaceTree } from './namespace-tree.js';
import type { Place } from './place.js';
import { ownEnvironment, selfCommand } from './self.js';
import { OUTER_OWNER, sessionOwner } from './visit-home.js';

/** The place `cell`: all mail ports and host names of its own; to be used inside `reexecInCell` only. */
export const cell: Place = {
  name: 'cell',
  provides: ['names', 'well-known-ports'],
  site: (visit, folder) => {
    const address = cellAddress(visit);
    const attacker = { host: ATTACKER_HOST, address: cellAddress(visit, 'attacker') };
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o644 });
      return path;
    };
    return {
      host: MAIL_HOST,
      addresses: [address],
      attacker,
      domain: DOMAIN,
      port: (wellKnown) => wellKnown,
      child: {
        hostsFile: file(
          'hosts',
          `127.0.0.1 localhost\n::1 localhost\n${address} ${MAIL_HOST} ${WEB_HOSTS.join(' ')}\n${attacker.address} ${attacker.host}\n`,
        ),
        // Hosts come from that file alone: no other service of the machine may answer first, nor cost time.
        mounts: [
          {
            source: file('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n'),
            target: '/etc/nsswitch.conf',
          },
          {
            source: file('resolv.conf', `nameserver ${address}\noptions timeout:1 attempts:1\n`),
            target: '/etc/resolv.conf',
          },
        ].filter(({ target }) => existsSync(target)),
      },
    };
  },
};

/** The address of a visit's mail server, or of its attacker, inside the cell; never 127.0.0.1, and unique for 32 000 visits. */
export const cellAddress = (visit: number, machine: 'mail' | 'attacker' = 'mail'): string => {
  const index = (2 * visit + (machine === 'attacker' ? 1 : 0)) % (254 * 253);
  return `127.0.${2 + Math.floor(index / 254)}.${1 + (index % 254)}`;
};

/** Whether cells can be made here, or why not; never throws. */
export const cellAvailability = (): Promise<{ available: true } | { available: false; why: string }> =>
  namespaceAvailability('own');

/** Whether this process already runs inside a cell. */
export const isInCell = (): boolean => process.env[CELL] === '1';

/**
 * Runs this very program again inside a cell, with our own streams, and resolves with its exit code (128 + n after signal n).
 * Signals are passed on to it; it dies with us. Throws `CANNOT_START` where no cell can be made.
 */
export const reexecInCell = async (argv?: readonly string[]): Promise<number> => {
  const tree = await startNamespaceTree({
    command: argv === undefined ? selfCommand() : [process.execPath, ...process.execArgv, ...argv],
    cwd: process.cwd(),
    env: { ...ownEnvironment(), [CELL]: '1', [OUTER_OWNER]: sessionOwner() },
    mounts: [],
    streams: 'inherited',
    hasInput: true,
    onOutput: () => undefined,
    network: 'own',
  });
  const inner = keep(tree, 'namespace', 1000, () => ({ stdout: '', stderr: '', truncated: false }));
  const passOn = (name: NodeJS.Signals): void => inner.signal(name);
  for (const name of PASSED_ON) process.on(name, passOn);
  try {
    const end = await inner.leaderExited;
    await inner.stop(); // Whatever it left behind ends with it.
    return end.code ?? 128 + ((constants.signals as Record<string, number>)[end.signal] ?? 0);
  } finally {
    for (const name of PASSED_ON) process.off(name, passOn);
  }
};

const DOMAIN = 'lab.test';
const MAIL_HOST = `mail.${DOMAIN}`;
/** Where clients look for a file that names their server. */
const WEB_HOSTS = [DOMAIN, `autoconfig.${DOMAIN}`, `autodiscover.${DOMAIN}`];
const ATTACKER_HOST = 'attacker.test';
const CELL = 'WAXSEAL_CELL';
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH'] as const;
