import { expect } from 'chai';
import { audit, type AuditSession } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import checks from '../../src/checks/index.js';
import type { ServerFlaw } from '../../src/checks/check.js';
import { wait } from '../../src/endpoints/tamper.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { it } from '../support/in-turn.js';
import { tappedDoor, type Meddle, type TappedDoor } from '../support/tapped-door.js';

const PATIENCE = { hint: 150, greeting: 1500, reply: 1500, handshake: 1500, quiet: 60, backOff: 20 };

/** What a server with two doors is, and what the check says of it where nothing separates them. */
const DOORS = [
  { own: 'imap', other: 'imaps', upgrade: 'STARTTLS', then: 'warn low' },
  { own: 'pop3', other: 'pop3s', upgrade: 'STLS', then: 'warn medium' },
  { own: 'submission', other: 'submissions', upgrade: 'STARTTLS', then: 'warn medium' },
  { own: 'sieve', other: 'sieves', upgrade: 'STARTTLS', then: 'info info' },
] as const satisfies readonly {
  readonly own: PortRole;
  readonly other: PortRole;
  readonly upgrade: string;
  readonly then: string;
}[];

interface Audited {
  readonly session: AuditSession;
  readonly own: TappedDoor;
  readonly other: TappedDoor;
}

/** The check of the port with STARTTLS of a server with two doors, with all that clients said to both. */
const spliced = async (
  { own: ownRole, other: otherRole }: (typeof DOORS)[number],
  flaw: ServerFlaw['server'] = {},
  { meddle, ownFlaw = {}, ...options }: AuditOptions & { meddle?: Meddle; ownFlaw?: ServerFlaw['server'] } = {},
): Promise<Audited> => {
  await using ownServer = await toyServer(ownRole, ownFlaw);
  await using otherServer = await toyServer(otherRole, flaw);
  await using own = await tappedDoor(ownServer.port);
  await using other = await tappedDoor(otherServer.port, meddle);
  const session = await audit(
    [`${ownRole}://localhost:${String(own.port)}`, `${otherRole}://localhost:${String(other.port)}`],
    {
      checks: checks.filter(({ id }) => id === 'doors-can-be-spliced'),
      family: 4,
      authorities: [(await toyAuthority()).pem],
      patience: PATIENCE,
      ...options,
    },
  );
  return { session, own, other };
};

const verdictOf = ({ session }: Audited): string => {
  const [{ status, severity, because } = { status: '', severity: '', because: 'no result' }] = session.results;
  return `${status} ${severity}: ${because}`;
};

/** The first bytes of a ClientHello. */
const HELLO = /\x16\x03[\x00-\x04]/;

