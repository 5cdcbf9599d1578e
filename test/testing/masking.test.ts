import { expect } from 'chai';
import type { Socket } from 'node:net';
import { caseId } from '../../src/cases/case.js';
import { planOf } from '../../src/cases/plan.js';
import type { ClientTask } from '../../src/clients/driver.js';
import { functionDriver } from '../../src/clients/function.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { honestInside } from '../../src/endpoints/honest.js';
import { loopback } from '../../src/place/loopback.js';
import protocols from '../../src/protocols/index.js';
import scenarios from '../../src/scenarios/index.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { visit } from '../../src/stage/visit.js';
import type { Session } from '../../src/testing/session-options.js';
import { runSession } from '../../src/testing/session.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { honestEndpoint } from '../protocols/honest-endpoint.js';
import { ask, heard, secured, within } from '../support/by-hand.js';
import { isThorough } from '../support/representative.js';
import { sideBySide } from '../support/side-by-side.js';

type Say = (socket: Socket, line: string) => Promise<string>;
type Login = (socket: Socket, task: ClientTask, password: string) => Promise<unknown>;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const smtp: Say = (socket, line) => ask(socket, line, /^\d{3} .*\r\n/m);
const pop: Say = (socket, line) => ask(socket, line, line === 'CAPA' ? /^\.\r\n|^-ERR.*\r\n/m : /\r\n/);
const imap: Say = (socket, line) => ask(socket, line, new RegExp(`^${line.split(' ')[0] ?? ''} .*\\r\\n`, 'm'));

/** Clients that start TLS where it is listed, and log in with an old password before the right one; IMAP's believes an early OK. */
const CLIENTS: Readonly<
  Record<'smtp' | 'imap' | 'pop3', (old: string | undefined, task: ClientTask) => Promise<void>>
> = {
  smtp: (old, task) => {
    const login: Login = (socket, { user }, password) => smtp(socket, `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`);
    return within(task, async (socket) => {
      await heard(socket, /\r\n/);
      const listed = (await smtp(socket, 'EHLO x')).includes('STARTTLS');
      if (listed && !(await smtp(socket, 'STARTTLS')).startsWith('220')) return;
      const line = listed ? await secured(socket, task) : socket;
      if (listed) await smtp(line, 'EHLO x');
      if (old !== undefined) await login(line, task, old);
      await login(line, task, task.password);
      await smtp(line, `MAIL FROM:<${task.from}>`);
    });
  },
  pop3: (old, task) => {
    const login: Login = async (socket, { user }, password) => {
      await pop(socket, `USER ${user}`);
      await pop(socket, `PASS ${password}`);
    };
    return within(task, async (socket) => {
      await heard(socket, /\r\n/);
      const listed = (await pop(socket, 'CAPA')).includes('STLS');
      if (listed && !(await pop(socket, 'STLS')).startsWith('+OK')) return;
      const line = listed ? await secured(socket, task) : socket;
      if (old !== undefined) await login(line, task, old);
      await login(line, task, task.password);
      await pop(line, 'STAT');
    });
  },
  imap: (old, task) =>
    within(task, async (socket) => {
      let text = await heard(socket, /\r\n/);
      text += await imap(socket, 'A001 CAPABILITY');
      const isEarly = /^A002 OK/m.test(text);
      const listed = text.includes('STARTTLS');
      if (listed && !/^A002 OK/m.test(isEarly ? text : await imap(socket, 'A002 STARTTLS'))) return;
      const line = listed && !isEarly ? await secured(socket, task) : socket;
      if (old !== undefined) await imap(line, `A003 LOGIN ${task.user} "${old}"`);
      await imap(line, `A004 LOGIN ${task.user} "${task.password}"`);
      await imap(line, 'A005 SELECT INBOX');
    }),
};

const WORDS: Readonly<Record<keyof typeof CLIENTS, readonly string[]>> = {
  smtp: ['answers', 'DATA', '2.0.0', 'withheld'],
  pop3: ['answers', '+OK', 'CAPA', 'released'],
  imap: ['answers', 'OK Begin', 'A002 STARTTLS', 'A002', 'A004 LOGIN', 'released'],
};

/** Row A17: the note on a release was “answers released”, and masking hit it. */
const OF_NOTES = ['answers', 'withheld', 'released'];

const GLOBS: Readonly<Record<keyof typeof CLIENTS, readonly string[]>> = {
  smtp: ['starttls-not-offered', 'starttls-refused/454', 'starttls-response-injection/full-line', 'control-withheld'],
  pop3: ['starttls-not-offered', 'starttls-refused/err', 'starttls-response-injection/full-line', 'control-withheld'],
  imap: [
    ...['starttls-not-offered', 'starttls-refused/no', 'early-tagged-ok', 'starttls-response-injection/full-line'],
    'control-withheld',
  ],
};

