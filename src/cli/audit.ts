import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import checks from '../checks/index.js';
import { Fault } from '../fault.js';
import { auditDomains, type DomainOptions } from '../domain/domain-audit.js';
import domainChecks from '../domain-checks/index.js';
import { endpointOf } from '../dns/endpoint.js';
import { Resolver } from '../dns/resolver.js';
import type { AuditOptions } from '../audit/options.js';
import { audit, type AuditSession } from '../audit/audit.js';
import { leftOutOf } from '../audit/findings.js';
import { JournalFile } from '../audit/journal-file.js';
import { expectedPortResults } from '../audit/expected-ports.js';
import { wantedRemedies } from '../audit/remedy.js';
import { auditReport } from '../audit/report.js';
import type { Report } from '../document/report-model.js';
import { toolVersion } from '../document/version.js';
import { escaped } from '../report/escape.js';

import { parseNames, parseTarget, parseTargets, type Listed, type Target } from '../targets/target.js';
import profiles from '../profiles/index.js';
import type { Profile } from '../profiles/profile.js';
import { isInShard } from '../cases/shard.js';
import { isSelected, nearest, requireMatches } from '../cases/selection.js';
import { certificatesOf, readText } from './files.js';
import { acknowledged, knownOfRun } from './known.js';
import { expectedCertificates } from './expected-certificates.js';
import { familyOf } from './family.js';
import { clientCertificateOf, familyFrom, proxyText, routeOf } from './route.js';
import { resolvesNames } from '../probes/route.js';
import { pluginsOf } from './plugins.js';
import { accountOf } from './through.js';
import { Interruption } from './interruption.js';
import { rateWord, type CommonOptions } from './options.js';
import { LineReports } from './line-reports.js';
import { concluded, progress, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal audit`: probes servers and reports findings. */
export const auditServers: CommandAction<CommonOptions, readonly string[]> = async ({ options, operands }) => {
  const { targets, names, faults } = await listsOf(options, operands);
  if (targets.length === 0) {
    process.stderr.write('waxseal: no target belongs to this part (--shard)\n');
    return 0;
  }
  await requireOutputs(options);
  const plugins = await pluginsOf(options.plugin);
  const known = await knownOfRun(options, 'servers', plugins);
  const allChecks = [...checks, ...plugins.checks];
  requireMatches(
    options.check,
    [...allChecks, ...domainChecks].map(({ id }) => [id]),
    'check',
  );
  const { expectOpen = [], expectClosed = [] } = options;
  const twice = expectOpen.find((port) => expectClosed.includes(port));
  if (twice !== undefined)
    throw new Fault(
      'BAD_USAGE',
      `port ${String(twice)} cannot be open and closed: --expect-open and --expect-closed name it`,
    );
  const profile = options.profile === undefined ? undefined : profileNamed(options.profile);
  const depth = options.depth ?? (profile === undefined ? 'normal' : 'full');
  const remedies = options.remedy === undefined ? undefined : wantedRemedies(options.remedy);
  const earlier = options.compare === undefined ? undefined : await earlierReport(options.compare);
  const route = await routeOf(options);
  if (options.revocation === true && route !== undefined)
    throw new Fault(
      'BAD_USAGE',
      '--revocation asks from this machine, not through the proxy; drop one of --revocation and --proxy',
    );
  if (options.accountInClear === true && options.account === undefined)
    throw new Fault('BAD_USAGE', '--account-in-clear needs --account');
  const account = options.account === undefined ? undefined : accountOf(options.account);
  const clientCertificate = clientCertificateOf(options);
  const family = familyFrom(options.source, familyOf(options));
  if (family !== undefined && route !== undefined && resolvesNames(route))
    throw new Fault(
      'BAD_USAGE',
      `IPv${String(family)} only is not possible where the proxy resolves names; use socks5:// instead`,
    );
  const expected = expectedCertificates(options);
  const domain = domainOptions(options);
  const bar = progress();
  using interruption = new Interruption();
  const journal =
    options.progress === undefined
      ? undefined
      : JournalFile.open({
          path: options.progress,
          audit: [
            toolVersion(),
            ...targets.map(({ text }) => text),
            '--names',
            ...names,
            ...repeatedOptions(options),
            ...options.check.flatMap((glob) => ['--check', glob]),
            ...(profile === undefined ? [] : ['--profile', profile.id]),
          ],
          seed: options.seed,
          newSeed: randomBytes(6).toString('hex'),
        });
  if (journal !== undefined && journal.done > 0)
    process.stderr.write(
      `waxseal: continuing the audit of ${journal.startedAt}; done already: ${String(journal.done)} of its addresses\n`,
    );
  const seed = journal?.seed ?? options.seed ?? randomBytes(6).toString('hex');
  const startedAt = journal?.startedAt ?? new Date().toISOString();
  using lines = new LineReports(
    // What is said of domains is complete at the end only.
    domain === undefined ? options : { format: 'text', report: [] },
    { kind: 'audit', startedAt, seed, subject: { targets: targets.map(({ text }) => text) }, depth },
    { known: known.own, writes: options.writeKnown === true },
  );
  const results: AuditSession['results'][number][] = [];
  const final: AuditSession['results'][number][] = [];
  let addresses = '';
  const selected = allChecks.filter(({ id }) => isSelected(options.check, [id]));
  const settings: AuditOptions = {
    checks: selected,
    depth,
    ...(profile && { profile }),
    ...(options.intrusive === true && { intrusive: true }),
    ...(options.revocation === true && { revocation: true }),
    ...(remedies !== undefined && { remedies }),
    ...(family && { family }),
    ...(options.loginAttempts !== undefined && { loginAttempts: options.loginAttempts }),
    ...(options.maxConnections !== undefined && { maxConnections: options.maxConnections }),
    ...(options.parallel !== undefined && { parallel: options.parallel }),
    ...(options.rate !== undefined && { rate: options.rate }),
    ...(options.maxTime !== undefined && { maxTime: options.maxTime }),
    patience: {
      ...(options.connectTimeout !== undefined && { connect: options.connectTimeout }),
      ...(options.maxWait !== undefined && { greeting: options.maxWait }),
    },
    seed,
    startedAt,
    ...(options.ehlo !== undefined && { ehlo: options.ehlo }),
    ...(options.ca.length > 0 && { authorities: options.ca.flatMap(certificatesOf) }),
    ...(options.servername !== undefined && { servername: options.servername }),
    ...(expected && { expected }),
    commandOptions: repeatedOptions(options),
    ...(earlier && { earlier }),
    ...(route && { route }),
    ...(clientCertificate && { clientCertificate }),
    ...(account && { account: { ...account, ...(options.accountInClear === true && { inClear: true }) } }),
    ...(names.length > 0 && { names }),
    ...(journal && { journal }),
    onResult: (result) => {
      results.push(result);
      bar.show(`${addresses}${String(results.length)} results  ${result.status} ${result.case}`);
    },
    onFinal: (found) => {
      final.push(...found);
      for (const result of found) lines.result(result);
    },
    onAddress: ({ done, of }) => {
      if (of > 1) addresses = `${String(done)} of ${String(of)} addresses  `;
      bar.show(`${addresses}${String(results.length)} results`);
    },
  };
  const running =
    domain === undefined
      ? audit(targets, settings)
      : auditDomains(
          targets.map(({ text }) => text),
          domain,
          settings,
        );
  const session = (await unlessAborted(running, interruption.signal)) ?? {
    startedAt,
    finishedAt: new Date().toISOString(),
    seed,
    targets: targets.map(({ text }) => text),
    depth,
    leftOut: leftOutOf(selected, depth),
    results: [...final, ...results.filter((each) => !final.some((other) => isSame(each, other)))],
    closed: [],
    faults: [],
    connections: [],
    alsoNamed: [],
    notes: [],
  };
  lines.end();
  bar.clear();
  const ports = interruption.signal.aborted
    ? []
    : await expectedPortResults(
        targets,
        { open: expectOpen, closed: expectClosed },
        session,
        options.connectTimeout ?? PORT_PATIENCE,
      );
  const isPartial = options.check.length > 0 || options.shard !== undefined;
  const found = auditReport(
    { ...session, results: [...session.results, ...ports], faults: [...faults, ...session.faults] },
    { known: known.own, profile, isPartial, interrupted: interruption.signal.aborted },
  );
  const report = await acknowledged(found, known, options, { isPartial });
  const bug = interruption.bug ?? session.faults.find(({ fault }) => fault.code === 'HARNESS_BUG')?.fault;
  const isList = options.targets !== undefined || options.names !== undefined || targets.length > MOST_WHOLE;
  const code = await concluded(report, options, {
    targetLines: isList && options.details !== true,
    allRemedies: remedies !== undefined,
    lines,
    ...(bug !== undefined && { bug }),
  });
  if (interruption.signal.aborted) {
    journal?.close();
    if (options.progress !== undefined)
      process.stderr.write(`waxseal: interrupted; the same command continues with ${options.progress}\n`);
  } else if (code === 0 || code === 1 || code === 3) journal?.remove();
  else journal?.close();
  return code;
};

