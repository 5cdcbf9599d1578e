import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { functionDriver } from '../../src/clients/function.js';
import type { ClientTask, Driver } from '../../src/clients/driver.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import type { Judgement } from '../../src/verdict/judgement.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { ask, heard, secured, within } from '../support/by-hand.js';
import { Subject } from '../support/subject.js';
import { it } from '../support/in-turn.js';

/** Starts TLS on POP3, as a careful client does; `blind`: without a look at the list. */
const popUpgraded = async (task: ClientTask, socket: Socket, blind = false): Promise<TLSSocket> => {
  if (!(await heard(socket, /\r\n/)).startsWith('+OK')) throw new Error('no greeting');
  if (!blind && !/^STLS\r/m.test(await ask(socket, 'CAPA', LIST))) throw new Error('no STLS');
  if (!(await ask(socket, 'STLS', /\r\n/)).startsWith('+OK')) throw new Error('refused');
  return secured(socket, task);
};

const popLogin = async (task: ClientTask, socket: Socket): Promise<void> => {
  await ask(socket, `USER ${task.user}`, /\r\n/);
  await ask(socket, `PASS ${task.password}`, /\r\n/);
};

const careful = (task: ClientTask, blind = false): Promise<void> =>
  within(task, async (socket) => {
    const tls = await popUpgraded(task, socket, blind);
    if (!blind) await ask(tls, 'CAPA', LIST);
    await popLogin(task, tls);
  });

/** Starts TLS where the go-ahead comes, and thinks for a while and goes on in clear where another answer does. */
const believing = (task: ClientTask, upgrade: string, login: () => (socket: Socket) => Promise<void>): Promise<void> =>
  within(task, async (socket) => {
    await heard(socket, /\r\n/);
    const answer = await ask(socket, upgrade, /\r\n/);
    if (GO_AHEAD.test(answer)) return login()(await secured(socket, task));
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 2600));
    const loggedIn = login()(socket);
    socket.resume();
    await loggedIn;
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Opens a connection and closes it without a word. */
const triesThePort = (task: ClientTask): Promise<void> => within(task, () => Promise.resolve());

/** Sends the message inside TLS without a login, as relays do. */
const relays = async (task: ClientTask): Promise<void> =>
  within(task, async (socket) => {
    await heard(socket, SMTP);
    await ask(socket, 'EHLO client.test', SMTP);
    if (!(await ask(socket, 'STARTTLS', SMTP)).startsWith('220')) throw new Error('refused');
    const tls = await secured(socket, task);
    for (const line of [
      'EHLO client.test',
      `MAIL FROM:<${task.from}>`,
      `RCPT TO:<${task.to}>`,
      'DATA',
      `${task.message}\r\n.`,
    ])
      await ask(tls, line, SMTP);
  });

/**
 * The same, which stops where something is refused; in step, if it reads on until its hello has the right answer. It thinks for so
 * many milliseconds after that.
 */
const relaysInStep = async (task: ClientTask, answer = /^250 .*\r\n/m, thinks = 0): Promise<void> =>
  within(task, async (socket) => {
    await heard(socket, SMTP);
    await ask(socket, 'EHLO client.test', SMTP);
    if (!(await ask(socket, 'STARTTLS', SMTP)).startsWith('220')) throw new Error('refused');
    const tls = await secured(socket, task);
    await ask(tls, 'EHLO client.test', answer);
    await pause(thinks);
    for (const line of [`MAIL FROM:<${task.from}>`, `RCPT TO:<${task.to}>`, 'DATA', `${task.message}\r\n.`])
      if (!/^[23]/.test(await ask(tls, line, SMTP))) throw new Error('refused');
  });

/** Over TLS from the first byte it logs in; without a greeting it waits for one, or thinks, and then goes on without. */
const implicit = (task: ClientTask, withoutGreeting: 'waits' | 'thinks'): Promise<void> =>
  within(task, async (socket) => {
    const tls = await secured(socket, task);
    if (task.visit === 1 || withoutGreeting === 'waits') await heard(tls, /\r\n/);
    else await pause(LONG);
    if (task.visit === 1 || withoutGreeting === 'thinks') await popLogin(task, tls);
  });

/** Until the server closes: so mbsync waits after a goodbye. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject).once('end', resolve).resume();
  });

/** A login over IMAP, after TLS from the first byte or STARTTLS; whoever is told goodbye waits for the end. */
const imapUntilTheEnd = (task: ClientTask, tls: TlsMode): Promise<void> =>
  within(task, async (socket) => {
    const first = tls === 'implicit' ? await secured(socket, task) : socket;
    if ((await heard(first, /\r\n/)).startsWith('* BYE')) return closed(first);
    if (tls === 'starttls' && !(await ask(socket, 'a1 STARTTLS', /\r\n/)).includes('OK')) throw new Error('refused');
    const inside = tls === 'starttls' ? await secured(socket, task) : first;
    await ask(inside, `a2 LOGIN ${task.user} ${task.password}`, /^a2 .*\r\n/m);
  });

