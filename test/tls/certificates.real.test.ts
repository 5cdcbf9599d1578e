import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { createAuthority, type Authority, type KeyType } from '../../src/tls/certificate-authority.js';
import { RECIPES, type RecipeName } from '../../src/tls/certificate-recipes.js';
import { issueAuthority, issueLeaf } from '../../src/tls/issue.js';
import type { EndpointNames } from '../../src/tls/permitted-names.js';
import { PKCS12_PASSWORD } from '../../src/tls/pkcs12.js';
import { writeTrustStore, type TrustStore } from '../../src/tls/trust-store.js';
import { ended, needs, type Ended } from '../support/installed.js';
import { tlsServer } from './flight.js';

interface Call {
  readonly host: string;
  readonly port: number;
  readonly store: TrustStore;
}

interface Client {
  readonly program: string;
  readonly title: string;
  readonly connect: (call: Call) => Promise<Ended>;
  /** Recipes that this client takes although they are faulty. */
  readonly takes: readonly RecipeName[];
}

const isAddress = (host: string): boolean => host === '127.0.0.1';

const python =
  (flags: string) =>
  async ({ host, port, store }: Call): Promise<Ended> =>
    ended('python3', [
      '-c',
      [
        'import socket, ssl, sys',
        'context = ssl.create_default_context(cafile=sys.argv[1])',
        `context.verify_flags |= ${flags}`,
        'with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as plain:',
        '    with context.wrap_socket(plain, server_hostname=sys.argv[3]): pass',
      ].join('\n'),
      store.file,
      String(port),
      host,
    ]);

const curl =
  (trust: (store: TrustStore) => string[]) =>
  ({ host, port, store }: Call): Promise<Ended> =>
    ended('curl', [
      '-q',
      '--silent',
      '--show-error',
      '--max-time',
      '5',
      ...trust(store),
      '--resolve',
      `mail.lab.test:${port}:127.0.0.1`,
      `https://${host}:${port}/`,
    ]).then(({ code, output }) => ({ code: code === EMPTY_REPLY ? 0 : code, output }));

const openssl =
  (trust: (store: TrustStore) => string[]) =>
  ({ host, port, store }: Call): Promise<Ended> =>
    ended('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      ...trust(store),
      '-verify_return_error',
      '-x509_strict',
      ...(isAddress(host) ? ['-verify_ip', host] : ['-servername', host, '-verify_hostname', host]),
    ]);

const EMPTY_REPLY = 52;

const CLIENTS: readonly Client[] = [
  { program: 'curl', title: 'curl', connect: curl((store) => ['--cacert', store.file]), takes: ['cn-only'] },
  {
    program: 'curl',
    title: 'curl with the hashed directory',
    connect: curl((store) => ['--capath', store.directory]),
    takes: ['cn-only'],
  },
  {
    program: 'openssl',
    title: 'openssl s_client',
    connect: openssl((store) => ['-CAfile', store.file]),
    takes: ['cn-only'],
  },
  {
    program: 'openssl',
    title: 'openssl s_client with the hashed directory',
    connect: openssl((store) => ['-CApath', store.directory]),
    takes: ['cn-only'],
  },
  { program: 'python3', title: 'Python, strict', connect: python('ssl.VERIFY_X509_STRICT'), takes: ['cn-only'] },
  {
    program: 'python3',
    title: 'Python, partial chain',
    connect: python('ssl.VERIFY_X509_PARTIAL_CHAIN'),
    takes: ['cn-only'],
  },
];

