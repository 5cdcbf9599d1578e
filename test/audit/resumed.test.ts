import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { toyServer } from '../../src/proof/toy-server.js';
import { commandLine } from '../support/built.js';
import { countingRelay } from '../support/counting-relay.js';
import { isThorough } from '../support/representative.js';
import { it, itSeldom } from '../support/in-turn.js';

const NAMES = 12;
/** More than are audited at once. */
const MANY = 40;

describe('an audit that is ended before its time', () => {
  for (const signal of isThorough() ? (['SIGKILL', 'SIGINT'] as const) : (['SIGKILL'] as const)) {
    itSeldom(`goes on where it was after ${signal}, and gives the same report`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'resumed-'));
      await using imap = await toyServer('imap', { certificate: 'expired' });
      await using imaps = await toyServer('imaps');
      const due = { connections: Infinity, child: undefined as ChildProcess | undefined };
      const onConnection = (): void => {
        due.connections -= 1;
        if (due.connections === 0) due.child?.kill(signal);
      };
      await using first = await countingRelay(imap.port, { onConnection });
      await using second = await countingRelay(imaps.port, { host: '127.0.0.2' });
      const names = join(folder, 'names');
      writeFileSync(names, Array.from({ length: NAMES }, (_, index) => `d${String(index)}.example\n`).join(''));
      const targets = [`imap://127.0.0.1:${String(first.port)}`, `imaps://127.0.0.2:${String(second.port)}`];
      const run = async (report: string, progress: readonly string[]): Promise<number | null> => {
        const reports = ['--report', `json:${report}.json`, '--report', `ndjson:${report}.ndjson`];
        const options = ['--names', names, '--seed', 'one', '--max-wait', '5', ...reports, ...progress];
        const child = spawn(process.execPath, [commandLine(), 'audit', ...targets, ...options], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        due.child = child;
        const [code] = (await once(child, 'close')) as [number | null];
        return code;
      };
      const whole = join(folder, 'whole');
      expect(await run(whole, [])).to.equal(1);
      const uninterrupted = first.connections() + second.connections();
      const resumed = join(folder, 'resumed');
      const state = join(folder, 'state');
      // The second half of the names is due.
      due.connections = NAMES / 2;
      await run(resumed, ['--progress', state]);
      expect(existsSync(state)).to.equal(true);
      const handshakes = readFileSync(state, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"kind":"named"'));
      expect(handshakes.length).to.be.greaterThan(0);
      const before = first.connections() + second.connections();
      expect(await run(resumed, ['--progress', state])).to.equal(1);
      expect(first.connections() + second.connections() - before).to.be.lessThan(uninterrupted);
      expect(existsSync(state)).to.equal(false);
      expect(told(`${resumed}.json`)).to.deep.equal(told(`${whole}.json`));
      const lines = readFileSync(`${resumed}.ndjson`, 'utf8').trim().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { readonly type?: string }).type)).not.to.be.empty;
    });
  }

  itSeldom('asks none of many targets again that were done when it was killed, and loses none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'resumed-'));
    await using toy = await toyServer('imap');
    const due = { connections: Infinity, child: undefined as ChildProcess | undefined };
    const relays = await Promise.all(
      Array.from({ length: MANY }, (_, index) =>
        countingRelay(toy.port, {
          host: `127.0.0.${String(index + 11)}`,
          onConnection: () => {
            due.connections -= 1;
            if (due.connections === 0) due.child?.kill('SIGKILL');
          },
        }),
      ),
    );
    try {
      const list = join(folder, 'targets');
      const targets = relays.map(({ port }, index) => `imap://127.0.0.${String(index + 11)}:${String(port)}`);
      writeFileSync(list, targets.map((target) => `${target}\n`).join(''));
      const [report, state] = [join(folder, 'report.json'), join(folder, 'state')];
      const run = async (): Promise<number[]> => {
        const before = relays.map((relay) => relay.connections());
        const options = ['--depth', 'quick', '--report', `json:${report}`, '--progress', state];
        const child = spawn(process.execPath, [commandLine(), 'audit', '--targets', list, ...options], {
          stdio: 'ignore',
        });
        due.child = child;
        await once(child, 'close');
        return relays.map((relay, index) => relay.connections() - (before[index] ?? 0));
      };
      due.connections = MANY - 5;
      await run();
      const done = readFileSync(state, 'utf8')
        .split('\n')
        // The last line may be cut.
        .slice(0, -1)
        .flatMap((line) => /^\{"kind":"part".*?"address":"([^"]+)"/.exec(line)?.[1] ?? []);
      expect(done.length).to.be.greaterThan(0);
      expect(done.length).to.be.lessThan(MANY);
      const again = await run();
      const untouched = again.flatMap((made, index) => (made === 0 ? [`127.0.0.${String(index + 11)}`] : []));
      expect(untouched.sort()).to.deep.equal(done.sort());
      const { results } = JSON.parse(readFileSync(report, 'utf8')) as Report;
      expect(new Set(results.map(({ target }) => target))).to.deep.equal(new Set(targets));
    } finally {
      await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()));
    }
  });

  it('leaves a file alone that is none of an audit, and the progress of another one', async () => {
    const { waxseal } = await import('../cli/run-cli.js');
    const folder = mkdtempSync(join(tmpdir(), 'resumed-'));
    const file = join(folder, 'notes.txt');
    for (const [content, words] of [
      ['my own notes\n', 'is no progress of an audit'],
      ['my own notes', 'is no progress of an audit'],
      [
        '{"schema":"urn:waxseal:audit-progress:1","audit":"other","seed":"a","startedAt":"2026-11-26T00:00:00Z"}\n',
        'is the progress of an audit of other targets',
      ],
    ] as const) {
      writeFileSync(file, content);
      const { code, stderr } = await waxseal('audit', 'imap://127.0.0.1:9', '--progress', file);
      expect({ code, stderr }).to.deep.equal({ code: 2, stderr });
      expect(stderr).to.contain(words);
      expect(readFileSync(file, 'utf8')).to.equal(content);
    }
  });
});

/** What a report says, without what differs from run to run: numbers of connections and times. */
const told = (path: string): unknown => {
  const { results, summary, alsoNamed, closed, faults, seed } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const kept = results.map(({ evidence, facts: _, ...result }) => ({
    ...result,
    // How many there were to compare depends on what was made before.
    because: result.because.replace(/\b\d+ connections\b/, 'all connections'),
    quotes: evidence.map(({ quote, why }) => [quote, why]),
  }));
  return { results: kept, summary, alsoNamed, closed, faults, seed };
};
