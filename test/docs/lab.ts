/**
 * The lab of the pages and golden reports, inside a network of its own: mail servers on the usual ports of `LAB_HOSTS`, for the user
 * `alice`; on the first one a DNS server that knows `LAB_ZONE`, and a web server with what it names. Run with a shell script, it starts
 * them, runs the script, and ends with it. Writes the CA to lab-ca.pem, the password to lab-password.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Answer } from 'dns-packet';
import type { ServerFlaw } from '../../src/checks/check.js';
import { keepsLines, servedInClear, upgradeInside } from '../../src/checks/flaws.js';
import { Conversation } from '../../src/endpoints/conversation.js';
import { NameServer } from '../../src/endpoints/discovery/name-server.js';
import type { Tamper } from '../../src/endpoints/tamper.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { Listener } from '../../src/endpoints/listener.js';
import { COMMON_PORTS, portOf } from '../../src/protocols/port-roles.js';
import protocols from '../../src/protocols/index.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { keyDigest } from '../support/mx.js';

/** A machine of the lab: its names, its address, and what is wrong with its servers. */
export interface LabHost {
  readonly names: readonly [string, ...string[]];
  readonly address: string;
  readonly flaw?: ServerFlaw['server'];
}

/** One good host, and one that does wrong what a server can do wrong while it still works. */
export const LAB_HOSTS: readonly LabHost[] = [
  { names: ['mail.example.org', 'mail.lab.test'], address: '192.0.2.1' },
  {
    names: ['old.lab.test'],
    address: '127.0.0.3',
    flaw: {
      certificate: 'self-signed',
      versions: { oldest: 'TLSv1', newest: 'TLSv1.2' },
      settings: (honest) => ({
        ...honest,
        acceptsLoginOutside: true,
        outside: { ...honest.inside, upgrade: true },
        keepsState: true,
        keepsLogin: true,
      }),
      tamper: { ...servedInClear, ...upgradeInside, ...keepsLines },
    },
  },
];

/** What the DNS of the lab answers: a domain in order on the good host, and one on the other with a policy and a file that do not fit. */
const labZone = (certificate: string): Readonly<Record<string, unknown>> => ({
  'MX example.org': { preference: 10, exchange: 'mail.example.org' },
  'TXT _mta-sts.example.org': 'v=STSv1; id=20260101;',
  'TXT _smtp._tls.example.org': 'v=TLSRPTv1; rua=mailto:tls@example.org',
  'CAA example.org': { flags: 0, tag: 'issue', value: 'ca.example' },
  'TLSA _25._tcp.mail.example.org': {
    usage: 3,
    selector: 1,
    matchingType: 1,
    certificate: keyDigest(certificate),
  },
  ...Object.fromEntries(
    COMMON_PORTS.filter(({ login, protocol }) => login && protocol !== 'managesieve').map(({ role, port }) => [
      `SRV _${role}._tcp.example.org`,
      { priority: 0, weight: 1, port, target: 'mail.example.org' },
    ]),
  ),
  'MX lab.test': { preference: 10, exchange: 'old.lab.test' },
  'TXT _mta-sts.lab.test': 'v=STSv1; id=20260101;',
  ...Object.fromEntries(['mail.example.org', ...WEB_NAMES].map((name) => [`A ${name}`, '192.0.2.1'])),
  'A old.lab.test': '127.0.0.3',
});

/** What the web server of the lab has, by name and path. */
const PAGES: Readonly<Record<string, string>> = {
  'mta-sts.example.org/.well-known/mta-sts.txt':
    'version: STSv1\r\nmode: enforce\r\nmx: mail.example.org\r\nmax_age: 604800\r\n',
  'mta-sts.lab.test/.well-known/mta-sts.txt':
    'version: STSv1\r\nmode: enforce\r\nmx: mail.lab.test\r\nmax_age: 604800\r\n',
  'autoconfig.lab.test/mail/config-v1.1.xml':
    '<clientConfig version="1.1"><emailProvider id="lab.test"><incomingServer type="imap"><hostname>old.lab.test</hostname><port>143</port><socketType>plain</socketType></incomingServer></emailProvider></clientConfig>',
};

const WEB_NAMES = Object.keys(PAGES).map((url) => url.replace(/\/.*/, ''));

