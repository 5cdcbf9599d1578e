import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { cellAvailability } from '../../src/place/cell.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';
import { ACCOUNT } from '../support/submission-server.js';
import { commandLine } from '../support/built.js';

const SERVER = '127.0.0.2';

const run = (args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [commandLine(), ...args], { timeout: 50_000 }, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });

describe('waxseal proxy --transparent', function () {
  this.timeout(60_000);
  let server: RunningDaemon;
  let folder: string;

  before(async function () {
    requireReal(this, 'dovecot', 'curl', 'ip');
    const cell = await cellAvailability();
    if (!cell.available) skipUnlessRequired(this, cell.why);
    folder = mkdtempSync(join(tmpdir(), 'transparent-'));
    const theirs = await createAuthority();
    writeFileSync(join(folder, 'their.pem'), theirs.pem);
    server = await startDovecot({
      address: SERVER,
      configuration: 'good',
      certificate: await theirs.issue('good', { dns: ['localhost'], ip: [SERVER] }),
      users: [{ ...ACCOUNT, message: 'Subject: waiting\r\n\r\nin the lab\r\n' }],
    });
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const transparent = (script: string): ReturnType<typeof run> => {
    const file = (name: string): string => join(folder, name);
    writeFileSync(
      file('visit.sh'),
      script.replaceAll(
        'CURL',
        `curl -q -sS --max-time 15 -u ${ACCOUNT.user}:${ACCOUNT.password} --cacert ${file('our.pem')}`,
      ),
    );
    return run([
      ...['proxy', '--transparent', '--ca', file('their.pem'), '--write-ca', file('our.pem')],
      ...['--report', `json:${file('report.json')}`],
      ...server.listeners.flatMap(({ portRole, port }) => [
        '--connect-to',
        `:${String(WELL_KNOWN_PORTS.find(({ role }) => role === portRole)?.port)}:${SERVER}:${String(port)}`,
      ]),
      ...['--', 'sh', file('visit.sh')],
    ]);
  };

  const ROWS: readonly (readonly [title: string, script: string, code: number, results: readonly string[]])[] = [
    [
      'a client that falls back, and one that checks nothing',
      `for i in 1 2; do CURL --ssl 'imap://${SERVER}/INBOX;MAILINDEX=1'; done
       for i in 1 2; do CURL --insecure 'imaps://${SERVER}/INBOX;MAILINDEX=1'; done`,
      1,
      [
        `control ${SERVER}:143 safe`,
        `starttls-not-offered ${SERVER}:143 unsafe`,
        `control ${SERVER}:993 safe`,
        `certificate-fault ${SERVER}:993 unsafe`,
      ],
    ],
    [
      'a careful client, which knows the server by a name',
      `for i in 1 2; do CURL --ssl-reqd --resolve localhost:110:192.168.7.7 pop3://localhost/1; done
       for i in 1 2; do CURL --resolve localhost:995:192.168.7.7 pop3s://localhost/1; done`,
      0,
      [
        'control 192.168.7.7:110 safe',
        'starttls-not-offered 192.168.7.7:110 safe',
        'control 192.168.7.7:995 safe',
        'certificate-fault 192.168.7.7:995 safe',
      ],
    ],
  ];
  for (const [title, script, expected, results] of ROWS)
    it(`intercepts ${title}`, async () => {
      const { code, stderr } = await transparent(script);
      expect(code, stderr).to.equal(expected);
      const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
      expect(report.results.map(({ id, target, status }) => `${id} ${target ?? ''} ${status}`)).to.deep.equal(results);
    });

  it('refuses connections to other ports, and to public servers without permission', async () => {
    const { stderr } = await transparent(
      `CURL http://192.0.2.1/; echo "web $?" >&2; CURL telnet://192.168.7.7:2222; echo "other $?" >&2`,
    );
    expect(stderr).to.match(
      /192\.0\.2\.1:80 is not connected to: 192\.0\.2\.1 is neither this machine nor a private address/,
    );
    expect(stderr).to.match(/web (?:35|52|56)/);
    expect(stderr).to.match(/other 7/);
  });

  const WRONG: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [['--transparent'], /missing command after --/],
    [['--transparent', '--', 'no-such-program-here'], /"no-such-program-here" cannot be started/],
    [['--transparent', '--socks', '1080', '--', 'true'], /--socks has no meaning with --transparent/],
    [['--transparent', 'imap://127.0.0.1', '--', 'true'], /--transparent has no meaning with a target/],
    [['--socks', '0', '--', 'true'], /a command after -- needs --transparent/],
  ];
  for (const [args, words] of WRONG)
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stderr } = await run(['proxy', ...args]);
      expect(code).to.equal(2);
      expect(stderr.trimEnd().split('\n').at(-1)).to.match(words);
    });
});
