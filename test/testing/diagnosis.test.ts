import { expect } from 'chai';
import { join } from 'node:path';
import { waxseal } from '../cli/run-cli.js';
import type { Report } from '../../src/document/report-model.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { requireReal } from '../support/real.js';
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
});
