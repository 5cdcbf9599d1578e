import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { rawServer } from '../support/raw-server.js';
import { requireReal } from '../support/real.js';

// Real servers behind a relay of ours: what no configuration of a single server shows.

const start = { dovecot: startDovecot, postfix: startPostfix };

const daemon = async (name: keyof typeof start, role: PortRole, configuration: DaemonConfiguration) => {
  const { certificate, ca } = await certificateFor('good');
  const server = await start[name]({
    address: name === 'dovecot' ? '127.0.0.2' : '127.0.0.3',
    configuration,
    certificate,
    users: [{ user: 'alice', password: 'correcthorse' }],
    roles: [role],
  });
  return { server, ca, certificate };
};

const piped = (client: Socket | TLSSocket, { listeners: [listener] }: RunningDaemon): void => {
  const server = connect({ host: listener?.address ?? '', port: listener?.port ?? 0 });
  server.on('error', () => client.destroy());
  client.on('error', () => server.destroy());
  client.pipe(server);
  server.pipe(client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
};

const audited = async (
  role: PortRole,
  ca: string,
  play: (socket: Socket, connection: number) => void,
): Promise<AuditSession> => {
  let count = 0;
  await using relay = await rawServer((socket) => {
    count += 1;
    play(socket, count);
  });
  return await audit([`${role}://127.0.0.1:${String(relay.port)}`], {
    authorities: [ca],
    servername: 'mail.lab.test',
  });
};

const found = ({ results }: AuditSession): string[] =>
  results.filter(({ status }) => status === 'fail' || status === 'warn').map(({ id }) => id);

describe('audit of servers behind one address', () => {
  before(function () {
    requireReal(this, 'postfix', 'dovecot');
  });

  for (const [name, role, title, isGood] of [
    ['postfix', 'submission', 'taking turns', (connection: number) => connection % 2 === 1],
    ['postfix', 'smtp', 'one of four has no TLS', (connection: number) => connection % 4 !== 3],
    ['dovecot', 'imap', 'taking turns, the one without TLS first', (connection: number) => connection % 2 === 0],
  ] as const) {
    it(`${name}, ${role}, ${title}: STARTTLS flaps`, async () => {
      const { server: first, ca } = await daemon(name, role, 'good');
      await using good = first;
      const { server: second } = await daemon(name, role, 'no-tls');
      await using bad = second;
      const session = await audited(role, ca, (socket, connection) => {
        piped(socket, isGood(connection) ? good : bad);
      });
      const flapping = session.results.find(({ id }) => id === 'starttls-flapping');
      expect(flapping?.status, flapping?.because).to.equal('fail');
      expect(flapping?.because).to.match(/^STARTTLS is listed on \d+ of \d+ connections only$/);
      expect(session.results.map(({ because }) => because).join('\n')).not.to.match(/limits? connections/);
      expect(session.notes).to.deep.equal([]);
    }).timeout(120_000);
  }

  it('two good ones: nothing is found', async () => {
    const { server: first, ca } = await daemon('postfix', 'submission', 'good');
    await using one = first;
    const { server: second } = await daemon('postfix', 'submission', 'good');
    await using other = second;
    const session = await audited('submission', ca, (socket, connection) => {
      piped(socket, connection % 2 === 0 ? one : other);
    });
    expect(found(session)).to.deep.equal([]);
    expect(session.results.filter(({ status }) => status === 'inconclusive')).to.deep.equal([]);
  }).timeout(120_000);

  it('a proxy that starts TLS itself, in front of a server that greets for itself: it speaks unasked, and executes nothing', async () => {
    const { server: started, ca, certificate } = await daemon('postfix', 'submission', 'no-tls');
    await using server = started;
    const secureContext = createSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
    const session = await audited('submission', ca, (socket) => {
      socket.write('220 proxy.lab.test ESMTP\r\n');
      const hear = (bytes: Buffer): void => {
        const line = bytes.toString('latin1').toUpperCase();
        if (line.startsWith('STARTTLS\r\n')) {
          socket.off('data', hear);
          socket.write('220 go\r\n');
          const inside = new TLSSocket(socket, { isServer: true, secureContext });
          inside.on('error', () => undefined);
          inside.once('secure', () => {
            piped(inside, server);
          });
        } else if (line.startsWith('EHLO')) socket.write('250-proxy.lab.test\r\n250 STARTTLS\r\n');
        else if (line.startsWith('QUIT')) socket.end('221 bye\r\n');
        else socket.write('530 5.7.0 Must issue a STARTTLS command first\r\n');
      };
      socket.on('data', hear);
    });
    const said = Object.fromEntries(session.results.map(({ id, status, because }) => [id, `${status}: ${because}`]));
    expect(said['speaks-unasked-inside-tls']).to.match(/^fail: .*220 mail\.lab\.test ESMTP Postfix/);
    expect(said['injection-full-line']).to.match(/^pass: /);
    expect(said['injection-partial-line']).to.match(/^pass: /);
    expect(found(session)).to.deep.equal(['speaks-unasked-inside-tls']);
  }).timeout(60_000);
});
