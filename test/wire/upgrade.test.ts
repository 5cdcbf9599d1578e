import { duplexPair } from 'node:stream';
import { connect, createSecureContext, type PeerCertificate, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { spy, useFakeTimers } from 'sinon';
import { Conduit } from '../../src/wire/conduit.js';
import type { HelloFacts } from '../../src/wire/entry.js';
import { acceptTls, boundaryFacts, identityError, type Handshake, type ServerTls } from '../../src/wire/upgrade.js';
import { authority, clientHello, entriesOf, eventsOf, serving, upgraded, wires } from './memory.js';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** TLS as a server over a conduit that the test feeds. */
const accepting = (options: ServerTls): { conduit: Conduit; socket: TLSSocket; concluded: Promise<Handshake> } => {
  const [raw, peer] = duplexPair();
  peer.resume();
  const conduit = new Conduit(raw);
  let conclude: (handshake: Handshake) => void = () => undefined;
  const concluded = new Promise<Handshake>((resolve) => (conclude = resolve));
  return {
    conduit,
    socket: acceptTls(conduit, options, (handshake) => {
      conclude(handshake);
    }),
    concluded,
  };
};

/** How often a flight is joined while `feed` runs. */
const joins = (feed: () => void): number => {
  const joined = spy(Buffer, 'concat');
  try {
    feed();
    return joined.getCalls().filter(({ args }) => args.length === 1).length;
  } finally {
    joined.restore();
  }
};

const record = (fragment: Buffer): Buffer => {
  const header = Buffer.from([22, 3, 1, 0, 0]);
  header.writeUInt16BE(fragment.length, 3);
  return Buffer.concat([header, fragment]);
};

describe('reading a ClientHello on its way to TLS', () => {
  it('is refused by what it says once it is whole, and no byte of it answered', async () => {
    const seen: (readonly string[])[] = [];
    const refuses = ({ versions }: HelloFacts): boolean => seen.push(versions) > 0;
    const { conduit, concluded } = accepting({ ...(await serving()), refuses });
    conduit.on('error', () => undefined);
    for (const byte of await clientHello()) {
      expect(seen).to.deep.equal([]);
      conduit.feed(Buffer.of(byte));
    }
    expect(seen).to.have.lengthOf(1);
    expect(seen[0]).to.include('TLSv1.3');
    expect((await concluded).completed).to.equal(false);
  });

  it('finds none in what is not TLS', async () => {
    const refuses = spy(() => true);
    const { conduit, concluded } = accepting({ ...(await serving()), refuses });
    conduit.on('error', () => undefined);
    conduit.feed(Buffer.from('GET / HTTP/1.0\r\n\r\n'));
    expect(refuses.callCount).to.equal(0);
    expect(await concluded)
      .to.include({ completed: false })
      .and.not.have.property('hello');
  });

  it('is tried when a record is complete, or its header', async () => {
    const message = (await clientHello()).subarray(5);
    const flight = Buffer.concat([record(message.subarray(0, 50)), record(message.subarray(50))]);
    const { conduit, socket } = accepting(await serving());
    const pieces = [...flight].map((byte) => Buffer.of(byte));
    expect(
      joins(() =>
        pieces.forEach((piece) => {
          conduit.feed(piece);
        }),
      ),
    ).to.equal(4);
    socket.destroy();
  });
});

describe('the time for a handshake', () => {
  it('frees what it took when it is over', async () => {
    const { socket, concluded } = accepting(await serving('good', 1));
    expect(await concluded).to.deep.equal({
      completed: false,
      failure: 'the handshake took longer than 1 ms',
      timeout: 1,
    });
    await later();
    expect(socket.destroyed).to.equal(true);
  });

  it('is over when the handshake is, and nothing runs on', async () => {
    const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { server, client } = await upgraded();
      expect(clock.countTimers()).to.equal(0);
      clock.tick(60_000);
      await client.write(Buffer.from('a1 NOOP\r\n'));
      client.end('client');
      expect(await eventsOf(server)).to.deep.equal(['inside a1 NOOP\r\n', 'outside', 'end fin']);
    } finally {
      clock.restore();
    }
  });
});

