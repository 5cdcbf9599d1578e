import { createSecureContext } from 'node:tls';
import { expect } from 'chai';
import { authority, connecting, eventsOf, serving, upgraded, wires } from './memory.js';

/** What the client's end of the transport gets, write by write. */
const flights = async (inPieces: 'records' | 'segments'): Promise<{ chunks: Buffer[]; completed: boolean }> => {
  const { server, client, clientRaw } = wires();
  const chunks: Buffer[] = [];
  clientRaw.prependListener('data', (chunk: Buffer) => chunks.push(chunk));
  const { certPem, keyPem } = await (await authority()).issue('good', { dns: ['localhost'], ip: [] });
  const context = createSecureContext({ cert: certPem, key: keyPem, maxVersion: 'TLSv1.2' });
  const [accepted] = await Promise.all([
    server.acceptTls({ ...(await serving()), context, inPieces }),
    client.connectTls(await connecting()),
  ]);
  return { chunks, completed: accepted.completed };
};

/** Type and length of each record. */
const recordsIn = (bytes: Buffer): (readonly [type: number, length: number])[] => {
  const found: (readonly [number, number])[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    found.push([bytes[at] ?? 0, bytes.readUInt16BE(at + 3)]);
  return found;
};

describe('TLS in pieces', () => {
  it('handshake messages in clear come in records of one byte, and the handshake completes', async () => {
    const { chunks, completed } = await flights('records');
    const records = recordsIn(Buffer.concat(chunks));
    const sealed = records.findIndex(([type]) => type === 20);
    const clear = records.slice(0, sealed).filter(([type]) => type === 22);
    expect(completed).to.equal(true);
    expect(clear.length).to.be.greaterThan(500);
    expect(clear.filter(([, length]) => length !== 1).length).to.be.lessThan(2);
  });

  it('every byte is written by itself, and the handshake completes', async () => {
    const { chunks, completed } = await flights('segments');
    expect(completed).to.equal(true);
    expect(chunks.filter(({ length }) => length > 1)).to.deep.equal([]);
  });
});

describe('a connection that is cut off inside TLS', () => {
  it('ends for the peer without close_notify, behind what was said', async () => {
    const { server, client, clientRaw } = await upgraded();
    const chunks: Buffer[] = [];
    clientRaw.prependListener('data', (chunk: Buffer) => chunks.push(chunk));
    await server.write(Buffer.from('half of it'));
    server.cutOff('scenario');
    expect(await eventsOf(client)).to.deep.equal(['inside half of it', 'end fin']);
    // Ten bytes, their type and a tag (RFC 8446 §5.2); an alert would be two bytes.
    expect(recordsIn(Buffer.concat(chunks)).at(-1)).to.deep.equal([23, 27]);
  });
});
