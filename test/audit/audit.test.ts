import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import type { Check } from '../../src/checks/check.js';
import { reportExitCode } from '../../src/document/exit-code.js';
import { Fault } from '../../src/fault.js';
import { audit } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import { rawServer, scripted, type RawServer } from '../support/raw-server.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';

const only = (...ids: readonly string[]): readonly Check[] => checks.filter(({ id }) => ids.includes(id));

const quick: AuditOptions = {
  family: 4,
  patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
};

describe('an audit', () => {
  it('names a wrong scheme, and audits what is really there', async () => {
    await using server = await toyServer('imaps');
    const { pem } = await toyAuthority();
    const { listeners, results, faults } = await audit([`imap://localhost:${String(server.port)}`], {
      ...quick,
      authorities: [pem],
      checks: only('port-mismatch', 'certificate-untrusted'),
    });
    expect(faults).to.deep.equal([]);
    expect(listeners.map(({ listener, opening }) => `${listener.role} ${opening?.kind ?? ''}`)).to.deep.equal([
      'imap tls-at-once',
      'imaps greeted',
    ]);
    expect(results.map(({ id, portRole, status }) => `${portRole} ${id} ${status}`).sort()).to.deep.equal([
      'imap certificate-untrusted not-applicable',
      'imap port-mismatch fail',
      'imaps certificate-untrusted pass',
      'imaps port-mismatch pass',
    ]);
  });

  it('names another protocol, and audits that', async () => {
    await using server = await toyServer('imap');
    const { listeners } = await audit([`pop3://localhost:${String(server.port)}`], {
      ...quick,
      checks: only('port-mismatch'),
    });
    expect(listeners.map(({ listener, opening }) => `${listener.role} ${opening?.kind ?? ''}`)).to.deep.equal([
      'pop3 foreign',
      'imap greeted',
    ]);
  });

  for (const role of ['imap', 'imaps', 'pop3', 'submissions', 'sieve'] as const) {
    it(`finds out by itself that ${role} is on a port of no known use`, async () => {
      await using server = await toyServer(role);
      const { listeners, faults } = await audit([`localhost:${String(server.port)}`], {
        ...quick,
        checks: only('port-mismatch'),
      });
      expect(faults).to.deep.equal([]);
      expect(listeners.map(({ listener }) => listener.role)).to.deep.equal([role]);
    });
  }

  it('probes a listener once for all its names, with a handshake a name', async () => {
    await using server = await toyServer('imap');
    const { pem } = await toyAuthority();
    const port = String(server.port);
    const { listeners, results } = await audit([`imap://localhost:${port}`, `imap://127.0.0.1:${port}`], {
      ...quick,
      authorities: [pem],
      checks: only('certificate-wrong-name', 'starttls-not-advertised'),
    });
    expect(listeners).to.have.length(1);
    expect(listeners[0]?.names).to.deep.equal(['localhost', '127.0.0.1']);
    expect(results.map(({ id, host, status }) => `${id} ${host} ${status}`)).to.deep.equal([
      'certificate-wrong-name localhost pass',
      'certificate-wrong-name 127.0.0.1 pass',
      'starttls-not-advertised localhost pass',
    ]);
    expect(server.accepted).to.equal(2);
  });

  it('takes a named port that refuses for a fault', async () => {
    const gone = await rawServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    const { faults, results } = await audit([`imap://127.0.0.1:${String(gone.port)}`], quick);
    expect(results).to.deep.equal([]);
    expect(faults.map(({ fault }) => fault.message)).to.match(
      /127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\); nothing listens there/,
    );
  });

  it('does not take ports for closed that it had no time for', async () => {
    const session = await audit(['127.213.7.9'], { ...quick, checks: [], rate: 1 / 60, maxTime: 10_000 });
    expect(session.closed.map(({ role, how }) => `${role} ${how}`)).to.deep.equal(['smtp refused']);
    expect(session.faults.map(({ fault }) => fault.message)).to.deep.equal([
      '127.213.7.9: ports 587, 465, 143, 993, 110, 995, 4190 not audited: not done within 10 s; allow more with --max-time',
    ]);
    expect(reportExitCode(session.report())).to.equal(3);
  });

  it('takes a host of which no port answers for a fault', async () => {
    // Nobody listens on the well-known ports of this address.
    const { faults, closed } = await audit(['127.213.7.9'], quick);
    expect(closed.map(({ role, how }) => `${role} ${how}`))
      .to.include('imap refused')
      .and.to.have.length(8);
    expect(faults.map(({ fault }) => fault.message)).to.deep.equal([
      '127.213.7.9 answers on no mail port; is the name right, and is a firewall in between?',
    ]);
  });

  it('takes a loopback address that refuses for closed, where the name has another one that answers', async () => {
    await using server = await toyServer('imap');
    const { faults, closed, listeners } = await audit([`imap://localhost:${String(server.port)}`], {
      ...quick,
      resolve: async () => ['127.213.7.9', '127.0.0.1'],
      checks: only('port-mismatch'),
    });
    expect(faults).to.deep.equal([]);
    expect(listeners.map(({ listener }) => listener.address)).to.deep.equal(['127.0.0.1']);
    expect(closed.map(({ address, how }) => `${address} ${how}`)).to.deep.equal(['127.213.7.9 refused']);
  });

  it('asks a busy server once more, after a pause', async () => {
    let calls = 0;
    await using server = await rawServer((socket) => {
      calls += 1;
      if (calls % 2 === 1) socket.end('421 4.7.0 too many connections\r\n');
      else
        scripted(
          ['220 ready\r\n'],
          { EHLO: '250 mail\r\n', MAIL: '530 no\r\n', QUIT: '221 bye\r\n' },
          () => '502 what?\r\n',
        )(socket);
    });
    const { results } = await audit([`submission://127.0.0.1:${String(server.port)}`], {
      ...quick,
      parallel: 1,
      checks: only('starttls-not-advertised', 'mail-accepted-before-tls'),
    });
    expect(results.map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
      'mail-accepted-before-tls pass',
      'starttls-not-advertised fail',
    ]);
    expect(calls).to.equal(4);
  });

  it('says that a name cannot be resolved', async () => {
    const { faults } = await audit(['imap://no-such-host.invalid'], quick);
    expect(faults[0]?.fault.message).to.match(/^no-such-host\.invalid cannot be resolved/);
  });

  it('refuses to audit nothing', async () => {
    const error: unknown = await audit([]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Fault).with.property('code', 'BAD_USAGE');
  });

  it('spends no more login attempts an address than its budget, first where a login is offered', async () => {
    await using strict = await toyServer('imap');
    await using sloppy = await toyServer('pop3', {
      settings: (honest) => ({ ...honest, acceptsLoginOutside: true, outside: { ...honest.inside, upgrade: true } }),
    });
    const { results } = await audit(
      [`imap://127.0.0.1:${String(strict.port)}`, `pop3://127.0.0.1:${String(sloppy.port)}`],
      { ...quick, loginAttempts: 1, checks: only('login-accepted-before-tls') },
    );
    expect(results.map(({ protocol, status }) => `${protocol} ${status}`).sort()).to.deep.equal([
      'imap inconclusive',
      'pop3 fail',
    ]);
    expect(results.find(({ protocol }) => protocol === 'imap')?.because).to.match(
      /login limit reached \(1 per address/,
    );
  });

  it('opens no more connections a listener than allowed', async () => {
    await using server = await toyServer('imap');
    const { results, connections } = await audit([`imap://127.0.0.1:${String(server.port)}`], {
      ...quick,
      maxConnections: 3,
    });
    expect(connections.length).to.equal(3);
    const leftOut = results.filter(({ because }) => because.includes('--max-connections'));
    expect(new Set(leftOut.map(({ status }) => status))).to.deep.equal(new Set(['inconclusive']));
  });

  it('takes sudden silence after login probes for a ban, not for a finding', async () => {
    const servers: RawServer[] = [];
    const play = scripted(
      ['* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n'],
      { CAPABILITY: '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n' },
      (line) => {
        if (line.includes('AUTHENTICATE')) for (const server of servers) void server[Symbol.asyncDispose]();
        return 'TAG NO not now\r\n';
      },
    );
    servers.push(await rawServer(play), await rawServer(play));
    const { results, faults } = await audit(
      servers.map(({ port }) => `imap://127.0.0.1:${String(port)}`),
      { ...quick, checks: only('login-accepted-before-tls') },
    );
    expect(faults).to.deep.equal([]);
    expect(results.map(({ status }) => status)).to.not.include('fail');
    expect(results.at(-1)?.because).to.match(
      /^127\.0\.0\.1 no longer answers since login and injection probes began: this address is probably banned/,
    );
  });

  it('tells results as they come in', async () => {
    await using server = await toyServer('imap');
    const told: string[] = [];
    const { results } = await audit([`imap://127.0.0.1:${String(server.port)}`], {
      ...quick,
      depth: 'quick',
      onResult: ({ id }) => told.push(id),
    });
    expect(told).to.deep.equal(results.map(({ id }) => id));
    expect(told).to.include('starttls-not-advertised').and.not.to.include('tls-1-0-accepted');
  });
});
