import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { auditDomains } from '../../src/domain/domain-audit.js';
import { Resolver } from '../../src/dns/resolver.js';
import type { Listener } from '../../src/endpoints/listener.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { startForeground, type ForegroundDaemon } from '../support/foreground-daemon.js';
import { needs } from '../support/installed.js';
import { keyDigest, mailServer } from '../support/mx.js';

const DOMAIN = 'lab.test';
const MX = 'mx.lab.test';

/** A zone signed with a key of its own, and the key’s digest for resolvers that trust it. */
const signed = (zone: string): { readonly zone: string; readonly anchor: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'zone-'));
  try {
    const run = (...[program, ...args]: [string, ...string[]]): string =>
      execFileSync(program, args, { cwd: folder, encoding: 'utf8' }).trim();
    writeFileSync(join(folder, 'zone'), zone);
    const key = run('ldns-keygen', '-a', 'ECDSAP256SHA256', '-k', DOMAIN);
    run('ldns-signzone', '-n', 'zone', key);
    const anchor = readdirSync(folder).find((name) => name.endsWith('.ds')) ?? '';
    return {
      zone: readFileSync(join(folder, 'zone.signed'), 'utf8'),
      anchor: readFileSync(join(folder, anchor), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const nsd = (zone: string): Promise<ForegroundDaemon> =>
  startForeground({
    address: '127.0.0.1',
    ports: 1,
    files: (folder, [port = 0]) => ({
      zone,
      'nsd.conf': `server:
  ip-address: 127.0.0.1@${String(port)}
  zonesdir: "${folder}"
  database: ""
  username: ""
  pidfile: "${folder}/pid"
  xfrdfile: "${folder}/xfrd"
  zonelistfile: "${folder}/zones"
  xfrdir: "${folder}"
remote-control:
  control-enable: no
zone:
  name: ${DOMAIN}
  zonefile: zone
`,
    }),
    command: (folder) => ['/usr/sbin/nsd', '-d', '-c', join(folder, 'nsd.conf')],
  });

const unbound = (server: ForegroundDaemon, anchor: string | undefined): Promise<ForegroundDaemon> =>
  startForeground({
    address: '127.0.0.1',
    ports: 1,
    files: (folder, [port = 0]) => ({
      anchor: anchor ?? '',
      'unbound.conf': `server:
  interface: 127.0.0.1@${String(port)}
  chroot: ""
  username: ""
  directory: "${folder}"
  pidfile: "${folder}/pid"
  use-syslog: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: "validator iterator"
${anchor === undefined ? '' : '  trust-anchor-file: "anchor"\n'}stub-zone:
  name: ${DOMAIN}
  stub-addr: 127.0.0.1@${String(server.ports[0])}
remote-control:
  control-enable: no
`,
    }),
    command: (folder) => ['/usr/sbin/unbound', '-d', '-c', join(folder, 'unbound.conf')],
  });

describe('the audit of a domain with DNSSEC', function () {
  this.timeout(60_000);
  let authority: Authority;
  let mail: Listener;
  let zone: string;

  before(async function () {
    for (const program of ['nsd', 'unbound', 'ldns-signzone']) needs(this, program);
    authority = await createAuthority();
    const credential = await authority.issue('good', { dns: [MX], ip: [] });
    mail = await mailServer(credential);
    zone = `$ORIGIN ${DOMAIN}.
$TTL 60
@ SOA ns.${DOMAIN}. admin.${DOMAIN}. 1 3600 600 86400 60
@ NS ns
@ MX 10 mx
ns A 127.0.0.1
mx A 127.0.0.1
_25._tcp.mx TLSA 3 1 1 ${keyDigest(credential.certPem).toString('hex')}
`;
  });

  after(async () => {
    // Nothing was started where a program is missing.
    await (mail as Listener | undefined)?.stop();
  });

  const verdictOn = async (served: string, anchor: string | undefined): Promise<string> => {
    await using server = await nsd(served);
    await using resolver = await unbound(server, anchor);
    const { results } = await auditDomains(
      [DOMAIN],
      {
        onlyMx: true,
        resolver: new Resolver([{ host: '127.0.0.1', port: resolver.ports[0] ?? 0 }]),
        ports: { mail: mail.port, https: 1 },
      },
      { depth: 'quick', authorities: [authority.pem], patience: { hint: 50, greeting: 3000, quiet: 40 } },
    );
    const found = results.find(({ id }) => id === 'tlsa-mismatch');
    return `${found?.status ?? ''}: ${found?.because ?? ''}`;
  };

  it('takes TLSA records for secure where the resolver validated them', async () => {
    const { zone: served, anchor } = signed(zone);
    expect(await verdictOn(served, anchor)).to.match(/^pass: validated by DNSSEC, and matching: mx\.lab\.test/);
  });

  it('finds a validated record of another key', async () => {
    const { zone: served, anchor } = signed(zone.replace(/TLSA 3 1 1 .*/, `TLSA 3 1 1 ${'00'.repeat(32)}`));
    expect(await verdictOn(served, anchor)).to.match(
      /^fail: mx\.lab\.test:\d+ serves a certificate that no TLSA record/,
    );
  });

  it('does not know about security where nothing is signed', async () => {
    expect(await verdictOn(zone, undefined)).to.match(
      /^info: .*a record matches, but the resolver did not validate it with DNSSEC/,
    );
  });

  it('says nothing of records that another key has signed', async () => {
    const { anchor } = signed(zone);
    expect(await verdictOn(signed(zone).zone, anchor)).to.match(/^inconclusive: MX lab\.test: SERVFAIL$/);
  });
});
