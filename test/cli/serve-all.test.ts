import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { built } from '../support/built.js';
import { waxseal } from './run-cli.js';
import { it, itSeldom } from '../support/in-turn.js';

const started: ChildProcessWithoutNullStreams[] = [];

/** Starts it, and reads events up to the one that says it is ready. */
const ready = async (
  env: Readonly<Record<string, string>>,
  ...words: string[]
): Promise<{
  readonly child: ChildProcessWithoutNullStreams;
  readonly roles: readonly unknown[];
  readonly said: Record<string, unknown>;
}> => {
  const args = [join(built(), 'dist/cli/main.js'), 'serve', '--all', '--format', 'json', ...words];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  started.push(child);
  const roles: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Record<string, unknown>;
    if (said['event'] === 'ready') return { child, roles, said };
    roles.push(said['portRole']);
  }
  throw new Error('it ended before it was ready');
};

describe('serve --all', function () {
  this.timeout(20_000);
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('starts eight servers, offers the CA in every form, and ends with Ctrl-C', async () => {
    const { child, roles, said } = await ready({}, '--http', '0');
    expect(roles.length).to.equal(8);
    const get = async (path: string): Promise<Buffer> => {
      const answer = await fetch(new URL(path, String(said['http'])));
      expect([path, answer.status]).to.deep.equal([path, 200]);
      return Buffer.from(await answer.arrayBuffer());
    };
    const pem = new X509Certificate(await get('/ca.pem'));
    expect(new X509Certificate(await get('/ca.der')).fingerprint256).to.equal(pem.fingerprint256);
    expect((await get('/ca.jks')).toString('hex', 0, 4)).to.equal('feedfeed');
    expect((await get('/ca.p12')).includes(pem.raw)).to.equal(true);
    expect((await get('/readyz')).toString()).to.equal('ok');
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).to.equal(130);
  });

  itSeldom('asks for a token where it listens on an address', async () => {
    const token = 'sixteen-characters-and-more';
    const own = await ready({}, '--http', '0', '--listen', '127.0.0.1');
    expect(own.said['token']).to.match(/^[0-9a-f]{48}$/);
    const given = await ready({ WAXSEAL_HTTP_TOKEN: token }, '--http', '0', '--listen', '127.0.0.1');
    expect(given.said).to.not.have.property('token');
    const url = `${String(given.said['http'])}api/v1/info`;
    expect((await fetch(url)).status).to.equal(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).to.equal(200);
  });

  for (const [words, message] of [
    ['--all --protocol imap', /--protocol cannot be used with --all/],
    ['--all --scenario control', /--scenario cannot be used with --all/],
    ['--http 0', /--http needs --all/],
    ['--maildir x', /--maildir needs --all/],
    ['--all --port-offset 1 --unprivileged-ports', /either --port-offset or --unprivileged-ports/],
    ['--all --control stdio', /--all cannot be used with --control/],
    ['--all --maildir /dev/null', /the Maildir "\/dev\/null" cannot be made: a file of that name is in the way/],
    ['--all --relay smtp://127.0.0.1:2526', /--relay needs --all and --http/],
    ['--http 0 --all --relay 127.0.0.1:2526', /--relay needs a host and a port, such as smtp:\/\/127\.0\.0\.1:2526/],
    ['--http 0 --all --relay smtp://mail.example.test', /would send mails to another machine; .* --listen/],
    ['--http 0 --all --spamassassin 192.0.2.1:783', /would send mails to another machine/],
    ['--http 0 --all --spamassassin user@localhost', /--spamassassin needs a host and a port/],
    ['--all --most-mails 0', /whole number from 1/],
  ] as const)
    it(`refuses ${words}`, async () => {
      const { code, stderr } = await waxseal('serve', ...words.split(' '));
      expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 2 && message.test(text));
    });
});
