import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { heldUp } from '../support/held-up.js';
import { clientHello, serving, trusting } from './memory.js';

/** Both ends of a connection of the system: what comes waits there while the process is held up. */
const joined = async (): Promise<{ client: Socket; wire: Wire } & AsyncDisposable> => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  const [raw] = (await once(server, 'connection')) as [Socket];
  const wire = new Wire(raw, 'server', new Transcript(() => 0));
  return {
    client,
    wire,
    [Symbol.asyncDispose]: async () => {
      wire.destroy();
      client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

describe('TLS on a machine that is held up for longer than a peer may take', () => {
  it('finds the ClientHello that has come meanwhile', async () => {
    await using ends = await joined();
    const accepted = ends.wire.acceptTls(await serving('good', 500));
    ends.client.write(await clientHello());
    ends.client.end();
    heldUp(600);
    expect((await accepted).failure).to.match(/^the peer closed the connection during/);
  });

  it('takes the end of a handshake that has come meanwhile', async () => {
    await using ends = await joined();
    const tls = connectTls({ socket: ends.client, secureContext: await trusting(), servername: 'localhost' });
    // Its Finished is on its way.
    tls.once('secureConnect', () => {
      heldUp(600);
    });
    const { completed, failure } = await ends.wire.acceptTls(await serving('good', 500));
    expect([completed, failure]).to.deep.equal([true, undefined]);
    tls.destroy();
  });
});
