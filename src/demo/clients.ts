import { commandDriver, type CommandOptions } from '../clients/command.js';
import type { ClientTask, Driver } from '../clients/driver.js';
import { functionDriver } from '../clients/function.js';
import { flawOf } from '../cases/case.js';
import { Fault } from '../fault.js';
import { portOf, type WellKnownPort } from '../protocols/port-roles.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { toyClient } from '../toys/toy-client.js';
import { demoCase } from './demo-case.js';

/** A client of the demonstration. */
export interface DemoClient {
  readonly name: string;
  readonly driver: Driver;
}

/** The clients of the demonstration. */
export interface DemoClients {
  /** The one for a protocol, set up as it should be. */
  readonly careful: (protocol: ProtocolName) => DemoClient;
  /** One that can be stripped on this port. */
  readonly careless: DemoClient & { readonly title: string; readonly port: WellKnownPort };
  /** Programs that were not found, with what they would have been used for. */
  readonly missing: string[];
}

/**
 * nodemailer, imapflow and curl, where `has` finds them; what none of them speaks is left to our own careful client.
 * `options` is a sentence where no command can be started here.
 */
export const demoClients = (options: CommandOptions | string, has: (name: string) => boolean): DemoClients => {
  const missing: string[] = [];
  const toy: DemoClient = { name: 'built-in', driver: toyClient() };
  const pop = ((): DemoClient => {
    if (typeof options === 'string') {
      missing.push(`curl cannot be the POP3 client, the built-in client is used instead: ${options}`);
      return toy;
    }
    try {
      return {
        name: 'curl',
        driver: commandDriver(['curl', '-sS', '--ssl-reqd', '{url}/1', '-u', '{user}:{password}'], options),
      };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      missing.push('curl (Debian package curl) is not installed: the built-in client is used for POP3');
      return toy;
    }
  })();
  const libraries = { nodemailer: has('nodemailer'), imapflow: has('imapflow') };
  for (const [name, protocol] of [
    ['nodemailer', 'SMTP'],
    ['imapflow', 'IMAP'],
  ] as const) {
    if (!libraries[name])
      missing.push(`${name} (npm install ${name}) is not installed: the built-in client is used for ${protocol}`);
  }
  const smtp: DemoClient = libraries.nodemailer
    ? { name: 'nodemailer', driver: functionDriver((task) => sendByNodemailer(task, true)) }
    : toy;
  const imap: DemoClient = libraries.imapflow ? { name: 'imapflow', driver: functionDriver(readByImapflow) } : toy;
  const port = portOf('submission');
  const flaw = flawOf(demoCase(port, 'starttls-not-offered'));
  const careful: Partial<Record<ProtocolName, DemoClient>> = { smtp, imap, pop3: pop };
  const careless = libraries.nodemailer
    ? {
        port,
        title: 'nodemailer without requireTLS',
        name: 'nodemailer',
        driver: functionDriver((task) => sendByNodemailer(task, false)),
      }
    : {
        port,
        title: `the built-in client, which ${flaw.name}`,
        name: 'built-in',
        driver: toyClient(flaw.habits, flaw.client),
      };
  return {
    careful: (protocol) => careful[protocol] ?? toy,
    careless,
    missing,
  };
};

/** Whether an npm package is there: optional peers are not in the tree of everybody who installs waxseal. */
export const isInstalled = (name: string): boolean => {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
};

const sendByNodemailer = async (task: ClientTask, requireTLS: boolean): Promise<void> => {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: task.host,
    port: task.port,
    secure: task.tls === 'implicit',
    requireTLS: requireTLS && task.tls === 'starttls',
    auth: { user: task.user, pass: task.password },
    tls: { ca: task.ca },
  });
  await transport.sendMail({ envelope: { from: task.from, to: task.to }, raw: task.message });
};

const readByImapflow = async (task: ClientTask): Promise<void> => {
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    host: task.host,
    port: task.port,
    secure: task.tls === 'implicit',
    ...(task.tls === 'starttls' && { doSTARTTLS: true }),
    auth: { user: task.user, pass: task.password },
    tls: { ca: task.ca },
    logger: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  await client.mailboxOpen('INBOX');
  await client.logout();
};