/** It takes an answer with another first letter for the middle of a list, and reads on to its end. */
const popReadsToTheDot = (task: ClientTask): Promise<void> =>
  within(task, async (socket) => {
    await heard(socket, /\r\n/);
    const answer = await ask(socket, 'STLS', /\r\n/);
    if (!/^[+-]/.test(answer)) return closed(socket);
    if (!answer.startsWith('+OK')) throw new Error('refused');
    await popLogin(task, await secured(socket, task));
  });

/** Says a line, and reads in one go what has come after so many milliseconds. */
const askLater = async (socket: Socket, line: string, thinks: number): Promise<string> => {
  socket.pause();
  socket.write(`${line}\r\n`);
  await pause(thinks);
  const answer = String(socket.read());
  socket.resume();
  return answer;
};

/** It takes the first segment for the whole list, and does without TLS where that does not list it; it may read late. */
const takesSegments = (task: ClientTask, thinks: number): Promise<void> =>
  within(task, async (socket) => {
    await heard(socket, /\r\n/);
    const list =
      thinks === 0 ? await ask(socket, 'CAPA', task.visit === 1 ? LIST : /./) : await askLater(socket, 'CAPA', thinks);
    if (!list.includes('STLS')) return popLogin(task, socket);
    await ask(socket, 'STLS', /\r\n/);
    await popLogin(task, await secured(socket, task));
  });

/** Milliseconds. */
const LONG = 3000;

const SMTP = /^\d{3} .*\r\n/m;
const GO_AHEAD = /^(?:220 |\+OK )/;
const LIST = /^\.\r\n|^-ERR.*\r\n/m;

interface Row {
  readonly client: string;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly driver: Driver;
  readonly answers: readonly (readonly [id: string, status: ClientStatus, because?: RegExp])[];
}

