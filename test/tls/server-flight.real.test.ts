import { spawn } from 'node:child_process';
import { getDiffieHellman } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { buildClientHello, type HelloOrder } from '../../src/tls/build-hello.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { element, integer, sequence, TAG } from '../../src/tls/der.js';
import { isInstalled, needs } from '../support/installed.js';
import { until } from '../support/processes.js';
import { answerTo } from './flight.js';

describe('server flight, against openssl s_server', () => {
  let directory: string;
  before(async function () {
    needs(this, 'openssl');
    directory = await mkdtemp(join(tmpdir(), 's-server-'));
    const { certPem, keyPem } = await (
      await createAuthority({ keyType: 'rsa' })
    ).issue('good', { dns: ['localhost'], ip: [] });
    await writeFile(join(directory, 'cert.pem'), certPem);
    await writeFile(join(directory, 'key.pem'), keyPem);
    await writeFile(join(directory, 'dh.pem'), weakGroup());
  });
  after(async () => {
    if (isInstalled('openssl')) await rm(directory, { recursive: true });
  });

  const server = async (args: readonly string[]): Promise<AsyncDisposable & { readonly port: number }> => {
    const child = spawn(
      'openssl',
      ['s_server', '-accept', '127.0.0.1:0', '-cert', 'cert.pem', '-key', 'key.pem', ...args],
      {
        cwd: directory,
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await until('openssl s_server says where it listens', () => /^ACCEPT .*:\d+$/m.test(printed));
    const port = Number(/^ACCEPT .*:(\d+)$/m.exec(printed)?.[1]);
    return {
      port,
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL');
        await once(child, 'close');
      },
    };
  };

  const rows: { title: string; args: string[]; order: HelloOrder; then: Record<string, unknown> }[] = [
    {
      title: 'a weak Diffie-Hellman group in TLSv1',
      args: ['-tls1', '-cipher', 'ALL:@SECLEVEL=0', '-dhparam', 'dh.pem'],
      order: { versions: ['TLSv1'], cipherSuites: [0x0033] },
      then: { version: 'TLSv1', complete: true, 'serverKeyExchange.dhBits': 1024 },
    },
    {
      title: 'a request for a client certificate',
      args: ['-tls1_2', '-verify', '1'],
      order: { versions: ['TLSv1.2'] },
      then: { complete: true, requestsClientCertificate: true },
    },
    {
      title: 'TLSv1.1 accepted',
      args: ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
      order: { versions: ['TLSv1.1'] },
      then: { version: 'TLSv1.1', complete: true },
    },
    {
      title: 'a group named by HelloRetryRequest',
      args: ['-tls1_3', '-groups', 'P-384'],
      order: { versions: ['TLSv1.3'], keyShares: [] },
      then: { version: 'TLSv1.3', complete: true, helloRetryRequest: 24 },
    },
    {
      title: 'an alert to an old version',
      args: ['-tls1_2'],
      order: { versions: ['TLSv1.1'] },
      then: { kind: 'alert', name: 'protocol_version' },
    },
    {
      title: 'an alert for an ALPN that is not spoken',
      args: ['-tls1_2', '-alpn', 'imap'],
      order: { versions: ['TLSv1.2'], alpn: ['smtp'] },
      then: { kind: 'alert', name: 'no_application_protocol' },
    },
  ];
  for (const { title, args, order, then } of rows) {
    it(title, async () => {
      await using running = await server(args);
      const answer = await answerTo(buildClientHello(order), running.port);
      for (const [path, value] of Object.entries(then))
        expect(answer, JSON.stringify(answer)).to.have.nested.property(path, value);
    });
  }
});

/** Oakley group 2: 1024 bits, once everywhere (RFC 2409 §6.2). */
function weakGroup(): string {
  const prime = Buffer.concat([Buffer.alloc(1), getDiffieHellman('modp2').getPrime()]);
  const der = sequence(element(TAG.integer, prime), integer(2));
  return `-----BEGIN DH PARAMETERS-----\n${der.toString('base64')}\n-----END DH PARAMETERS-----\n`;
}
