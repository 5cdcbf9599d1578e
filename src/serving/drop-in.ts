import { casesOf, type Case } from '../cases/case.js';
import { Fault } from '../fault.js';
import { madeFolder } from '../place/made-folder.js';
import { systemReason } from '../place/system-reason.js';
import { MailHost } from '../mail/mail-host.js';
import { Maildir } from '../mail/maildir.js';
import { COMMON_PORTS, portOf } from '../protocols/port-roles.js';
import control from '../scenarios/control.js';
import type { Authority } from '../tls/certificate-authority.js';
import { serveCases, type NamedServeOptions, type RunningServer } from './named-serve.js';
import { Triggers } from './triggers.js';

/** What stands in for a mail server in a test suite. */
export interface DropInOptions extends Omit<
  NamedServeOptions,
  'protocol' | 'tls' | 'scenario' | 'rotate' | 'port' | 'setupPort'
> {
  /** Added to the standard port of each server, or `unprivileged` for 2525, 2465, 2587, 2143, 2993, 2110, 2995 and 24190; free ones by default. */
  readonly ports?: number | 'unprivileged';
  /** Logins and mail are taken in clear too; refused on all ports but 25 by default. */
  readonly plaintext?: 'served';
  /** A Maildir in which mails are kept; in memory by default. */
  readonly maildir?: string;
  /** Mails that are kept, of which the oldest go to make room for new ones; 10,000 by default. */
  readonly mostMails?: number;
  /** Bytes of the mails that are kept; 128 MiB in memory, 4 GiB in a folder by default. */
  readonly mostBytes?: number;
}

/** All servers of a mail site, and what they have taken. */
export interface DropIn {
  readonly served: RunningServer;
  readonly mail: MailHost;
  readonly triggers: Triggers;
  readonly authority: Authority;
}

/**
 * Starts servers on all ports that mail servers open to clients, with mailboxes that they share. Any account is taken unless one is
 * given. Throws `BAD_USAGE`, `CANNOT_BIND`.
 */
export const serveAll = async (options: DropInOptions = {}): Promise<DropIn> => {
  const { ports, plaintext, maildir, mostMails = 10_000, account } = options;
  if (maildir !== undefined) maildirFolder(maildir);
  const disk = maildir === undefined ? undefined : new Maildir(maildir);
  const mostBytes = options.mostBytes ?? (disk === undefined ? MOST_IN_MEMORY : MOST_ON_DISK);
  const mail = new MailHost({
    limits: { mails: mostMails, bytes: mostBytes },
    whenFull: 'drop-oldest',
    now: () => Date.now(),
    // Where mails outlive the process their UIDs are given anew.
    uidValidity: Math.floor(Date.now() / 1000),
    ...(disk && { disk }),
  });
  const triggers = new Triggers(options.seed ?? 'waxseal');
  const cases = COMMON_PORTS.flatMap(({ protocol, tls, role }) => casesOf([control], protocol, tls, 'server', role));
  const made: { authority?: Authority } = {};
  const served = await serveCases(options, cases, {
    mail,
    triggered: { cases: (one) => triggers.cases(one), decides: (one) => triggers.decides(one) },
    refusal: (of) => triggers.refusal(of),
    ...(plaintext && { plaintext }),
    ...(ports !== undefined && { ports: (one) => fixedPort(one, ports) }),
    ...(account === undefined && { isAnyone: true }),
    onAuthority: (authority) => (made.authority = authority),
  });
  if (made.authority === undefined) throw new Fault('HARNESS_BUG', 'servers stand, and no authority was made');
  return { served, mail, triggers, authority: made.authority };
};

const fixedPort = ({ portRole }: Case, ports: number | 'unprivileged'): number => {
  const { port } = portOf(portRole);
  const number = ports === 'unprivileged' ? (UNPRIVILEGED.get(port) ?? port + 2000) : port + ports;
  if (number > 65_535)
    throw new Fault(
      'BAD_USAGE',
      `port ${String(port)} with an offset of ${String(ports)} is no port: 65535 is the highest`,
    );
  return number;
};

/** Ports that have a number of their own for those who may not open the standard one; others are 2000 higher. */
const UNPRIVILEGED: ReadonlyMap<number, number> = new Map([
  [25, 2525],
  [4190, 24_190],
]);
const MIB = 1024 * 1024;
const MOST_IN_MEMORY = 128 * MIB;
const MOST_ON_DISK = 4096 * MIB;

const maildirFolder = (path: string): void => {
  try {
    madeFolder(path, 0o700);
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `the Maildir ${JSON.stringify(path)} cannot be made: ${systemReason(error) ?? String(error)}; name a folder that you may write to`,
    );
  }
};
