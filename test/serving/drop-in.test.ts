import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { PortRole } from '../../src/protocols/protocol.js';
import { serveAll, type DropIn, type DropInOptions } from '../../src/serving/drop-in.js';
import { it, itSeldom } from '../support/in-turn.js';

const portOf = ({ served }: DropIn, role: PortRole): number =>
  served.endpoints.find(({ portRole }) => portRole === role)?.port ?? 0;

const serving = async (options: DropInOptions, work: (all: DropIn) => Promise<void>): Promise<void> => {
  const all = await serveAll(options);
  try {
    await work(all);
  } finally {
    await all.served.stop();
  }
};

const imap = (all: DropIn, pass = 'any', role: PortRole = 'imaps'): ImapFlow =>
  new ImapFlow({
    host: 'localhost',
    port: portOf(all, role),
    secure: role === 'imaps',
    tls: { ca: all.served.ca },
    auth: { user: 'bert', pass },
    logger: false,
  });

const mail = (subject: string): Buffer => Buffer.from(`Subject: ${subject}\r\n\r\nx\r\n`);
const NOBODY = { from: '', to: [] };

describe('all servers of a mail site', () => {
  it('are eight: the ports that mail servers open to clients', () =>
    serving({}, async ({ served }) => {
      expect(served.endpoints.map(({ portRole }) => portRole)).to.deep.equal([
        'smtp',
        'submission',
        'submissions',
        'imap',
        'imaps',
        'pop3',
        'pop3s',
        'sieve',
      ]);
      await Promise.resolve();
    }));

  it('share an inbox, and tell a client that idles of a new mail', () =>
    serving({}, async (all) => {
      const client = imap(all);
      await client.connect();
      const lock = await client.getMailboxLock('INBOX');
      const told = once(client, 'exists');
      void client.idle();
      const transport = createTransport({
        host: 'localhost',
        port: portOf(all, 'submissions'),
        secure: true,
        tls: { ca: all.served.ca },
        auth: { user: 'anna', pass: 'whatever' },
      });
      const text = '.begins with a dot\r\n..\r\n';
      await transport.sendMail({ from: 'anna@lab.test', to: 'bert@lab.test', subject: 'Grüße', text });
      await told;
      const message = await client.fetchOne('1', { envelope: true, source: true, flags: true, bodyStructure: true });
      if (message === false || message === undefined) throw new Error('nothing came');
      expect(message.envelope?.subject).to.equal('Grüße');
      expect(message.source?.toString()).to.include(text);
      expect([...(message.flags ?? [])]).to.deep.equal([]);
      lock.release();
      await client.logout();
      await all.served.conclude();
      expect(new Set(all.served.verdicts.map(({ judgement }) => judgement.status))).to.deep.equal(new Set(['safe']));
    }));

  itSeldom('take hundreds of mails a second on one connection', () =>
    serving({}, async (all) => {
      const transport = createTransport({
        host: 'localhost',
        port: portOf(all, 'submissions'),
        secure: true,
        pool: true,
        maxConnections: 1,
        maxMessages: Infinity,
        tls: { ca: all.served.ca },
      });
      for (let number = 0; number < 450; number += 1)
        await transport.sendMail({
          envelope: { from: 'a@lab.test', to: 'b@lab.test' },
          raw: 'Subject: x\r\n\r\nx\r\n',
        });
      transport.close();
      await all.served.conclude();
      expect([all.mail.mails, all.served.verdicts.length]).to.deep.equal([450, 1]);
    }),
  );

  it('have certificates for the names that clients know them by', () =>
    serving({ hostNames: ['mail'] }, async (all) => {
      for (const servername of ['mail', 'localhost']) {
        const socket = connect({ host: '127.0.0.1', port: portOf(all, 'imaps'), servername, ca: all.served.ca });
        await once(socket, 'secureConnect');
        expect(socket.authorizationError).to.equal(null);
        socket.destroy();
      }
    }));

  it('give a mailbox that is larger than an answer, in pieces', () =>
    serving({}, async (all) => {
      const large = Buffer.from(`Subject: large\r\n\r\n${'x'.repeat(50_000)}\r\n`);
      for (let number = 0; number < 100; number += 1) all.mail.deliver(large, NOBODY);
      const client = imap(all);
      await client.connect();
      const lock = await client.getMailboxLock('INBOX');
      let bytes = 0;
      for await (const { source } of client.fetch('1:*', { source: true })) bytes += source?.length ?? 0;
      expect(bytes).to.equal(100 * large.length);
      lock.release();
      await client.logout();
    }));

  it('keep so many mails, and drop the oldest, of which clients are told', () =>
    serving({ mostMails: 3 }, async (all) => {
      all.mail.deliver(mail('1'), NOBODY);
      const client = imap(all);
      await client.connect();
      const lock = await client.getMailboxLock('INBOX');
      for (const subject of ['2', '3', '4', '5']) all.mail.deliver(mail(subject), NOBODY);
      await client.noop();
      const subjects: (string | undefined)[] = [];
      for await (const { envelope } of client.fetch('1:*', { envelope: true })) subjects.push(envelope?.subject);
      expect(subjects).to.deep.equal(['3', '4', '5']);
      lock.release();
      await client.logout();
      expect(all.mail.counts.dropped).to.equal(2);
    }));

  it('accept one account only where one is given', () =>
    serving({ account: { user: 'bert', password: 'right' } }, async (all) => {
      const wrong = imap(all, 'wrong');
      const refused = await wrong.connect().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).to.have.property('authenticationFailed', true);
      const right = imap(all, 'right');
      await right.connect();
      await right.logout();
    }));

  for (const [plaintext, isTaken] of [
    [undefined, false],
    ['served', true],
  ] as const)
    it(`${isTaken ? 'take' : 'refuse'} a login in clear ${isTaken ? 'if they are told to, and call it unsafe' : 'unless they are told to take it'}`, () =>
      serving({ ...(plaintext && { plaintext }) }, async (all) => {
        const transport = createTransport({
          host: 'localhost',
          port: portOf(all, 'submission'),
          ignoreTLS: true,
          auth: { user: 'anna', pass: 'inclear' },
        });
        const sent = await transport.sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'x' }).then(
          () => true,
          () => false,
        );
        transport.close();
        expect([sent, all.mail.mails]).to.deep.equal([isTaken, isTaken ? 1 : 0]);
        await all.served.conclude();
        if (isTaken) expect(all.served.verdicts[0]?.judgement.status).to.equal('unsafe');
        else expect(all.served.verdicts[0]?.judgement.status).to.not.equal('safe');
      }));

  it('say in one line which port is in use', async () => {
    const other = createServer().listen({ host: '127.0.0.1', port: 0 });
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const fault = await serveAll({ ports: port - 25 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    other.close();
    expect((fault as Error).message).to.equal(
      port - 25 + 4190 > 65_535
        ? `port ${String(4190)} with an offset of ${String(port - 25)} is no port: 65535 is the highest`
        : `127.0.0.1:${String(port)} is in use by another program; choose another port, or 0 for any free one`,
    );
  });
});