// Masking overwrites a password wherever it stands; what judges and controls read is taken from the bytes before it.
describe('a session judges before it masks: a password that is a word of the protocol changes no verdict', function () {
  this.timeout(60_000);
  const it = sideBySide(3);
  let ours: Authority;
  let theirs: Authority;

  before(async () => {
    [ours, theirs] = await Promise.all([createAuthority(), createAuthority()]);
  });

  const sessionOf = (protocol: keyof typeof CLIENTS, old: string | undefined, through?: Through): Promise<Session> => {
    const settings = {
      seed: 'words',
      place: loopback,
      authority: ours,
      driver: functionDriver((task) => CLIENTS[protocol](old, task)),
      policy: 'required' as const,
      // No client of these waits for it: a slow machine must not end what comes later.
      maxTime: 20_000,
      secrets: new Map<string, number>(),
      ...(through && { through }),
    };
    return runSession({
      plan: planOf({
        scenarios,
        setUps: [{ protocol, tls: 'starttls' }],
        seat: through === undefined ? 'server' : 'middle',
        provides: [],
        globs: GLOBS[protocol],
        repeat: 1,
      }),
      observe: (one, number, taught) => visit(one, number, settings, taught),
      masking: { secrets: 'mask', key: Buffer.from('key'), known: new Set() },
      seed: 'words',
      place: 'loopback',
      subject: {},
      reproduce: () => [],
      keep: () => undefined,
    });
  };

  // Visits end in any order.
  const verdicts = ({ seen }: Session): string[] =>
    seen
      .map(
        ({ one, visit: { control, withheld }, judgement: { status, leaked, evidence } }) =>
          `${caseId(one)} ${status} ${leaked.join()} ${String(evidence.length)} ${JSON.stringify([control?.tags, control?.verbsInside, withheld?.ways])}`,
      )
      .sort();

  /** When answers were withheld and released, as it is stored, and what is then judged of it. */
  const storedNotes = ({ seen }: Session): string[] =>
    seen
      .map(({ one, visit: stored }) => {
        const notes = stored.connections.flatMap(({ entries }) =>
          entries.flatMap((each) => (each.kind === 'note' && OF_NOTES.includes(each.what) ? [each.what] : [])),
        );
        return `${caseId(one)} ${notes.join()} ${judgeVisit(one, stored).status}`;
      })
      .sort();

  /** What was said on the connections of one side, decrypted, as it is stored. */
  const saidBy = ({ visit: { connections } }: Session['seen'][number], side: 'client' | 'server'): string =>
    connections
      .filter(({ leg = 'client' }) => leg === side)
      .flatMap(({ entries }) => entries.flatMap((each) => (each.kind === 'bytes' ? [each.data] : [])))
      .join('');

  /** The password where it is a login's, plain or in base64. */
  const spoken = (password: string): RegExp => {
    const escaped = password.replace(/[.+]/g, '\\$&');
    const encoded = base64(`\0bob\0${password}`).replace(/[+/]/g, '\\$&');
    return new RegExp(`(?:PASS ${escaped}\\r|LOGIN bob "${escaped}"|${encoded})`);
  };

  const seenOf = (session: Session): string[] => [...verdicts(session), ...storedNotes(session)];

  const plain = new Map<string, Promise<string[]>>();
  const once = (key: string, run: () => Promise<Session>): Promise<string[]> => {
    const known = plain.get(key) ?? run().then(seenOf);
    plain.set(key, known);
    return known;
  };

  /** A session with the same verdicts and notes as one with a password that is no word; both are played again where they differ, as a machine that was held up has others. */
  const alike = async (key: string, run: () => Promise<Session>, usual: () => Promise<Session>): Promise<Session> => {
    for (let left = 2; ; left -= 1) {
      const session = await run();
      const [found, expected] = [seenOf(session), await once(key, usual)];
      if (left > 0 && found.join() !== expected.join()) {
        plain.delete(key);
        continue;
      }
      expect(found).to.deep.equal(expected);
      return session;
    }
  };

  for (const protocol of ['smtp', 'pop3', 'imap'] as const)
    for (const [index, password] of WORDS[protocol].entries()) {
      // In the default suite each word in one seat; those of waxseal's own notes, which were hit once, in the middle seat.
      const isPlayed = (seat: number): boolean =>
        isThorough() || seat === (OF_NOTES.includes(password) ? 1 : index % 2);
      if (isPlayed(0))
        it(`server seat, ${protocol}: an old password ${JSON.stringify(password)}`, async () => {
          const session = await alike(
            `server ${protocol}`,
            () => sessionOf(protocol, password),
            () => sessionOf(protocol, 'Zk81-nothing'),
          );
          expect(session.report.results.filter(({ status }) => status === 'unsafe').length).to.be.greaterThan(0);
        });

      if (isPlayed(1))
        it(`middle seat, ${protocol}: the account's password ${JSON.stringify(password)}`, async () => {
          const through = async (word: string): Promise<Session> => {
            const account = { user: 'bob', password: word };
            const credential = await theirs.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
            const { logins } = honestInside(protocol);
            await using server = await honestEndpoint(protocols[protocol], 'starttls', credential, logins, account);
            return await sessionOf(protocol, undefined, {
              server: { host: '127.0.0.1', port: server.port, protocol, tls: 'starttls' },
              ca: theirs.pem,
              account,
            });
          };
          const session = await alike(
            `middle ${protocol}`,
            () => through(password),
            () => through('Zk81-nothing'),
          );
          expect(session.report.results.filter(({ status }) => status === 'unsafe').length).to.be.greaterThan(0);
          expect(JSON.stringify(session.report.results)).to.not.include('Zk81-nothing');
          for (const each of session.seen) {
            expect(saidBy(each, 'client')).not.to.match(spoken(password));
            expect(saidBy(each, 'server')).not.to.match(spoken(password));
          }
          // Masked where it was said, and nowhere else: the notes of waxseal are whole, as in the usual session.
          if (OF_NOTES.includes(password)) expect(session.seen.some(({ masks }) => masks.length > 0)).to.equal(true);
        });
    }
});