const isSame = (one: AuditSession['results'][number], other: AuditSession['results'][number]): boolean =>
  one.case === other.case && one.address === other.address && one.host === other.host;

/** The report of an earlier audit; throws `BAD_USAGE` for a file that holds none. */
const earlierReport = async (path: string): Promise<Report> => {
  const { parseReport } = await import('../document/report-text.js');
  const report = parseReport(readText(path, 'the report to compare with'), path);
  if (report.kind === 'audit') return report;
  throw new Fault('BAD_USAGE', `${path} is the report of a ${report.kind}; --compare needs one of an audit`);
};

/** What `--domain` or `--mx` asks for; without them no resolver is needed. */
const domainOptions = ({ domain, mx, resolver, check }: CommonOptions): DomainOptions | undefined => {
  if (domain !== true && mx !== true) {
    if (resolver !== undefined)
      throw new Fault('BAD_USAGE', '--resolver is for --domain and --mx; other targets are resolved by the system');
    return undefined;
  }
  return {
    onlyMx: domain !== true,
    ...(resolver !== undefined && { resolver: new Resolver([endpointOf(resolver)]) }),
    domainChecks: domainChecks.filter(({ id }) => isSelected(check, [id])),
  };
};

const profileNamed = (id: string): Profile => {
  const found = profiles.find((each) => each.id === id);
  if (found !== undefined) return found;
  const known = profiles.map((each) => each.id);
  const near = nearest(id, known);
  throw new Fault(
    'BAD_USAGE',
    `unknown profile ${JSON.stringify(id)}${near === undefined ? '' : `; did you mean ${near}?`}; known: ${known.join(', ')}`,
  );
};

