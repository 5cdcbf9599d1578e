import type { ImapFlowOptions } from 'imapflow';
import type { ClientTask, Driver } from '../../src/clients/driver.js';
import { functionDriver } from '../../src/clients/function.js';

/** Options of nodemailer's SMTP transport beyond address, account and trust. */
export type NodemailerOptions = Readonly<Record<string, string | number | boolean>>;

/** Sends the visit's message with an installed version of nodemailer, named as in node_modules. */
export const nodemailer = (version: string, options: NodemailerOptions = {}): Driver =>
  functionDriver(async (task) => {
    const { createTransport } = (await import(version)) as typeof import('nodemailer');
    const transport = createTransport({
      host: task.host,
      port: task.port,
      secure: task.tls === 'implicit',
      auth: { user: task.user, pass: task.password },
      tls: { ca: task.ca },
      ...options,
    });
    await transport.sendMail({ envelope: { from: task.from, to: [task.to] }, raw: task.message });
  });

/** Reads the newest message with an installed version of imapflow, named as in node_modules. */
export const imapflow = (version: string, options: Partial<ImapFlowOptions> = {}): Driver =>
  functionDriver(async (task) => {
    const { ImapFlow } = (await import(version)) as typeof import('imapflow');
    const client = new ImapFlow({ ...connection(task), ...options });
    // Errors come by the promises, too.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const lock = await client.getMailboxLock('INBOX');
      await client.fetchOne('*', { source: true });
      lock.release();
      await client.logout();
    } finally {
      client.close();
    }
  });

const connection = (task: ClientTask): ImapFlowOptions => ({
  host: task.host,
  port: task.port,
  secure: task.tls === 'implicit',
  auth: { user: task.user, pass: task.password },
  tls: { ca: task.ca },
  logger: false,
});
