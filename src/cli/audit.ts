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
import { auditReport } from '../audit/report.js';
import { parseTarget, parseTargets, type Target } from '../targets/target.js';
import profiles from '../profiles/index.js';
import type { Profile } from '../profiles/profile.js';
import { isSelected, nearest, requireMatches } from '../cases/selection.js';
import { certificatesOf, readText } from './files.js';
import { knownResults } from './known.js';
import { expectedCertificates } from './expected-certificates.js';
import { familyOf } from './family.js';
import { Interruption } from './interruption.js';
import { rateWord, type CommonOptions as AllOptions } from './options.js';
import { concluded, progress, requireOutputs } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** An audit has time limits of its own where none is given. */
type CommonOptions = Omit<AllOptions, 'maxTime'> & { readonly maxTime?: number };

/** `waxseal audit`: probes servers and reports findings. */
export const auditServers: CommandAction<CommonOptions, readonly string[]> = async ({ options, operands }) => {
  const targets = await targetsOf(options, operands);
  requireOutputs(options);
  const known = await knownResults(options.known);
  requireMatches(
    options.check,
    [...checks, ...domainChecks].map(({ id }) => [id]),
    'check',
  );
  const profile = options.profile === undefined ? undefined : profileNamed(options.profile);
  const depth = options.depth ?? (profile === undefined ? 'normal' : 'full');
  const family = familyOf(options);
  const expected = expectedCertificates(options);
  const bar = progress();
  using interruption = new Interruption();
  const startedAt = new Date().toISOString();
  const seed = options.seed ?? randomBytes(6).toString('hex');
  const results: AuditSession['results'][number][] = [];
  const selected = checks.filter(({ id }) => isSelected(options.check, [id]));
  const domain = domainOptions(options);
  const settings: AuditOptions = {
    checks: selected,
    depth,
    ...(profile && { profile }),
    ...(options.intrusive === true && { intrusive: true }),
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
    ...(options.ehlo !== undefined && { ehlo: options.ehlo }),
    ...(options.ca.length > 0 && { authorities: options.ca.flatMap(certificatesOf) }),
    ...(options.servername !== undefined && { servername: options.servername }),
    ...(expected && { expected }),
    commandOptions: repeatedOptions(options),
    onResult: (result) => {
      results.push(result);
      bar.show(`${String(results.length)} results  ${result.status} ${result.case}`);
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
    results,
    closed: [],
    faults: [],
    connections: [],
    notes: [],
  };
  bar.clear();
  const report = auditReport(session, {
    known,
    profile,
    isPartial: options.check.length > 0,
    interrupted: interruption.signal.aborted,
  });
  const bug = interruption.bug ?? session.faults.find(({ fault }) => fault.code === 'HARNESS_BUG')?.fault;
  return concluded(report, options, bug === undefined ? {} : { bug });
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

const targetsOf = async ({ targets }: CommonOptions, operands: readonly string[]): Promise<Target[]> => {
  const listed =
    targets === undefined
      ? []
      : parseTargets(targets === '-' ? await standardInput() : readText(targets, 'the list of targets'));
  const all = [...operands.map(parseTarget), ...listed];
  if (all.length === 0)
    throw new Fault('BAD_USAGE', 'missing target; example: waxseal audit mail.example.org imaps://imap.example.org');
  return all;
};

const standardInput = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString('utf8');
};

/** What belongs to a reproduction line: what changes how a server is looked at, not how it is reported. */
const repeatedOptions = (options: CommonOptions): string[] => [
  ...(options.intrusive === true ? ['--intrusive'] : []),
  ...(options.domain === true ? ['--domain'] : options.mx === true ? ['--mx'] : []),
  ...(options.resolver === undefined ? [] : ['--resolver', options.resolver]),
  ...(options.depth === undefined ? [] : ['--depth', options.depth]),
  ...options.ca.flatMap((path) => ['--ca', resolve(path)]),
  ...options.expectCert.flatMap((path) => ['--expect-cert', resolve(path)]),
  ...options.pin.flatMap((pin) => ['--pin', pin]),
  ...(options.servername === undefined ? [] : ['--servername', options.servername]),
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