/** What the promise gives, or undefined as soon as the user wants to stop. */
const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  Promise.race([
    promise,
    new Promise<undefined>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve(undefined);
        },
        { once: true },
      );
    }),
  ]);

/** What is to be audited, and the lines of lists that could not be read. */
interface Lists {
  readonly targets: readonly Target[];
  readonly names: readonly string[];
  readonly faults: AuditSession['faults'];
}

const listsOf = async (options: CommonOptions, operands: readonly string[]): Promise<Lists> => {
  if (options.targets === '-' && options.names === '-')
    throw new Fault('BAD_USAGE', 'standard input holds one list only: give --targets or --names a file');
  const listed = await listIn(options.targets, 'the list of targets', parseTargets);
  const named = await listIn(options.names, 'the list of names', parseNames);
  const bad = [...listed.bad, ...named.bad];
  const all = [...operands.map(parseTarget), ...listed.items];
  const { shard } = options;
  const targets = shard === undefined ? all : all.filter((_, position) => isInShard(shard, position));
  const [first] = bad;
  if (all.length === 0)
    throw new Fault(
      'BAD_USAGE',
      first === undefined
        ? 'missing target; example: waxseal audit mail.example.org'
        : `no target in the list: ${first.target}: ${first.fault.message}`,
    );
  for (const { target, fault } of bad) process.stderr.write(`waxseal: ${escaped(`${target}: ${fault.message}`)}\n`);
  return { targets, names: [...new Set(named.items)], faults: bad };
};

