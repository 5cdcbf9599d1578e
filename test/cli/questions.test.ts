import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { commandLine } from '../support/built.js';
import { it } from '../support/in-turn.js';

describe('waxseal serve asks what only a person can see', () => {
  for (const [answer, status] of [
    ['y', 'unsafe'],
    ['n', 'safe'],
  ] as const)
    it(`and takes ${answer} for an answer: ${status}`, async function () {
      this.timeout(30_000);
      const child = spawn(
        process.execPath,
        [
          ...[commandLine(), 'serve', '--protocol', 'imap', '--tls', 'starttls', '--format', 'json'],
          ...['--scenario', 'text-shown-before-tls/greeting'],
        ],
        { stdio: ['pipe', 'pipe', 'pipe'] },
      );
      let printed = '';
      child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
      const said = async (pattern: RegExp): Promise<void> => {
        while (!pattern.test(printed)) await once(child.stdout, 'data');
      };
      const events = (): Record<string, unknown>[] =>
        printed
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      await said(/"event":"ready".*\n/);
      const [{ port, user, password, ca } = {}] = events();
      for (let visit = 1; visit <= 3; visit += 1) {
        const client = new ImapFlow({
          host: 'localhost',
          port: Number(port),
          tls: { ca: readFileSync(String(ca)) },
          auth: { user: String(user), pass: String(password) },
          logger: false,
        });
        client.on('error', () => undefined);
        await client.connect();
        await client.logout();
        await said(new RegExp(`"connection":${String(visit)},.*\n`));
      }
      await said(/"event":"question".*\n/);
      // Asked once, however often the client comes.
      const asked = events().filter(({ event }) => event === 'question');
      expect(asked.map(({ connection }) => connection)).to.deep.equal([2]);
      child.stdin.write(`${answer}\n`);
      await said(/"attested":.*\n/);
      expect(events().at(-1)).to.include({
        event: 'verdict',
        connection: 2,
        status,
        attested: answer === 'y' ? 'yes' : 'no',
      });
      child.kill('SIGINT');
      await once(child, 'close');
    });
});
