import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';
import { ask, heard } from '../support/by-hand.js';

/** A client that logs in inside TLS and waits for mail until it is closed, as programs on a desk do for days. */
const waiting = async ({ endpoints: [endpoint], ca }: RunningServer): Promise<Socket> => {
  if (endpoint === undefined) throw new Error('an endpoint was expected');
  const { port, user, password } = endpoint;
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  await heard(socket, /\r\n/);
  if (!(await ask(socket, 'a1 STARTTLS', /\r\n/)).startsWith('a1 OK')) throw new Error('refused');
  const tls = await inTls(socket, ca);
  await ask(tls, 'a2 CAPABILITY', /^a2 .*\r\n/m);
  if (!/^a3 OK/m.test(await ask(tls, `a3 LOGIN ${user} ${password}`, /^a3 .*\r\n/m))) {
    tls.destroy();
    return tls;
  }
  await ask(tls, 'a4 SELECT INBOX', /^a4 .*\r\n/m);
  await ask(tls, 'a5 IDLE', /^\+ .*\r\n/m);
  return tls;
};

const inTls = (socket: Socket, ca: string): Promise<TLSSocket> =>
  new Promise((resolve) => {
    const tls = connectTls({ socket, servername: 'localhost', ca }, () => {
      resolve(tls);
    });
    tls.on('error', () => undefined);
  });

/** What became of three of them, one after the other. */
const verdicts = async (): Promise<string[]> => {
  const seen: string[] = [];
  let wake = (): void => undefined;
  const server = await serve({
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'greeting-inside-starttls/login-accepted',
    onVerdict: ({ one, connection, judgement }) => {
      seen.push(`${String(connection)} ${one.scenario.id} ${judgement.status}`);
      wake();
    },
  });
  await using _ = server;
  const clients = [await waiting(server), await waiting(server), await waiting(server)];
  for (const client of clients) client.destroy();
  while (seen.length < clients.length)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  return seen.toSorted();
};

describe('clients that wait for mail', () => {
  it('are attacked once they were compared, though no connection of theirs has ended', async () => {
    let seen = await verdicts();
    // A machine that is held up makes a client slow, and then it is not known what it waited for: it comes again.
    for (let left = 3; left > 0 && seen.some((each) => each.endsWith(' inconclusive')); left -= 1)
      seen = await verdicts();
    expect(seen).to.deep.equal(['1 control safe', '2 control-withheld safe', '3 greeting-inside-starttls safe']);
  }).timeout(120_000);
});
