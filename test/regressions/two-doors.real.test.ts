import { expect } from 'chai';
import { join } from 'node:path';
import { commandDriver } from '../../src/clients/command.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import { portOf } from '../../src/protocols/port-roles.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { told } from '../../src/verdict/told.js';
import { expectTruths, type Truth } from '../support/client-rows.js';
import { requireReal } from '../support/real.js';
import { authority, Subject } from '../support/subject.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');
const ADDRESS = '127.0.0.6';
const ACCOUNT = { user: 'lab-account', password: 'n0t-A-Canary' };

type Row = readonly [kind: string, scenario: string, truths: readonly Truth[]];

const BEHIND: readonly Truth[] = [['greeting-inside-starttls', 'unsafe', 'it is one reply behind']];

/** Clients unlike our toys, STARTTLS and implicit. */
const STARTTLS: readonly Row[] = [
  ['pop3-one-line', 'greeting-inside-starttls', BEHIND],
  ['pop3-drains', 'greeting-inside-starttls', []],
  // Its silence ends before the client speaks: only a longer one shows what it took for an answer.
  ['pop3-slow', 'greeting-inside-starttls', BEHIND],
  ['pop3-slow-drains', 'greeting-inside-starttls', []],
  ['pop3-reads-capa', 'greeting-inside-starttls', []],
  ['smtp-any-2xx', 'greeting-inside-starttls', BEHIND],
  ['smtp-no-hello', 'greeting-inside-starttls', BEHIND],
  ['smtp-drains', 'greeting-inside-starttls', []],
  ['smtp-strict', 'greeting-inside-starttls', []],
  ['imap-any-ok', 'greeting-inside-starttls', BEHIND],
  ['smtp-past-tls', 'plaintext-inside-tls', [['plaintext-inside-tls', 'unsafe', 'it logs in beneath TLS']]],
  ['smtp-past-tls-late', 'plaintext-inside-tls', [['plaintext-inside-tls', 'unsafe', 'it logs in beneath TLS, later']]],
  ['smtp-comes-back', 'plaintext-inside-tls', [['plaintext-inside-tls', 'unsafe', 'it comes back without TLS']]],
  ['smtp-ends', 'plaintext-inside-tls', []],
  // It waits for the rest of a record, of which clear text is the beginning.
  ['smtp-whole-records', 'plaintext-inside-tls', []],
];

const IMPLICIT: readonly Row[] = [
  ['smtp-talks-first', 'no-greeting-inside-implicit', [['no-greeting-inside-implicit', 'unsafe', 'nobody greeted']]],
  ['smtp-waits', 'no-greeting-inside-implicit', []],
];

describe('the two doors of a server: clients that are no toys', function () {
  this.timeout(60_000);
  before(function () {
    requireReal(this, 'python3');
  });

  for (const [tls, rows] of [
    ['starttls', STARTTLS],
    ['implicit', IMPLICIT],
  ] as const)
    for (const [kind, scenario, truths] of rows)
      it(`${kind}: ${scenario}`, async () => {
        const [name = ''] = kind.split('-');
        await expectTruths({
          client: kind,
          protocol: name === 'pop3' || name === 'imap' ? name : 'smtp',
          tls,
          run: ['python3', '-B', join(FOLDER, 'doors.py'), kind],
          scenario: [scenario],
          truths,
        });
      });
});

const POP3 = `import poplib, ssl, sys
host, port, ca, user, password = sys.argv[1:6]
c = poplib.POP3(host, int(port), timeout=8)
c.stls(context=ssl.create_default_context(cafile=ca))
c.user(user)
c.pass_(password)
try:
    c.quit()
except poplib.error_proto:
    pass
`;

