import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waxseal } from '../cli/run-cli.js';
import type { Report } from '../../src/document/report-model.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';
import { itOf } from '../support/in-turn.js';

const odd = (file: string, ...words: string[]): string[] => [
  'python3',
  '-B',
  join(import.meta.dirname, '../regressions/clients/odd', file),
  ...words,
];

/** Clients that leak, some in their control and some in one case only. */
const LEAKING: readonly (readonly [what: string, protocol: ProtocolName, command: readonly string[]])[] = [
  ['logs in only where a login is listed, and never starts TLS', 'imap', odd('obeys_list_imap.py')],
  ['speaks on in clear after the go-ahead', 'smtp', odd('speaks_on_smtp.py')],
  ['says its password in a HTTP request', 'smtp', odd('http.py')],
  [
    'never starts TLS, and logs in by a line of its shell',
    'pop3',
    [
      'perl',
      '-MIO::Socket::INET',
      '-e',
      `my $s = IO::Socket::INET->new(PeerAddr => '{ip}', PeerPort => {port}); <$s>; print $s "USER {user}\\r\\n"; <$s>; print $s "PASS {password}\\r\\n"; <$s>`,
    ],
  ],
];
const installed = (program: string, file: string, ...words: string[]): string[] => [
  program,
  join(import.meta.dirname, '../regressions/clients/installed', file),
  ...words,
];

/** Row A2: packages in a set-up that never starts TLS were inconclusive throughout; `needs` is there where they are installed. */
const NEVER: readonly (readonly [client: string, needs: string, protocol: ProtocolName, command: readonly string[]])[] =
  [
    ['smtplib', '/usr/bin/python3', 'smtp', installed('/usr/bin/python3', 'smtplib_client.py', 'never')],
    [
      'Django',
      '/usr/lib/python3/dist-packages/django/__init__.py',
      'smtp',
      installed('/usr/bin/python3', 'django_client.py', 'never'),
    ],
    [
      'PHPMailer',
      '/usr/share/php/libphp-phpmailer/autoload.php',
      'smtp',
      installed('/usr/bin/php', 'phpmailer.php', 'never'),
    ],
    ['node-imap', process.execPath, 'imap', installed(process.execPath, 'node-imap.cjs', 'never')],
  ];
const NOTHING = /no secret|nothing secret|sent nothing|sent no |without logging in|inside TLS only/i;

// Row A12 of the verdicts that were wrong: “and sent no secret either”, of a client whose other case had leaked.
describe('what is said of a client that leaks', function () {
  const it = itOf('diagnosis');
  this.timeout(60_000);

  before(function () {
    requireReal(this, 'python3');
  });

  for (const [what, protocol, command] of LEAKING) {
    it(`nothing contradicts the leak: one that ${what}`, async () => {
      const { code, stdout, stderr } = await waxseal(
        ...['test', '--protocol', protocol, '--tls', 'starttls', '--scenario', '{starttls-not-offered,preauth}'],
        ...[
          '--scenario',
          'starttls-refused/{454,no,err}',
          '--scenario',
          'login-before-starttls',
          '--no-self-test',
          '--format',
          'json',
        ],
        ...['--', ...command],
      );
      expect(code, stderr).to.equal(1);
      const { results, diagnosis = [] } = JSON.parse(stdout) as Report;
      const [control, ...others] = results;
      expect(results.filter(({ status }) => status === 'unsafe')).to.have.length.greaterThan(0);
      const leaks = /sent in clear/;
      if (control?.status !== 'unsafe')
        expect(diagnosis.join('\n'))
          .to.match(/it leaks in /)
          .and.match(leaks);
      for (const said of [...diagnosis, ...results.map(({ because }) => because)]) expect(said).not.to.match(NOTHING);
      expect(others.filter(({ status }) => status === 'safe')).to.deep.equal([]);
    });
  }

  for (const [client, needs, protocol, command] of NEVER) {
    it(`${client}, which never starts TLS, is unsafe, and the exit code is 1`, async function () {
      if (!existsSync(needs)) skipUnlessRequired(this, `${needs} missing: scripts/install-daemons`);
      const { code, stdout, stderr } = await waxseal(
        ...['test', '--protocol', protocol, '--tls', 'starttls', '--no-self-test', '--format', 'json'],
        ...['--scenario', 'starttls-not-offered', '--', ...command],
      );
      expect(code, stderr).to.equal(1);
      const { results } = JSON.parse(stdout) as Report;
      const stripped = results.find(({ id }) => id === 'starttls-not-offered');
      expect(stripped?.status).to.equal('unsafe');
      expect(stripped?.because).to.match(/sent in clear/);
    });
  }
});
