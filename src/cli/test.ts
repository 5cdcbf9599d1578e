import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../fault.js';
import { openSession } from '../place/visit-home.js';
import { answerOf } from '../clients/answers.js';
import { caseId, caseKey, type Case } from '../cases/case.js';
import { withoutAnyCase } from '../cases/known-cases.js';
import type { Known } from '../verdict/known.js';
import { insideNeeded } from '../stage/middle-seat.js';
import { planOf, type SetUpPlan } from '../cases/plan.js';
import { recordingOf } from '../document/recording.js';
import type { Seen } from '../document/seen.js';
import { selfTest } from '../testing/self-test.js';
import { caseNames, isSelected } from '../cases/selection.js';
import type { Session } from '../testing/session-options.js';
import { runSession } from '../testing/session.js';
import { visit } from '../stage/visit.js';
import type { Scenario } from '../scenarios/scenario.js';
import registry from '../scenarios/index.js';
import { createAuthority } from '../tls/certificate-authority.js';
import { serializeRecording } from '../verdict/recording-text.js';
import { chainVisits, sharesAddress, unservableFor } from '../testing/chain-visit.js';
import { comparedLibrary } from '../testing/compared-library.js';
import { runChains } from '../testing/chains.js';
import { onlyChains, suiteOf, wantsChains } from './chains.js';
import { clientOf, type ClientOperands } from './client.js';
import { entryAt, privateFolder, reason, writeWhole } from './files.js';
import { acknowledged, knownOfRun } from './known.js';
import { pluginsOf } from './plugins.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';
import { LineReports } from './line-reports.js';
import { concluded, progress, requireOutputs, type SessionEnd } from './output.js';
import { choosePlace } from './place.js';
import type { CommandAction } from './commands/definition.js';
import { upstreamOf, type ServerBehind } from './through.js';

/** Milliseconds that one run of the client may take where nobody says how many. */
const MAX_TIME = 20_000;

