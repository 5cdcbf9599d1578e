import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { Fault } from '../../src/fault.js';
import { serve, type NamedServeOptions, type RunningServer } from '../../src/serving/named-serve.js';
import { stateIn } from '../../src/serving/serve-state.js';
import { it } from '../support/in-turn.js';

const ACCOUNT = { user: 'alice@example.org', password: 'correct horse' };

/** Whether a client that was told port, account and CA beforehand logs in. */
const logsIn = async (
  port: number,
  ca: string,
  { user, password: pass } = ACCOUNT,
  secure = true,
): Promise<boolean> => {
  const client = new ImapFlow({
    host: 'localhost',
    port,
    secure,
    tls: { ca },
    auth: { user, pass },
    logger: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.logout();
    return true;
  } catch {
    return false;
  } finally {
    client.close();
  }
};

const portsOf = ({ endpoints }: RunningServer): number[] => endpoints.map(({ port }) => port);

/** A port that was free a moment ago. */
const freePort = async (options: NamedServeOptions): Promise<number> => {
  await using server = await serve(options);
  return portsOf(server)[0] ?? 0;
};

/** Another program may have the next port, or take this one meanwhile: then others are tried. */
const onFreePorts = async (
  options: NamedServeOptions,
  tries = 20,
): Promise<{ readonly port: number; readonly server: RunningServer }> => {
  const port = await freePort({ ...options, tls: 'implicit' });
  try {
    return { port, server: await serve({ ...options, port }) };
  } catch (error) {
    if (tries === 0 || !(error instanceof Fault) || !error.message.includes('is in use')) throw error;
    return onFreePorts(options, tries - 1);
  }
};

describe('endpoints for clients that are set up by hand', () => {
  let folder = '';
  const state = (): string => join(folder, 'state');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are where they were, with the same account and CA, when they are started again', async () => {
    const imaps = { protocol: 'imap', tls: 'implicit' } as const;
    const options = { ...imaps, port: await freePort(imaps), account: ACCOUNT, state: state() };
    let ca = '';
    {
      await using server = await serve(options);
      ({ ca } = server);
      expect(portsOf(server)).to.deep.equal([options.port]);
      expect(await logsIn(options.port, ca)).to.be.true;
      expect(await logsIn(options.port, ca, { ...ACCOUNT, password: 'wrong' })).to.be.false;
    }
    await using again = await serve(options);
    expect(again.ca).to.equal(ca);
    expect(await logsIn(options.port, ca)).to.be.true;
    expect(readFileSync(join(state(), 'ca.pem'), 'utf8')).to.equal(ca);
    expect(statSync(join(state(), 'state.json')).mode & 0o777).to.equal(0o600);
  });

  it('have accounts of their own by default, the same each time', async () => {
    const accounts = async (): Promise<string[]> => {
      await using server = await serve({ protocol: 'imap', state: state() });
      return server.endpoints.map(({ user, password }) => `${user} ${password}`);
    };
    expect(await accounts()).to.deep.equal(await accounts());
  });

  it('take the ports after the first one', async () => {
    const { port, server: running } = await onFreePorts({ protocol: 'pop3' });
    await using server = running;
    expect(portsOf(server)).to.deep.equal([port, port + 1]);
  });

  it('find the password of a real account in clear, and do not store it', async () => {
    await using server = await serve({
      protocol: 'imap',
      tls: 'starttls',
      scenario: 'starttls-not-offered',
      account: ACCOUNT,
    });
    const [port = 0] = portsOf(server);
    expect(await logsIn(port, server.ca, ACCOUNT, false)).to.be.true;
    expect(await logsIn(port, server.ca, ACCOUNT, false)).to.be.true;
    await server.conclude();
    const report = server.report();
    expect(report.results.map(({ id, status }) => `${id} ${status}`)).to.include('starttls-not-offered unsafe');
    const text = JSON.stringify(report);
    const plain = Buffer.from(`\0${ACCOUNT.user}\0${ACCOUNT.password}`).toString('base64');
    for (const secret of [ACCOUNT.password, plain]) expect(text).to.not.include(secret);
    expect(report.results[0]?.reproduce.join(' ')).to.not.include(ACCOUNT.password);
  });

  const refused: readonly (readonly [
    title: string,
    prepare: (path: string) => void,
    listen: string | undefined,
    why: RegExp,
  ])[] = [
    ['of another address', () => undefined, '127.0.0.9', /was made for loopback/],
    ['of something else', (path) => writeFileSync(path, '{}'), undefined, /is not waxseal’s/],
    ['that is cut off', (path) => writeFileSync(path, '{"se'), undefined, /is not waxseal’s/],
    [
      'whose CA is broken',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('MII', 'AAA')),
      undefined,
      /no CA that can be used/,
    ],
    [
      'without its key',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace(/"keyPem": "[^"]+"/, '"keyPem": ""')),
      undefined,
      /no CA that can be used/,
    ],
  ];
  for (const [title, prepare, listen, why] of refused) {
    it(`refuse a state folder ${title}`, async () => {
      await stateIn(state(), undefined);
      prepare(join(state(), 'state.json'));
      const failure: unknown = await stateIn(state(), listen).catch((error: unknown) => error);
      expect(failure).to.include({ code: 'BAD_USAGE' });
      expect(String(failure)).to.match(why);
    });
  }

  it('refuse a file in place of a folder', async () => {
    writeFileSync(state(), '');
    const failure: unknown = await stateIn(state(), undefined).catch((error: unknown) => error);
    expect(String(failure)).to.match(/the state folder .* cannot be read/);
  });

  it('refuse ports beyond the last one', async () => {
    const failure: unknown = await serve({ protocol: 'imap', port: 65_535 }).catch((error: unknown) => error);
    expect(String(failure)).to.include('choose a lower --port');
  });
});
