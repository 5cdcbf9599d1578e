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
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do
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