describe('the two doors of a real server', function () {
  this.timeout(60_000);
  let folder: SessionFolder;
  before(function () {
    requireReal(this, 'python3', 'dovecot');
    folder = openSession();
  });
  after(async () => {
    await (folder as SessionFolder | undefined)?.[Symbol.asyncDispose]();
  });

  const subjectOf = async (
    words: readonly string[],
    server: RunningDaemon,
    role: PortRole,
    other: PortRole,
    ca: string,
    interception: Through['interception'] = 'terminate',
  ) => {
    const place = (wanted: PortRole) => {
      const { protocol, tls } = portOf(wanted);
      const port = server.listeners.find(({ portRole }) => portRole === wanted)?.port ?? 0;
      return { host: ADDRESS, port, protocol, tls };
    };
    const { protocol, tls } = portOf(role);
    const driver = commandDriver(words, { folder, trust: await authority() });
    const through: Through = { server: place(role), otherDoor: place(other), ca, account: ACCOUNT, interception };
    return new Subject({ protocol, tls, driver, through });
  };

  it('Python’s poplib is told a wrong password was right', async () => {
    const theirs = await createAuthority();
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
    await using server = await startDovecot({ address: ADDRESS, configuration: 'good', certificate, users: [ACCOUNT] });
    const words = ['python3', '-c', POP3, '{host}', '{port}', '{ca}', '{user}', '{password}'];
    const subject = await subjectOf(words, server, 'pop3', 'pop3s', theirs.pem);
    const { status, because, visit } = await subject.judge('greeting-inside-starttls/login-refused');
    expect(status, because).to.equal('unsafe');
    expect(told(visit)).to.deep.equal({ reported: 'success', although: 'no login was accepted' });
    expect((await subject.judge('greeting-inside-starttls/login-accepted')).status).to.equal('unsafe');
  });

  it('the same with the server’s own TLS, which passes on unread', async () => {
    const theirs = await createAuthority();
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
    await using server = await startDovecot({ address: ADDRESS, configuration: 'good', certificate, users: [ACCOUNT] });
    const words = ['python3', '-c', POP3, '{host}', '{port}', '{ca}', '{user}', '{password}'];
    const subject = await subjectOf(words, server, 'pop3', 'pop3s', theirs.pem, 'tunnel');
    expect((await subject.judge('control')).status).to.equal('safe');
    const { status, because, visit } = await subject.judge('greeting-inside-starttls/login-refused');
    expect(status, because).to.equal('unsafe');
    expect(told(visit)).to.deep.equal({ reported: 'success', although: 'the server does not know the password' });
    expect(visit.connections.map(({ leg, tls }) => `${leg} ${tls}`)).to.deep.equal([
      'client starttls',
      'server starttls',
      'server implicit',
    ]);

    const capa = POP3.replace('c.user', 'c.capa()\nc.user');
    const careful = await subjectOf(
      ['python3', '-c', capa, ...words.slice(3)],
      server,
      'pop3',
      'pop3s',
      theirs.pem,
      'tunnel',
    );
    // It is in step again after CAPA; but nobody sees that.
    const unseen = await careful.judge('greeting-inside-starttls/login-refused');
    expect(unseen.status, unseen.because).to.equal('inconclusive');
    expect(unseen.because).to.match(/passed on unread, and reported failure/);

    const over = POP3.replace(
      'poplib.POP3(host, int(port), timeout=8)',
      'poplib.POP3_SSL(host, int(port), timeout=8, context=ssl.create_default_context(cafile=ca))',
    ).replace(/^c.stls.*$/m, '');
    const waiting = await subjectOf(
      ['python3', '-c', over, ...words.slice(3)],
      server,
      'pop3s',
      'pop3',
      theirs.pem,
      'tunnel',
    );
    const waited = await waiting.judge('no-greeting-inside-implicit');
    expect(waited.status, waited.because).to.equal('safe');
    expect(waited.because).to.match(/^waited for the greeting, and said nothing/);
  });

  it('smtp-server defends itself against clients that speak before it has greeted', async () => {
    const theirs = await createAuthority();
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
    await using server = await startSmtpServer({
      address: ADDRESS,
      configuration: 'good',
      certificate,
      users: [ACCOUNT],
    });
    const words = ['python3', '-B', join(FOLDER, 'doors.py'), 'smtp-any-2xx'];
    const subject = await subjectOf(words, server, 'submission', 'submissions', theirs.pem);
    const { status, because } = await subject.judge('greeting-inside-starttls/login-accepted');
    expect(status, because).to.equal('not-applicable');
    expect(because).to.match(/the server stopped the attack: in place of a greeting it said “421 .*too soon”/);
  });
});
