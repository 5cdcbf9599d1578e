import { expect } from 'chai';
import pLimit from 'p-limit';
import { audit } from '../../src/audit/audit.js';
import type { AuditResult } from '../../src/audit/result.js';
import checks from '../../src/checks/index.js';
import { isFault } from '../../src/fault.js';
import type { LabDaemon } from '../../src/lab/daemon.js';
import labDaemons from '../../src/lab/daemons/index.js';
import { labPairs, openLab, pairName, type Lab, type LabPair, type RunningPair } from '../../src/lab/lab.js';
import { skipUnlessRequired } from '../support/real.js';

// Of each daemon with each planted weakness an audit finds exactly that, and nothing else that the good configuration is without;
// what the remedy says mends it.

/** Findings by check and port, such as `fail imap tls-1-0-accepted`. */
interface Outcome {
  readonly found: readonly AuditResult[];
  /** What is left of the findings after the remedy was applied. */
  readonly left?: readonly string[];
  /** Why the pair could not be started. */
  readonly missing?: string;
}

/** The remedies that are shown; what a proxy does wrong is told as the server's behind it, and only `waxseal explain` has the proxy's. */
const remediesOf = (found: readonly AuditResult[], { id: daemon, isProxy }: LabDaemon): string =>
  found
    .flatMap(({ id, remedy }) =>
      Object.entries((isProxy === true ? checks.find((check) => check.id === id) : { remedy })?.remedy ?? {}),
    )
    .filter(([software]) => isProxy !== true || software.toLowerCase().includes(daemon))
    .map(([, text]) => text)
    .join('\n');

const AT_ONCE = 4;
const AHEAD = 6;

/** What Debian 12 has is too old for it. */
const needsNewer = ({ daemon, configuration }: LabPair): string | undefined =>
  daemon.needsNewer?.allBut.includes(configuration) === false ? daemon.needsNewer.why : undefined;

const orTooOld = (pair: LabPair): string =>
  needsNewer(pair) === undefined ? '' : ' (or it is said that it is too old)';

/** Skips where the daemon is missing; one that is too old says so, and nothing else is tested. */
const isStarted = (context: Mocha.Context, pair: LabPair, { missing }: Outcome): boolean => {
  if (missing === undefined) return true;
  if (missing !== needsNewer(pair)) skipUnlessRequired(context, missing);
  return false;
};

const isBad = ({ status }: AuditResult): boolean => ['fail', 'warn', 'inconclusive'].includes(status);
const placeOf = ({ id, portRole }: AuditResult): string => `${portRole ?? ''} ${id}`;

const audited = async (
  { listeners }: RunningPair,
  lab: Lab,
  more: { readonly depth?: 'quick'; readonly only?: readonly string[] } = {},
): Promise<AuditResult[]> => {
  const { results, faults } = await audit(
    listeners.map(({ portRole, address, port }) => `${portRole}://${address}:${String(port)}`),
    {
      authorities: [lab.ca],
      servername: 'mail.lab.test',
      depth: more.depth ?? 'normal',
      // Servers with many weaknesses need more connections to tell them apart.
      ...(more.depth === undefined && { maxConnections: 60 }),
      loginAttempts: 10,
      ...(more.only && { checks: checks.filter(({ id }) => more.only?.includes(id)) }),
    },
  );
  expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
  return results.filter(isBad);
};

const outcomeOf = async (lab: Lab, pair: LabPair): Promise<Outcome> => {
  const { weakness } = pair;
  let running: RunningPair | undefined;
  try {
    running = await lab.start(pair);
    // What a certificate is shows in one connection.
    const found = await audited(running, lab, weakness?.certificate === undefined ? {} : { depth: 'quick' });
    if (weakness?.mended === undefined) return { found };
    await running[Symbol.asyncDispose]();
    running = await lab.start(
      { ...pair, weakness: { ...weakness, ready: 'connection' } },
      { settings: weakness.mended },
    );
    return { found, left: (await audited(running, lab, { only: weakness.finds })).map(placeOf) };
  } catch (error) {
    if (isFault(error) && error.code === 'DAEMON_MISSING') return { found: [], missing: error.message };
    throw error;
  } finally {
    await running?.[Symbol.asyncDispose]();
  }
};

describe('the lab', function () {
  this.timeout(180_000);
  const limit = pLimit(AT_ONCE);
  const outcomes = new Map<string, Promise<Outcome>>();
  let lab: Lab;

  before(async () => {
    lab = await openLab();
  });
  after(async () => {
    await Promise.allSettled(outcomes.values());
    await lab[Symbol.asyncDispose]();
  });

  // They wait most of the time: the next ones are begun while one is looked at.
  const all = labPairs();
  const outcome = (pair: LabPair): Promise<Outcome> => {
    const at = all.findIndex((each) => pairName(each) === pairName(pair));
    for (const each of all.slice(at, at + AHEAD)) {
      if (outcomes.has(pairName(each))) continue;
      const run = limit(() => outcomeOf(lab, each));
      run.catch(() => undefined);
      outcomes.set(pairName(each), run);
    }
    return outcomes.get(pairName(pair)) ?? outcomeOf(lab, pair);
  };

  for (const daemon of labDaemons) {
    const good: LabPair = { daemon, configuration: 'good' };
    const known = Object.keys(daemon.known ?? {}).sort();

    it(`${pairName(good)}${orTooOld(good)}: ${known.length === 0 ? 'nothing is found' : `${known.join(', ')}, and nothing else`}`, async function () {
      const seen = await outcome(good);
      if (!isStarted(this, good, seen)) return;
      expect([...new Set(seen.found.map(({ id }) => id))].sort()).to.deep.equal(known);
    });

    for (const [configuration, weakness] of Object.entries(daemon.weaknesses)) {
      const pair: LabPair = { daemon, configuration, weakness };
      it(`${pairName(pair)}${orTooOld(pair)}: ${weakness.finds.join(', ')}`, async function () {
        const [bad, before] = await Promise.all([outcome(pair), outcome(good)]);
        if (!isStarted(this, pair, bad)) return;
        const usual = new Set(before.found.map(placeOf));
        const fresh = bad.found.filter(
          (result) => !usual.has(placeOf(result)) && !(weakness.hides === true && result.status === 'inconclusive'),
        );
        const told = fresh.map(
          ({ status, because, ...result }) => `${status} ${placeOf({ status, because, ...result })}: ${because}`,
        );
        expect([...new Set(fresh.map(({ id }) => id))].sort(), told.join('\n')).to.deep.equal(
          [...weakness.finds].sort(),
        );
        if (weakness.mended === undefined) return;
        expect(bad.left, 'left after the remedy').to.deep.equal([]);
        const shown = remediesOf(fresh, daemon);
        for (const name of Object.keys(weakness.mended))
          expect(shown).to.include(name.replace('-o ', '').split(' ')[0]);
      });
    }
  }
});
