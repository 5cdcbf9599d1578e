import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { directoryOf, needs } from '../support/installed.js';
import { packageFolder, suite, type Suite } from './suite.js';

const FOLDER = packageFolder('python');
const TESTS = join(FOLDER, 'tests');

/** Runs pytest of the PATH with the plugin as it lies there. */
const pytest = (args: readonly string[], cwd = TESTS, env: Readonly<Record<string, string>> = {}): Promise<Suite> =>
  suite(
    join(directoryOf('pytest-3') ?? '', 'pytest-3'),
    ['-p', 'pytest_waxseal.plugin', '-p', 'no:cacheprovider', '-v', '-rs', ...args],
    { cwd, env: { PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1', COLUMNS: '200', ...env } },
  );

/** Names of tests that ended so. */
const ended = ({ output }: Suite, how: 'PASSED' | 'FAILED' | 'SKIPPED' | 'ERROR'): string[] =>
  [...output.matchAll(new RegExp(`^(?:\\[gw\\d\\] \\[ *\\d+%\\] ${how} )?\\S+\\.py::(\\S+)(?: ${how}| ?$)`, 'gm'))]
    .filter(([line]) => line.includes(how))
    .map(([, name = '']) => name);

describe('pytest-waxseal', function () {
  this.timeout(120_000);

  before(function () {
    needs(this, 'pytest-3');
  });

  describe('its fixtures', () => {
    let own: Suite;
    before(async () => {
      own = await pytest([]);
    });

    it('pass what is careful: smtplib, imaplib, poplib and aiosmtplib', () => {
      expect(ended(own, 'PASSED').filter((name) => name.endsWith('-not-offered]'))).to.have.members([
        'test_smtplib[smtp-starttls-starttls-not-offered]',
        'test_smtplib_lmtp[lmtp-starttls-starttls-not-offered]',
        'test_imaplib[imap-starttls-starttls-not-offered]',
        'test_poplib[pop3-starttls-starttls-not-offered]',
        'test_aiosmtplib[smtp-starttls-starttls-not-offered]',
        'test_client_of_a_fixture[imap-starttls-starttls-not-offered]',
        'test_coroutine[smtp-starttls-starttls-not-offered]',
        'test_opportunistic[smtp-starttls-starttls-not-offered]',
      ]);
      expect(ended(own, 'ERROR')).to.deep.equal([]);
    });

    it('fail what is careless, and nothing else', () => {
      expect(ended(own, 'FAILED')).to.have.members([
        'test_smtplib[smtp-starttls-starttls-not-offered]',
        'test_imaplib[imap-starttls-starttls-not-offered]',
        'test_poplib[pop3-starttls-starttls-not-offered]',
        'test_aiosmtplib[smtp-starttls-starttls-not-offered]',
      ]);
      expect(own.code, own.output).to.equal(1);
    });

    it('show the marked transcript and no traceback', () => {
      expect(own.output).to.match(/^▶ .*C: PASS /m);
      expect(own.output).to.match(
        /^again: pytest 'test_careless\.py::test_poplib\[pop3-starttls-starttls-not-offered\]'$/m,
      );
      expect(own.output).to.not.match(/plugin\.py|Traceback|^E /m);
    });

    it('run the steps before a test that is run alone', async () => {
      const alone = await pytest(['test_careless.py::test_smtplib[smtp-starttls-starttls-not-offered]']);
      expect(ended(alone, 'FAILED')).to.have.lengthOf(1);
      expect(alone.output).to.match(/is unsafe: /);
      expect(ended(await pytest(['-k', 'careful and test_smtplib and not-offered']), 'PASSED')).to.have.lengthOf(2);
    });

    it('work with pytest-xdist', async function () {
      const spread = await pytest(['-n', '2', 'test_careless.py']);
      if (spread.output.includes('unrecognized arguments: -n')) return void this.skip();
      expect(ended(spread, 'FAILED')).to.have.lengthOf(4);
      expect(spread.output).to.match(/4 failed, 16 passed/);
    });
  });

  describe('in a project', () => {
    let project = '';
    before(async () => {
      project = await mkdtemp(join(tmpdir(), 'pytest-'));
      for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(project, name), text);
    });
    after(() => rm(project, { recursive: true, force: true }));

    const ROWS: readonly {
      readonly name: string;
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly code: number;
      readonly says: readonly RegExp[];
    }[] = [
      {
        name: 'shows the exception of a test that fails with an honest server, and skips the rest',
        args: ['test_broken.py'],
        code: 1,
        says: [
          /ValueError: nonsense/,
          /control@smtp\+starttls#server is inconclusive/,
          /1 failed, \d+ skipped/,
          /SKIPPED.*the control of this client has failed/,
        ],
      },
      {
        name: 'fails a test that is run alone where the honest server is failed',
        args: ['test_broken.py', '-k', 'not-offered'],
        code: 1,
        says: [/control@smtp\+starttls#server is inconclusive.*ValueError: nonsense/, /1 failed, \d+ deselected/],
      },
      {
        name: 'plays a step again where waxseal asks for it',
        args: ['test_old.py'],
        code: 1,
        // In the first round, the handshake failed: waxseal's server did not speak that version.
        says: [/control@smtp\+implicit#server is unsafe/, /══ TLS 1 ═/, /1 failed, 2 passed/],
      },
      { name: 'leaves a test that skips itself alone', args: ['test_skipped.py'], code: 0, says: [/SKIPPED.*today/] },
      {
        name: 'says that a test takes one server',
        args: ['test_two.py'],
        code: 2,
        says: [/test_two: a test takes one server: waxseal_smtp and waxseal_imap/],
      },
      {
        name: 'says which scenario is none',
        args: ['test_glob.py'],
        code: 2,
        says: [/test_glob: .*no-such-scenario/],
      },
      {
        name: 'says how to install waxseal where it is missing',
        args: ['test_broken.py'],
        env: { WAXSEAL: '/nowhere/waxseal' },
        code: 2,
        says: [/cannot start '\/nowhere\/waxseal' \(No such file or directory\): put waxseal on the PATH/],
      },
      {
        name: 'says what a command says that is not waxseal',
        args: ['test_broken.py'],
        env: { WAXSEAL: 'cat /nowhere' },
        code: 2,
        says: [/waxseal has ended: .*cat/],
      },
    ];

    for (const { name, args, env, code, says } of ROWS)
      it(name, async () => {
        const ran = await pytest(args, project, env);
        for (const each of says) expect(ran.output).to.match(each);
        expect(ran.code).to.equal(code);
        expect(ran.output).to.not.match(/plugin\.py:\d+/);
      });
  });
});

const MARK = (settings: string): string => `import pytest\n\n@pytest.mark.waxseal(${settings})\n`;

const PROJECT: Readonly<Record<string, string>> = {
  'test_broken.py': `${MARK("scenario='starttls-not-offered'")}def test_broken(waxseal_smtp):
    raise ValueError('nonsense')
`,
  // It knows nothing above TLS 1.0: waxseal's server speaks that in the second round.
  'test_old.py': `import smtplib, ssl
${MARK("tls='implicit', scenario='certificate-fault/expired'")}def test_old(waxseal_smtp):
    server = waxseal_smtp
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.set_ciphers('DEFAULT:@SECLEVEL=0')
    trust.minimum_version = trust.maximum_version = ssl.TLSVersion.TLSv1
    trust.load_verify_locations(server.ca)
    with smtplib.SMTP_SSL(server.host, server.port, context=trust, timeout=5) as smtp:
        smtp.login(server.user, server.password)
        smtp.sendmail(server.from_addr, server.to_addr, server.message)
`,
  'test_skipped.py': `${MARK("scenario='starttls-not-offered'")}def test_skipped(waxseal_smtp):
    pytest.skip('today')
`,
  'test_two.py': 'def test_two(waxseal_smtp, waxseal_imap):\n    pass\n',
  'test_glob.py': `${MARK("scenario='no-such-scenario'")}def test_glob(waxseal_smtp):
    pass
`,
};
