import { existsSync } from 'node:fs';
import type { Report } from '../document/report-model.js';
import { withKnown } from '../document/report.js';
import { Fault } from '../fault.js';
import { caseIdOf, covers, knownOf, type Known } from '../verdict/known.js';
import { readText, writeOut } from './files.js';
import { NO_PLUGINS, type Plugins } from './plugins.js';
import type { CommonOptions } from './options.js';

/** The accepted results of a run. */
export interface KnownResults {
  /** Those that concern it. */
  readonly own: readonly Known[];
  /** The others of the same file: of other clients, or of servers where clients are tested. */
  readonly others: readonly Known[];
}

type KnownOptions = Pick<CommonOptions, 'known'> &
  Partial<
    Pick<CommonOptions, 'name' | 'writeKnown' | 'knownReason' | 'knownOwner' | 'knownUntil' | 'failOn' | 'plugin'>
  >;

/** The entries of the file of `--known` that concern clients, or servers; the models of documents are loaded only where there is one. */
export const knownOfRun = async (
  { known: file, name, writeKnown, ...rest }: KnownOptions,
  about: 'clients' | 'servers',
  { scenarios, checks }: Plugins = NO_PLUGINS,
): Promise<KnownResults> => {
  const given = ['knownReason', 'knownOwner', 'knownUntil'].find((option) => option in rest);
  if (writeKnown !== true && given !== undefined)
    throw new Fault('BAD_USAGE', '--known-reason, --known-owner and --known-until need --write-known');
  if (file === undefined || (writeKnown === true && !existsSync(file))) return { own: [], others: [] };
  const { parseKnown } = await import('../verdict/known-list.js');
  const list = parseKnown(readText(file, 'the file of known results'), file);
  const named = new Set(name === EVERYBODY ? list : knownOf(list, name));
  const [ours, ...theirs] = await Promise.all([
    import('../scenarios/index.js'),
    import('../checks/index.js'),
    import('../domain-checks/index.js'),
  ]);
  const ids = {
    clients: [...ours.default, ...scenarios].map(({ id }) => id),
    servers: [...theirs.flatMap((each): readonly { readonly id: string }[] => each.default), ...checks].map(
      ({ id }) => id,
    ),
  };
  const isAbout = (known: Known, whom: 'clients' | 'servers'): boolean =>
    ids[whom].some((id) => covers(caseIdOf(known.case), id));
  const other = about === 'clients' ? 'servers' : 'clients';
  const isOwn = (known: Known): boolean => named.has(known) && (isAbout(known, about) || !isAbout(known, other));
  return { own: list.filter(isOwn), others: list.filter((known) => !isOwn(known)) };
};

/** Stands for the name where each client has one of its own. */
export const EVERYBODY = '*';

/** The same where nothing tells clients from servers. */
export const knownResults = async (file: string | undefined): Promise<readonly Known[]> => {
  if (file === undefined) return [];
  const { parseKnown } = await import('../verdict/known-list.js');
  return parseKnown(readText(file, 'the file of known results'), file);
};

/** With `--write-known`: writes what happened into the file of accepted results, and gives the report that this makes. */
export const acknowledged = async (
  report: Report,
  known: KnownResults,
  options: KnownOptions,
  { isPartial, elsewhere = [] }: { readonly isPartial: boolean; readonly elsewhere?: readonly string[] },
): Promise<Report> => {
  const { known: file, name, failOn, knownReason, knownOwner, knownUntil } = options;
  if (options.writeKnown !== true || file === undefined) return report;
  if (report.interrupted === true) {
    process.stderr.write('waxseal: interrupted; no known results were written\n');
    return report;
  }
  const { acceptedIn } = await import('../document/accepted.js');
  const { list, added, renewed, removed } = acceptedIn(report, known.own, {
    until: knownUntil ?? dayAfter(report.startedAt, ACCEPTED_DAYS),
    isPartial: isPartial || elsewhere.length > 0,
    failOn,
    ...(name !== undefined && { client: name }),
    ...(knownReason !== undefined && { reason: knownReason }),
    ...(knownOwner !== undefined && { owner: knownOwner }),
  });
  if (added + renewed + removed === 0) return report;
  writeOut(file, `${JSON.stringify([...known.others, ...list], undefined, 2)}\n`, 'the file of known results');
  process.stderr.write(
    `waxseal: ${file}: ${String(added)} added, ${String(renewed)} renewed, ${String(removed)} removed${added === 0 ? '' : '; read the new entries, and say why each is accepted'}\n`,
  );
  return withKnown(report, { before: known.own, known: list, isPartial, elsewhere });
};

const dayAfter = (from: string, days: number): string =>
  new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);

/** For how long a result is accepted of which nobody has said more. */
const ACCEPTED_DAYS = 90;
