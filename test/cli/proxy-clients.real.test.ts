import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { requireReal } from '../support/real.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';
import { startedProxy } from './started-proxy.js';

// Rows A18 and A19 of the verdicts that were wrong: curl's control spoke for a stranger, and nobody was told who had been caught.
describe('waxseal proxy between curl and a server', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    requireReal(this, 'curl');
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxy-clients-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const between = async (
    target: string,
    pem: string,
    ...more: readonly string[]
  ): Promise<ReturnType<typeof startedProxy> & { port: string }> => {
    const theirCa = join(folder, 'their.pem');
    writeFileSync(theirCa, pem);
    const started = startedProxy([target, '--ca', theirCa, '--write-ca', join(folder, 'our.pem'), ...more]);
    const [, port = ''] = await started.line(/listening on 127\.0\.0\.1:(\d+), forwarding to /);
    return { ...started, port };
  };

  /** Sends a mail; the path of the URL is what curl calls itself in EHLO. */
  const curl = async (port: string, name: string, tls: '--ssl' | '--ssl-reqd'): Promise<void> => {
    const mail = join(folder, 'mail');
    writeFileSync(mail, 'Subject: x\r\n\r\nx\r\n');
    await promisify(execFile)('curl', [
      ...['-q', '-sS', tls, '--cacert', join(folder, 'our.pem'), '--user', `${ACCOUNT.user}:${ACCOUNT.password}`],
      ...['--mail-from', 'a@lab.test', '--mail-rcpt', 'b@lab.test', '-T', mail, `smtp://localhost:${port}/${name}`],
    ]).catch((error: unknown) => error);
  };

  it('after one good curl, a script that reads the greeting and closes is not called safe: exit code 3', async () => {
    const { theirs, server: running } = await submissionServer();
    await using server = running;
    const target = `submission://127.0.0.1:${String(server.listeners[0]?.port)}`;
    const { line, port, ended } = await between(target, theirs.pem, '--connections', '2');
    await curl(port, 'good.test', '--ssl-reqd');
    await line(/connection 1 .*: safe: /);
    const stranger = connect(Number(port), '127.0.0.1');
    await once(stranger, 'data');
    stranger.end();
    const { code, stderr } = await ended;
    expect(stderr).to.match(
      /^waxseal: \d\d:\d\d:\d\d connection 2 from 127\.0\.0\.1:\d+ \(starttls-not-offered\): inconclusive: this client was not yet seen without an attack: it said nothing that tells which client it is; /m,
    );
    expect(code).to.equal(3);
  });

  it('tells at the end which of two clients was caught by which attack, though it leaked only once', async () => {
    const { theirs, server: running } = await submissionServer();
    await using server = running;
    const target = `submission://127.0.0.1:${String(server.listeners[0]?.port)}`;
    const { line, press, port, ended } = await between(
      target,
      theirs.pem,
      ...['--scenario', 'starttls-not-offered', '--scenario', 'starttls-hidden', '--rotate', 'key'],
      ...['--connections', '9'],
    );
    let count = 0;
    const next = async (name: string, tls: '--ssl' | '--ssl-reqd', verdict: string): Promise<void> => {
      await curl(port, name, tls);
      count += 1;
      await line(new RegExp(`connection ${String(count)} from .*: ${verdict}: `));
    };
    await next('one.test', '--ssl-reqd', 'safe');
    // Nobody knows it yet.
    await next('two.test', '--ssl-reqd', 'inconclusive');
    await next('two.test', '--ssl-reqd', 'safe');
    await next('one.test', '--ssl-reqd', 'safe');
    await next('two.test', '--ssl', 'unsafe');
    await next('two.test', '--ssl-reqd', 'safe');
    press();
    await line(/from now on: starttls-not-offered$/m);
    await next('two.test', '--ssl-reqd', 'safe');
    await next('one.test', '--ssl-reqd', 'safe');
    await next('one.test', '--ssl-reqd', 'safe');
    const { code, stderr } = await ended;
    expect(code).to.equal(1);
    expect(stderr.slice(stderr.indexOf('client  ')).trimEnd().split('\n').slice(1)).to.deep.equal([
      'waxseal: EHLO one.test, user lab-account  control               safe          1',
      'waxseal: EHLO two.test, user lab-account  starttls-hidden       inconclusive  1',
      'waxseal: EHLO two.test, user lab-account  control               safe          1',
      'waxseal: EHLO one.test, user lab-account  starttls-hidden       safe          1',
      'waxseal: EHLO two.test, user lab-account  starttls-hidden       unsafe        2',
      'waxseal: EHLO two.test, user lab-account  starttls-not-offered  safe          1',
      'waxseal: EHLO one.test, user lab-account  starttls-not-offered  safe          2',
    ]);
  });
});