/** `waxseal test`: runs a mail client once per case and judges it. */
export const test: CommandAction<CommonOptions, ClientOperands> = async ({ options, operands }) => {
  const upstream = options.through === undefined ? undefined : await upstreamOf(options.through, options);
  const client = clientOf(options, operands, upstream?.setUp);
  if (upstream !== undefined && options.place === 'cell')
    throw new Fault('BAD_USAGE', '--through needs the network, and --place cell is isolated from it; use one of them');
  if (upstream === undefined && options.account !== undefined)
    throw new Fault('BAD_USAGE', '--account needs --through: it is the account on a real server');
  if (upstream === undefined && options.ca.length > 0)
    throw new Fault('BAD_USAGE', '--ca needs --through: it is for the certificate of the real server');
  if (upstream === undefined && options.interception !== undefined)
    throw new Fault('BAD_USAGE', '--interception needs --through: it is about TLS to a real server');
  if (upstream === undefined && options.otherDoor !== undefined)
    throw new Fault('BAD_USAGE', '--other-door needs --through: it is a port of the real server');
  const hasChains = wantsChains(options);
  await requireOutputs(options);
  const plugins = await pluginsOf(options.plugin);
  const known = await knownOfRun(options, 'clients', plugins);
  const scenarios = [...registry, ...plugins.scenarios];
  const chosen = await choosePlace(options);
  if ('exitCode' in chosen) return chosen.exitCode;
  const { place } = chosen;
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const suite = hasChains ? await suiteOf(options, seed, place) : undefined;
  const isChainsOnly = onlyChains(options);
  const plan = planOf({
    scenarios,
    setUps: isChainsOnly ? [] : client.setUps,
    seat: upstream === undefined ? 'server' : 'middle',
    provides: place.provides,
    globs: options.scenario,
    all: options.all === true,
    repeat: options.repeat,
    ...(options.shard && { shard: options.shard }),
    ...(upstream?.through.interception === 'tunnel' && {
      excludes: (one: Case) => insideNeeded(one, upstream.through),
    }),
  });
  if (options.record !== undefined) privateFolder(options.record);
  else if (options.keys === true) throw new Fault('BAD_USAGE', '--keys is about recordings; add --record DIR');

  await using folder = openSession();
  const authority = await createAuthority();
  const driver = client.driver({
    folder,
    trust: authority,
    passOn: options.env,
    ...(options.shell === true && { shell: true }),
    ...(options.tty === true && { terminal: true }),
    answers: options.answer.map(answerOf),
    ...(options.home !== undefined && { homeFrom: folderOf(options.home, '--home') }),
    ...(options.cwd !== undefined && { cwd: folderOf(options.cwd, '--cwd') }),
    ...(options.trust === 'namespace' && { trustNamespace: true }),
  });
  await driver.prepare?.();
  const untilIdle = options.untilIdle ?? client.untilIdle;
  const maxTime = options.maxTime ?? client.maxTime ?? MAX_TIME;
  const settings = {
    seed,
    place,
    authority,
    driver,
    policy: options.tlsPolicy,
    maxTime,
    ...(untilIdle !== undefined && { untilIdle }),
    secrets: new Map<string, number>(),
    ...(upstream && { through: upstream.through }),
    ...(options.endpointTls && { endpointTls: options.endpointTls }),
    ...(options.keys === true && { keepsWire: true as const }),
  };
  using interruption = new Interruption();
  const bar = progress();
  const masking = {
    secrets: options.keepSecrets === true ? ('keep' as const) : ('mask' as const),
    key: randomBytes(32),
    known: new Set(accountSecrets(upstream)),
  };
  const chains = suite && {
    suite,
    setUps: client.setUps,
    observe: chainVisits(settings, folder.path),
    ...(options.compareLibrary && {
      library: comparedLibrary(options.compareLibrary, settings, { folder, trust: authority }),
    }),
    masking,
    keep: keeper(options),
    keepsAll: options.record !== undefined,
    listsAll: options.verbose === true,
    unservable: await unservableFor(driver, place),
    isShared: sharesAddress(place),
    reproduce: (one: Case, chain: string) => chainReproduction(one, chain, options, seed, client.command),
    tellsControl: isChainsOnly,
    jobs: options.jobs,
    onChain: (done: number, all: number) => {
      bar.show(`${String(done)} of ${String(all)} certificate chains`);
    },
  };
  const isPartial = options.scenario.length > 0 || isChainsOnly || options.chain.length > 0;
  const startedAt = new Date().toISOString();
  const subject = {
    command: [...client.command],
    ...(options.through !== undefined && { targets: [options.through] }),
  };
  const authorized = options.authorizedBy !== undefined && { authorizedBy: options.authorizedBy };
  using lines = new LineReports(
    options,
    { kind: 'test', startedAt, seed, place: place.name, ...authorized, subject },
    { known: known.own, writes: options.writeKnown === true },
  );
  const session = await runSession({
    plan,
    startedAt,
    ...(chains && { chains: ({ signal }: { readonly signal: AbortSignal }) => runChains({ ...chains, signal }) }),
    observe: async (one, number, taught, { signal, started, ended }) => {
      const made = await visit(
        one,
        number,
        { ...settings, signal, onStarted: started, folder: (each) => siteFolder(folder.path, each) },
        taught,
      );
      ended();
      return made;
    },
    masking,
    seed,
    place: place.name,
    subject,
    ...authorized,
    reproduce: (one) => reproduction(one, options, seed, client.command),
    jobs: options.jobs,
    known: known.own,
    isPartial,
    addsDeciding: true,
    signal: interruption.signal,
    ...(options.selfTest && {
      selfTest: ({ signal }: { readonly signal: AbortSignal }) =>
        selfTest({
          settings: {
            seed,
            place,
            authority,
            maxTime,
            signal,
            folder: (each) => siteFolder(folder.path, each),
          },
          scenarios: registry,
          setUps: client.setUps,
          seat: 'server',
        }),
    }),
    keep: keeper(options),
    onResult: (result, done, all) => {
      lines.result(result);
      bar.show(`${String(done)} of ${String(all)}  ${result.status} ${result.case}`);
    },
  });
  bar.clear();
  const report = await acknowledged(session.report, known, options, {
    isPartial,
    elsewhere: plan.flatMap(({ elsewhere }) => elsewhere.map(caseKey)),
  });
  return await finished(
    { ...session, report },
    [
      ...(chosen.note === undefined ? [] : [chosen.note]),
      ...slowOnes(plan, options.scenario),
      ...mistaken(known.own, options.scenario, scenarios),
    ],
    leftOut(plan, options.scenario),
    options,
    { bug: interruption.bug, lines },
  );
};

/** Entries of `--known` that no case has ever matched; where everything ran, the report names them by itself. */
const mistaken = (known: readonly Known[], globs: readonly string[], scenarios: readonly Scenario[]): string[] =>
  globs.length === 0
    ? []
    : withoutAnyCase(known, scenarios).map(
        (each) =>
          `known result ${JSON.stringify(each.case)} matches no case that exists: correct its "case", or remove the entry`,
      );

/** Slow cases that a pattern matches and that are not run. */
const slowOnes = (plan: readonly SetUpPlan[], globs: readonly string[]): string[] => {
  const ids = [...new Set(plan.flatMap(({ leftOut }) => leftOut.map(caseId)))];
  if (globs.length === 0 || ids.length === 0) return [];
  return [
    `slow cases were left out (each lasts as long as the client waits, up to 11 minutes): ${ids.join(', ')}; to run them, name them exactly or add --all`,
  ];
};

/** Scenarios that exist, but not for any set-up of this session: nothing was observed of them. */
const leftOut = (plan: readonly SetUpPlan[], globs: readonly string[]): string[] => {
  const planned = plan.flatMap(({ control, cases }) => [control, ...cases]).map(({ one }) => caseNames(one));
  const setUps = plan.map(({ setUp }) => `${setUp.protocol} with ${setUp.tls}`).join(' or ');
  return globs
    .filter((glob) => !planned.some((names) => isSelected([glob], names)))
    .map(
      (glob) =>
        `--scenario ${JSON.stringify(glob)} matches no case for ${setUps}; waxseal list scenarios --format json shows protocols and modes`,
    );
};

