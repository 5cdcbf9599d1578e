import type { Client, Outcome } from './run.js';

/** The cases that are run with STARTTLS, or with implicit TLS. */
export const caseNames = (tls: string): string[] =>
  tls === 'starttls'
    ? ['greeting-inside-starttls/login-accepted', 'greeting-inside-starttls/login-refused']
    : ['no-greeting-inside-implicit'];

/** A case for which the machine was too slow: nothing is known of the client. */
export const isTooSlow = ({ status, because }: Outcome): boolean =>
  status === 'inconclusive' && because.startsWith('machine too slow');

/** The generated part of docs/clients.md on the two doors of a server; pure. */
export const tableOf = (clients: readonly Client[], today: string): string => {
  const runs = clients.reduce((sum, client) => sum + client.runs.length, 0);
  const slow = clients.reduce((sum, client) => sum + slowRuns(client), 0);
  const flipped = unsteady(clients);
  return [
    `${String(clients.length)} set-ups, ${String(runs)} runs until ${today} (\`scripts/two-doors\`): ${
      flipped.length === 0
        ? 'no client has two different verdicts, or reported different things'
        : `not the same in all runs: ${flipped.join('; ')}`
    }.${slow === 0 ? '' : ` In ${String(slow)} runs the machine was too slow for some verdict; such verdicts are not counted.`}`,
    ...['starttls', 'implicit'].flatMap((tls) => {
      const own = clients.filter((client) => client.tls === tls);
      return own.length === 0 ? [] : [part(own, tls)];
    }),
  ].join('\n\n');
};

/** Clients whose verdicts, or reports, were not the same in all their runs. */
export const unsteady = (clients: readonly Client[]): string[] =>
  clients.flatMap((client) =>
    caseNames(client.tls)
      .filter((name) => decided(client, name).length > 1 || reports(client, name).length > 1)
      .map((name) => `${client.title} ${client.protocol} ${name}`),
  );

const part = (clients: readonly Client[], tls: string): string => {
  const names = caseNames(tls);
  const heads = tls === 'starttls' ? ['accepted', 'refused'] : ['no greeting'];
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  return [
    line(['client', 'protocol', ...heads.flatMap((head) => [head, 'it reported'])]),
    line(['---', '---', ...heads.flatMap(() => ['---', '---'])]),
    ...clients.map((client) =>
      line([
        `${client.title} ${client.version}`,
        `${client.protocol.toUpperCase()}${tls === 'starttls' && client.policy === 'opportunistic' ? ', STARTTLS if offered' : ''}`,
        ...names.flatMap((name) => [
          verdicts(client, name).map(counted).join(', '),
          reports(client, name)
            .map(({ value }) => value)
            .join(', '),
        ]),
      ]),
    ),
  ].join('\n');
};

interface Count {
  readonly value: string;
  readonly times: number;
}

const counted = ({ value, times }: Count): string => `${value === 'unsafe' ? '**unsafe**' : value} ${String(times)}×`;

const countsOf = (values: readonly string[]): Count[] =>
  [...new Set(values)].sort().map((value) => ({ value, times: values.filter((each) => each === value).length }));

/** What came out of a case, the runs left out for which the machine was too slow. */
const verdicts = ({ runs }: Client, name: string): Count[] =>
  countsOf(outcomesOf(runs, name).map(({ status }) => status));

const decided = (client: Client, name: string): Count[] =>
  verdicts(client, name).filter(({ value }) => value !== 'inconclusive');

/** What the client reported, where it was seen to succeed with the honest server, as far as that says something. */
const reports = ({ runs }: Client, name: string): Count[] =>
  countsOf(
    outcomesOf(
      runs.filter((run) => run.some((outcome) => outcome.name === 'control' && outcome.status === 'safe')),
      name,
    ).flatMap(({ told }) =>
      told === undefined
        ? []
        : [told.although === undefined ? told.reported : `${told.reported}, although ${told.although}`],
    ),
  );

const outcomesOf = (runs: Client['runs'], name: string): Outcome[] =>
  runs.flatMap((run) => run.filter((outcome) => outcome.name === name && !isTooSlow(outcome)));

const slowRuns = ({ runs }: Client): number => runs.filter((run) => run.some(isTooSlow)).length;
