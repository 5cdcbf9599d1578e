import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import type { ClientFunction, ClientSettings } from '../../src/clients/library.js';
import { renderReport } from '../../src/report/render.js';
import { testClient } from '../../src/testing/test-client.js';
import { ask, heard } from '../support/by-hand.js';
import { it } from '../support/in-turn.js';

const MEGABYTE = 1_000_000;
const GO_ON = /^\d{3} .*\r\n/m;

const inTls = async (socket: Socket, { user, pass, tls }: ClientSettings): Promise<void> => {
  const secure = connectTls({ socket, ...tls }).on('error', () => undefined);
  await once(secure, 'secureConnect');
  await ask(secure, 'EHLO storm.test', GO_ON);
  await ask(secure, `AUTH PLAIN ${Buffer.from(`\0${user}\0${pass}`).toString('base64')}`, GO_ON);
  secure.end('QUIT\r\n');
};

/** A client that does as it should where STARTTLS is taken; where it is refused, it storms until the server ends it, and comes again. */
const storming =
  (storm: (socket: Socket) => void, times = 1): ClientFunction =>
  async (settings) => {
    for (let time = 0; time < times; time += 1) {
      const socket = connect(settings.port, settings.host).on('error', () => undefined);
      await heard(socket, GO_ON);
      await ask(socket, 'EHLO storm.test', GO_ON);
      if ((await ask(socket, 'STARTTLS', GO_ON)).startsWith('220')) {
        await inTls(socket, settings);
        return;
      }
      const ended = once(socket, 'close');
      storm(socket);
      await ended;
    }
  };

const STORMS: readonly (readonly [what: string, client: ClientFunction, because: RegExp])[] = [
  [
    'asks for STARTTLS, is refused, and asks again',
    storming((socket) => {
      socket.on('data', () => socket.write('STARTTLS\r\n'));
      socket.write('STARTTLS\r\n');
    }),
    /^said STARTTLS 200 times in \d+ ms after the attack, and did not stop$/,
  ],
  [
    'asks for STARTTLS a hundred thousand times in one breath',
    storming((socket) => socket.resume().write('STARTTLS\r\n'.repeat(100_000))),
    /^said STARTTLS 200 times in \d+ ms after the attack/,
  ],
  [
    'floods with NOOP',
    storming((socket) => socket.resume().write('NOOP\r\n'.repeat(100_000))),
    /^said NOOP 200 times in \d+ ms after the attack/,
  ],
  [
    'floods with NOOP on each of ten connections',
    storming((socket) => socket.resume().write('NOOP\r\n'.repeat(1000)), 10),
    /^said NOOP 200 times in \d+ ms after the attack/,
  ],
];

describe('the report on a client that storms', () => {
  for (const [what, client, because] of STORMS) {
    it(`stays below a megabyte, as text and as JSON, where it ${what}`, async () => {
      const results = await testClient(client, { protocol: 'smtp', tls: 'starttls', scenario: 'starttls-refused/454' });
      expect(results.map(({ status }) => status)).to.deep.equal(['safe', 'unsafe']);
      expect(results[1]?.because).to.match(because);
      const visits = new Map(results.flatMap(({ observed: seen }) => (seen ? [[seen.number, seen] as const] : [])));
      expect(visits.size).to.equal(2);
      for (const format of ['text', 'json']) {
        const report = renderReport(results.report(), format, { visits, transcripts: 'all' });
        expect(report.length, format).to.be.lessThan(MEGABYTE);
      }
    });
  }
});
