import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { schemeOf } from '../clients/driver.js';
import { openSession } from '../place/visit-home.js';
import protocols from '../protocols/index.js';
import { cut } from '../report/transcript.js';
import { casesOf, caseKey, type Case } from '../run/case.js';
import type { SetUp } from '../run/plan.js';
import { recordingOf } from '../run/recording.js';
import type { Report } from '../run/report-model.js';
import { resultOf, summaryOf } from '../run/result.js';
import { caseNames, isSelected, requireMatches, scenarioNames } from '../run/selection.js';
import { serveEndpoints, type Endpoint, type ServedVerdict } from '../run/serve.js';
import scenarios from '../scenarios/index.js';
import { createAuthority } from '../tls/certificate-authority.js';
import { serializeRecording } from '../wire/recording.js';
import { Fault } from '../fault.js';
import { listening } from '../run/listening.js';
import { privateFolder } from './files.js';
import { Interruption } from './interruption.js';
import type { CommonOptions } from './options.js';
import { isColored, requireOutputs, writeReportFiles } from './output.js';
import type { Action } from './program.js';

/** `waxseal serve`: keeps endpoints up until it is interrupted, and says a verdict for every connection. */
export const serve: Action<CommonOptions, undefined> = async ({ options, version }) => {
  const { addresses, allows } = listening(options.listen, options.allowClient);
  const cases = casesOfServe(options);
  requireOutputs(options);
  if (options.record !== undefined) privateFolder(options.record);
  await using folder = openSession();
  const [first] = addresses;
  const isLocal = options.listen === undefined;
  const authority = await createAuthority(isLocal ? {} : { alsoFor: { dns: [], ip: [first] } });
  const ca = join(folder.path, 'ca.pem');
  writeFileSync(ca, authority.pem, { mode: 0o644 });
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const startedAt = new Date().toISOString();
  const seen: ServedVerdict[] = [];
  using interruption = new Interruption();
  await using served = await serveEndpoints({
    cases,
    site: { host: isLocal ? 'localhost' : first, addresses, port: () => 0, child: {} },
    authority,
    seed,
    policy: options.tlsPolicy,
    masking: { secrets: options.keepSecrets === true ? 'keep' : 'mask', key: randomBytes(32), known: new Set() },
    ...(allows && { allows }),
    onVerdict: (verdict) => {
      seen.push(verdict);
      if (options.record !== undefined) record(options.record, verdict, version);
      say(options.format === 'json' ? verdictEvent(verdict) : verdictLine(verdict));
    },
  });
  for (const endpoint of served.endpoints) say(options.format === 'json' ? endpointEvent(endpoint, ca) : endpointLine(endpoint));
  say(options.format === 'json' ? JSON.stringify({ event: 'ready', ca }) : `CA ${ca}\nready; end with Ctrl-C`);
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve();
    interruption.signal.addEventListener('abort', () => {
      resolve();
    }, { once: true });
  });
  writeReportFiles(reportOf(seen, seed, startedAt, version), new Map(seen.map(({ visit }) => [visit.number, visit])), options);
  return 130;
};

const casesOfServe = ({ protocol, tls, scenario: globs }: CommonOptions): Case[] => {
  const setUps: SetUp[] = (['smtp', 'imap', 'pop3', 'managesieve'] as const).flatMap((name) =>
    // There is no implicit port for ManageSieve, unless one is asked for.
    (['starttls', 'implicit'] as const).filter((mode) => tls !== undefined || protocols[name].modes.includes(mode)).map((mode) => ({ protocol: name, tls: mode })),
  );
  const wanted = setUps.filter((each) => (protocol === undefined || each.protocol === protocol) && (tls === undefined || each.tls === tls));
  const all = wanted.flatMap((each) => casesOf(scenarios, each.protocol, each.tls, 'server'));
  requireMatches(globs, [...scenarios.map(scenarioNames), ...all.map(caseNames)], 'scenario');
  const chosen = all.filter((one) => (globs.length === 0 ? one.scenario.id === 'control' : isSelected(globs, caseNames(one))) && (one.scenario.needs ?? []).length === 0);
  if (chosen.length === 0) throw new Fault('BAD_USAGE', `nothing can be served: ${globs.join(', ')} does not exist for ${protocol ?? 'any protocol'} with ${tls ?? 'either mode'}, or needs a cell; waxseal list scenarios --format json shows protocols and modes`);
  return chosen;
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const endpointEvent = ({ one, host, port, account }: Endpoint, ca: string): string =>
  JSON.stringify({ event: 'endpoint', case: caseKey(one), protocol: one.protocol, tls: one.tls, portRole: one.portRole, host, port, url: `${schemeOf(one.portRole)}://${bracketed(host)}:${String(port)}`, ...account, ca });

const endpointLine = ({ one, host, port, account }: Endpoint): string => `${caseKey(one)}  ${bracketed(host)}:${String(port)}  user ${account.user}  password ${account.password}`;

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
  const paint = judgement.status === 'unsafe' ? (text: string): string => bold(red(text)) : judgement.status === 'safe' ? green : yellow;
  return `${paint(judgement.status.padEnd(14))} ${caseKey(one)}  connection ${String(connection)}: ${cut(judgement.because, 300)}`;
};

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const record = (folder: string, { one, visit, masks }: ServedVerdict, version: string): void => {
  writeFileSync(join(folder, `${caseKey(one).replace(/[^A-Za-z0-9.+@#-]+/g, '_')}.${String(visit.number)}.json`), serializeRecording(recordingOf(visit, version, masks)), { mode: 0o600 });
};

const reportOf = (seen: readonly ServedVerdict[], seed: string, startedAt: string, version: string): Report => {
  const results = seen.map(({ one, judgement, visit }) => resultOf(one, judgement, { known: [], today: startedAt.slice(0, 10), visit, reproduce: ['waxseal', 'serve', '--protocol', one.protocol, '--tls', one.tls, '--seed', seed] }));
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