describe('what TLS runs on', () => {
  const conduitOf = (): { conduit: Conduit; heard: string[] } => {
    const [raw] = duplexPair();
    const conduit = new Conduit(raw);
    const heard: string[] = [];
    conduit.on('data', (bytes: Buffer) => heard.push(String(bytes)));
    conduit.on('end', () => heard.push('end'));
    conduit.on('error', (error) => heard.push(String(error)));
    return { conduit, heard };
  };

  it('hears nothing behind the end, whether or not the end was read', async () => {
    const { conduit, heard } = conduitOf();
    conduit.feed(Buffer.from('a'));
    conduit.feedEnd();
    conduit.feed(Buffer.from('b'));
    await later();
    conduit.feed(Buffer.from('c'));
    await later();
    expect(heard).to.deep.equal(['a', 'end']);
  });

  it('hears nothing once it is destroyed', async () => {
    const { conduit, heard } = conduitOf();
    conduit.destroy();
    conduit.feed(Buffer.from('a'));
    conduit.feedEnd();
    await later();
    expect(heard).to.deep.equal([]);
  });
});

describe('facts of a handshake', () => {
  const tls = { trusted: true };
  const alert = { sentByPeer: true, name: 'unknown_ca' };
  const hello = { versions: [], alpn: [], cipherSuites: [], groups: [] };
  const more = { version: 'TLSv1.3', cipher: 'X', alpn: 'imap', servername: 'a', resumed: false };
  for (const [handshake, us, facts] of [
    [{ completed: false }, 'server', { completed: false }],
    [{ completed: true, hello, ...more }, 'server', { completed: true, hello, ...more }],
    [{ completed: false, failure: 'x', timeout: 5 }, 'client', { completed: false, failure: 'x', timeout: 5 }],
    [{ completed: false, alert }, 'server', { completed: false, alert: { from: 'client', name: 'unknown_ca' } }],
    [{ completed: false, alert }, 'client', { completed: false, alert: { from: 'server', name: 'unknown_ca' } }],
    [
      { completed: false, alert: { ...alert, sentByPeer: false } },
      'client',
      { completed: false, alert: { from: 'client', name: 'unknown_ca' } },
    ],
  ] as const)
    it(`become those of a boundary: ${JSON.stringify(handshake)} as a ${us}`, () => {
      expect(boundaryFacts(handshake, tls, us)).to.deep.equal({ ...facts, ...tls });
      expect(boundaryFacts(handshake, { ...tls, certificate: 'good' }, us)).to.have.property('certificate', 'good');
    });

  it('tells of a session that is taken up again', async () => {
    const options = await serving();
    const facts: (boolean | undefined)[] = [];
    const context = createSecureContext({ ca: (await authority()).pem, maxVersion: 'TLSv1.2' });
    let session: Buffer | undefined;
    for (let round = 0; round < 2; round += 1) {
      const { server, clientRaw } = wires();
      clientRaw.removeAllListeners('data');
      const socket = connect({
        socket: clientRaw,
        servername: 'localhost',
        secureContext: context,
        ...(session && { session }),
      });
      const secured = new Promise((resolve) => socket.once('secureConnect', resolve));
      facts.push((await server.acceptTls(options)).resumed);
      await secured;
      session = socket.getSession();
      socket.destroy();
    }
    expect(facts).to.deep.equal([false, true]);
  });

  it('tells the chain of a handshake that failed after it', async () => {
    const { server, client, clientRaw, serverRaw } = wires();
    const listeners = clientRaw.listeners('data') as ((bytes: Buffer) => void)[];
    clientRaw.removeAllListeners('data');
    const flight = new Promise<Buffer>((resolve) => clientRaw.once('data', resolve));
    const accepted = server.acceptTls(await serving());
    const context = createSecureContext({ ca: [], maxVersion: 'TLSv1.2' });
    const connected = client.connectTls({ context, servername: 'localhost', host: 'localhost', timeout: 5000 });
    const bytes = await flight;
    for (const listener of listeners) listener(Buffer.concat([bytes, Buffer.from([21, 3, 3, 0, 2, 2, 40])]));
    const { peer } = await connected;
    expect(peer).to.include({ completed: false });
    expect(peer.chain?.length).to.be.at.least(1);
    // In memory the end of one side does not reach the other.
    clientRaw.destroy();
    serverRaw.destroy();
    await accepted;
    expect(entriesOf(client)[0]).to.equal('no TLS');
  });

  it('takes names that cannot be read for a mismatch', () => {
    const certificate = { subject: { CN: 'localhost' }, subjectaltname: 'DNS:"localhost' } as PeerCertificate;
    expect(identityError('localhost', certificate)).to.be.an('error');
    expect(identityError('localhost', { ...certificate, subjectaltname: 'DNS:localhost' })).to.equal(undefined);
  });
});