const rows: readonly Row[] = [
  {
    client: 'ends TLS, waits for the answer to its close_notify, and then for the end',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) =>
      within(task, async (socket) => {
        const tls = await popUpgraded(task, socket);
        await popLogin(task, tls);
        const answered = new Promise((resolve) => tls.once('end', resolve));
        tls.resume();
        tls.end();
        await answered;
      }),
    ),
    answers: [['control', 'safe']],
  },
  {
    client: 'tries the port, and comes back without TLS after a failed handshake',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver(async (task) => {
      await triesThePort(task);
      try {
        await careful(task);
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'no TLS') throw error;
        await within(task, async (socket) => {
          await heard(socket, /\r\n/);
          await popLogin(task, socket);
        });
      }
    }),
    answers: [
      ['control', 'safe'],
      ['plaintext-after-failed-handshake/alert', 'unsafe'],
      ['plaintext-after-failed-handshake/fin', 'unsafe'],
    ],
  },
  {
    client: 'tries the port, and is careful',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver(async (task) => {
      await triesThePort(task);
      await careful(task);
    }),
    answers: [
      ['control', 'safe'],
      ['plaintext-after-failed-handshake/fin', 'safe'],
      ['starttls-refused-once', 'safe'],
      ['starttls-not-offered-later/next-connection', 'not-applicable'],
    ],
  },
  {
    client: 'starts TLS without a look at the list',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) => careful(task, true)),
    answers: [
      ['control', 'safe'],
      ['starttls-hidden', 'safe'],
      ['capability-carry-over/list', 'safe'],
    ],
  },
  {
    client: 'starts TLS without a look at the list, and looks at the one inside',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) =>
      within(task, async (socket) => {
        const tls = await popUpgraded(task, socket, true);
        await ask(tls, 'CAPA', LIST);
        await popLogin(task, tls);
      }),
    ),
    answers: [['capability-carry-over/other-logins', 'safe', /^went on and logged in inside TLS only/]],
  },
  {
    client: 'takes any answer for TLS, and thinks for 2.6 s before it goes on',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) => believing(task, 'STLS', () => (socket) => popLogin(task, socket))),
    answers: [
      ['starttls-answered-wrongly/lookalike-ok', 'unsafe'],
      ['starttls-answered-wrongly/unknown', 'unsafe'],
    ],
  },
  {
    client: 'takes any answer for TLS, thinks for 2.6 s, and says its password only when it is asked for it',
    protocol: 'smtp',
    tls: 'starttls',
    driver: functionDriver((task) =>
      believing(task, 'STARTTLS', () => async (socket) => {
        for (const word of ['AUTH LOGIN', base64(task.user), base64(task.password)])
          if (!/^[23]/.test(await ask(socket, word, SMTP))) return;
      }),
    ),
    answers: [
      ['starttls-answered-wrongly/334', 'unsafe', /password sent in clear \(LOGIN\)/],
      ['starttls-refused/bye', 'unsafe', /password sent in clear \(LOGIN\)/],
    ],
  },
  {
    client: 'sends mail without a login',
    protocol: 'smtp',
    tls: 'starttls',
    driver: functionDriver(relays),
    answers: [
      ['control', 'safe'],
      ['starttls-not-offered-later/after-reset', 'safe'],
    ],
  },
  {
    client: 'sends mail without a login, and takes the next reply for the answer',
    protocol: 'smtp',
    tls: 'starttls',
    driver: functionDriver((task) => relaysInStep(task, SMTP)),
    answers: [
      ['control-refused', 'safe'],
      ['greeting-inside-starttls/login-refused', 'unsafe', /sent RCPT although its mail was refused/],
    ],
  },
  {
    client: 'sends mail without a login, and is not confused by a greeting',
    protocol: 'smtp',
    tls: 'starttls',
    driver: functionDriver((task) => relaysInStep(task)),
    answers: [
      ['control-refused', 'safe'],
      ['greeting-inside-starttls/login-accepted', 'safe'],
      ['greeting-inside-starttls/login-refused', 'safe'],
    ],
  },
  {
    client: 'takes a greeting for the answer, and was slower this once than the server was silent',
    protocol: 'smtp',
    tls: 'starttls',
    driver: functionDriver((task) => relaysInStep(task, SMTP, task.visit === 3 ? 600 : 0)),
    answers: [['greeting-inside-starttls/login-accepted', 'inconclusive', /which answer it believed is not known/]],
  },
  {
    client: 'goes on without a greeting, and was slower this once than the server was patient',
    protocol: 'pop3',
    tls: 'implicit',
    driver: functionDriver((task) => implicit(task, 'thinks')),
    answers: [['no-greeting-inside-implicit', 'inconclusive', /waxseal stopped waiting/]],
  },
  {
    client: 'waits for the greeting',
    protocol: 'pop3',
    tls: 'implicit',
    driver: functionDriver((task) => implicit(task, 'waits')),
    answers: [['no-greeting-inside-implicit', 'safe', /waited for the greeting/]],
  },
  {
    client: 'waits for the server to close after a goodbye in place of the greeting',
    protocol: 'imap',
    tls: 'implicit',
    driver: functionDriver((task) => imapUntilTheEnd(task, 'implicit')),
    answers: [['no-greeting-inside-implicit', 'safe', /waited for the greeting/]],
  },
  {
    client: 'waits for the server to close after a goodbye',
    protocol: 'imap',
    tls: 'starttls',
    driver: functionDriver((task) => imapUntilTheEnd(task, 'starttls')),
    answers: [['greeting-wrong/bye', 'safe']],
  },
  {
    client: 'reads on to the end of a list where the answer is none',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) => popReadsToTheDot(task)),
    answers: [['starttls-answered-wrongly/unknown', 'not-applicable', /waited for one until it was refused/]],
  },
  {
    client: 'takes the first segment for the whole list, and read it late this once',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) => takesSegments(task, task.visit === 2 ? 500 : 0)),
    answers: [
      ['capability-list-in-segments/within-keyword', 'inconclusive', /may have read them at once/],
      ['capability-list-in-segments/within-keyword', 'unsafe'],
    ],
  },
  {
    client: 'fails in the very visit that others are compared with',
    protocol: 'pop3',
    tls: 'starttls',
    driver: functionDriver((task) => (task.visit === 2 ? triesThePort(task) : careful(task))),
    answers: [['starttls-response-injection/full-line', 'inconclusive', /in control-withheld/]],
  },
];

const isSlow = ({ status, because }: Judgement): boolean =>
  status === 'inconclusive' && because.includes('may have read them at once');

describe('verdicts on clients by hand', function () {
  this.timeout(30_000);

  for (const { client, protocol, tls, driver, answers } of rows) {
    describe(`a client that ${client}`, () => {
      const subject = new Subject({ protocol, tls, driver, maxTime: 10_000 });

      for (const [id, status, because] of answers) {
        it(`${id}: ${status}`, async () => {
          let judgement = await subject.judge(id);
          // A machine that is held up makes any client slow, which the verdict says: it comes again, as in a session.
          for (let again = 0; status === 'unsafe' && again < 3 && isSlow(judgement); again += 1)
            judgement = await subject.judge(id);
          expect(judgement.status, judgement.because).to.equal(status);
          if (because !== undefined) expect(judgement.because).to.match(because);
        });
      }
    });
  }
});
