import protocols from '../protocols/index.js';
import type { Report, Result } from '../document/report-model.js';
import { counted } from './layout.js';
import { setUpName } from './set-up.js';
import { groupsOf, type Group } from './text/groups.js';
import { isBad } from './text/style.js';

/** A report in three sentences for people who do not know the field: what happened, the worst of it, what to do. */
export const plainWords = (report: Report): readonly [string, string, string] =>
  report.kind === 'audit' ? auditWords(report) : clientWords(report);

/** Whether the whole is good, bad, or cannot be said. */
export const outcomeOf = (report: Report): 'good' | 'bad' | 'open' => {
  const { results, faults = [], selfTest, interrupted } = report;
  if (results.some((result) => isFinding(result) && result.status !== 'downgradable')) return 'bad';
  if (report.profile?.rules.some(({ level, state }) => level === 'must' && state === 'not-met') === true) return 'bad';
  const isUnknown = results.some(({ status, known }) => status === 'inconclusive' && known?.state !== 'expected');
  const isEmpty = results.every(({ status }) => status === 'not-applicable');
  return isUnknown ||
    isEmpty ||
    faults.length > 0 ||
    selfTest === 'failed' ||
    (interrupted === true && !isServed(report))
    ? 'open'
    : 'good';
};

/** Servers for clients that come by themselves are always ended by an interruption. */
const isServed = ({ subject }: Report): boolean => subject.command?.[0] === 'waxseal';

const isFinding = ({ status, known }: Result): boolean => isBad(status) && known?.state !== 'expected';

const clientWords = (report: Report): readonly [string, string, string] => {
  const { results, subject, kind } = report;
  const name = isServed(report) || kind === 'proxy' ? 'The mail program' : programOf(subject.command);
  const played = results.filter(({ status }) => status !== 'not-applicable');
  const attacks = played.filter(({ id }) => !id.startsWith('control'));
  const bad = played.filter(isFinding);
  const unknown = played.filter(({ status }) => status === 'inconclusive');
  const [worst] = groupsOf(report).filter(({ results: [lead] }) => isFinding(lead));
  if (played.length === 0)
    return [
      'Nothing was tested.',
      `No case applies${results.length === 0 ? '' : ' to this set-up'}.`,
      'Choose another protocol, TLS mode or scenario.',
    ];
  const first =
    bad.length === 0
      ? unknown.length === 0
        ? `${name} kept every secret inside encrypted connections to a verified server, in all ${counted(attacks.length, 'attack')} that were tried.`
        : `${name} gave nothing away in what could be observed, but ${counted(unknown.length, 'case')} of ${String(played.length)} could not be judged.`
      : `${name} failed ${String(bad.length)} of ${counted(played.length, 'case')}: an attacker on the network could exploit it.`;
  if (worst === undefined)
    return [
      first,
      unknown[0] === undefined
        ? 'Without an attack it works: the same program was first seen logging in at an honest server, so “safe” does not mean that it did nothing.'
        : `The first reason: ${unknown[0].because}.`,
      unknown[0] === undefined
        ? 'Nothing needs to be changed.'
        : 'Nothing is called safe without proof; see below what is missing.',
    ];
  const [lead] = worst.results;
  return [
    first,
    `The worst: ${lead.because}${whereOf(worst)}.`,
    lead.fix === undefined
      ? `What must happen instead: ${lead.expected ?? 'the connection ends before anything secret is sent'}.`
      : `What usually mends it: ${lead.fix}.`,
  ];
};

const whereOf = ({ results, isUnattacked }: Group): string => {
  const [lead, ...more] = results;
  if (isUnattacked || lead.id === 'control') return ', even without an attack';
  return `, for example in “${lead.title}” (${setUpName(lead)})${more.length > 0 ? ` and ${counted(more.length, 'other case')}` : ''}`;
};

const auditWords = (report: Report): readonly [string, string, string] => {
  const { results, closed = [], faults = [] } = report;
  const portsOf = (some: readonly Result[]): number =>
    new Set(
      some.flatMap(({ host, address, port }) =>
        port === undefined ? [] : [`${host ?? ''} ${address ?? ''} ${String(port)}`],
      ),
    ).size;
  const ports = portsOf(results);
  const hosts = new Set(results.flatMap(({ host }) => host ?? [])).size;
  const bad = results.filter(isFinding);
  const [worst] = groupsOf(report).filter(({ results: [lead] }) => isFinding(lead));
  if (ports === 0 && bad.length === 0)
    return [
      'No port was audited.',
      faults[0] === undefined ? `${counted(closed.length, 'port')} did not answer.` : `The first reason: ${faults[0]}.`,
      'Check the name of the server and the path to it.',
    ];
  const first = `${counted(ports, 'port')} of ${counted(hosts, 'host')} ${ports === 1 ? 'was' : 'were'} audited with ${counted(new Set(results.map(({ id }) => id)).size, 'check')}: ${bad.length === 0 ? 'no check failed' : `${counted(new Set(bad.map(({ id }) => id)).size, 'check')} failed on ${counted(Math.max(1, portsOf(bad)), 'port')}`}.`;
  if (worst === undefined)
    return [
      first,
      'Passwords and mail are protected as far as these checks can see.',
      report.leftOut === undefined
        ? 'Nothing needs to be changed.'
        : 'Nothing needs to be changed; some checks were left out, see “Not tested”.',
    ];
  const [lead] = worst.results;
  const ports2 = [...new Set(worst.results.map(({ port }) => port))].filter((port) => port !== undefined);
  const [[software, remedy] = []] = Object.entries(lead.remedy ?? {});
  return [
    first,
    `The most urgent${lead.severity === undefined ? '' : ` (${lead.severity})`}: ${lead.because}${ports2.length === 0 ? '' : `, on ${ports2.length === 1 ? 'port' : 'ports'} ${ports2.join(', ')}`}.`,
    remedy === undefined
      ? 'The findings below say what to change.'
      : `What to do first: ${software === undefined || software === 'any server' ? '' : `${software}: `}${remedy}.`,
  ];
};

/** The program of a command line, without its folder. */
const programOf = (command: readonly string[] | undefined): string => {
  const name = command?.[0]?.split(/[\\/]/).at(-1);
  return name === undefined || name === '' ? 'The client' : name;
};

/** The names of the protocols that a report is about, each once, with their titles. */
export const protocolsIn = ({ results }: Report): { readonly name: string; readonly title: string }[] =>
  [...new Set(results.map(({ protocol }) => protocol))].map((name) => ({ name, title: protocols[name].title }));
