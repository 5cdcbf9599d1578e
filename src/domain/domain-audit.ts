import { audit, type AuditSession } from '../audit/audit.js';
import type { AuditOptions } from '../audit/options.js';
import { totalTraffic } from '../audit/traffic.js';
import { auditReport } from '../audit/report.js';
import allChecks from '../checks/index.js';
import type { AuditResult } from '../audit/result.js';
import { Resolver } from '../dns/resolver.js';
import domainChecks from '../domain-checks/index.js';
import { exchangesOf } from '../domain-checks/domain-check.js';
import type {
  ClientFile,
  DomainFacts,
  FileServer,
  HostFacts,
  Lookup,
  PolicyFacts,
  ServedFacts,
} from '../domain-checks/facts.js';
import type { DomainCheck } from '../domain-checks/domain-check.js';
import { Fault } from '../fault.js';
import { portOf, WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { PortRole } from '../protocols/protocol.js';
import { parseTarget, type Target } from '../targets/target.js';
import { systemRoots } from '../tls/inspect-chain.js';
import { printable } from '../wire/printable.js';
import { autoconfigIn, autodiscoverIn } from './client-files.js';
import { Lookups } from './lookups.js';
import { policyIn } from './policy.js';
import type { TlsaData } from '../dns/record.js';
import { tlsaFacts } from './tlsa.js';
import { fetched, type Fetched } from './web.js';
import { hostPort } from '../wire/host-port.js';

/** How to audit what a domain says of its mail; everything has a careful default. */
export interface DomainOptions {
  /** MX hosts and what is said of them alone: no SRV records, and no files for mail clients. */
  readonly onlyMx?: boolean;
  /** The system’s resolvers unless given. */
  readonly resolver?: Resolver;
  readonly domainChecks?: readonly DomainCheck[];
  /** Ports of a lab; 25 and 443 unless given. */
  readonly ports?: { readonly mail: number; readonly https: number };
}

/** Audits the mail hosts of domains, and what DNS and files say of them. Hosts outside the domain are audited at depth `quick`: one connection, no login. */
export const auditDomains = async (
  domains: readonly string[],
  { onlyMx = false, resolver = Resolver.ofSystem(), domainChecks: wanted = domainChecks, ports = PORTS }: DomainOptions,
  options: AuditOptions,
): Promise<AuditSession> => {
  const lookups = new Lookups(resolver);
  const found = await Promise.all(
    domains.map(async (domain) => new DomainAudit(lookups, nameOf(domain), { onlyMx, ports, options })),
  );
  await Promise.all(found.map((each) => each.lookUp()));
  const targets = found.flatMap((each) => each.targets());
  const isOwn = ({ host }: Target): boolean =>
    found.some(({ domain }) => host === domain || host.endsWith(`.${domain}`));
  const resolve = async (host: string, family?: 4 | 6): Promise<string[]> => {
    const { addresses, why } = await lookups.host(host);
    const usable = (addresses ?? []).filter((each) => family === undefined || (family === 6) === each.includes(':'));
    if (usable.length > 0) return usable;
    throw new Fault('UNREACHABLE', `${host} cannot be resolved: ${why ?? 'no address is known'}`);
  };
  const commandOptions = options.commandOptions ?? [onlyMx ? '--mx' : '--domain'];
  const sessions: AuditSession[] = [];
  const isAsked = ({ id }: AuditResult): boolean => options.checks?.some((check) => check.id === id) ?? true;
  const asked = wanted.length === 0 ? {} : withServed(options, isAsked);
  const parts = [targets.filter(isOwn), targets.filter((each) => !isOwn(each))];
  for (const [index, part] of parts.entries()) {
    if (part.length === 0) continue;
    const before = sessions.flatMap(({ connections }) => connections).length;
    const gentle = index === 1 ? ({ depth: 'quick' } as const) : {};
    sessions.push(
      await audit(part, { ...options, ...asked, ...gentle, resolve, commandOptions, firstConnection: before + 1 }),
    );
  }
  const [first] = sessions;
  const now = new Date().toISOString();
  const results = found.flatMap((each) => each.results(sessions, wanted));
  for (const result of results) options.onResult?.(result);
  const strangers = [...new Set((parts[1] ?? []).map(({ host }) => host))];
  const merged = {
    startedAt: first?.startedAt ?? now,
    finishedAt: now,
    seed: first?.seed ?? options.seed ?? '',
    targets: domains,
    depth: first?.depth ?? options.depth ?? 'normal',
    leftOut: first?.leftOut ?? [],
    from: [...new Set(sessions.flatMap(({ from = [] }) => from))],
    results: [
      ...sessions.flatMap((each) => each.results.filter(isAsked)).map((each) => againByDomain(each, found)),
      ...results,
    ],
    listeners: sessions.flatMap(({ listeners }) => listeners),
    closed: sessions.flatMap(({ closed }) => closed),
    // A port that DNS names and that is dead is a finding of the domain.
    faults: sessions.flatMap(({ faults }) => faults),
    connections: sessions.flatMap(({ connections }) => connections),
    alsoNamed: sessions.flatMap(({ alsoNamed }) => alsoNamed),
    traffic: totalTraffic(sessions.flatMap(({ traffic }) => traffic ?? [])),
    notes: [
      ...sessions.flatMap(({ notes }) => notes),
      ...(strangers.length === 0
        ? []
        : [`${strangers.join(', ')}: outside the domain, so each port got one connection and no login attempt`]),
    ],
  };
  const { known, checks, profile } = options;
  return { ...merged, report: () => auditReport(merged, { known, profile, isPartial: checks !== undefined }) };
};

/** The checks that were asked for, and those that checks of the domain rely on; only of the former is anything told. */
const withServed = (
  { checks, onResult, onFinal }: AuditOptions,
  isAsked: (result: AuditResult) => boolean,
): Pick<AuditOptions, 'checks' | 'onResult' | 'onFinal'> =>
  checks === undefined
    ? {}
    : {
        checks: [...new Set([...checks, ...allChecks.filter(({ id }) => SERVED.includes(id))])],
        onResult: (result) => {
          if (isAsked(result)) onResult?.(result);
        },
        onFinal: (results) => {
          onFinal?.(results.filter(isAsked));
        },
      };

interface Order {
  readonly onlyMx: boolean;
  readonly ports: NonNullable<DomainOptions['ports']>;
  readonly options: AuditOptions;
}

class DomainAudit {
  readonly domain: string;
  readonly #lookups: Lookups;
  readonly #order: Order;
  #facts: Omit<DomainFacts, 'tlsa' | 'served'> | undefined;
  #tlsa: { readonly host: string; readonly port: number; readonly records: Lookup<TlsaData> }[] = [];

  constructor(lookups: Lookups, domain: string, order: Order) {
    this.#lookups = lookups;
    this.domain = domain;
    this.#order = order;
  }

  /** Asks DNS, and the web servers that DNS and RFC 8461 name. */
  async lookUp(): Promise<void> {
    const { domain } = this;
    const { onlyMx, ports } = this.#order;
    const lookups = this.#lookups;
    const [mx, mtaSts, tlsRpt, caa, srv, files] = await Promise.all([
      lookups.mx(domain),
      lookups.txt(`_mta-sts.${domain}`, 'v=STSv1'),
      lookups.txt(`_smtp._tls.${domain}`, 'v=TLSRPTv1'),
      lookups.caa(domain),
      onlyMx
        ? undefined
        : Promise.all(
            SERVICES.map(async ([service]) => ({ service, records: await lookups.srv(`${service}.${domain}`) })),
          ),
      onlyMx ? undefined : this.#files(),
    ]);
    const policy = mtaSts.status === 'found' ? await this.#policy() : undefined;
    const exchanges = exchangesOf({ domain, mx } as DomainFacts);
    this.#tlsa = await Promise.all(
      exchanges.map(async (host) => ({ host, port: ports.mail, records: await lookups.tlsa(host, 25) })),
    );
    const names = [
      ...exchanges,
      ...(srv ?? []).flatMap(({ records }) =>
        records.status === 'found' ? records.records.map(({ target }) => target) : [],
      ),
      ...(files ?? []).flatMap(({ servers }) => servers.map(({ host }) => host)),
    ].filter((host) => host !== '.' && host !== '');
    const hosts: HostFacts[] = await Promise.all([...new Set(names)].map((host) => lookups.host(host)));
    this.#facts = {
      domain,
      mx,
      hosts,
      mtaSts,
      ...(policy && { policy }),
      tlsRpt,
      caa,
      ...(srv && { srv }),
      ...(files && { files }),
    };
  }

  /** What DNS and the files name, as targets; hosts without an address are left to the checks. */
  targets(): Target[] {
    const facts = this.#required();
    const isUsable = (host: string): boolean =>
      facts.hosts.some((each) => each.host === host && (each.addresses?.length ?? 0) > 0);
    const texts = [
      ...exchangesOf(facts as DomainFacts)
        .filter(isUsable)
        .map((host) => `${RELAY.role}://${hostPort(host, this.#order.ports.mail)}`),
      ...(facts.srv ?? []).flatMap(({ service, records }) => {
        const role = SERVICES.find(([name]) => name === service)?.[1];
        return records.status === 'found' && role !== undefined
          ? records.records
              .filter(({ target }) => isUsable(target))
              .map(({ target, port }) => `${role}://${hostPort(target, port)}`)
          : [];
      }),
      ...(facts.files ?? []).flatMap(({ servers }) =>
        servers.flatMap((server) => {
          const role = roleOf(server);
          return role !== undefined && server.port > 0 && isUsable(server.host)
            ? [`${role}://${hostPort(server.host, server.port)}`]
            : [];
        }),
      ),
    ];
    return [...new Set(texts)].flatMap((text) => {
      try {
        return [parseTarget(text)];
      } catch {
        return [];
      }
    });
  }

  /** What the checks say, now that the wire was looked at. */
  results(sessions: readonly AuditSession[], checks: readonly DomainCheck[]): AuditResult[] {
    const served = this.targets().map((target) => servedFacts(target, sessions));
    const tlsa = this.#tlsa.map(({ host, port, records }) => ({
      host,
      port,
      records:
        records.status === 'found'
          ? { ...records, records: records.records.map((each) => tlsaFacts(each, chainOf(host, port, sessions), host)) }
          : records,
    }));
    const facts: DomainFacts = { ...this.#required(), tlsa, served };
    return checks
      .filter(({ beyondMx }) => beyondMx !== true || !this.#order.onlyMx)
      .map((check) => this.#result(check, facts));
  }

  #result(check: DomainCheck, facts: DomainFacts): AuditResult {
    const { status, because, severity = check.severity } = check.judge(facts);
    const { domain } = this;
    return {
      case: `${check.id}@${domain}`,
      id: check.id,
      title: check.title,
      target: domain,
      host: domain,
      protocol: RELAY.protocol,
      tls: RELAY.tls,
      status,
      severity: status === 'info' ? 'info' : severity,
      because: printable(because),
      references: [...check.references],
      cve: [],
      cwe: [],
      evidence: [],
      facts: { domain: facts },
      ...((status === 'fail' || status === 'warn') && { remedy: { 'any server': check.remedy } }),
      reproduce: [
        ...['waxseal', 'audit', domain, '--check', check.id],
        ...(this.#order.options.commandOptions ?? [this.#order.onlyMx ? '--mx' : '--domain']),
      ],
    };
  }

  #required(): Omit<DomainFacts, 'tlsa' | 'served'> {
    if (this.#facts === undefined) throw new Fault('HARNESS_BUG', 'the domain was judged before it was looked up');
    return this.#facts;
  }

  async #policy(): Promise<PolicyFacts> {
    return policyIn(await this.#page(`mta-sts.${this.domain}`, '/.well-known/mta-sts.txt'));
  }

  async #files(): Promise<ClientFile[]> {
    const { domain } = this;
    const wanted = [
      ['autoconfig', `autoconfig.${domain}`, `/mail/config-v1.1.xml?emailaddress=waxseal%40${domain}`],
      ['autoconfig', domain, '/.well-known/autoconfig/mail/config-v1.1.xml'],
      ['autodiscover', `autodiscover.${domain}`, '/autodiscover/autodiscover.xml'],
      ['autodiscover', domain, '/autodiscover/autodiscover.xml'],
    ] as const;
    const files = await Promise.all(
      wanted.map(async ([kind, host, path]) => {
        const page = await this.#page(host, path, kind === 'autodiscover' ? question(domain) : undefined);
        if ('failure' in page || page.status !== 200) return [];
        const servers = kind === 'autoconfig' ? autoconfigIn(page.body) : autodiscoverIn(page.body);
        return servers === undefined ? [] : [{ kind, url: `https://${host}${path.replace(/\?.*$/, '')}`, servers }];
      }),
    );
    return files.flat();
  }

  async #page(host: string, path: string, post?: string): Promise<Fetched> {
    const { addresses = [], why } = await this.#lookups.host(host);
    const [address] = addresses;
    if (address === undefined) return { failure: why ?? `${host} has no address` };
    const { authorities } = this.#order.options;
    const { https } = this.#order.ports;
    return fetched({
      url: new URL(`https://${host}${https === 443 ? '' : `:${String(https)}`}${path}`),
      address,
      ...(authorities && { roots: [...systemRoots(), ...authorities] }),
      ...(post !== undefined && { post }),
    });
  }
}