/** Writes the report and finds the exit code; a bug is said after what was gathered. */
const finished = (
  session: Session,
  notes: readonly string[],
  unobserved: readonly string[],
  options: CommonOptions,
  { bug, lines }: Required<Pick<SessionEnd, 'bug' | 'lines'>>,
): Promise<number> => {
  const diagnosis = [...(session.report.diagnosis ?? []), ...notes];
  const faults = [...(session.report.faults ?? []), ...unobserved];
  const report = {
    ...session.report,
    ...(diagnosis.length > 0 && { diagnosis }),
    ...(faults.length > 0 && { faults }),
  };
  return concluded(report, options, {
    visits: new Map(session.seen.map((seen) => [seen.visit.number, seen.visit])),
    bug: session.bug ?? bug,
    lines,
  });
};

/** A folder that an option names. */
const folderOf = (path: string, option: string): string => {
  if (entryAt(path)?.isDirectory() !== true)
    throw new Fault('BAD_USAGE', `${option} ${JSON.stringify(path)} is not a folder`);
  return resolve(path);
};

const siteFolder = (path: string, number: number): string => {
  const folder = join(path, `site-${String(number)}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
};

/** Recordings go to files where asked for, and the report then holds their paths. */
const keeper =
  ({ record }: CommonOptions): ((seen: Seen) => unknown) =>
  ({ one, visit: made, masks }) => {
    const recording = recordingOf(made, masks);
    if (record === undefined) return recording;
    const path = join(record, `${caseKey(one).replace(/[^A-Za-z0-9.+@#-]+/g, '_')}.${String(made.number)}.json`);
    try {
      writeWhole(path, serializeRecording(recording));
    } catch (error) {
      throw new Fault('UNREACHABLE', `the recording ${JSON.stringify(path)} could not be written: ${reason(error)}`);
    }
    return path;
  };

const reproduction = (one: Case, options: CommonOptions, seed: string, command: readonly string[]): string[] =>
  reproductionOf(one, ['--scenario', caseId(one)], options, seed, command);

/** One chain again; without one the control alone. */
const chainReproduction = (
  one: Case,
  chain: string,
  options: CommonOptions,
  seed: string,
  command: readonly string[],
): string[] => {
  if (chain === '') return reproduction(one, options, seed, command);
  const suite = options.chains === undefined || options.chains === 'builtin' ? 'builtin' : resolve(options.chains);
  return reproductionOf(one, ['--chains', suite, '--chain', chain], options, seed, command);
};

const reproductionOf = (
  one: Case,
  chosen: readonly string[],
  options: CommonOptions,
  seed: string,
  command: readonly string[],
): string[] => [
  'waxseal',
  'test',
  '--protocol',
  one.protocol,
  '--tls',
  one.tls,
  ...(options.tlsPolicy === 'required' ? [] : ['--tls-policy', options.tlsPolicy]),
  ...chosen,
  ...options.plugin.flatMap((path) => ['--plugin', resolve(path)]),
  ...(options.through === undefined ? [] : ['--through', options.through]),
  ...(options.interception === undefined ? [] : ['--interception', options.interception]),
  ...(options.otherDoor === undefined ? [] : ['--other-door', options.otherDoor]),
  ...(options.authorizedBy === undefined ? [] : ['--authorized-by', options.authorizedBy]),
  ...options.ca.flatMap((path) => ['--ca', resolve(path)]),
  ...(options.account === undefined ? [] : ['--account', resolve(options.account)]),
  ...(options.place === 'cell' ? ['--place', 'cell'] : []),
  ...(options.ipv4 === true ? ['--ipv4'] : options.ipv6 === true ? ['--ipv6'] : []),
  ...(options.repeat === 1 ? [] : ['--repeat', String(options.repeat)]),
  ...(options.endpointTls === undefined ? [] : ['--endpoint-tls', options.endpointTls]),
  ...(options.trust === 'namespace' ? ['--trust', 'namespace'] : []),
  ...options.env.flatMap((name) => ['--env', name]),
  ...options.file.flatMap((pair) => ['--file', pair.replace(/=(.+)$/s, (_, path: string) => `=${resolve(path)}`)]),
  ...(options.shell === true ? ['--shell'] : []),
  ...(options.tty === true ? ['--tty'] : []),
  ...options.answer.flatMap((pair) => ['--answer', pair]),
  ...(options.home === undefined ? [] : ['--home', resolve(options.home)]),
  ...(options.untilIdle === undefined ? [] : ['--until-idle', String(options.untilIdle / 1000)]),
  ...(options.cwd === undefined ? [] : ['--cwd', resolve(options.cwd)]),
  ...(options.maxTime === undefined ? [] : ['--max-time', String(options.maxTime / 1000)]),
  '--seed',
  seed,
  ...(options.preset === undefined ? ['--', ...command] : command),
];

/** A client may print the account that it was given without ever saying it to a server. */
const accountSecrets = (upstream: ServerBehind | undefined): string[] => {
  const password = upstream?.through.account?.password;
  return password === undefined ? [] : [Buffer.from(password).toString('latin1')];
};
