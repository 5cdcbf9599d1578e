import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { judgeReport } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { proxy } from '../../src/serving/named-proxy.js';
import type { ProxyConnection, RunningProxy } from '../../src/serving/proxy.js';
import { serializeRecording } from '../../src/verdict/recording-text.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { it } from '../support/in-turn.js';

/** The account of toy servers: a real account, as far as the proxy knows. */
const { user, password } = canariesOf('toy server', 1);
const b64 = (text: string): string => Buffer.from(text).toString('base64');
/** Far above a piece in which a literal is passed on. */
const LENGTH = 96 * 1024;
/** What stands at the beginning, in the middle and at the end of the mail; some of it looks like commands with secrets. */
const SECRETS = ['privatematters1', 'hunter2secret22', 'lastwordofthemail3'] as const;
const [FIRST, MIDDLE, LAST] = SECRETS;
const FILLER = `${'line of the mail '.repeat(4)}\r\n`;
const half = FILLER.repeat(Math.floor(LENGTH / 2 / FILLER.length));
const MAIL = `Subject: ${FIRST}\r\n\r\n${half}a7 LOGIN bob ${MIDDLE}\r\n${half}a8 AUTHENTICATE PLAIN ${b64(`\0bob\0${LAST}`)}\r\n`;

interface Row {
  readonly title: string;
  readonly literal: '{}' | '{+}' | '~{}';
  readonly inside: boolean;
  /** Octets of the mail after which the client is gone. */
  readonly cutAfter?: number;
  /** Octets that are written at once. */
  readonly segment: number;
  /** What is done to it; a server that says PREAUTH asks for no login. */
  readonly scenario?: 'preauth/without-starttls';
  /** What it says behind the literal. */
  readonly then?: readonly string[];
}

const AFTERWARDS = [`a3 LOGIN carol afterthemail44`, `a4 AUTHENTICATE PLAIN ${b64('\0dave\0againafter55')}`];
const ROWS: readonly Row[] = [
  { title: 'in clear', literal: '{}', inside: false, segment: 4096 },
  { title: 'in clear, with secrets after it', literal: '{}', inside: false, segment: 4096, then: AFTERWARDS },
  {
    title: 'in clear, with secrets after it in one go',
    literal: '{+}',
    inside: false,
    segment: 1 << 20,
    then: AFTERWARDS,
  },
  { title: 'in clear, as binary', literal: '~{}', inside: false, segment: 16_383, then: AFTERWARDS },
  { title: 'in clear, cut off within its first piece', literal: '{}', inside: false, segment: 4096, cutAfter: 9000 },
  { title: 'in clear, cut off in the middle', literal: '{+}', inside: false, segment: 4096, cutAfter: 60_000 },
  { title: 'inside TLS, with secrets after it', literal: '{}', inside: true, segment: 4096, then: AFTERWARDS },
  { title: 'inside TLS, cut off in the middle', literal: '{+}', inside: true, segment: 5000, cutAfter: 60_000 },
  ...[undefined, 60_000, 9000].flatMap((cutAfter) =>
    [4096, 1 << 20].map((segment): Row => ({
      title: `in clear after PREAUTH, ${cutAfter === undefined ? 'whole' : `${String(cutAfter)} octets of it`}, ${String(segment)} at once`,
      literal: '{+}',
      inside: false,
      segment,
      scenario: 'preauth/without-starttls',
      ...(cutAfter !== undefined && { cutAfter }),
    })),
  ),
];

const heard = async (socket: Socket, what: RegExp): Promise<void> => {
  let text = '';
  while (!what.test(text)) text += String(((await once(socket, 'data')) as [Buffer])[0]);
};

/** The client of a row, from its greeting to its end. */
const play = async (
  { literal, inside, segment, cutAfter, scenario, then = [] }: Row,
  { port, ca }: RunningProxy,
): Promise<void> => {
  const plain = connect(port, '127.0.0.1').on('error', () => undefined);
  await heard(plain, /^\* (?:OK|PREAUTH)/);
  let socket: Socket | TLSSocket = plain;
  if (inside) {
    plain.write('a0 STARTTLS\r\n');
    await heard(plain, /a0 OK/);
    socket = connectTls({ socket: plain, ca, servername: 'localhost' }).on('error', () => undefined);
    await once(socket, 'secureConnect');
  }
  if (scenario === undefined) {
    socket.write(`a1 LOGIN ${user} ${password}\r\n`);
    await heard(socket, /a1 OK/);
  }
  socket.write(`a2 APPEND INBOX ${literal.replace('{', `{${String(MAIL.length)}`)}\r\n`);
  if (!literal.includes('+')) await heard(socket, /\+ /);
  const sent = MAIL.slice(0, cutAfter);
  for (let at = 0; at < sent.length; at += segment)
    if (!socket.write(sent.slice(at, at + segment))) await once(socket, 'drain');
  if (cutAfter === undefined) {
    // What follows a literal in one segment with its end is read behind it.
    socket.write(`\r\n${segment > MAIL.length ? then.map((line) => `${line}\r\n`).join('') : ''}`);
    await heard(socket, /a2 (?:OK|NO|BAD)/);
    if (segment <= MAIL.length)
      for (const line of then) {
        socket.write(`${line}\r\n`);
        await heard(socket, new RegExp(`${line.slice(0, 2)} (?:OK|NO|BAD)`));
      }
  }
  // What was written goes out before the connection ends.
  await new Promise<void>((resolve) => {
    socket.end(resolve);
  });
  plain.end();
  if (!plain.closed) await once(plain, 'close');
};

describe('a mail that is appended through a proxy, and passed on as it comes', () => {
  for (const row of ROWS)
    it(`is stored nowhere, nor is a password: ${row.title}`, async () => {
      await using server = await toyServer('imap');
      const ended: ProxyConnection[] = [];
      let isOver: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (isOver = resolve));
      await using running = await proxy({
        target: `imap://localhost:${String(server.port)}`,
        ca: (await toyAuthority()).pem,
        untouchedFirst: false,
        scenario: row.scenario ?? (row.inside ? 'control' : 'starttls-not-offered'),
        onConnection: (connection) => {
          ended.push(connection);
          isOver();
        },
      });
      await play(row, running);
      await over;
      await running.drain();
      const [outcome] = running.outcomes();
      if (outcome === undefined) throw new Error('the connection has no outcome');
      const recording = recordingOf(outcome.visit, outcome.masks);
      const stored = serializeRecording(recording);
      const secrets = [
        password,
        b64(`\0bob\0${LAST}`),
        ...SECRETS,
        'afterthemail44',
        'againafter55',
        b64('\0dave\0againafter55'),
      ];
      for (const secret of secrets) expect(stored, secret).to.not.include(secret);
      expect(stored, 'the mail').to.not.include('line of the mail');
      const classes = outcome.masks.map((mask) => mask.class);
      expect(classes).to.include('mail');
      if (row.scenario === undefined) expect(classes).to.include('password');
      expect(outcome.judgement.status).to.equal(row.inside ? 'safe' : 'unsafe');
      const { report } = judgeReport([['recording', recording]]);
      expect(report.results.map(({ status, because }) => ({ status, because }))).to.deep.equal([
        { status: outcome.judgement.status, because: outcome.judgement.because },
      ]);
    });
});
