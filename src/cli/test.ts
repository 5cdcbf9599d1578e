import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandDriver } from '../clients/command.js';
import { takesScheme } from '../clients/placeholders.js';
import { Fault } from '../fault.js';
import { openSession } from '../place/visit-home.js';
import { caseId, caseKey, type Case } from '../run/case.js';
import { reportExitCode } from '../run/exit-code.js';
import { planOf, type SetUp } from '../run/plan.js';
import { recordingOf } from '../run/recording.js';
import { runSession, type Seen, type Session } from '../run/session.js';
import { visit } from '../run/visit.js';
import scenarios from '../scenarios/index.js';
import { createAuthority } from '../tls/certificate-authority.js';
import { parseKnown } from '../verdict/known.js';
import { maskVisit, type Masking } from '../verdict/mask.js';
import { serializeRecording, type Mask } from '../wire/recording.js';
import { bugMessage } from './bug.js';
import { privateFolder, readText, reason } from './files.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';
import { progress, requireOutputs, writeReport } from './output.js';
import { choosePlace } from './place.js';
import type { Action } from './program.js';

/** What stands on the command line besides options: words before `--`, and the client's command after it. */
export interface TestOperands {
  readonly words: readonly string[];
  readonly command: readonly string[] | undefined;
}

/** `waxseal test`: runs a mail client once per case and judges it. */
export const test: Action<CommonOptions, TestOperands> = async ({ options, operands, version }) => {
  const command = commandOf(operands);
  const setUps = setUpsOf(options, command);
  requireOutputs(options);
  const known = options.known === undefined ? [] : parseKnown(readText(options.known, 'the file of known results'), options.known);
  const chosen = await choosePlace(options);
  if ('exitCode' in chosen) return chosen.exitCode;
  const { place } = chosen;
  const plan = planOf({ scenarios, setUps, seat: 'server', provides: place.provides, globs: options.scenario, repeat: options.repeat });
  if (options.record !== undefined) privateFolder(options.record);

  await using folder = openSession();
  const authority = await createAuthority();
  const driver = commandDriver(command, {
    folder,
    trust: authority,
    passOn: options.env,
    files: filesOf(options.file),
    ...(options.shell === true && { shell: true }),
    ...(options.trust === 'namespace' && { trustNamespace: true }),
  });
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const settings = { seed, place, authority, driver, policy: options.tlsPolicy, maxTime: options.maxTime, secrets: new Map<string, number>() };
  const masking: Masking = { secrets: options.keepSecrets === true ? 'keep' : 'mask', key: randomBytes(32), known: new Set() };
  const masks = new Map<number, Mask[]>();
  using interruption = new Interruption();
  const bar = progress();
  const session = await runSession({
    plan,
    observe: async (one, number, taught, { signal, started }) => {
      const made = await visit(one, number, { ...settings, signal, onStarted: started, folder: (each) => siteFolder(folder.path, each) }, taught);
      const masked = maskVisit(made, masking);
      masks.set(number, masked.masks);
      return masked.visit;
    },
    seed,
    place: place.name,
    version,
    subject: { command: [...command] },
    reproduce: (one) => reproduction(one, options, seed, command),
    jobs: options.jobs,
    known,
    isPartial: options.scenario.length > 0,
    signal: interruption.signal,
    keep: keeper(options, version, masks),
    onResult: (result, done, all) => {
      bar.show(`${String(done)} of ${String(all)}  ${result.status} ${result.case}`);
    },
  });
  bar.clear();
  return finished(session, chosen.note, options);
};

/** Writes the report and finds the exit code; a bug is said after what was gathered. */
const finished = (session: Session, note: string | undefined, options: CommonOptions): number => {
  const report = note === undefined ? session.report : { ...session.report, diagnosis: [...(session.report.diagnosis ?? []), note] };
  writeReport(report, new Map(session.seen.map((seen) => [seen.visit.number, seen.visit])), options);
  if (session.bug !== undefined) {
    process.stderr.write(bugMessage(session.bug));
    return 70;
  }
  return reportExitCode(report, options.failOn);
};

const commandOf = ({ words, command }: TestOperands): readonly string[] => {
  if (command === undefined || command.length === 0) {
    const came = words.length > 0 ? `${JSON.stringify(words.join(' '))} came without -- before it` : command === undefined ? 'no -- came' : 'nothing came';
    throw new Fault('BAD_USAGE', `the client's command was expected after --, ${came}; as in: waxseal test --protocol imap --tls starttls -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}`);
  }
  const [word] = words;
  if (word !== undefined) throw new Fault('BAD_USAGE', `only options were expected before --, ${JSON.stringify(word)} came; the client and its arguments belong after --`);
  return command;
};

const setUpsOf = ({ protocol, tls }: CommonOptions, command: readonly string[]): SetUp[] => {
  if (protocol === undefined) throw new Fault('BAD_USAGE', 'what the client speaks was expected, no --protocol came; give --protocol smtp, imap, pop3 or managesieve');
  if (tls !== undefined) return [{ protocol, tls }];
  // The scheme tells the client the mode, so that both can be had; sieve:// knows only one.
  if (takesScheme(command)) return protocol === 'managesieve' ? [{ protocol, tls: 'starttls' }] : [{ protocol, tls: 'starttls' }, { protocol, tls: 'implicit' }];
  throw new Fault('BAD_USAGE', 'how the client starts TLS was expected, no --tls came; give --tls starttls or --tls implicit, as the client is configured, or use {url} or {scheme} in its command');
};

const filesOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(pairs.map((pair) => {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || path === undefined) throw new Fault('BAD_USAGE', `--file NAME=TEMPLATE was expected, ${JSON.stringify(pair)} came; as in --file .msmtprc=./msmtprc.template`);
    return [name, readText(path, 'the template')];
  }));

const siteFolder = (path: string, number: number): string => {
  const folder = join(path, `site-${String(number)}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
};

/** Recordings go to files where asked for, and the report then holds their paths. */
const keeper = ({ record }: CommonOptions, version: string, masks: ReadonlyMap<number, Mask[]>): ((seen: Seen) => unknown) =>
  ({ one, visit: made }) => {
    const recording = recordingOf(made, version, masks.get(made.number) ?? []);
    if (record === undefined) return recording;
    const path = join(record, `${caseKey(one).replace(/[^A-Za-z0-9.+@#-]+/g, '_')}.${String(made.number)}.json`);
    try {
      writeFileSync(path, serializeRecording(recording), { mode: 0o600 });
    } catch (error) {
      throw new Fault('UNREACHABLE', `the recording ${JSON.stringify(path)} could not be written: ${reason(error)}`);
    }
    return path;
  };

const reproduction = (one: Case, options: CommonOptions, seed: string, command: readonly string[]): string[] => [
  'waxseal', 'test',
  '--protocol', one.protocol,
  '--tls', one.tls,
  ...(options.tlsPolicy === 'required' ? [] : ['--tls-policy', options.tlsPolicy]),
  '--scenario', caseId(one),
  ...(options.place === 'cell' ? ['--place', 'cell'] : []),
  ...(options.trust === 'namespace' ? ['--trust', 'namespace'] : []),
  ...options.env.flatMap((name) => ['--env', name]),
  ...options.file.flatMap((pair) => ['--file', pair]),
  ...(options.shell === true ? ['--shell'] : []),
  ...(options.maxTime === 20_000 ? [] : ['--max-time', String(options.maxTime / 1000)]),
  '--seed', seed,
  '--', ...command,
];
