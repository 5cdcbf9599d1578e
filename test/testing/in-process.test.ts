import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { testClient } from '../../src/testing/test-client.js';
import { built } from '../support/built.js';
import { isThorough } from '../support/representative.js';
import { sideBySide } from '../support/side-by-side.js';

const SETTINGS = { protocol: 'pop3', tls: 'starttls', scenario: 'starttls-refused/err', maxTime: 5000 } as const;

/** What goes wrong where no caller can catch it, once the server has greeted. */
const THROWN: readonly (readonly [where: string, go: () => void])[] = [
  [
    'in a callback of its socket',
    () => {
      throw new Error('thrown there');
    },
  ],
  ['in a promise that nobody awaits', () => void Promise.reject(new Error('thrown there'))],
  [
    'in the next tick',
    () => {
      process.nextTick(() => {
        throw new Error('thrown there');
      });
    },
  ],
];

/** Clients that never give this process back, each in its own way, in the case whose server refuses STLS. */
const LOOPS: readonly (readonly [how: string, loop: string])[] = [
  ['in a callback of its socket', 'for (;;);'],
  ['in promises that it awaits', '(async () => { for (;;) await undefined; })();'],
  ['in ticks', '(function again() { process.nextTick(again); })();'],
];

// Row A13 of the verdicts that were wrong: the whole run died, or hung, and no case was named.
describe('a client inside this process that goes wrong where nobody can catch it', function () {
  this.timeout(60_000);
  const it = sideBySide(3);

  for (const [where, go] of THROWN) {
    it(`costs its own visit alone, and is quoted: it throws ${where}`, async () => {
      const results = await testClient(
        ({ host, port }) =>
          new Promise(() => {
            connect(port, host).on('data', go);
          }),
        SETTINGS,
      );
      expect(results.map(({ status }) => status)).to.deep.equal(['inconclusive', 'inconclusive']);
      expect(results[0]?.because).to.include('(it threw: thrown there)');
    });
  }

  // Each keeps a core busy for five seconds.
  for (const [how, loop] of isThorough() ? LOOPS : LOOPS.slice(0, 1)) {
    it(`is named by its case, by a thread of its own: it loops ${how}`, async () => {
      const module = pathToFileURL(join(built(), 'dist/index.js')).href;
      const script = `
        import { connect } from 'node:net';
        import { testClient } from ${JSON.stringify(module)};
        await testClient(({ host, port }) => new Promise((resolve) => {
          const socket = connect(port, host);
          const next = ['CAPA', 'STLS'];
          socket.on('data', (bytes) => {
            if (String(bytes).startsWith('-ERR')) { ${loop} }
            const word = next.shift();
            if (word === undefined) resolve(socket.destroy()); else socket.write(word + '\\r\\n');
          });
        }), { ...${JSON.stringify(SETTINGS)}, jobs: 1 });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      const closed = once(child, 'close');
      let said = '';
      child.stderr.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes('\n')) child.kill('SIGKILL');
      });
      await closed;
      expect(said).to.match(
        /^waxseal: the client function, in starttls-refused\/err@pop3\+starttls#server, has blocked this process for 5 s/,
      );
    });
  }
});
