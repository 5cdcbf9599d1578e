import { expect } from 'chai';
import { createServer } from 'node:net';
import type { Place } from '../../src/place/place.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { triesAnotherPort } from '../../src/scenarios/flaws.js';
import type { ClientHooks } from '../../src/toys/moments.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { skipUnlessRequired } from '../support/real.js';
import { Subject } from '../support/subject.js';

/** An address of its own with all well-known ports, as cells have. */
const privileged: Place = {
  name: 'cell',
  provides: ['well-known-ports'],
  site: () => ({ host: ADDRESS, addresses: [ADDRESS], port: (wellKnown) => wellKnown, child: {} }),
};

const ADDRESS = '127.0.91.1';

/** Ports below 1024 are free for us. */
const mayListen = (): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(110, ADDRESS, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

const rows: readonly (readonly [
  id: string,
  protocol: ProtocolName,
  tls: TlsMode,
  toy: string,
  client: ClientHooks,
  status: ClientStatus,
])[] = (
  [
    ['plaintext-on-another-port', 'smtp', 'implicit'],
    ['plaintext-on-another-port', 'imap', 'implicit'],
    ['plaintext-on-another-port', 'pop3', 'implicit'],
    ['plaintext-on-port-25', 'smtp', 'starttls'],
  ] as const
).flatMap(([id, protocol, tls]) => [
  [id, protocol, tls, 'is careful', {}, 'safe'] as const,
  [id, protocol, tls, triesAnotherPort.name, triesAnotherPort.client, 'unsafe'] as const,
]);

describe('plaintext on another port', function () {
  this.timeout(30_000);

  before(async function () {
    if (!(await mayListen())) skipUnlessRequired(this, 'no right to listen on ports below 1024');
  });

  for (const [id, protocol, tls, toy, client, status] of rows) {
    for (const variant of ['reset', 'fin']) {
      it(`${id}/${variant}: a toy of ${protocol} that ${toy} is ${status}`, async () => {
        const subject = new Subject({ protocol, tls, driver: toyClient({}, client), place: privileged });
        const judgement = await subject.judge(`${id}/${variant}`);
        expect(judgement.status, judgement.because).to.equal(status);
      });
    }
  }
});
