import { createSecureContext } from 'node:tls';
import { expect } from 'chai';
import type { Conduit } from '../../src/wire/conduit.js';
import { writeInPieces } from '../../src/wire/in-pieces.js';
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

describe('what is written as records of one byte', () => {
  const record = (type: number, ...bytes: readonly number[]): Buffer =>
    Buffer.from([type, 3, 3, 0, bytes.length, ...bytes]);
  const SEALED = record(23, 7, 7);
  for (const [what, writes, written] of [
    ['a handshake record', [record(22, 1, 2)], [[record(22, 1), record(22, 2)]]],
    [
      'two of them',
      [Buffer.concat([record(22, 1), record(22, 2, 3)])],
      [[record(22, 1), record(22, 2), record(22, 3)]],
    ],
    [
      'flights one after the other',
      [record(22, 1, 2), record(22, 3, 4)],
      [
        [record(22, 1), record(22, 2)],
        [record(22, 3), record(22, 4)],
      ],
    ],
    [
      'what is behind the change of keys',
      [Buffer.concat([record(22, 1, 2), record(20, 1), record(22, 3, 4)])],
      [[record(22, 1), record(22, 2), record(20, 1), record(22, 3, 4)]],
    ],
    [
      'handshake records in later flights then',
      [record(20, 1), record(22, 3, 4)],
      [[record(20, 1)], [record(22, 3, 4)]],
    ],
    ['what is sealed', [SEALED, record(22, 1, 2)], [[SEALED], [record(22, 1, 2)]]],
    ['less than the head of a record', [Buffer.from([22, 3, 3, 0])], [[Buffer.from([22, 3, 3, 0])]]],
    ['an empty record', [record(22)], [[]]],
  ] as const)
    it(what, () => {
      const sent: Buffer[] = [];
      const conduit = {
        _write: (chunk: Buffer, _encoding: string, done: () => void): void => {
          sent.push(chunk);
          done();
        },
      };
      writeInPieces(conduit as unknown as Conduit, 'records');
      let answered = 0;
      for (const each of writes) conduit._write(each, 'buffer', () => (answered += 1));
      expect(answered).to.equal(writes.length);
      expect(sent.map(String)).to.deep.equal(written.map((pieces) => String(Buffer.concat([...pieces]))));
    });
});
