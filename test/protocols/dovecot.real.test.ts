import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { expect } from 'chai';

import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { Dialogue } from '../../src/protocols/dialogue.js';
import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { PortRole, Protocol, Reply } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';

const account = {
  user: 'alice',
  password: 'correcthorse',
  token: '',
  message: 'Subject: canary\n\nfound in the inbox\n.\n..\n',
};
const initialResponse = Buffer.from(`\0${account.user}\0${account.password}`).toString('base64');

/** A client of the grammar: what it says and hears goes through one dialogue. */
class Talk {
  readonly #dialogue: Dialogue;
  #socket: Socket;
  #replies: Reply[] = [];

  constructor(protocol: Protocol, socket: Socket) {
    this.#dialogue = new Dialogue(protocol);
    this.#socket = socket;
    this.#listen();
  }

  /** Says bytes, if any, and waits for as many replies. */
  async replies(count: number, says = ''): Promise<Reply[]> {
    this.#dialogue.client(Buffer.from(says));
    while (this.#dialogue.next() !== undefined);
    if (says !== '') this.#socket.write(says);
    while (this.#replies.length < count) await once(this.#socket, 'data');
    return this.#replies.splice(0, count);
  }

  async startTls(ca: string): Promise<void> {
    this.#socket.removeAllListeners('data').pause();
    this.#dialogue.reset();
    this.#socket = connectTls({ socket: this.#socket, ca, servername: 'mail.lab.test' });
    this.#listen();
    await once(this.#socket, 'secureConnect');
  }

  end(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('data', (bytes: Buffer) => this.#replies.push(...this.#dialogue.server(bytes)));
  }
}

describe('replies of a real Dovecot', function () {
  let dovecot: RunningDaemon | undefined;
  let ca = '';
  before(async function () {
    requireReal(this, 'dovecot');
    const authority = await createAuthority();
    ca = authority.pem;
    const certificate = await authority.issue('good', { dns: ['mail.lab.test'], ip: ['127.0.0.2'] });
    dovecot = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate,
      users: [account],
      roles: ['pop3', 'sieve', 'submission'],
    });
  });
  after(async () => dovecot?.stop());

  const talk = async (protocol: Protocol, role: PortRole, run: (talk: Talk) => Promise<void>): Promise<void> => {
    const port = dovecot?.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
    const socket = connect({ host: '127.0.0.2', port, localAddress: '127.0.0.1' });
    await once(socket, 'connect');
    const client = new Talk(protocol, socket);
    try {
      await run(client);
    } finally {
      client.end();
    }
  };

  it('POP3', () =>
    talk(pop3, 'pop3', async (client) => {
      const outside = await client.replies(2, 'CAPA\r\n');
      expect(outside[0]).to.include({ kind: 'greeting', status: 'ok' });
      expect(pop3.offer(outside)).to.deep.include({ upgrade: true, logins: [] });
      const stripped = pop3.rewriteOffer(outside[1]?.raw ?? Buffer.alloc(0), { upgrade: false, logins: ['PLAIN'] });
      expect(stripped.toString())
        .to.match(/\r\nSASL PLAIN\r\n\.\r\n$/)
        .and.not.to.include('STLS');
      expect((await client.replies(1, 'USER alice\r\n'))[0]).to.include({ status: 'no', code: 'AUTH' });
      expect((await client.replies(1, 'STLS\r\n'))[0]).to.include({ kind: 'final', status: 'ok' });
      await client.startTls(ca);
      expect(pop3.offer(await client.replies(1, 'CAPA\r\n'))).to.deep.include({
        upgrade: false,
        logins: ['PLAIN', 'LOGIN', 'USER/PASS'],
      });
      expect((await client.replies(1, 'AUTH LOGIN\r\n'))[0]).to.include({
        kind: 'continuation',
        challenge: 'VXNlcm5hbWU6',
      });
      expect((await client.replies(1, '*\r\n'))[0]).to.include({ kind: 'final', status: 'no' });
      expect((await client.replies(1, `AUTH PLAIN ${initialResponse}\r\n`))[0]).to.include({
        kind: 'final',
        status: 'ok',
      });
      const [stat, list, one, uidl, retr, top, noop, quit] = await client.replies(
        8,
        'STAT\r\nLIST\r\nLIST 1\r\nUIDL\r\nRETR 1\r\nTOP 1 1\r\nNOOP\r\nQUIT\r\n',
      );
      expect(
        [stat, list, one, uidl, retr, top, noop, quit].map((reply) => [reply?.status, reply?.lines.length]),
      ).to.deep.equal([
        ['ok', 1],
        ['ok', 2],
        ['ok', 1],
        ['ok', 2],
        ['ok', 1],
        ['ok', 1],
        ['ok', 1],
        ['ok', 1],
      ]);
      expect(retr?.raw.toString()).to.match(/found in the inbox\r\n\.\.\r\n\.\.\.\r\n\.\r\n$/);
    }));

  it('ManageSieve', () =>
    talk(managesieve, 'sieve', async (client) => {
      const greeting = await client.replies(1);
      expect(greeting[0]).to.include({ kind: 'greeting', status: 'ok' });
      expect(managesieve.offer(greeting)).to.deep.include({ upgrade: true, logins: [] });
      const stripped = managesieve.rewriteOffer(greeting[0]?.raw ?? Buffer.alloc(0), {
        upgrade: false,
        logins: ['PLAIN'],
      });
      expect(stripped.toString()).to.include('\r\n"SASL" "PLAIN"\r\nOK ').and.not.to.include('STARTTLS');
      expect((await client.replies(1, 'StartTLS\r\n'))[0]).to.include({ kind: 'final', status: 'ok' });
      await client.startTls(ca);
      expect(managesieve.offer(await client.replies(1)), 'unasked').to.deep.include({
        upgrade: false,
        logins: ['PLAIN', 'LOGIN'],
      });
      expect((await client.replies(1, 'NOOP "a\\"b"\r\n'))[0]).to.include({ status: 'ok', code: 'TAG a"b' });
      expect((await client.replies(1, 'NOOP {4+}\r\na\\"b\r\n'))[0]).to.include({ status: 'ok', code: 'TAG a\\"b' });
      expect((await client.replies(1, 'AUTHENTICATE "LOGIN"\r\n'))[0]).to.include({
        kind: 'continuation',
        challenge: 'VXNlcm5hbWU6',
      });
      expect((await client.replies(1, '"*"\r\n'))[0]).to.include({ kind: 'final', status: 'no' });
      expect(
        (await client.replies(1, managesieve.say.login('', 'PLAIN', account, initialResponse).toString()))[0],
      ).to.include({ kind: 'final', status: 'ok' });
      expect((await client.replies(1, 'PUTSCRIPT "x" {10+}\r\n# OK\r\nOK\r\n\r\n'))[0]).to.include({
        kind: 'final',
        status: 'no',
      });
      expect((await client.replies(1, 'PUTSCRIPT "x" {12+}\r\n# OK\r\nkeep;\n\r\n'))[0]).to.include({
        kind: 'final',
        status: 'ok',
      });
      expect((await client.replies(1, 'GETSCRIPT "x"\r\n'))[0]?.lines).to.have.length(2);
      expect((await client.replies(1, 'LISTSCRIPTS\r\n'))[0]?.lines[0]).to.equal('"x"');
      expect((await client.replies(1, 'DELETESCRIPT "y"\r\n'))[0]).to.include({ status: 'no', code: 'NONEXISTENT' });
      expect((await client.replies(1, 'LOGOUT\r\n'))[0]).to.include({ status: 'ok' });
    }));

  it('submission', () =>
    talk(smtp, 'submission', async (client) => {
      const outside = await client.replies(2, 'EHLO me\r\n');
      expect(outside[0]).to.include({ kind: 'greeting', status: 'ok' });
      expect(smtp.offer(outside)).to.deep.include({ upgrade: true, logins: [] });
      expect((await client.replies(1, 'STARTTLS\r\n'))[0]).to.include({ kind: 'final', status: 'ok' });
      await client.startTls(ca);
      expect(smtp.offer(await client.replies(1, 'EHLO me\r\n'))).to.deep.include({
        upgrade: false,
        logins: ['PLAIN', 'LOGIN'],
      });
      expect((await client.replies(1, 'AUTH PLAIN\r\n'))[0]).to.include({ kind: 'continuation', challenge: '' });
      expect((await client.replies(1, `${initialResponse}\r\n`))[0]).to.include({ kind: 'final', code: '235' });
    }));
});
