import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { ImapFlow } from 'imapflow';

import type { ServerSettings, TlsMode } from '../../../src/protocols/protocol.js';
import { createAuthority, type Authority, type Credential } from '../../../src/tls/certificate-authority.js';
import { listen, type Listener } from './listener.js';
import { ACCOUNT, MESSAGE, openSettings, settings } from './settings.js';
import { it } from '../../support/in-turn.js';

const MODES: readonly TlsMode[] = ['starttls', 'implicit'];

describe('IMAP with clients that others wrote', () => {
  let authority: Authority;
  let credential: Credential;

  before(async () => {
    authority = await createAuthority();
    credential = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
  });

  const started = (mode: TlsMode, given: ServerSettings = settings()): Promise<Listener> =>
    listen(given, mode, { cert: credential.certPem, key: credential.keyPem });

  const { outside, inside } = settings();
  const FLOWS: readonly { readonly what: string; readonly mode: TlsMode; readonly given: ServerSettings }[] =
    MODES.flatMap((mode) => [
      { what: 'with all extensions', mode, given: settings() },
      {
        what: 'with none',
        mode,
        given: settings({
          outside: { ...outside, extensions: ['IMAP4rev1'] },
          inside: { ...inside, logins: ['LOGIN command'], extensions: ['IMAP4rev1'] },
        }),
      },
    ]);

  for (const { what, mode, given } of FLOWS) {
    it(`imapflow visits the mailbox ${what} (${mode})`, async () => {
      await using listener = await started(mode, given);
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: listener.port,
        servername: 'localhost',
        secure: mode === 'implicit',
        ...(mode === 'starttls' && { doSTARTTLS: true }),
        auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
        tls: { ca: authority.pem },
        logger: false,
      });
      await client.connect();
      const names = (await client.list()).map(({ path }) => path);
      const lock = await client.getMailboxLock('INBOX');
      const message = await client.fetchOne('1', {
        envelope: true,
        bodyStructure: true,
        source: true,
        flags: true,
        uid: true,
        internalDate: true,
      });
      if (message === false || message === undefined) throw new Error('no message');
      const found = await client.search({ seen: false, subject: 'greetings', since: new Date('2026-01-01') });
      const part = await client.download('1', '1');
      const text: Buffer[] = [];
      for await (const chunk of part.content ?? []) text.push(chunk as Buffer);
      const appended = await client.append('Drafts', 'Subject: draft\r\n\r\nunsent', ['\\Draft']);
      const status = await client.status('Drafts', { messages: true, unseen: true });
      await client.messageFlagsAdd('1', ['\\Flagged']);
      await client.messageMove('1', 'Trash');
      await client.noop();
      lock.release();
      await client.logout();

      expect(names).to.have.members(['INBOX', 'Drafts', 'Sent', 'Trash']);
      expect(message.source?.equals(MESSAGE)).to.equal(true);
      expect(message.envelope?.subject).to.equal('Greetings, folded');
      expect(message.envelope?.to?.map(({ address }) => address)).to.deep.equal(['bert@lab.test', 'carl@lab.test']);
      expect(message.bodyStructure?.childNodes?.map(({ type }) => type)).to.deep.equal([
        'text/plain',
        'message/rfc822',
      ]);
      expect(found).to.deep.equal([1]);
      expect(Buffer.concat(text).toString().trim()).to.equal('canarybody0000000001');
      expect(appended).to.include({ destination: 'Drafts' });
      expect(status).to.include({ messages: 1, unseen: 1 });
      expect(listener.units.filter(({ inside, unit }) => !inside && unit.moment === 'login')).to.deep.equal([]);
    });
  }

  describe('curl', () => {
    const curl = promisify(execFile);
    let directory: string | undefined;

    before(async function () {
      await curl('curl', ['--version']).catch(() => this.skip());
      const fresh = (directory = await mkdtemp(join(tmpdir(), 'imap-curl-')));
      await writeFile(join(fresh, 'ca.pem'), authority.pem);
      await writeFile(join(fresh, 'message.eml'), 'Subject: sent\r\n\r\nby curl\r\n');
    });

    after(async () => {
      if (directory !== undefined) await rm(directory, { recursive: true });
    });

    const ROWS: readonly {
      readonly does: string;
      readonly args: readonly string[];
      readonly path: string;
      readonly prints: RegExp;
    }[] = [
      { does: 'lists mailboxes', args: [], path: '/', prints: /^\* LIST \(\\HasNoChildren\) "\/" "INBOX"\r$/m },
      { does: 'fetches a message', args: [], path: '/INBOX;MAILINDEX=1', prints: /canarybody0000000001/ },
      {
        does: 'fetches a section',
        args: [],
        path: '/INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)',
        prints: /^Subject: Greetings,\r\n folded\r\n\r\n$/,
      },
      { does: 'searches', args: [], path: '/INBOX?SUBJECT%20greetings', prints: /^\* SEARCH 1\r$/m },
      { does: 'uploads a message', args: ['-T', 'message.eml'], path: '/Sent', prints: /^$/ },
      {
        does: 'logs in with PLAIN',
        args: ['--login-options', 'AUTH=PLAIN', '-X', 'STATUS INBOX (MESSAGES)'],
        path: '/',
        prints: /MESSAGES 1/,
      },
      {
        does: 'logs in with CRAM-MD5',
        args: ['--login-options', 'AUTH=CRAM-MD5', '-X', 'EXAMINE INBOX'],
        path: '/',
        prints: /UIDVALIDITY/,
      },
      {
        does: 'logs in with a token',
        args: ['--login-options', 'AUTH=XOAUTH2', '--oauth2-bearer', ACCOUNT.token, '-X', 'NOOP'],
        path: '/',
        prints: /^$/,
      },
    ];

    for (const mode of MODES) {
      for (const { does, args, path, prints } of ROWS) {
        it(`${does} (${mode})`, async () => {
          await using listener = await started(mode);
          const url = `${mode === 'implicit' ? 'imaps' : 'imap'}://localhost:${listener.port}${path}`;
          const common = [
            '-q',
            '-sS',
            '--noproxy',
            '*',
            '--ssl-reqd',
            '--cacert',
            'ca.pem',
            '--user',
            `${ACCOUNT.user}:${ACCOUNT.password}`,
          ];
          const { stdout } = await curl('curl', [...common, ...args, url], {
            ...(directory !== undefined && { cwd: directory }),
            timeout: 15_000,
          });
          expect(stdout).to.match(prints);
          expect(listener.units.filter(({ inside, unit }) => !inside && unit.moment === 'login')).to.deep.equal([]);
        });
      }
    }

    const OPEN: readonly {
      readonly logins: readonly string[];
      readonly verb: string;
      readonly classes: readonly string[];
    }[] = [
      { logins: ['PLAIN'], verb: 'AUTHENTICATE', classes: ['password'] },
      { logins: ['LOGIN'], verb: 'AUTHENTICATE', classes: ['user'] },
      { logins: ['LOGIN command'], verb: 'LOGIN', classes: ['user', 'password'] },
    ];

    for (const { logins, verb, classes } of OPEN) {
      it(`sends its password outside TLS by ${logins.join()} where it may`, async () => {
        const open = openSettings();
        await using listener = await listen({ ...open, outside: { ...open.outside, logins } }, 'starttls', {});
        await curl('curl', [
          '-q',
          '-sS',
          '--noproxy',
          '*',
          '--user',
          `${ACCOUNT.user}:${ACCOUNT.password}`,
          `imap://127.0.0.1:${listener.port}/`,
        ]);
        const secrets = listener.units.flatMap(({ unit }) =>
          unit.kind === 'command' && unit.verb === verb ? unit.secrets : [],
        );
        expect(secrets.map((secret) => secret.class)).to.deep.equal(classes);
      });
    }
  });
});
