import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { planOf } from '../../src/cases/plan.js';
import { answerOf } from '../../src/clients/answers.js';
import { commandDriver } from '../../src/clients/command.js';
import type { Driver } from '../../src/clients/driver.js';
import { presetPath } from '../../src/clients/presets/installed.js';
import type { Preset, PresetSetUp } from '../../src/clients/presets/preset.js';
import { loopback } from '../../src/place/loopback.js';
import { openSession } from '../../src/place/visit-home.js';
import scenarios from '../../src/scenarios/index.js';
import type { Through } from '../../src/stage/middle-seat.js';
import { visit } from '../../src/stage/visit.js';
import { runSession } from '../../src/testing/session.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import type { Outcome } from './run.js';

/** A client in one set-up, in front of a real server. */
export interface Subject {
  readonly preset: Preset;
  readonly setUp: PresetSetUp;
  readonly through: Through;
}

/** Plays the cases as `waxseal test --through` does, `runs` times; each run has controls of its own. */
export const play = async (
  { preset, setUp, through }: Subject,
  cases: readonly string[],
  runs: number,
  onRun: (outcomes: Outcome[]) => void,
): Promise<void> => {
  const { protocol, tls, policy } = setUp;
  await using folder = openSession();
  const authority = await createAuthority();
  const configuration = preset.configure(setUp);
  if (configuration === undefined) throw new Error(`${preset.name} has no configuration for ${protocol} with ${tls}`);
  const { command, files, trust, terminal, answers = [], build, untilIdle, maxTime } = configuration;
  const driver: Driver = {
    readsHosts: true,
    ...commandDriver(command, {
      folder,
      trust: authority,
      passOn: [],
      path: presetPath(preset),
      ...(files && { files }),
      ...(trust === 'namespace' && { trustNamespace: true }),
      ...(terminal === true && { terminal: true }),
      answers: answers.map(answerOf),
      ...(build && { build }),
    }),
  };
  await driver.prepare?.();
  const seed = randomBytes(6).toString('hex');
  const secrets = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const { report } = await runSession({
      plan: planOf({
        scenarios,
        setUps: [{ protocol, tls }],
        seat: 'middle',
        provides: loopback.provides,
        globs: cases,
        repeat: 1,
      }),
      observe: async (one, number, taught, { signal, started, ended }) => {
        const made = await visit(
          one,
          number,
          {
            seed: `${seed}-${String(run)}`,
            place: loopback,
            authority,
            driver,
            policy,
            maxTime: maxTime === undefined ? MOST_TIME : maxTime * 1000,
            ...(untilIdle !== undefined && { untilIdle: untilIdle * 1000 }),
            secrets,
            through,
            signal,
            onStarted: started,
            folder: (each) => {
              const path = join(folder.path, `${String(run)}-${String(each)}`);
              mkdirSync(path, { mode: 0o755, recursive: true });
              return path;
            },
          },
          taught,
        );
        ended();
        return made;
      },
      masking: { secrets: 'mask', key: randomBytes(32), known: new Set() },
      seed,
      place: loopback.name,
      subject: { command: ['--preset', preset.name] },
      reproduce: () => [],
      jobs: 2,
      isPartial: true,
      keep: () => undefined,
    });
    onRun(
      report.results.map(({ id, variant, status, because, told }) => ({
        name: variant === undefined ? id : `${id}/${variant}`,
        status,
        because,
        ...(told && { told }),
      })),
    );
  }
};

/** Milliseconds of one visit, as `waxseal test` has it. */
const MOST_TIME = 20_000;
