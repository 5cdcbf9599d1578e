import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { judgeBoth, type Judged } from '../honest.js';
import type { Piece, Row } from '../piece.js';
import { Served } from '../served.js';

/** Hostile connections by the thousand beside honest clients; the hostile ones have a process of their own. */
const load: Piece = {
  id: 'load',
  title: 'Load: serve',
  run: async ({ long, count, list, seed, log }) => {
    if (list === true)
      return { rows: [{ name: 'hostile connections', full: MOST_OPEN, tried: 0, survived: 0, failures: [] }] };
    await using served = await Served.start(
      '--tls starttls --scenario control --scenario starttls-not-offered'.split(' '),
      ({ client }) => client?.startsWith('EHLO honest') === true,
    );
    const judged: Judged[] = [...(await judgeBoth(served))];
    served.blocked = 0;
    const [atOnce, forSeconds] = long
      ? [Math.min(MOST_OPEN, count ?? Infinity), count === undefined ? 300 : 3600]
      : [500, 10];
    const ports = served.endpoints.map(({ port }) => String(port));
    const attackers = fork(
      fileURLToPath(new URL('../attackers.ts', import.meta.url)),
      [
        seed,
        String(atOnce),
        String(forSeconds),
        String(long ? (count ?? Infinity) : Infinity),
        String(long ? RAMP : SHORT_RAMP),
        ...ports,
      ],
      { execArgv: ['--import', 'tsx'] },
    );
    // What is measured is not the attackers' hunger for time.
    if (attackers.pid !== undefined) setPriority(attackers.pid, 10);
    let told = { made: 0, most: 0 };
    attackers.on('message', (message: typeof told) => (told = message));
    const over = new Promise<void>((resolve) =>
      attackers.once('exit', () => {
        resolve();
      }),
    );
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 1000))]);
    const meanwhile: Judged[] = [];
    while (attackers.exitCode === null && attackers.signalCode === null) {
      meanwhile.push(...(await judgeBoth(served)));
      const { rss } = served.memory;
      log(
        `${String(rss)} MiB, blocked ${String(served.blocked)} ms, served ${meanwhile
          .slice(-4)
          .map((each) => String(each.served))
          .join(' ')} ms`,
      );
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, long ? 2000 : 500))]);
    }
    judged.push(...meanwhile, ...(await judgeBoth(served)));
    const { peak } = served.memory;
    const block = served.blocked;
    const code = await served.stop();
    const again = `npm run hostile -- load --seed ${seed}${long ? ' --long' : ''}${long && count !== undefined ? ` --count ${String(count)}` : ''}`;
    const row = (name: string, tried: number, failures: readonly string[]): Row => ({
      name,
      tried,
      survived: tried - failures.length,
      failures: failures.slice(0, 5).map((what) => ({ what, again })),
    });
    const times = meanwhile.map(({ served: ms }) => ms).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? NaN;
    return {
      rss: peak,
      block,
      rows: [
        row(
          'hostile connections',
          Math.max(1, told.made),
          code === 130 && told.made >= (long ? (count ?? atOnce) : atOnce)
            ? []
            : [`exit code ${String(code)} after ${String(told.made)} connections`],
        ),
        row(
          'honest clients judged right',
          judged.length,
          judged.filter(({ isRight }) => !isRight).map(({ who, status, because }) => `${who}: ${status}: ${because}`),
        ),
        row(`memory below ${String(MOST_RSS)} MiB`, 1, peak < MOST_RSS ? [] : [`${String(peak)} MiB`]),
        // A short run may have to share its machine: its times are told, and prove nothing.
        ...(long
          ? [
              row(
                'honest clients served within a second',
                meanwhile.length,
                times.filter((ms) => ms > MOST_SERVED).map((ms) => `served in ${String(ms)} ms`),
              ),
              row(
                `event loop blocked for less than ${String(MOST_BLOCK)} ms`,
                1,
                block < MOST_BLOCK ? [] : [`blocked for ${String(block)} ms`],
              ),
            ]
          : []),
      ],
      notes: [
        `${String(told.most)} open at once; honest clients were served in ${String(median)} ms (median), ${String(times.at(-1))} ms (slowest); verdicts ${JSON.stringify(Object.fromEntries(served.counts))}`,
      ],
    };
  },
};

/** Connections at once, in the long form. */
const MOST_OPEN = 10_000;
/** Milliseconds until all of them have come: some 300 new ones a second, besides those that come again. */
const RAMP = 30_000;
const SHORT_RAMP = 5000;
const MOST_RSS = 250;
/** Milliseconds. */
const MOST_SERVED = 1000;
const MOST_BLOCK = 50;

export default load;