const listIn = async <T>(
  path: string | undefined,
  what: string,
  parse: (list: string) => Listed<T>,
): Promise<{
  readonly items: readonly T[];
  readonly bad: readonly { readonly target: string; readonly fault: Fault }[];
}> => {
  if (path === undefined) return { items: [], bad: [] };
  const { items, bad } = parse(path === '-' ? await standardInput() : readText(path, what));
  const name = path === '-' ? 'standard input' : path;
  return { items, bad: bad.map(({ line, fault }) => ({ target: `${name} line ${String(line)}`, fault })) };
};

const standardInput = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString('utf8');
};

/** What belongs to a reproduction line: what changes how a server is looked at, not how it is reported. */
const repeatedOptions = (options: CommonOptions): string[] => [
  ...options.plugin.flatMap((path) => ['--plugin', resolve(path)]),
  ...(options.intrusive === true ? ['--intrusive'] : []),
  ...(options.revocation === true ? ['--revocation'] : []),
  ...(options.domain === true ? ['--domain'] : options.mx === true ? ['--mx'] : []),
  ...(options.resolver === undefined ? [] : ['--resolver', options.resolver]),
  ...(options.depth !== undefined
    ? ['--depth', options.depth]
    : options.profile !== undefined
      ? ['--depth', 'full']
      : []),
  ...options.ca.flatMap((path) => ['--ca', resolve(path)]),
  ...options.expectCert.flatMap((path) => ['--expect-cert', resolve(path)]),
  ...options.pin.flatMap((pin) => ['--pin', pin]),
  ...(options.servername === undefined ? [] : ['--servername', options.servername]),
  ...(options.compare === undefined ? [] : ['--compare', resolve(options.compare)]),
  ...(options.proxy === undefined ? [] : ['--proxy', proxyText(options.proxy)]),
  ...(options.sendProxy === undefined ? [] : ['--send-proxy', `v${String(options.sendProxy)}`]),
  ...(options.source === undefined ? [] : ['--source', options.source]),
  ...(options.account === undefined ? [] : ['--account', resolve(options.account)]),
  ...(options.accountInClear === true ? ['--account-in-clear'] : []),
  ...(options.clientCert === undefined ? [] : ['--client-cert', resolve(options.clientCert)]),
  ...(options.clientKey === undefined ? [] : ['--client-key', resolve(options.clientKey)]),
  ...(options.ehlo === undefined ? [] : ['--ehlo', options.ehlo]),
  ...(options.loginAttempts === undefined ? [] : ['--login-attempts', String(options.loginAttempts)]),
  ...(options.maxConnections === undefined ? [] : ['--max-connections', String(options.maxConnections)]),
  ...(options.parallel === undefined ? [] : ['--parallel', String(options.parallel)]),
  ...(options.rate === undefined ? [] : ['--rate', rateWord(options.rate)]),
  ...(options.connectTimeout === undefined ? [] : ['--connect-timeout', String(options.connectTimeout / 1000)]),
  ...(options.maxTime === undefined ? [] : ['--max-time', String(options.maxTime / 1000)]),
  ...(options.maxWait === undefined ? [] : ['--max-wait', String(options.maxWait / 1000)]),
  ...(options.ipv4 === true ? ['--ipv4'] : options.ipv6 === true ? ['--ipv6'] : []),
];

/** Milliseconds in which a port answers that is only connected to. */
const PORT_PATIENCE = 5000;
/** Targets that are told with their ports and findings, where they are on the command line. */
const MOST_WHOLE = 8;
