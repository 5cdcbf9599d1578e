import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { createTransport } from 'nodemailer';

import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { TlsMode } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';
import { createAuthority, type Authority, type Credential } from '../../src/tls/certificate-authority.js';
import type { Canaries } from '../../src/verdict/canaries.js';
import { requireReal } from '../support/real.js';
import { honestEndpoint } from './honest-endpoint.js';
import { it } from '../support/in-turn.js';

const MODES: readonly TlsMode[] = ['starttls', 'implicit'];
const SASL = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] as const;

describe('POP3, SMTP and ManageSieve with clients that others wrote', () => {
  let authority: Authority;
  let credential: Credential;
  let folder = '';

  before(async () => {
    authority = await createAuthority();
    credential = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    folder = await mkdtemp(join(tmpdir(), 'clients-'));
    await writeFile(join(folder, 'ca.pem'), authority.pem);
    await writeFile(join(folder, 'mail'), 'Subject: x\r\nFrom: a@lab.test\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n');
  });
  after(() => rm(folder, { recursive: true }));

  const run = (program: string, args: readonly string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const options = { env: { PATH: process.env['PATH'], HOME: folder }, timeout: 10_000 };
      execFile(program, args, options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      });
    });

  const curl = (
    scheme: string,
    port: number,
    path: string,
    args: readonly string[],
  ): Promise<{ code: number; output: string }> =>
    run('curl', [
      '-q',
      '-sS',
      '-m',
      '8',
      '--cacert',
      join(folder, 'ca.pem'),
      '--ssl-reqd',
      ...args,
      `${scheme}://localhost:${String(port)}/${path}`,
    ]);

  const credentials = (mechanism: string, canaries: Canaries): string[] => {
    if (mechanism === 'XOAUTH2') return ['-u', `${canaries.user}:`, '--oauth2-bearer', canaries.token];
    const options =
      mechanism === 'USER/PASS' ? [] : ['--login-options', `AUTH=${mechanism === 'APOP' ? '+APOP' : mechanism}`];
    return ['-u', `${canaries.user}:${canaries.password}`, ...options];
  };

  describe('curl', () => {
    before(function () {
      requireReal(this, 'curl');
    });

    for (const mode of MODES) {
      for (const mechanism of [...SASL, 'DIGEST-MD5', 'USER/PASS', ...(mode === 'implicit' ? ['APOP'] : [])]) {
        for (const initial of [[], ['--sasl-ir']]) {
          it(`fetches the mail by POP3, ${mode}, ${mechanism} ${initial.join('')}`, async () => {
            await using endpoint = await honestEndpoint(pop3, mode, credential, [mechanism]);
            const fetched = await curl(mode === 'implicit' ? 'pop3s' : 'pop3', endpoint.port, '1', [
              ...initial,
              ...credentials(mechanism, endpoint.canaries),
            ]);
            expect(fetched, fetched.output).to.have.property('code', 0);
            expect(fetched.output).to.include(`waits in the mailbox of the visit: ${endpoint.canaries.mailbox}`);
            expect(endpoint.said('inside')).to.include('RETR 1').and.to.include('QUIT');
            expect(endpoint.said('outside')).to.equal(mode === 'implicit' ? '' : 'CAPA\r\nSTLS\r\n');
          });
        }
      }

      for (const mechanism of [...SASL, 'DIGEST-MD5']) {
        for (const initial of [[], ['--sasl-ir']]) {
          it(`sends mail by SMTP, ${mode}, ${mechanism} ${initial.join('')}`, async () => {
            await using endpoint = await honestEndpoint(smtp, mode, credential, [mechanism]);
            const mail = ['--mail-from', 'a@lab.test', '--mail-rcpt', 'b@lab.test', '-T', join(folder, 'mail')];
            const sent = await curl(mode === 'implicit' ? 'smtps' : 'smtp', endpoint.port, '', [
              ...mail,
              ...initial,
              ...credentials(mechanism, endpoint.canaries),
            ]);
            expect(sent, sent.output).to.have.property('code', 0);
            expect(endpoint.said('inside')).to.include('\r\n...two\r\n..\r\nend\r\n.\r\n').and.to.include('QUIT');
          });
        }
      }
    }

    it('is told of a wrong password', async () => {
      await using endpoint = await honestEndpoint(pop3, 'implicit', credential, ['PLAIN']);
      expect(await curl('pop3s', endpoint.port, '', ['-u', `${endpoint.canaries.user}:x`])).to.have.property(
        'code',
        67,
      );
      await using submission = await honestEndpoint(smtp, 'implicit', credential, ['PLAIN']);
      expect(await curl('smtps', submission.port, '', ['-u', `${endpoint.canaries.user}:x`])).to.have.property(
        'code',
        67,
      );
    });
  });

  describe('nodemailer', () => {
    for (const mode of MODES) {
      for (const mechanism of SASL) {
        it(`sends mail, ${mode}, ${mechanism}`, async () => {
          await using endpoint = await honestEndpoint(smtp, mode, credential, [mechanism]);
          const { user, password: pass, token: accessToken } = endpoint.canaries;
          const transport = createTransport({
            host: 'localhost',
            port: endpoint.port,
            secure: mode === 'implicit',
            requireTLS: true,
            tls: { ca: authority.pem },
            auth: mechanism === 'XOAUTH2' ? { type: 'OAuth2', user, accessToken } : { user, pass },
            authMethod: mechanism,
          });
          const sent = await transport.sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: '.\n..\nend' });
          transport.close();
          expect(sent.response).to.match(/^250 /);
          expect(endpoint.said('outside')).to.match(mode === 'implicit' ? /^$/ : /^EHLO [^\r\n]*\r\nSTARTTLS\r\n$/);
        });
      }
    }
  });

  describe('sieve-connect', () => {
    before(function () {
      requireReal(this, 'sieve-connect');
    });

    for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
      it(`lists scripts, ${mechanism}`, async () => {
        await using endpoint = await honestEndpoint(managesieve, 'starttls', credential, [mechanism]);
        const { user, password } = endpoint.canaries;
        await writeFile(join(folder, 'password'), `${password}\n`);
        const args = [
          '--server',
          'localhost',
          '--port',
          String(endpoint.port),
          '--user',
          user,
          '--tlscafile',
          join(folder, 'ca.pem'),
          '--authmech',
          mechanism,
        ];
        const listed = await run('sh', [
          '-c',
          `exec sieve-connect "$@" --list --passwordfd 3 3< ${join(folder, 'password')}`,
          'sh',
          ...args,
        ]);
        expect(listed, listed.output).to.have.property('code', 0);
        expect(listed.output).to.include('"main" ACTIVE');
        expect(endpoint.said('outside')).to.equal('STARTTLS\r\n');
      });
    }
  });
});