/** The good host’s DNS and web server. */
const serveNames = async (address: string, { certPem, keyPem }: { certPem: string; keyPem: string }): Promise<void> => {
  const zone = labZone(certPem);
  await NameServer.open({
    address,
    port: 53,
    isValidated: true,
    records: ({ type, name }) => {
      const data = zone[`${type} ${name}`];
      if (data !== undefined) return [{ type, name, ttl: 0, data } as Answer];
      return Object.keys(zone).some((key) => key.endsWith(` ${name}`)) ? [] : undefined;
    },
  });
  const web = createServer({ cert: certPem, key: keyPem }, ({ headers, url = '' }, response) => {
    const page = PAGES[`${headers.host ?? ''}${url.replace(/\?.*/, '')}`];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(page ?? '');
  });
  web.listen(443, address);
  await once(web, 'listening');
};

/** The lab’s servers say that they are Postfix and Dovecot, so that reports show what those would be told. */
const named: Tamper = {
  greeting: (_, next) =>
    next((bytes) => {
      const text = BANNERS.reduce((line, [ours, theirs]) => line.replace(ours, theirs), bytes.toString('latin1'));
      return Buffer.from(text, 'latin1');
    }),
};

const BANNERS: readonly (readonly [ours: RegExp, theirs: string])[] = [
  [/ESMTP ready/, 'ESMTP Postfix'],
  [/LMTP ready/, 'Dovecot ready.'],
  [/(?<=^\* OK \[.*\] |^\+OK )\S+(?: POP3)? ready/, 'Dovecot ready.'],
  [/(?<=^"IMPLEMENTATION" )"[^"]*"/m, '"Dovecot Pigeonhole"'],
];

const PASSWORD = 'a password for the lab';

const serveAll = async (): Promise<void> => {
  const dns = [...LAB_HOSTS.flatMap(({ names }) => names), ...WEB_NAMES];
  const ip = LAB_HOSTS.map(({ address }) => address);
  const authority = await createAuthority({ alsoFor: { dns, ip } });
  writeFileSync('lab-ca.pem', authority.pem);
  writeFileSync('lab-password', `${PASSWORD}\n`, { mode: 0o600 });
  const canaries = canariesOf('lab', 1);
  for (const { names, address, flaw } of LAB_HOSTS) {
    const recipe = flaw?.certificate === 'self-signed' ? 'self-signed' : 'good';
    const { certPem, keyPem } = await authority.issue(recipe, {
      dns: [...names, ...(flaw === undefined ? WEB_NAMES : [])],
      ip: [address],
    });
    if (flaw === undefined) await serveNames(address, { certPem, keyPem });
    const { oldest = 'TLSv1.2', newest = 'TLSv1.3' } = flaw?.versions ?? {};
    const context = createSecureContext({
      cert: certPem,
      key: keyPem,
      minVersion: oldest,
      maxVersion: newest,
      ciphers: flaw === undefined ? 'DEFAULT' : 'DEFAULT:@SECLEVEL=0',
    });
    for (const port of [...COMMON_PORTS, portOf('lmtp')]) {
      const protocol = protocols[port.protocol];
      const honest = honestSettings(port.protocol, canaries, { plaintext: 'refused', relay: !port.login });
      const settings = {
        ...honest,
        hostname: names[0],
        account: { ...honest.account, user: 'alice', password: PASSWORD },
      };
      await Listener.open({
        host: address,
        port: port.port,
        clock: () => performance.now(),
        serve: ({ wire, ordinal }) =>
          new Conversation({
            wire,
            protocol,
            answerer: protocol.server(flaw?.settings?.(settings) ?? settings),
            tls: () => ({ context, trusted: true, timeout: 5000 }),
            tamper: { ...flaw?.tamper, ...named },
            context: {
              protocol,
              mode: port.tls,
              ordinal,
              portRole: port.role,
              canaries,
              insideOffer: honestInside(port.protocol),
              variant: undefined,
            },
            idle: 20_000,
          }).run(),
      });
    }
  }
};

const [, program, script] = process.argv;
// Its names are imported, too.
if (program === import.meta.filename && script !== undefined) {
  await serveAll();
  const [code] = (await once(spawn('sh', [script], { stdio: 'inherit' }), 'close')) as [number | null];
  process.exit(code ?? 1);
}