for (const keyType of ['ec', 'rsa'] as const) {
  describe(`real clients and certificates with ${keyType} keys`, () => {
    const setting = prepared(keyType);
    for (const { program, title, connect, takes } of CLIENTS) {
      for (const host of ['mail.lab.test', '127.0.0.1']) {
        for (const recipe of Object.keys(RECIPES) as RecipeName[]) {
          // What was revoked only the answer of the authority shows, which is not asked for here.
          const isTaken =
            !RECIPES[recipe].faulty || recipe === 'revoked' || (takes.includes(recipe) && !isAddress(host));
          it(`${title} ${isTaken ? 'takes' : 'refuses'} ${recipe} of ${host}`, async function () {
            needs(this, program);
            const { authority, store } = setting();
            const credential = await authority.issue(recipe, { dns: ['mail.lab.test'], ip: ['127.0.0.1'] });
            await using server = await tlsServer({ cert: credential.certPem, key: credential.keyPem });
            const { code, output } = await connect({ host, port: server.port, store });
            expect(code === 0, `exit code ${code}\n${output}`).to.equal(isTaken);
          });
        }
      }
    }

    it('openssl computes the same subject hash', async function () {
      needs(this, 'openssl');
      const { authority, store } = setting();
      expect((await ended('openssl', ['x509', '-in', store.file, '-noout', '-subject_hash'])).output.trim()).to.equal(
        authority.hashedName.slice(0, 8),
      );
    });

    it('openssl reads the PKCS#12 store and checks its MAC', async function () {
      needs(this, 'openssl');
      const { authority, store } = setting();
      const read = (password: string): Promise<Ended> =>
        ended('openssl', ['pkcs12', '-in', store.pkcs12, '-nokeys', '-passin', `pass:${password}`]);
      expect((await read(PKCS12_PASSWORD)).output).to.include(authority.pem.trim());
      expect((await read('wrong')).code).not.to.equal(0);
    });

    for (const [name, type] of [
      ['ca.p12', 'PKCS12'],
      ['ca.jks', 'JKS'],
    ] as const)
      it(`Java trusts what is in ${name}, and checks its digest`, async function () {
        needs(this, 'keytool');
        const { authority, directory } = setting();
        await writeFile(join(directory, name), type === 'JKS' ? authority.jks() : authority.pkcs12());
        const list = (password: string): Promise<Ended> =>
          ended('keytool', [
            ...['-J-Duser.language=en', '-list', '-storetype', type, '-keystore', join(directory, name)],
            ...['-storepass', password],
          ]);
        const { code, output } = await list(PKCS12_PASSWORD);
        expect(code, output).to.equal(0);
        expect(output).to.match(/waxseal, .*trustedCertEntry/s);
        expect((await list('wrongword')).code).not.to.equal(0);
      });

    it('openssl keeps to the name constraints', async function () {
      needs(this, 'openssl');
      const { directory } = setting();
      const names = { dns: ['mail.example.org'], ip: ['192.0.2.1', '2001:db8::1'] };
      const verified = async (alsoFor: EndpointNames): Promise<string> => {
        const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }, true, [
          'sign',
          'verify',
        ]);
        const signer = issueAuthority(keys, alsoFor);
        await writeFile(join(directory, 'other-ca.pem'), signer.pem);
        await writeFile(join(directory, 'other.pem'), issueLeaf({ recipe: 'good', names, keys, signer }));
        return (
          await ended('openssl', ['verify', '-CAfile', join(directory, 'other-ca.pem'), join(directory, 'other.pem')])
        ).output;
      };
      expect(await verified(names)).to.include(': OK');
      expect(await verified({ dns: [], ip: names.ip })).to.include('permitted subtree violation');
      expect(await verified({ dns: names.dns, ip: ['192.0.2.1', '2001:db8::2'] })).to.include(
        'permitted subtree violation',
      );
    });
  });
}

interface Setting {
  readonly authority: Authority;
  readonly store: TrustStore;
  readonly directory: string;
}

function prepared(keyType: KeyType): () => Setting {
  let setting: Setting | undefined;
  before(async () => {
    const authority = await createAuthority({ keyType });
    const directory = await mkdtemp(join(tmpdir(), 'trust-'));
    setting = { authority, directory, store: await writeTrustStore(authority, directory) };
  });
  after(async () => {
    if (setting) await rm(setting.directory, { recursive: true });
  });
  return () => setting ?? expect.fail('not prepared');
}
