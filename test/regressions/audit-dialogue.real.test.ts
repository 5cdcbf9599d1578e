import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonOptions, RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { GOOD_EXIM, requireExim, startExim } from '../support/exim.js';
import { requireReal } from '../support/real.js';

// What real servers in good order say to the checks of dialogue and injection, at depth `full`: nothing that needs mending.

const IDS = new Set([
  'answers-after-close-notify',
  'answers-after-failed-handshake',
  'answers-without-handshake',
  'apop-challenge-in-greeting',
  'capabilities-in-go-ahead',
  'capability-lists-differ',
  'channel-binding-missing',
  'hello-name-refused',
  'http-request-tolerated',
  'injection-differs',
  'injection-full-line',
  'injection-literal',
  'injection-partial-line',
  'injection-several-lines',
  'mail-refused-before-tls',
  'outdated-logins',
  'requiretls-offered-before-tls',
  'starttls-form-refused',
  'starttls-pipelined',
  'users-told-before-tls',
  'version-in-banner',
  'wrong-commands-tolerated',
]);

/** Everything but `pass` and `not-applicable`, but that no login has channel binding: `check@role: status`. */
const told = async (targets: readonly string[], ca: string): Promise<string[]> => {
  const { results, faults } = await audit(targets, {
    checks: checks.filter(({ id }) => IDS.has(id)),
    authorities: [ca],
    servername: 'mail.lab.test',
    depth: 'full',
  });
  expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
  return results
    .filter(({ id, status }) => id !== 'channel-binding-missing' && status !== 'pass' && status !== 'not-applicable')
    .map(({ id, portRole, status, because }) => `${id}@${String(portRole)}: ${status}: ${because}`)
    .sort();
};

const DAEMONS: readonly {
  readonly name: 'dovecot' | 'postfix';
  readonly address: string;
  readonly start: (options: DaemonOptions) => Promise<RunningDaemon>;
  readonly told: readonly string[];
}[] = [
  {
    name: 'dovecot',
    address: '127.0.0.2',
    start: startDovecot,
    told: ['http-request-tolerated@submission: info: the body of a request of HTTP is read as commands: 250 2.0.0 OK'],
  },
  { name: 'postfix', address: '127.0.0.3', start: startPostfix, told: [] },
];

describe('audit of the dialogue of real servers', function () {
  this.timeout(120_000);

  for (const { name, address, start, told: expected } of DAEMONS) {
    it(`${name}: nothing needs mending`, async function () {
      requireReal(this, name);
      const { certificate, ca } = await certificateFor('good');
      await using server = await start({
        address,
        configuration: 'good',
        certificate,
        users: [{ user: 'alice', password: 'correcthorse' }],
      });
      const targets = server.listeners.map(({ portRole, port }) => `${portRole}://${address}:${String(port)}`);
      expect(await told(targets, ca)).to.deep.equal(expected);
    });
  }

  it('Exim: its version is told, and it goes on in clear where the client ends TLS', async function () {
    requireExim(this);
    const { server, ca } = await startExim('127.0.0.4', GOOD_EXIM);
    await using exim = server;
    const [smtp, submission, submissions] = exim.ports.map(String);
    const goesOn = (role: string): string =>
      `answers-after-close-notify@${role}: info: after close_notify a command in clear is answered as usual: 250 OK`;
    expect(
      await told(
        [
          `smtp://127.0.0.4:${String(smtp)}`,
          `submission://127.0.0.4:${String(submission)}`,
          `submissions://127.0.0.4:${String(submissions)}`,
        ],
        ca,
      ),
    ).to.deep.equal([
      ...['smtp', 'submission', 'submissions'].map(goesOn),
      ...['smtp', 'submission', 'submissions'].map(
        (role) => `version-in-banner@${role}: info: the version is told: Exim 4.96`,
      ),
    ]);
  });
});
