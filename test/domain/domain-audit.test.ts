import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Answer } from 'dns-packet';
import { expect } from 'chai';
import { auditDomains } from '../../src/domain/domain-audit.js';
import domainChecks from '../../src/domain-checks/index.js';
import { Resolver } from '../../src/dns/resolver.js';
import { fetched } from '../../src/domain/web.js';
import { NameServer } from '../../src/endpoints/discovery/name-server.js';
import { reportExitCode } from '../../src/document/exit-code.js';
import type { Listener } from '../../src/endpoints/listener.js';
import { keyDigest, mailServer } from '../support/mx.js';
import { renderReport } from '../../src/report/render.js';
import { createAuthority, type Authority, type Credential } from '../../src/tls/certificate-authority.js';
import { it } from '../support/in-turn.js';

/** Records by type and name. */
type Zone = Readonly<Record<string, unknown>>;

const DOMAIN = 'lab.test';
const MX = 'mx.lab.test';

describe('the audit of a domain', () => {
  let authority: Authority;
  let good: Credential;
  let mail: Listener;
  let submission: Listener;
  let web: Server;
  let webPort: number;
  const pages = new Map<string, string>();

  before(async () => {
    authority = await createAuthority();
    good = await authority.issue('good', {
      dns: [MX, `mta-sts.${DOMAIN}`, `autoconfig.${DOMAIN}`, DOMAIN, `autodiscover.${DOMAIN}`],
      ip: [],
    });
    mail = await mailServer(good);
    submission = await mailServer(good);
    web = createServer({ cert: good.certPem, key: good.keyPem }, (request, response) => {
      const page = pages.get(
        `${(request.headers.host ?? '').replace(/:\d+$/, '')}${(request.url ?? '').replace(/\?.*/, '')}`,
      );
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
      response.end(page ?? '');
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    webPort = (web.address() as AddressInfo).port;
  });

  after(async () => {
    await mail.stop();
    await submission.stop();
    web.closeAllConnections();
    web.close();
  });

  const zone = (): Record<string, unknown> => ({
    [`MX ${DOMAIN}`]: { preference: 10, exchange: MX },
    [`A ${MX}`]: '127.0.0.1',
    [`A mta-sts.${DOMAIN}`]: '127.0.0.1',
    [`A autoconfig.${DOMAIN}`]: '127.0.0.1',
    [`A ${DOMAIN}`]: '127.0.0.1',
    [`TXT _mta-sts.${DOMAIN}`]: 'v=STSv1; id=1;',
    [`TXT _smtp._tls.${DOMAIN}`]: `v=TLSRPTv1; rua=mailto:tls@${DOMAIN}`,
    [`CAA ${DOMAIN}`]: { flags: 0, tag: 'issue', value: 'ca.example' },
    [`TLSA _25._tcp.${MX}`]: { usage: 3, selector: 1, matchingType: 1, certificate: keyDigest(good.certPem) },
  });

  const audited = async (
    records: Zone,
    {
      isValidated = true,
      onlyMx = true,
      only,
      depth = 'quick',
    }: { isValidated?: boolean; onlyMx?: boolean; only?: string; depth?: 'quick' | 'normal' } = {},
  ): Promise<Map<string, string>> => {
    await using server = await NameServer.open({
      address: '127.0.0.1',
      port: 0,
      ...(isValidated && { isValidated }),
      records: ({ type, name }) => {
        const data = records[`${type} ${name}`];
        const isKnown = Object.keys(records).some((key) => key.endsWith(` ${name}`));
        if (data === undefined) return isKnown ? [] : undefined;
        return [data].flat().map((each) => (isAnswer(each) ? each : { type, name, ttl: 0, data: each }) as Answer);
      },
    });
    const session = await auditDomains(
      [DOMAIN],
      {
        onlyMx,
        ...(only !== undefined && { domainChecks: domainChecks.filter(({ id }) => id === only) }),
        resolver: new Resolver([{ host: '127.0.0.1', port: server.port }], 1000),
        ports: { mail: mail.port, https: webPort },
      },
      {
        depth,
        ...(only !== undefined && { checks: [] }),
        authorities: [authority.pem],
        patience: { hint: 50, greeting: 3000, quiet: 40 },
      },
    );
    const report = session.report();
    const text = renderReport(report, 'text');
    if (only !== undefined) expect(report.results.map(({ id }) => id)).to.deep.equal([only]);
    if (only === undefined) expect(text).to.include(`${MX} (127.0.0.1)`);
    return new Map([
      ['exit', String(reportExitCode(report))],
      ['text', text],
      ...report.results
        .filter(({ host, port }) => host === DOMAIN && port === undefined)
        .map(({ id, status, because }) => [id, `${status}: ${because}`] as const),
    ]);
  };
  const POLICY = `version: STSv1\r\nmode: enforce\r\nmx: ${MX}\r\nmax_age: 604800\r\n`;

  const goodPages = (): void => {
    pages.clear();
    pages.set(`mta-sts.${DOMAIN}/.well-known/mta-sts.txt`, POLICY);
  };

  it('passes where policy, TLSA records and servers agree', async () => {
    goodPages();
    const found = await audited(zone());
    expect(Object.fromEntries(found)).to.deep.include({
      exit: '0',
      'mx-unusable': `pass: ${MX}`,
      'mta-sts-policy-missing': `pass: enforced for ${MX}`,
      'mta-sts-mx-fails': `pass: named by the policy, with trusted certificates: ${MX}`,
      'tlsa-mismatch': `pass: validated by DNSSEC, and matching: ${MX}:${String(mail.port)}`,
      'tls-reporting-invalid': `pass: v=TLSRPTv1; rua=mailto:tls@${DOMAIN}`,
      'caa-missing': 'pass: issue ca.example',
    });
    expect([...found.keys()]).to.not.include('srv-unusable');
  });

  const rows: readonly {
    readonly title: string;
    readonly records?: () => Record<string, unknown>;
    readonly policy?: string;
    readonly isValidated?: boolean;
    /** With SRV records and files for mail clients. */
    readonly isWhole?: true;
    /** `quick` unless given. */
    readonly depth?: 'normal';
    readonly check: string;
    readonly then: RegExp;
  }[] = [
    {
      title: 'a TLSA record of another key',
      records: () => ({
        [`TLSA _25._tcp.${MX}`]: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) },
      }),
      check: 'tlsa-mismatch',
      then: /^fail: mx\.lab\.test:\d+ serves a certificate that no TLSA record matches$/,
    },
    {
      title: 'TLSA records that the resolver did not validate',
      isValidated: false,
      check: 'tlsa-mismatch',
      then: /^info: .*a record matches, but the resolver did not validate it with DNSSEC/,
    },
    {
      title: 'a policy that names another MX',
      policy: POLICY.replace(MX, 'mx.example.com'),
      check: 'mta-sts-mx-fails',
      then: /^fail: the MTA-STS policy does not name mx\.lab\.test/,
    },
    {
      title: 'a policy that is no policy',
      policy: 'hello',
      check: 'mta-sts-policy-missing',
      then: /^fail: the policy cannot be used: it has no line version: STSv1$/,
    },
    {
      title: 'a policy host without an address',
      records: () => ({ [`A mta-sts.${DOMAIN}`]: [] }),
      check: 'mta-sts-policy-missing',
      then: /^fail: the policy cannot be used: mta-sts\.lab\.test has no address$/,
    },
    {
      title: 'an MX that is an alias',
      records: () => ({
        [`A ${MX}`]: [
          { type: 'CNAME', name: MX, ttl: 0, data: 'other.test' },
          { type: 'A', name: 'other.test', ttl: 0, data: '127.0.0.1' },
        ],
      }),
      check: 'mx-unusable',
      then: /^fail: mx\.lab\.test is an alias \(CNAME\) of other\.test$/,
    },
    {
      title: 'no CAA records',
      records: () => ({ [`CAA ${DOMAIN}`]: [] }),
      check: 'caa-missing',
      then: /^info: there are no CAA records$/,
    },
    {
      title: 'CAA records that let every authority issue',
      records: () => ({ [`CAA ${DOMAIN}`]: { flags: 0, tag: 'iodef', value: `mailto:tls@${DOMAIN}` } }),
      check: 'caa-missing',
      then: /^info: no CAA record has the tag issue: iodef mailto:tls@lab\.test$/,
    },
    {
      title: 'an SRV record with a port that does not answer',
      records: () => ({ [`SRV _imaps._tcp.${DOMAIN}`]: { priority: 0, weight: 1, port: 1, target: MX } }),
      isWhole: true,
      check: 'srv-unusable',
      then: /^fail: _imaps\._tcp names mx\.lab\.test:1, which does not answer$/,
    },
    {
      title: 'an SRV record for implicit TLS with a port for STARTTLS',
      records: () => ({
        [`SRV _submissions._tcp.${DOMAIN}`]: { priority: 0, weight: 1, port: submission.port, target: MX },
      }),
      isWhole: true,
      depth: 'normal',
      check: 'srv-unusable',
      then: /^fail: _submissions\._tcp names mx\.lab\.test:\d+, where TLS does not work$/,
    },
    {
      title: 'an SRV record with a host that has no address',
      records: () => ({
        [`SRV _imaps._tcp.${DOMAIN}`]: { priority: 0, weight: 1, port: 993, target: 'gone.lab.test' },
      }),
      isWhole: true,
      check: 'srv-unusable',
      then: /^fail: _imaps\._tcp names gone\.lab\.test, which has no address$/,
    },
    {
      title: 'an SRV record with an alias',
      records: () => ({
        [`SRV _submission._tcp.${DOMAIN}`]: { priority: 0, weight: 1, port: mail.port, target: 'alias.lab.test' },
        [`SRV _submissions._tcp.${DOMAIN}`]: { priority: 0, weight: 0, port: 0, target: '.' },
        'A alias.lab.test': [
          { type: 'CNAME', name: 'alias.lab.test', ttl: 0, data: MX },
          { type: 'A', name: MX, ttl: 0, data: '127.0.0.1' },
        ],
      }),
      isWhole: true,
      check: 'srv-unusable',
      then: /^warn: /,
    },
    {
      title: 'a TLS-RPT record without an address',
      records: () => ({ [`TXT _smtp._tls.${DOMAIN}`]: 'v=TLSRPTv1;' }),
      check: 'tls-reporting-invalid',
      then: /^fail: the record is not valid/,
    },
  ];
  for (const { title, records, policy, isValidated, isWhole, depth, check, then } of rows)
    it(`finds ${title}`, async () => {
      goodPages();
      if (policy !== undefined) pages.set(`mta-sts.${DOMAIN}/.well-known/mta-sts.txt`, policy);
      const found = await audited(
        { ...zone(), ...records?.() },
        {
          ...(isValidated !== undefined && { isValidated }),
          ...(isWhole && { onlyMx: false }),
          ...(depth && { depth }),
        },
      );
      expect(found.get(check)).to.match(then);
      if (found.get(check)?.startsWith('fail') === true)
        expect(found.get('text')?.replace(/ \\\n +/g, ' ')).to.match(
          new RegExp(
            `again +waxseal audit ${DOMAIN.replaceAll('.', '\\.')} --check ${check} --${isWhole ? 'domain' : 'mx'}\\n`,
          ),
        );
    });

  for (const check of ['mx-unusable', 'mta-sts-mx-fails', 'tlsa-mismatch', 'srv-unusable', 'client-file-differs'])
    it(`says the same of ${check} where nothing else is checked`, async () => {
      goodPages();
      const serviced = {
        ...zone(),
        [`SRV _submission._tcp.${DOMAIN}`]: { priority: 0, weight: 1, port: mail.port, target: MX },
      };
      const alone = await audited(serviced, { onlyMx: false, only: check });
      expect(alone.get(check)).to.equal((await audited(serviced, { onlyMx: false })).get(check));
      expect(alone.get(check)).to.match(/^(?:pass|warn|info|not-applicable)/);
    });

  it('finds a file for mail clients that offers a port without TLS', async () => {
    goodPages();
    pages.set(
      `autoconfig.${DOMAIN}/mail/config-v1.1.xml`,
      `<clientConfig version="1.1"><emailProvider id="x"><incomingServer type="imap"><hostname>${MX}</hostname><port>1</port><socketType>plain</socketType></incomingServer></emailProvider></clientConfig>`,
    );
    const found = await audited(zone(), { onlyMx: false });
    expect(found.get('client-file-offers-plaintext')).to.match(
      /^fail: autoconfig sends imap clients to mx\.lab\.test:1 without TLS/,
    );
    expect(found.get('client-file-differs')).to.match(/^fail: autoconfig names mx\.lab\.test:1, which does not answer/);
    expect(found.get('srv-unusable')).to.match(/^info/);
    // The dead port is for mail clients, not for senders.
    expect(found.get('mx-unusable')).to.equal(`pass: ${MX}`);
  });

  it('reads no page under a certificate for other names', async () => {
    goodPages();
    const url = new URL(`https://other.test:${String(webPort)}/.well-known/mta-sts.txt`);
    expect(await fetched({ url, address: '127.0.0.1', roots: [authority.pem] })).to.deep.equal({
      failure: 'the web server’s certificate is for other names',
    });
  });

  it('refuses what is no domain', async () => {
    const refused = await auditDomains(['imaps://mail.example.org'], { resolver: new Resolver([]) }, {}).catch(
      (error: unknown) => error,
    );
    expect(String(refused)).to.include('is not a domain');
  });
});

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'type' in value && 'ttl' in value;
