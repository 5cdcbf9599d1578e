import { expect } from 'chai';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import type { AuditOptions } from '../../src/audit/options.js';
import { depthNamed } from '../../src/cli/options.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { renderReport } from '../../src/report/render.js';
import { it } from '../support/in-turn.js';

const options = async (more: AuditOptions): Promise<AuditOptions> => ({
  family: 4,
  authorities: [(await toyAuthority()).pem],
  patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
  ...more,
});

const audited = async (port: number): Promise<AuditSession> =>
  audit([`submission://localhost:${String(port)}`], await options({}));

/** A server with so many defects that hellos alone would use up the connections. */
const BAD = { versions: { oldest: 'TLSv1' }, suites: 'ALL:eNULL:@SECLEVEL=0' } as const;

/** One that hangs up on some hellos: it takes more of them to see which. */
const WORSE: NonNullable<Parameters<typeof toyServer>[1]> = {
  ...BAD,
  refusesHello: ({ cipherSuites, groups }) => cipherSuites[0] === DHE_RSA_AES128_GCM || groups.includes(X25519MLKEM768),
};
const DHE_RSA_AES128_GCM = 0x009e;
const X25519MLKEM768 = 0x11ec;
/** DHE and RSA with AES-256. */
const DHE_OR_RSA_CBC: ReadonlySet<number> = new Set([0x0035, 0x0039]);

describe('the depth of an audit', () => {
  for (const { role } of WELL_KNOWN_PORTS) {
    it(`quick: one connection to ${role}, and no login attempt`, async () => {
      await using server = await toyServer(role);
      const { results, faults } = await audit(
        [`${role}://localhost:${String(server.port)}`],
        await options({ depth: 'quick', loginAttempts: 0 }),
      );
      expect(server.accepted).to.equal(1);
      expect(faults).to.deep.equal([]);
      expect(results.filter(({ status }) => status === 'inconclusive')).to.deep.equal([]);
      expect(results.map(({ id }) => id)).to.include('certificate-untrusted');
    });
  }

  for (const role of ['smtp', 'pop3', 'imaps'] as const)
    for (const [kind, flaw] of [
      ['good', undefined],
      ['bad', BAD],
    ] as const)
      it(`normal: at most 20 connections to a ${kind} ${role}, logins among them`, async () => {
        await using server = await toyServer(role, flaw);
        const { results } = await audit([`${role}://localhost:${String(server.port)}`], await options({}));
        expect(server.accepted).to.be.at.most(20);
        const login = results.find(({ id }) => id === 'login-accepted-before-tls');
        expect(login?.status ?? 'pass').to.equal('pass');
      });

  it('is told in the report, with what it left out', async () => {
    await using server = await toyServer('imaps');
    const session = await audit(
      [`imaps://localhost:${String(server.port)}`],
      await options({ depth: 'quick', seed: 'any' }),
    );
    const report = session.report();
    expect(report.depth).to.equal('quick');
    expect(report.leftOut).to.deep.include({ check: 'weak-signatures', depth: 'full' });
    expect(report.leftOut).to.deep.include({ check: 'tls-1-0-accepted', depth: 'normal' });
    expect(report.leftOut?.map(({ check }) => check)).to.not.include('certificate-untrusted');
    const text = renderReport(report, 'text');
    expect(text).to.match(/\d+ checks need --depth normal \(this run: quick\)\n/);
    expect(text).to.match(/\d+ checks need --depth full \(this run: quick\)\n/);
  });

  it('leaves to full what the connections of a port do not suffice for, and says so', async () => {
    await using server = await toyServer('submission', WORSE);
    const session = await audited(server.port);
    // Ten more make sure that the two hellos are refused, and not cut by a limit of connections.
    expect(server.accepted).to.be.at.most(20 + 10);
    const report = session.report();
    const left = report.leftOut?.flatMap(({ check, case: key }) => (key === undefined ? [] : [check])) ?? [];
    expect(left).to.not.deep.equal([]);
    const severities = new Map(checks.map(({ id, severity }) => [id, severity]));
    expect(left.filter((id) => ['critical', 'high'].includes(severities.get(id) ?? 'critical'))).to.deep.equal([]);
    expect(session.results.filter(({ id }) => left.includes(id))).to.deep.equal([]);
    expect(renderReport(report, 'text')).to.match(/\d+ checks need --depth full \(this run: normal\)/);
  });

  it('needs no hello of its own for versions older than one that every family of hellos was refused', async () => {
    // OpenSSL answers with internal_error where its security level allows no signature of these versions.
    await using server = await toyServer('submission', {
      versions: { oldest: 'TLSv1' },
      suites: 'DEFAULT:@SECLEVEL=2',
    });
    const { results } = await audited(server.port);
    expect(server.accepted).to.be.at.most(20);
    expect(results.filter(({ status }) => status === 'inconclusive')).to.deep.equal([]);
    for (const id of ['tls-1-1-accepted', 'tls-1-0-accepted', 'ssl-3-accepted'])
      expect(results.find((each) => each.id === id)?.status, id).to.equal('pass');
  });

  it('finds an old version that only one family of hellos shows, though the others are said beside it', async () => {
    await using server = await toyServer('submission', {
      ...BAD,
      refusesHello: ({ versions, cipherSuites }) =>
        versions[0] !== 'TLSv1.3' && cipherSuites.some((id) => DHE_OR_RSA_CBC.has(id)),
    });
    // Depth normal has not enough connections for all that is asked of such a server.
    const { results } = await audit(
      [`submission://localhost:${String(server.port)}`],
      await options({ depth: 'full', checks: checks.filter(({ id }) => id === 'tls-1-1-accepted') }),
    );
    expect(results.map(({ status }) => status)).to.deep.equal(['fail']);
  });

  it('full leaves nothing out', async () => {
    await using server = await toyServer('imaps');
    const session = await audit(
      [`imaps://localhost:${String(server.port)}`],
      await options({ depth: 'full', checks: [] }),
    );
    expect(session.report()).to.include({ depth: 'full' }).and.not.have.property('leftOut');
  });

  it('quick calls a failed handshake inconclusive: one hello is no proof', async () => {
    await using server = await toyServer('imap', { refusesHello: () => true });
    const { results } = await audit([`imap://localhost:${String(server.port)}`], await options({ depth: 'quick' }));
    expect(server.accepted).to.equal(1);
    expect(new Set(results.map(({ status }) => status))).to.deep.equal(new Set(['inconclusive']));
    expect(results[0]?.because).to.match(/^the TLS handshake failed .*--depth normal does/);
  });

  it('quick does not find out what an unusual port speaks', async () => {
    await using server = await toyServer('imap');
    const { faults } = await audit([`localhost:${String(server.port)}`], await options({ depth: 'quick' }));
    expect(faults.map(({ fault }) => fault.message).join()).to.match(/name the protocol, as in imaps:/);
  });

  for (const [word, depth] of [
    ['quick', 'quick'],
    ['normal', 'normal'],
    ['full', 'full'],
    ['glance', 'quick'],
    ['verdict', 'normal'],
  ] as const)
    it(`${word} is ${depth}`, () => {
      expect(depthNamed(word)).to.equal(depth);
    });

  it('has no other names', () => {
    expect(() => depthNamed('constructor')).to.throw('quick, normal, full');
  });
});
