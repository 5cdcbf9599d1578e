import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { planOf } from '../../src/cases/plan.js';
import type { ClientTask } from '../../src/clients/driver.js';
import { functionDriver } from '../../src/clients/function.js';
import { loopback } from '../../src/place/loopback.js';
import scenarios from '../../src/scenarios/index.js';
import { visit } from '../../src/stage/visit.js';
import type { Session } from '../../src/testing/session-options.js';
import { runSession } from '../../src/testing/session.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import type { Visit } from '../../src/verdict/visit.js';
import { ask, heard, secured, within } from '../support/by-hand.js';

type Protocol = 'imap' | 'pop3' | 'smtp';

/** Cases in which the client below leaks. */
const GLOBS: Readonly<Record<Protocol, readonly string[]>> = {
  imap: [
    ...['starttls-not-offered', 'starttls-refused/no', 'starttls-refused/bad', 'starttls-hidden'],
    'capability-list-empty',
  ],
  pop3: ['starttls-not-offered', 'starttls-refused/err', 'starttls-hidden', 'capability-list-empty'],
  smtp: ['starttls-not-offered', 'starttls-refused/454', 'starttls-refused/502', 'starttls-hidden'],
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Logs in inside TLS where STARTTLS is listed and begun, and in clear elsewhere, so that each visit says its own canaries. */
const logsIn: Readonly<Record<Protocol, (task: ClientTask) => Promise<void>>> = {
  imap: (task) =>
    within(task, async (socket) => {
      let line = socket;
      await heard(socket, /\r\n/);
      const listed = (await ask(socket, 'a1 CAPABILITY', /^a1 .*\r\n/m)).includes('STARTTLS');
      if (listed && /^a2 OK/m.test(await ask(socket, 'a2 STARTTLS', /^a2 .*\r\n/m))) line = await secured(socket, task);
      await ask(line, `a3 LOGIN ${task.user} ${task.password}`, /^a3 .*\r\n/m);
    }),
  pop3: (task) =>
    within(task, async (socket) => {
      let line = socket;
      await heard(socket, /\r\n/);
      const listed = (await ask(socket, 'CAPA', /^\.\r\n|^-ERR.*\r\n/m)).includes('STLS');
      if (listed && (await ask(socket, 'STLS', /\r\n/)).startsWith('+OK')) line = await secured(socket, task);
      await ask(line, `USER ${task.user}`, /\r\n/);
      await ask(line, `PASS ${task.password}`, /\r\n/);
    }),
  smtp: (task) =>
    within(task, async (socket) => {
      let line = socket;
      await heard(socket, /\r\n/);
      const listed = (await ask(socket, 'EHLO x.test', /^\d{3} .*\r\n/m)).includes('STARTTLS');
      if (listed && (await ask(socket, 'STARTTLS', /\r\n/)).startsWith('220')) {
        line = await secured(socket, task);
        await ask(line, 'EHLO x.test', /^\d{3} .*\r\n/m);
      }
      await ask(line, `AUTH PLAIN ${base64(`\0${task.user}\0${task.password}`)}`, /^\d{3} .*\r\n/m);
    }),
};

/** What the client said, with what it said in base64. */
const saidIn = ({ connections }: Visit): string =>
  connections
    .flatMap(({ entries }) =>
      entries.flatMap((each) => (each.kind === 'bytes' && each.from === 'client' ? [each.data] : [])),
    )
    .join('')
    .replace(/AUTH PLAIN (\S+)/, (_, words: string) => Buffer.from(words, 'base64').toString());

// Row A14 of the verdicts that were wrong: they shared one number, canaries and transcript.
describe('slow visits that are made again', function () {
  this.timeout(60_000);

  for (const protocol of ['imap', 'pop3', 'smtp'] as const)
    it(`have a number, canaries and a transcript of their own each, ${protocol}`, async () => {
      const authority = await createAuthority();
      const made: { readonly case: string; readonly seen: Visit }[] = [];
      const tasks: ClientTask[] = [];
      const settings = {
        seed: 'slow',
        place: loopback,
        authority,
        driver: functionDriver((task) => {
          tasks.push(task);
          return logsIn[protocol](task);
        }),
        policy: 'required' as const,
        maxTime: 20_000,
        secrets: new Map<string, number>(),
      };
      const kept: Session['seen'][number][] = [];
      const slow = new Set<string>();
      await runSession({
        plan: planOf({
          scenarios,
          setUps: [{ protocol, tls: 'starttls' }],
          seat: 'server',
          provides: [],
          globs: GLOBS[protocol],
          repeat: 1,
        }),
        observe: async (one, number, taught) => {
          const key = `${one.scenario.id}/${one.variant?.name ?? ''}`;
          if (one.scenario.family !== 'control' && !slow.has(key)) {
            slow.add(key);
            // A visit that found nothing wrong is doubted where waxseal was held up; proof would stand.
            await turn();
            const end = performance.now() + 600;
            while (performance.now() < end);
            const seen = await visit(
              one,
              number,
              { ...settings, driver: functionDriver(() => Promise.resolve()) },
              taught,
            );
            made.push({ case: key, seen });
            return seen;
          }
          const seen = await visit(one, number, settings, taught);
          made.push({ case: key, seen });
          return seen;
        },
        masking: { secrets: 'keep', key: Buffer.from('key'), known: new Set() },
        seed: 'slow',
        place: 'loopback',
        subject: {},
        reproduce: () => [],
        keep: (seen) => kept.push(seen),
      });
      const again = made.filter(
        ({ case: key }, index) => slow.has(key) && made.findIndex((each) => each.case === key) < index,
      );
      expect(again.map(({ case: key }) => key)).to.have.members([...slow]);
      expect(slow.size).to.equal(GLOBS[protocol].length);
      // The attempt that was too slow, its repetition, and the controls: nothing is shared.
      const numbers = made.map(({ seen }) => seen.number);
      expect(new Set(numbers).size, numbers.join()).to.equal(made.length);
      expect(new Set(tasks.map(({ user }) => user)).size).to.equal(tasks.length);
      expect(new Set(tasks.map(({ password }) => password)).size).to.equal(tasks.length);
      expect(new Set(made.map(({ seen }) => seen.canaries.password)).size).to.equal(made.length);
      for (const { case: key, seen } of again) {
        const said = saidIn(seen);
        expect(said, key).to.include(seen.canaries.password);
        const others = made.filter((each) => each.seen !== seen);
        for (const { seen: other } of others) expect(said, key).not.to.include(other.canaries.password);
      }
      // What is kept, and judged, is the repetition: a leak of its own in each case.
      const judged = kept.filter(({ one }) => one.scenario.family !== 'control');
      expect(judged.map(({ judgement }) => judgement.status)).to.deep.equal(GLOBS[protocol].map(() => 'unsafe'));
      expect(judged.map(({ visit: { number } }) => number)).to.have.members(again.map(({ seen }) => seen.number));
    });
});
