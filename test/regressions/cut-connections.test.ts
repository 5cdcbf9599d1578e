import { expect } from 'chai';
import type { Socket } from 'node:net';
import checks from '../../src/checks/index.js';
import {
  audited,
  LONG_ENOUGH_TO_HEAR,
  PATIENCE,
  said,
  speaksSmtp,
  tls,
  upgrading,
  type Play,
} from '../support/played-server.js';

// Servers behind a limit or a balancer that cuts some connections: what is cut says nothing about what was asked on it.

/** Where the connections of a server with STARTTLS are cut. */
type Stage = 'go-ahead' | 'go-ahead refused' | 'hello' | 'hello, by a reset' | 'hello, with internal_error';

const ids = checks.map(({ id }) => id).filter((id) => !id.startsWith('certificate-'));
const options = { servername: 'mail.lab.test', depth: 'full', patience: { ...PATIENCE, backOff: 30 } } as const;

/** SMTP with STARTTLS, of whose connections those that `isCut` are cut at a stage of their own. */
const submission = async (stage: Stage, isCut: (connection: number) => boolean): Promise<Play> => {
  const secured = await tls();
  return (socket, connection) => {
    const cut = isCut(connection);
    socket.write('220 mail.example ESMTP\r\n');
    const hear = (bytes: Buffer): void => {
      const text = bytes.toString('latin1');
      const [line = ''] = text.split('\r\n');
      if (line === 'STARTTLS') {
        if (cut && stage === 'go-ahead') socket.end();
        else if (cut && stage === 'go-ahead refused') socket.end('421 4.7.0 too many connections\r\n');
        else {
          socket.off('data', hear);
          socket.write('220 go\r\n');
          if (cut && stage.startsWith('hello')) cutAtHello(socket, stage);
          else secured(socket, speaksSmtp());
        }
      } else if (line.startsWith('EHLO')) socket.write('250-mail.example\r\n250 STARTTLS\r\n');
      else socket.write(line === 'QUIT' ? '221 bye\r\n' : '502 5.5.1 what?\r\n');
    };
    socket.on('data', hear);
  };
};

const cutAtHello = (socket: Socket, stage: Stage): void => {
  socket.once('data', () => {
    if (stage === 'hello, by a reset') socket.resetAndDestroy();
    else if (stage === 'hello, with internal_error') socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 80]));
    else socket.end();
  });
};

describe('a server with STARTTLS of which some connections are cut', () => {
  let good: Readonly<Record<string, string>> = {};

  before(async function () {
    this.timeout(30_000);
    good = said(await audited('submission', await submission('hello', () => false), ids, options));
  });

  for (const [stage, nth] of [
    ['hello', 2],
    ['hello', 3],
    ['hello, by a reset', 5],
    ['hello, with internal_error', 3],
    ['go-ahead', 3],
    ['go-ahead refused', 2],
  ] as const)
    it(`every ${String(nth)}, ${stage}: nothing is said of it that is not so without`, async () => {
      const cut = said(await audited('submission', await submission(stage, (each) => each % nth === 0), ids, options));
      const wrong = Object.entries(cut).filter(
        ([id, text]) => !text.startsWith('inconclusive') && verdict(text, id) !== verdict(good[id] ?? '', id),
      );
      expect(Object.fromEntries(wrong)).to.deep.equal({});
    }).timeout(120_000);
});