/** A port of the domain is checked again by the domain: its address came from the same lookups. */
const againByDomain = (result: AuditResult, domains: readonly DomainAudit[]): AuditResult => {
  const named = domains.find((each) =>
    each.targets().some(({ host, port }) => host === result.host && port === result.port),
  );
  return named === undefined ? result : { ...result, reproduce: result.reproduce.with(TARGET, named.domain) };
};

/** Index of the target in a command line of `waxseal audit`. */
const TARGET = 2;

/** What the audit saw on a port. */
const servedFacts = ({ host, port = 0, role }: Target, sessions: readonly AuditSession[]): ServedFacts => {
  const found = sessions.flatMap((each) => each.results).filter((each) => each.host === host && each.port === port);
  const { protocol, tls } = role === undefined ? RELAY : portOf(role);
  const results = found.filter((each) => each.protocol === protocol && each.tls === tls);
  const named = { host, port, ...(role !== undefined && { service: serviceOf(role) }) };
  if (found.length === 0) return { ...named, isReached: false };
  const isBad = (id: string): AuditResult | undefined =>
    results.find((each) => each.id === id && (each.status === 'fail' || each.status === 'warn'));
  const broken = BROKEN.some(isBad);
  const judged = CERTIFICATE.map((id) => results.find((each) => each.id === id && each.status !== 'not-applicable'));
  const bad = CERTIFICATE.map(isBad).find((each) => each !== undefined);
  const isSeen = judged.every((each) => each !== undefined && each.status !== 'inconclusive');
  return {
    ...named,
    isReached: true,
    ...((broken || isSeen) && { isEncrypted: !broken }),
    ...(isSeen && { certificate: bad?.because ?? 'good' }),
  };
};

