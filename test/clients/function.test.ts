import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { functionDriver } from '../../src/clients/function.js';
import { clientSettings } from '../../src/clients/library.js';
import { task } from './task.js';

describe('functions as mail clients', () => {
  const rows = [
    { what: 'one that returns', start: () => Promise.resolve(), end: { how: 'rested' } },
    {
      what: 'one that rejects',
      start: () => Promise.reject(new Error('no TLS')),
      end: { how: 'rested', error: 'no TLS' },
    },
    {
      what: 'one that throws at once',
      start: () => {
        throw new Error('at once');
      },
      end: { how: 'rested', error: 'at once' },
    },
    {
      what: 'one that rejects with no error',
      start: async () => {
        await Promise.resolve();
        // oxlint-disable-next-line typescript/only-throw-error -- libraries do
        throw 'words';
      },
      end: { how: 'rested', error: 'words' },
    },
  ];
  for (const { what, start, end } of rows) {
    it(what, async () => {
      expect(await functionDriver(start).run(task())).to.include(end);
    });
  }

  it('one that is not asynchronous', async () => {
    const end = await functionDriver(() => 1).run(task());
    expect(end).to.include({ how: 'rested' });
    expect(end).not.to.have.property('idle');
  });

  const LATER = [
    {
      what: 'in a callback of a socket',
      start: (port: number) =>
        new Promise(() => {
          connect(port).on('data', () => {
            throw new Error('in a callback');
          });
        }),
      error: 'in a callback',
    },
    {
      what: 'in a timer',
      start: () =>
        new Promise(() => {
          setTimeout(() => {
            throw new Error('in a timer');
          }, 5);
        }),
      error: 'in a timer',
    },
    {
      what: 'in a promise that nobody awaits',
      start: () => {
        void Promise.reject(new Error('nobody awaits'));
        return new Promise(() => undefined);
      },
      error: 'nobody awaits',
    },
    {
      what: 'as an error event that nobody listens to',
      start: () =>
        new Promise(() => {
          connect(1, '127.0.0.1');
        }),
      error: 'connect ECONNREFUSED 127.0.0.1:1',
    },
  ];

  for (const { what, start, error } of LATER) {
    it(`one that throws ${what} costs its own visit alone`, async () => {
      const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const other = functionDriver(() => new Promise((resolve) => setTimeout(resolve, 100))).run(task());
      expect(await functionDriver(() => start(port)).run(task())).to.include({ how: 'rested', error });
      expect(await other)
        .to.include({ how: 'rested' })
        .and.not.have.property('error');
      server.close();
    });
  }

  it('one that throws is not told to listeners that came between two clients, as a test runner’s do', async () => {
    const before = process.listeners('uncaughtException');
    const heard: unknown[] = [];
    const listener = (error: unknown): unknown => heard.push(error);
    const throws = (): unknown => LATER.find(({ what }) => what === 'in a timer')?.start(0);
    await functionDriver(() => Promise.resolve()).run(task());
    process.on('uncaughtException', listener);
    try {
      expect(await functionDriver(throws).run(task())).to.include({ how: 'rested', error: 'in a timer' });
      expect(heard).to.deep.equal([]);
    } finally {
      process.off('uncaughtException', listener);
    }
    expect(process.listeners('uncaughtException')).to.deep.equal(before);
  });

  it('one that blocks the process is named by a thread of its own', async function () {
    this.timeout(20_000);
    const module = new URL('../../src/clients/block-watch.ts', import.meta.url).href;
    const code = `import { BlockWatch } from ${JSON.stringify(module)};
      const watch = new BlockWatch(400); watch.add(1, 'control@imap+starttls#server'); watch.enter(1);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const until = Date.now() + 2500; while (Date.now() < until); watch.stop();`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(child, 'close');
    expect(said).to.match(/^waxseal: the client function, in control@imap\+starttls#server, has blocked this process/);
  });

  it('one that never settles is given up', async () => {
    const giveUp = new AbortController();
    const running = functionDriver(() => new Promise(() => undefined)).run(task({ signal: giveUp.signal }));
    giveUp.abort();
    expect(await running).to.include({ how: 'stopped' });
  });

  it('settings for libraries', () => {
    const settings = clientSettings(task({ protocol: 'smtp', portRole: 'submission', ca: 'PEM' }));
    expect(settings).to.include({
      host: 'localhost',
      port: 40143,
      secure: false,
      mode: 'starttls',
      url: 'smtp://localhost:40143',
      user: 'auser',
      pass: 'apassword',
    });
    expect(settings.nodemailer).to.deep.include({
      host: 'localhost',
      secure: false,
      auth: { user: 'auser', pass: 'apassword' },
      tls: { ca: 'PEM', servername: 'localhost' },
    });
    expect(settings.imapflow).to.include({ servername: 'localhost', logger: false });
    expect(settings.nodemailer).not.to.have.property('requireTLS');
    expect(settings.imapflow).not.to.have.property('doSTARTTLS');
  });

  it('an address is no server name (RFC 6066 §3)', () => {
    const settings = clientSettings(
      task({ host: '127.0.0.1', servername: '127.0.0.1', tls: 'implicit', portRole: 'imaps' }),
    );
    expect(settings.tls).to.deep.equal({ ca: 'PEM' });
    expect(settings.imapflow).not.to.have.property('servername');
    expect(settings).to.include({ secure: true, url: 'imaps://127.0.0.1:40143' });
  });
});