describe('a single connection that is cut, where nothing was cut before,', () => {
  it('after MAIL, when TLS begins: whether a transaction goes on is asked again', async () => {
    const secured = await tls();
    let cuts = 0;
    const session = await audited(
      'smtp',
      spoken((socket, said) => {
        if (said.some((line) => line.startsWith('MAIL')) && (cuts += 1) === 1) socket.once('data', () => socket.end());
        else secured(socket, speaksSmtp());
      }),
      ['state-kept-over-upgrade'],
    );
    expect(cuts).to.be.above(1);
    expect(said(session)['state-kept-over-upgrade']).to.match(/^pass: /);
  }).timeout(30_000);

  it('without EHLO, when TLS begins: the comparison is made again', async () => {
    const secured = await tls();
    let cuts = 0;
    const session = await audited(
      'smtp',
      spoken((socket, said) => {
        // The dialogue and what needs no EHLO come first; the second of these is the one that is compared.
        if (said[0] === 'STARTTLS' && (cuts += 1) === 1) socket.once('data', () => socket.end());
        else secured(socket, speaksSmtp('', { MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' }));
      }),
      ['state-kept-over-upgrade'],
    );
    expect(cuts).to.be.above(1);
    // It takes RCPT from those who said no MAIL, too.
    expect(said(session)['state-kept-over-upgrade']).to.match(/^not-applicable: RCPT is taken without MAIL/);
  }).timeout(30_000);

  it('with an injection: what the server executes the next time is found', async () => {
    const secured = await tls();
    let cuts = 0;
    const session = await audited(
      'submission',
      spoken((socket, _said, behind) => {
        if (behind !== '' && (cuts += 1) === 1) socket.end();
        else
          secured(socket, (inside) => {
            speaksSmtp()(inside);
            // Executed as if it had come inside TLS.
            if (behind !== '') inside.write(`502 5.5.1 ${behind.trim()}?\r\n`);
          });
      }),
      ['injection-full-line'],
      { patience: LONG_ENOUGH_TO_HEAR },
    );
    expect(cuts).to.be.above(1);
    expect(said(session)['injection-full-line']).to.match(/^fail: /);
  }).timeout(30_000);
});

describe('a server whose very first connection is cut', () => {
  type At = 'at once' | 'at the go-ahead' | 'at the hello' | 'inside TLS';
  const AT: readonly At[] = ['at once', 'at the go-ahead', 'at the hello', 'inside TLS'];
  const starttls = async (at?: At): Promise<Play> => {
    const secured = await tls();
    return (socket, connection) => {
      const where = connection === 1 ? at : undefined;
      if (where === 'at once') socket.end();
      else
        upgrading((upgraded, inside) => {
          if (where === 'at the go-ahead') upgraded.end();
          else if (where === 'at the hello') upgraded.once('data', () => upgraded.end());
          else secured(upgraded, where === 'inside TLS' ? (it) => it.once('data', () => it.end()) : inside);
        }, speaksSmtp())(socket);
    };
  };
  const implicit = async (at?: At): Promise<Play> => {
    const secured = await tls();
    return (socket, connection) => {
      const where = connection === 1 ? at : undefined;
      if (where === 'at once') socket.end();
      else if (where === 'at the hello') socket.once('data', () => socket.end());
      else
        secured(socket, (inside) => {
          if (where === 'inside TLS') inside.end();
          else speaksSmtp('220 mail.example ESMTP\r\n')(inside);
        });
    };
  };
  for (const [scheme, play] of [
    ['submission', starttls],
    ['submissions', implicit],
  ] as const)
    for (const at of AT.filter((each) => scheme === 'submission' || each !== 'at the go-ahead'))
      it(`${scheme}, ${at}: is found to be what it is without`, async () => {
        const found = async (where?: At): Promise<Readonly<Record<string, string>>> =>
          said(await audited(scheme, await play(where), FIRST, { servername: 'mail.lab.test' }));
        expect(await found(at)).to.deep.equal(await found());
      }).timeout(60_000);
});

it('a balancer of whose servers every second is dead, the first too, is not taken for a server that waits for a header of the PROXY protocol', async () => {
  const secured = await tls();
  const upgrade = upgrading(secured, speaksSmtp());
  const found = async (isCut: (connection: number) => boolean): Promise<Readonly<Record<string, string>>> => {
    const play: Play = (socket, connection) => {
      if (isCut(connection)) socket.end();
      else upgrade(socket);
    };
    return said(await audited('submission', play, FIRST, { servername: 'mail.lab.test', patience: options.patience }));
  };
  expect(await found((each) => each % 2 === 1)).to.deep.equal(await found(() => false));
}).timeout(60_000);

it('a server that puts STARTTLS off after the first connection is not said to refuse its form', async () => {
  const secured = await tls();
  let asked = 0;
  const session = await audited(
    'submission',
    spoken(
      (socket) => {
        secured(socket, speaksSmtp());
      },
      () => (asked += 1) > 1,
    ),
    ['starttls-form-refused'],
    options,
  );
  expect(asked).to.be.above(3);
  expect(said(session)['starttls-form-refused']).to.match(/^inconclusive: .*gives no go-ahead for now \(454 /);
}).timeout(60_000);

it('a server that puts STARTTLS off for a while, since there were too many handshakes, is waited for', async () => {
  const secured = await tls();
  const wanted = checks.map(({ id }) => id).filter((id) => !id.startsWith('certificate-'));
  const found = async (isPutOff: (asked: number) => boolean): Promise<Readonly<Record<string, string>>> => {
    let asked = 0;
    const play = spoken(
      (socket) => {
        secured(socket, speaksSmtp());
      },
      () => isPutOff((asked += 1)),
    );
    const told = said(await audited('submission', play, wanted, options));
    return Object.fromEntries(Object.entries(told).map(([id, text]) => [id, text.split(':')[0] ?? '']));
  };
  // The first one, too; more often in a row than a balancer would.
  expect(await found((asked) => asked % 30 < 9)).to.deep.equal(await found(() => false));
}).timeout(60_000);

/** What the dialogue tells. */
const FIRST = [
  'port-mismatch',
  'starttls-unusable',
  'starttls-not-advertised',
  'capabilities-after-tls',
  'starttls-twice',
];

/** SMTP in clear; told after the go-ahead what was said before STARTTLS, and what came with it. */
const spoken =
  (
    upgraded: (socket: Socket, said: readonly string[], behind: string) => void,
    isPutOff = (): boolean => false,
  ): Play =>
  (socket) => {
    socket.write('220 mail.example ESMTP\r\n');
    const lines: string[] = [];
    const hear = (bytes: Buffer): void => {
      const [line = '', ...behind] = bytes.toString('latin1').split('\r\n');
      lines.push(line);
      if (line.toUpperCase() === 'STARTTLS' && isPutOff())
        socket.write('454 4.7.0 Error: too many new TLS sessions from unknown[127.0.0.1]\r\n');
      else if (line === 'STARTTLS') {
        socket.off('data', hear);
        socket.write('220 go\r\n');
        upgraded(socket, lines, behind.join('\r\n'));
      } else if (line.startsWith('EHLO')) socket.write('250-mail.example\r\n250 STARTTLS\r\n');
      else if (line.startsWith('MAIL')) socket.write('250 ok\r\n');
      else socket.write(line === 'QUIT' ? '221 bye\r\n' : '502 5.5.1 what?\r\n');
    };
    socket.on('data', hear);
  };

/** What is said; of checks that count connections, or tell how each way to inject ended, the status. */
const verdict = (text: string, id: string): string =>
  id === 'starttls-flapping' || id.startsWith('injection-') ? text.replace(/:.*/s, '') : text;
