import { createSecureContext } from 'node:tls';
import { expect } from 'chai';
import type { BoundaryEntry } from '../../src/wire/entry.js';
import { flightInOneRecord } from '../../src/wire/one-record.js';
import { authority, connecting, eventsOf, serving, wires } from './memory.js';

/** A handshake whose failure would not end the connection, and the types of the records that the client got up to its own answer. */
const flight = async (
  limits: { readonly maxVersion?: 'TLSv1.2'; readonly ciphers?: string; readonly ecdhCurve?: string },
  more: { readonly asksForCertificate?: true } = {},
): Promise<{ readonly types: readonly number[]; readonly boundary: BoundaryEntry }> => {
  const { server, client, clientRaw } = wires();
  const chunks: Buffer[] = [];
  clientRaw.prependListener('data', (chunk: Buffer) => chunks.push(chunk));
  const { certPem, keyPem } = await (await authority()).issue('good', { dns: ['localhost'], ip: [] });
  const context = createSecureContext({ cert: certPem, key: keyPem, ...limits });
  const [boundary] = await Promise.all([
    server.acceptTls({ ...(await serving()), context, stays: true, ...more }),
    client.connectTls(await connecting()),
  ]);
  await server.write(Buffer.from('inside'));
  server.end('server');
  expect(await eventsOf(client)).to.deep.equal(['inside inside', 'outside', 'end fin']);
  return { types: typesOf(Buffer.concat(chunks)), boundary };
};

const typesOf = (bytes: Buffer): number[] => {
  const found: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) found.push(bytes[at] ?? 0);
  return found;
};

describe('a flight in one record', () => {
  for (const [version, limits, expected] of [
    ['TLSv1.2', { maxVersion: 'TLSv1.2' }, [22, 22]],
    ['TLSv1.3', {}, [22, 20, 23]],
    ['TLSv1.3', { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }, [22, 20, 23]],
    // After a HelloRetryRequest.
    ['TLSv1.3', { ecdhCurve: 'P-521' }, [22, 20, 22, 23]],
  ] as const)
    it(`${version}, ${JSON.stringify(limits)}: what follows the ServerHello is one record, and the handshake completes`, async () => {
      const { types, boundary } = await flight(limits);
      expect([boundary.completed, boundary.version]).to.deep.equal([true, version]);
      expect(types.slice(0, expected.length)).to.deep.equal(expected);
      // Tickets and what is inside follow in records of their own.
      expect(types.length).to.be.greaterThan(expected.length);
    });

  it('a request for a certificate is a part of it', async () => {
    const { types, boundary } = await flight({ maxVersion: 'TLSv1.2' }, { asksForCertificate: true });
    expect(boundary.completed).to.equal(true);
    expect(types.slice(0, 2)).to.deep.equal([22, 22]);
  });

  const record = (type: number, ...bytes: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from([type, 3, 3, bytes.length >> 8, bytes.length & 255]), Buffer.from(bytes)]);
  const HELLO = record(22, 2, 0, 0, 38, ...Array<number>(34).fill(0), 0, 0xc0, 0x2f, 0);
  const CERTIFICATE = record(22, 11, 0, 0, 1, 9);
  const DONE = record(22, 14, 0, 0, 0);
  const LONG = record(22, 11, 0, 0x40, 0, ...Array<number>(0x4000).fill(7));
  const ALERT = record(21, 2, 40);
  for (const [what, writes, written] of [
    ['in clear', [HELLO, CERTIFICATE, DONE], [HELLO, record(22, 11, 0, 0, 1, 9, 14, 0, 0, 0)]],
    ['whose beginning is an alert', [HELLO, ALERT], [HELLO, ALERT]],
    ['that breaks off with an alert', [HELLO, CERTIFICATE, ALERT], [HELLO, CERTIFICATE, ALERT]],
    ['that is too long for a record', [HELLO, LONG, DONE], [HELLO, LONG, DONE]],
    ['with messages behind it', [HELLO, DONE, CERTIFICATE], [HELLO, DONE, CERTIFICATE]],
    ['sealed with what is not known', [HELLO, record(23, 1, 2)], [HELLO, record(23, 1, 2)]],
  ] as const)
    for (const step of [1, 7, 100_000])
      it(`${what}, ${String(step)} bytes a write`, () => {
        const outgoing = flightInOneRecord();
        const bytes = Buffer.concat(writes);
        const out: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += step) out.push(outgoing.write(bytes.subarray(at, at + step)));
        expect(Buffer.concat(out).equals(Buffer.concat(written))).to.equal(true);
      });
});

describe('the one record', () => {
  for (const minor of [1, 3])
    it(`has the version of the records that it stands for: 3.${String(minor)}`, () => {
      const certificate = Buffer.from([22, 3, minor, 0, 4, 11, 0, 0, 0]);
      const done = Buffer.from([22, 3, minor, 0, 4, 14, 0, 0, 0]);
      const sent = flightInOneRecord().write(Buffer.concat([certificate, done]));
      expect([...sent]).to.deep.equal([22, 3, minor, 0, 8, 11, 0, 0, 0, 14, 0, 0, 0]);
    });
});

describe('text where a handshake is due', () => {
  for (const [stays, answer] of [
    [true, ''],
    [false, 'alert'],
  ] as const)
    it(
      stays ? 'is not answered with an alert, where the connection goes on in clear' : 'is answered with an alert',
      async () => {
        const { server, client, clientRaw } = wires();
        const chunks: Buffer[] = [];
        clientRaw.prependListener('data', (chunk: Buffer) => chunks.push(chunk));
        const accepted = server.acceptTls({ ...(await serving()), ...(stays && { stays }) });
        void client.connectTls(await connecting());
        while (chunks.length === 0) await new Promise((resolve) => setImmediate(resolve));
        clientRaw.removeAllListeners('data');
        const before = chunks.length;
        clientRaw.on('data', (chunk: Buffer) => chunks.push(chunk));
        clientRaw.write('EHLO client.test\r\n');
        expect((await accepted).completed).to.equal(false);
        expect(await eventsOf(server, (events) => events.length > 0)).to.deep.equal(['clear EHLO client.test\r\n']);
        await server.write(Buffer.from('250 hello\r\n'));
        while (!Buffer.concat(chunks).toString('latin1').endsWith('hello\r\n'))
          await new Promise((resolve) => setImmediate(resolve));
        const said = Buffer.concat(chunks.slice(before)).toString('latin1');
        expect(said === '250 hello\r\n' ? '' : 'alert').to.equal(answer);
      },
    );
});
