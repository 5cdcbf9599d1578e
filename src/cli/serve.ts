import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { openSession } from '../place/visit-home.js';
import { cut } from '../report/transcript.js';
import { caseKey } from '../cases/case.js';
import { serve, type NamedEndpoint, type RunningServer } from '../serving/named-serve.js';
import { recordingOf } from '../document/recording.js';
import type { Report } from '../document/report-model.js';
import { resultOf, summaryOf } from '../document/result.js';
import type { ServedVerdict } from '../serving/serve.js';
import { serializeRecording } from '../wire/recording.js';
import { privateFolder } from './files.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';
import { isColored, requireOutputs, writeReportFiles } from './output.js';
import type { Action } from './program.js';

/** `waxseal serve`: keeps endpoints up until it is interrupted, and says a verdict for every connection. */
export const serveClients: Action<CommonOptions, undefined> = async ({ options, version }) => {
  requireOutputs(options);
  const { record: folderOfRecordings } = options;
  if (folderOfRecordings !== undefined) privateFolder(folderOfRecordings);
  await using folder = openSession();
  const startedAt = new Date().toISOString();
  using interruption = new Interruption();
  await using served = await serve({
    ...(options.protocol && { protocol: options.protocol }),
    ...(options.tls && { tls: options.tls }),
    scenario: options.scenario,
    policy: options.tlsPolicy,
    ...(options.listen !== undefined && { listen: options.listen }),
    allowClients: options.allowClient,
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.keepSecrets === true && { secrets: 'keep' }),
    onVerdict: (verdict) => {
      if (folderOfRecordings !== undefined) record(folderOfRecordings, verdict, version);
      say(options.format === 'json' ? verdictEvent(verdict) : verdictLine(verdict));
    },
  });
  const ca = join(folder.path, 'ca.pem');
  writeFileSync(ca, served.ca, { mode: 0o644 });
  for (const endpoint of served.endpoints)
    say(options.format === 'json' ? JSON.stringify({ event: 'endpoint', ...endpoint, ca }) : endpointLine(endpoint));
  say(options.format === 'json' ? JSON.stringify({ event: 'ready', ca }) : `CA ${ca}\nready; end with Ctrl-C`);
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve();
    interruption.signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  writeReportFiles(
    reportOf(served, startedAt, version),
    new Map(served.verdicts.map(({ visit }) => [visit.number, visit])),
    options,
  );
  return 130;
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const endpointLine = ({ case: key, host, port, user, password }: NamedEndpoint): string =>
  `${key}  ${host.includes(':') ? `[${host}]` : host}:${String(port)}  user ${user}  password ${password}`;

const verdictEvent = ({ endpoint, one, connection, visit, judgement }: ServedVerdict): string =>
  JSON.stringify({
    event: 'verdict',
    case: caseKey(one),
    endpoint: caseKey(endpoint.one),
    port: endpoint.port,
    connection,
    visit: visit.number,
    status: judgement.status,
    ...(judgement.severity !== undefined && { severity: judgement.severity }),
    ...(judgement.leaked.length > 0 && { leaked: judgement.leaked }),
    because: judgement.because,
  });

const verdictLine = ({ one, connection, judgement }: ServedVerdict): string => {
  const { red, green, yellow, bold } = createColors(isColored(process.stdout));
  const paint =
    judgement.status === 'unsafe'
      ? (text: string): string => bold(red(text))
      : judgement.status === 'safe'
        ? green
        : yellow;
  return `${paint(judgement.status.padEnd(14))} ${caseKey(one)}  connection ${String(connection)}: ${cut(judgement.because, 300)}`;
};

const record = (folder: string, { one, visit, masks }: ServedVerdict, version: string): void => {
  writeFileSync(
    join(folder, `${caseKey(one).replace(/[^A-Za-z0-9.+@#-]+/g, '_')}.${String(visit.number)}.json`),
    serializeRecording(recordingOf(visit, version, masks)),
    { mode: 0o600 },
  );
};

const reportOf = ({ verdicts: seen, seed }: RunningServer, startedAt: string, version: string): Report => {
  const results = seen.map(({ one, judgement, visit }) =>
    resultOf(one, judgement, {
      known: [],
      today: startedAt.slice(0, 10),
      visit,
      reproduce: ['waxseal', 'serve', '--protocol', one.protocol, '--tls', one.tls, '--seed', seed],
    }),
  );
  return {
    schema: 'urn:waxseal:report:1',
    tool: { name: 'waxseal', version },
    kind: 'test',
    startedAt,
    finishedAt: new Date().toISOString(),
    seed,
    place: 'loopback',
    interrupted: true,
    subject: { command: ['waxseal', 'serve'] },
    results,
    visits: seen.map(({ visit, masks }) => recordingOf(visit, version, masks)),
    summary: summaryOf('test', results),
  };
};
