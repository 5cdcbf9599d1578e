import { expect } from 'chai';
import type { Socket } from 'node:net';
import checks from '../../src/checks/index.js';
import { audited, PATIENCE, said, speaksSmtp, tls, type Play } from '../support/played-server.js';

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

/** What is said; of checks that count connections, or tell how each way to inject ended, the status. */
const verdict = (text: string, id: string): string =>
  id === 'starttls-flapping' || id.startsWith('injection-') ? text.replace(/:.*/s, '') : text;
