import { expect } from 'chai';
import { connect as connectTcp } from 'node:net';
import { createSecureContext, connect } from 'node:tls';
import { PresentedChain } from '../../src/tls/presented-chain.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { Conduit } from '../../src/wire/conduit.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { tlsServer } from './flight.js';

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');

describe('the chain as it came on the wire', () => {
  const rows: readonly (readonly [version: 'TLSv1.2' | 'TLSv1.3', ciphers: string])[] = [
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['TLSv1.3', 'TLS_AES_128_CCM_SHA256'],
    ['TLSv1.3', 'TLS_AES_128_CCM_8_SHA256'],
  ];
  for (const [version, ciphers] of rows) {
    for (const requestCert of [false, true]) {
      it(`${version}, ${ciphers}${requestCert ? ', client certificate asked for' : ''}: superfluous and unsorted certificates are kept`, async () => {
        const [one, two] = await Promise.all([createAuthority(), createAuthority()]);
        const leaf = await one.issue('good', { dns: ['localhost'], ip: [] });
        const sent = [leaf.certPem, two.pem, one.pem];
        await using server = await tlsServer({
          cert: sent.join('\n'),
          key: leaf.keyPem,
          requestCert,
          rejectUnauthorized: false,
          minVersion: version,
          maxVersion: version,
          ciphers: `${ciphers}:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0`,
        });
        const socket = connectTcp(server.port, '127.0.0.1');
        const wire = new Wire(socket, 'client', new Transcript(() => 0));
        const { peer } = await wire.connectTls({
          context: createSecureContext({ ciphers: `${ciphers}:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0` }),
          host: 'localhost',
          timeout: 5000,
        });
        wire.destroy();
        expect(peer.failure).to.equal(undefined);
        expect(peer.chain).to.deep.equal(sent.map(derOf));
        expect(peer.asksForCertificate).to.equal(requestCert ? true : undefined);
      });
    }
  }

  it('reads any chunking, and survives any damage', async () => {
    const authority = await createAuthority();
    const leaf = await authority.issue('good', { dns: ['localhost'], ip: [] });
    await using server = await tlsServer({ cert: leaf.certPem, key: leaf.keyPem, minVersion: 'TLSv1.3' });
    const raw = connectTcp(server.port, '127.0.0.1');
    const conduit = new Conduit(raw);
    const heard: Buffer[] = [];
    const secrets: Buffer[] = [];
    raw.on('data', (bytes: Buffer) => {
      heard.push(bytes);
      conduit.feed(bytes);
    });
    const socket = connect({ socket: conduit, rejectUnauthorized: false });
    socket.on('keylog', (line: Buffer) => secrets.push(line));
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.destroy();
    raw.destroy();
    const bytes = Buffer.concat(heard);
    const readIn = (size: number, flight: Buffer): readonly Buffer[] | undefined => {
      const reader = new PresentedChain();
      for (let at = 0; at < flight.length; at += size) {
        reader.push(flight.subarray(at, at + size));
        for (const line of secrets) reader.keylog(line);
      }
      return reader.certificates;
    };
    for (const size of [1, 7, 4096]) expect(readIn(size, bytes)).to.deep.equal([derOf(leaf.certPem)]);
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      readIn(64, damaged);
    }
    readIn(1000, Buffer.alloc(300_000, 22));
  });
});