const chainOf = (host: string, port: number, sessions: readonly AuditSession[]): readonly Buffer[] | undefined =>
  sessions
    .flatMap(({ listeners }) => listeners)
    .find(({ listener, names, chain }) => names.includes(host) && listener.port === port && chain !== undefined)?.chain;

const nameOf = (text: string): string => {
  const { host, port, role } = parseTarget(text);
  if (port !== undefined || role !== undefined || !host.includes('.') || /^[\d.]+$|:/.test(host))
    throw new Fault(
      'BAD_USAGE',
      `${JSON.stringify(text)} is not a domain; --domain and --mx need one, such as example.org`,
    );
  return host;
};

const roleOf = ({ protocol, encryption }: FileServer): PortRole | undefined => {
  const tls = encryption === 'implicit' ? 'implicit' : 'starttls';
  return WELL_KNOWN_PORTS.find((each) => each.protocol === protocol && each.tls === tls && each.login)?.role;
};

const question = (domain: string): string => `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
<Request><EMailAddress>waxseal@${domain}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>
</Request></Autodiscover>
`;

const serviceOf = (role: PortRole): string => `_${role}._tcp`;

/** RFC 6186 §3, RFC 8314 §5.1, RFC 5804 §1.8: services are named as the roles of ports. */
const SERVICES: readonly (readonly [string, PortRole])[] = WELL_KNOWN_PORTS.filter(({ login }) => login).map(
  ({ role }) => [serviceOf(role), role],
);
const PORTS = { mail: 25, https: 443 };

const relayPort = (): WellKnownPort => {
  const found = WELL_KNOWN_PORTS.find(({ port }) => port === PORTS.mail);
  if (found === undefined) throw new Fault('HARNESS_BUG', 'no protocol has the port on which MX hosts take mail');
  return found;
};
/** Port 25, on which MX hosts take mail. */
const RELAY = relayPort();
const BROKEN = ['starttls-not-advertised', 'starttls-refused', 'starttls-unusable', 'port-mismatch'];
const CERTIFICATE = ['certificate-untrusted', 'certificate-wrong-name', 'certificate-out-of-date'];
const SERVED = [...BROKEN, ...CERTIFICATE];
