import { expect } from 'chai';
import { join } from 'node:path';
import { commandDriver } from '../../src/clients/command.js';
import { caseId, casesOf } from '../../src/cases/case.js';
import type { Listener } from '../../src/endpoints/listener.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import type { PortRole, ProtocolName } from '../../src/protocols/protocol.js';
import type { Through } from '../../src/stage/middle-seat.js';
import scenarios from '../../src/scenarios/index.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import type { ClientStatus, Seat } from '../../src/verdict/visit.js';
import { requireReal } from '../support/real.js';
import { authority, Subject } from '../support/subject.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';

interface Row {
  readonly kind: string;
  readonly protocol: ProtocolName;
  readonly role: PortRole;
}

/** Clients that read their buffer only when new bytes arrive, and log in as they like. */
const ROWS: readonly Row[] = [
  { kind: 'smtp-login', protocol: 'smtp', role: 'submission' },
  { kind: 'smtp-login-blind', protocol: 'smtp', role: 'submission' },
  { kind: 'imap-login', protocol: 'imap', role: 'imap' },
  { kind: 'imap-login-blind', protocol: 'imap', role: 'imap' },
  { kind: 'imap-login-unasked', protocol: 'imap', role: 'imap' },
  { kind: 'imap-cram-else-login', protocol: 'imap', role: 'imap' },
  { kind: 'pop3-user', protocol: 'pop3', role: 'pop3' },
  { kind: 'pop3-user-listed', protocol: 'pop3', role: 'pop3' },
];

/** A client that starts TLS at once reads the late bytes as a broken handshake, whatever it does with its buffer. */
const LATE = ['starttls-response-injection/late-segment'];

/** All forms of the injection that the protocol has, but the late one. */
const injected = (protocol: ProtocolName, seat: Seat): string[] =>
  casesOf(
    scenarios.filter(({ id }) => id === 'starttls-response-injection'),
    protocol,
    'starttls',
    seat,
  )
    .map(caseId)
    .filter((id) => !LATE.includes(id));

/** What these clients remember, or do not, is a buffer; lists they ask for again. */
const OTHERS = ['capability-carry-over/list', 'capability-carry-over/no-login-inside'];

describe('clients that read their buffer when new bytes arrive', function () {
  this.timeout(60_000);
  let folder: SessionFolder;

  before(function () {
    requireReal(this, 'python3');
    folder = openSession();
  });
  after(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const subjectOf = async ({ kind, protocol }: Row, leftover: string, through?: Through): Promise<Subject> => {
    const words = ['python3', join(import.meta.dirname, 'clients/lazy.py'), kind, leftover];
    const driver = commandDriver([...words, '{host}', '{port}', '{ca}', '{servername}', '{user}', '{password}'], {
      folder,
      trust: await authority(),
    });
    return new Subject({ protocol, tls: 'starttls', driver, maxTime: 8000, ...(through && { through }) });
  };

  const expectAll = async (subject: Subject, ids: readonly string[], status: ClientStatus): Promise<void> => {
    expect((await subject.judge('control')).status).to.equal('safe');
    const judged = await Promise.all(ids.map(async (id) => ({ id, ...(await subject.judge(id)) })));
    for (const each of judged) expect(each.status, `${each.id}: ${each.because}`).to.equal(status);
  };

  for (const row of ROWS) {
    it(`${row.kind}, which keeps it over the start of TLS, is unsafe`, async () => {
      const subject = await subjectOf(row, 'keep');
      await expectAll(subject, injected(row.protocol, 'server'), 'unsafe');
      await expectAll(subject, LATE, 'not-applicable');
    });

    it(`${row.kind}, which throws it away, is safe`, async () => {
      const subject = await subjectOf(row, 'discard');
      await expectAll(subject, [...injected(row.protocol, 'server'), ...OTHERS], 'safe');
      await expectAll(subject, LATE, 'not-applicable');
    });

    it(`${row.kind} in front of another server`, async () => {
      await using server: Listener = await toyServer(row.role);
      const through: Through = {
        server: { host: '127.0.0.1', port: server.port, protocol: row.protocol, tls: 'starttls' },
        ca: (await toyAuthority()).pem,
        account: canariesOf('toy server', 1),
      };
      const keeping = await subjectOf(row, 'keep', through);
      await expectAll(keeping, injected(row.protocol, 'middle'), 'unsafe');
      await expectAll(keeping, LATE, 'not-applicable');
      const discarding = await subjectOf(row, 'discard', through);
      await expectAll(discarding, [...injected(row.protocol, 'middle'), ...OTHERS], 'safe');
      await expectAll(discarding, LATE, 'not-applicable');
    });
  }
});