describe('a client of one door that is led to the other one', () => {
  for (const doors of DOORS) {
    it(`${doors.own}: says ${doors.upgrade} to the one, and its ClientHello reaches the other; one connection to each`, async () => {
      const audited = await spliced(doors);
      const { session, own, other } = audited;
      expect(verdictOf(audited)).to.match(
        new RegExp(`^${doors.then}: an attacker on the path can lead STARTTLS clients`),
      );
      // The first connection to each is the door's own client.
      expect([own.tapped.length, other.tapped.length]).to.deep.equal([2, 2]);
      expect(own.tapped[1]?.said).to.include(doors.upgrade);
      expect(own.tapped[1]?.said).to.not.match(HELLO);
      expect(other.tapped[1]?.said).to.match(new RegExp(`^${HELLO.source}`));
      const led = session.connections.filter(({ transcript }) =>
        transcript.entries.some(
          (entry) =>
            entry.kind === 'note' && entry.what === 'led-elsewhere' && entry.to.endsWith(`:${String(other.port)}`),
        ),
      );
      expect(led.map(({ listener }) => listener.port)).to.deep.equal([own.port]);
      const [evidence] = session.results[0]?.evidence ?? [];
      if (doors.then !== 'info info') expect(evidence?.connection).to.equal(led[0]?.id);
    });

    it(`${doors.own}: is refused where the other door demands ALPN, and served there with it`, async () => {
      const demanding = { refusesHello: ({ alpn }: { alpn: readonly string[] }) => alpn.length === 0 };
      expect(verdictOf(await spliced(doors, demanding))).to.match(
        /^pass medium: port \d+ refused a client of this port \(.+\): it accepts only clients that name its protocol with ALPN$/,
      );
    });

    it(`${doors.own}: refuses the other door’s certificate where it is for another name`, async () => {
      expect(verdictOf(await spliced(doors, { certificate: 'wrong-name' }))).to.match(
        /^pass medium: .*clients of this port do not accept the certificate of port \d+$/,
      );
    });

    it(`${doors.own}: has nowhere to be led where the other door is closed`, async () => {
      await using own = await toyServer(doors.own);
      const { results } = await audit([`${doors.own}://localhost:${String(own.port)}`], {
        checks: checks.filter(({ id }) => id === 'doors-can-be-spliced'),
        family: 4,
        authorities: [(await toyAuthority()).pem],
        patience: PATIENCE,
      });
      expect(results.map(({ status }) => status)).to.deep.equal(['not-applicable']);
    });

    for (const [title, how, because] of [
      ['is cut at once', 'cut', /did not go along \(.+\); it may limit connections, have banned this address/],
      ['is cut at its ClientHello', 'cut-at-hello', /did not go along \(.+\); it may limit connections/],
      ['is met by silence', 'mute', /did not go along \(.+\); it may limit connections/],
      ['is met by silence inside TLS', 'mute-inside', /did not go along \(no greeting within the time for one\)/],
      [
        'is told in clear to come later',
        Buffer.from('421 4.7.0 too many connections from you\r\n'),
        /did not go along \(421 4\.7\.0 too many connections from you\)/,
      ],
    ] as const)
      it(`${doors.own}: that ${title} is no separation: inconclusive, and others are not kept from the server`, async () => {
        const audited = await spliced(doors, {}, { meddle: (connection) => (connection > 1 ? how : undefined) });
        const verdict = verdictOf(audited);
        expect(verdict).to.match(/^inconclusive /);
        expect(verdict).to.match(because);
        expect(audited.session.faults).to.deep.equal([]);
      });
  }

  it('that is cut for want of ALPN is not kept out where one with ALPN is cut as well', async () => {
    const [, pop3] = DOORS;
    const demanding = { refusesHello: ({ alpn }: { alpn: readonly string[] }) => alpn.length === 0 };
    // Its own clients were served on the third connection: without ALPN, with nothing but ECDHE, and with ALPN.
    const audited = await spliced(pop3, demanding, { meddle: (connection) => (connection > 3 ? 'cut' : undefined) });
    expect(verdictOf(audited)).to.match(/^inconclusive /);
  });

  it('is served late: the greeting there may take long', async () => {
    const audited = await spliced(DOORS[2], lateGreeting());
    expect(verdictOf(audited)).to.match(/^warn medium: /);
  });

  it('accepts another certificate of the same authority for the same name', async () => {
    expect(verdictOf(await spliced(DOORS[1], { certificate: 'another' }))).to.match(/^warn medium: /);
  });

  it('accepts a good certificate at the other door also where its own has an expired one', async () => {
    const audited = await spliced(DOORS[1], {}, { ownFlaw: { certificate: 'expired' } });
    expect(verdictOf(audited)).to.match(/^warn medium: /);
  });

  it('accepts both certificates of an authority that waxseal does not know', async () => {
    const audited = await spliced(DOORS[1], { certificate: 'another' }, { authorities: [] });
    expect(verdictOf(audited)).to.match(/^warn medium: /);
  });

  it('is served at a door that knows ECDHE only, as the clients of that door are', async () => {
    const audited = await spliced(DOORS[1], {
      versions: { newest: 'TLSv1.2' },
      refusesHello: ({ cipherSuites }) => cipherSuites.some((suite) => DHE.has(suite)),
    });
    expect(verdictOf(audited)).to.match(/^warn medium: /);
  });

  it('is not tried where no connection is left: what both doors show decides, and the facts say so', async () => {
    const audited = await spliced(DOORS[1], {}, { maxConnections: 1 });
    expect(audited.other.tapped.length).to.equal(1);
    expect(verdictOf(audited)).to.match(/^warn medium: /);
    expect(JSON.stringify(audited.session.results[0]?.facts)).to.include('"isForeseen":true');
  });

  for (const { own: ownRole, other: otherRole } of DOORS)
    it(`leaves at most 20 connections to ${ownRole} and to ${otherRole} at depth normal`, async () => {
      // Hellos alone would use up the connections.
      const bad: ServerFlaw['server'] = { versions: { oldest: 'TLSv1' }, suites: 'ALL:eNULL:@SECLEVEL=0' };
      await using own = await toyServer(ownRole, bad);
      await using other = await toyServer(otherRole, bad);
      const { results } = await audit(
        [`${ownRole}://localhost:${String(own.port)}`, `${otherRole}://localhost:${String(other.port)}`],
        { family: 4, authorities: [(await toyAuthority()).pem], patience: PATIENCE },
      );
      expect(Math.max(own.accepted, other.accepted)).to.be.at.most(20);
      const statuses = results.flatMap(({ id, status }) => (id === 'doors-can-be-spliced' ? [status] : []));
      expect(statuses).to.deep.equal([ownRole === 'sieve' ? 'info' : 'warn']);
    });
});

/** A greeting that comes inside TLS after the time that others take. */
const lateGreeting = (): ServerFlaw['server'] => ({
  tamper: { greeting: (_, next) => [wait(700), ...next()] },
});

const DHE: ReadonlySet<number> = new Set([0x9e, 0x9f, 0x33, 0x39, 0x67, 0x6b, 0xccaa]);
