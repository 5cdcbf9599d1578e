import { execFile } from 'node:child_process';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration, DaemonOptions } from '../../src/endpoints/daemons/running-daemon.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import type { CertificateFacts } from '../../src/tls/inspect.js';
import { GOOD_EXIM, requireExim, startExim, type EximSettings } from '../support/exim.js';
import { requireReal } from '../support/real.js';

// The versions, suites, groups and certificates of real servers, on both doors, as waxseal, sslscan, nmap and openssl see them, side by side.

/** What one tool sees: suites as `TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256`, by OpenSSL's or by IANA's names. */
interface Seen {
  readonly suites: readonly string[];
  readonly groups?: readonly string[];
}

/** What a tool sees and waxseal does not, or the reverse, and why. */
interface Difference {
  readonly tool: 'sslscan' | 'nmap';
  /** Of suites, by the tool's names, or of groups. */
  readonly of: RegExp;
  readonly seenBy: 'waxseal' | 'the tool';
  readonly why: string;
}

interface Row {
  readonly title: string;
  readonly start: (
    authority: Authority,
  ) => Promise<AsyncDisposable & { readonly port: number; readonly address: string }>;
  readonly role: PortRole;
  readonly differences?: readonly Difference[];
  readonly versions: readonly string[];
}

const NAMES = { dns: ['mail.lab.test'], ip: ['127.0.0.2'] };
const USERS = [{ user: 'alice', password: 'correcthorse' }];

const daemon =
  (
    start: typeof startDovecot,
    role: PortRole,
    configuration: DaemonConfiguration,
    more: { readonly settings?: readonly string[]; readonly key?: 'rsa' } = {},
  ): Row['start'] =>
  async (authority) => {
    const options: DaemonOptions = {
      address: '127.0.0.2',
      configuration,
      certificate: await authority.issue('good', NAMES, more.key),
      users: USERS,
      roles: [role],
      ...(more.settings && { settings: more.settings }),
    };
    const running = await start(options);
    const port = running.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
    return { port, address: '127.0.0.2', [Symbol.asyncDispose]: () => running.stop() };
  };

const exim =
  (settings: EximSettings): Row['start'] =>
  async () => {
    const { server } = await startExim('127.0.0.2', settings);
    return {
      port: server.ports[2] ?? 0,
      address: '127.0.0.2',
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };

const ROWS: readonly Row[] = [
  {
    title: 'Dovecot, good',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, TLS 1.0, RSA, with parameters for DHE',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'tls10', { key: 'rsa', settings: ['ssl_dh = </usr/share/dovecot/dh.pem'] }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, RSA, without parameters for DHE',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'good', { key: 'rsa', settings: ['ssl_cipher_list = ALL:!aNULL:!eNULL'] }),
    versions: ['TLSv1.2', 'TLSv1.3'],
    differences: [
      {
        tool: 'sslscan',
        of: /^TLSv1\.2 /,
        seenBy: 'waxseal',
        why: 'sslscan offers DHE with everything else; this Dovecot chooses it, has no parameters, and closes without an alert: sslscan finds no suite of TLS 1.2',
      },
    ],
  },
  {
    title: 'Dovecot, everything that its OpenSSL has',
    role: 'imaps',
    start: daemon(startDovecot, 'imaps', 'tls10', {
      key: 'rsa',
      settings: ['ssl_dh = </usr/share/dovecot/dh.pem', 'ssl_cipher_list = ALL:eNULL:@SECLEVEL=0'],
    }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, good',
    role: 'submissions',
    start: daemon(startPostfix, 'submissions', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, TLS 1.0',
    role: 'submissions',
    start: daemon(startPostfix, 'submissions', 'tls10', { key: 'rsa' }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Exim with GnuTLS, good',
    role: 'submissions',
    start: exim(GOOD_EXIM),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Exim with GnuTLS, TLS 1.0',
    role: 'submissions',
    start: exim({ ...GOOD_EXIM, main: ['tls_advertise_hosts = *', 'tls_require_ciphers = NORMAL:+VERS-TLS-ALL'] }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Dovecot, good, behind STARTTLS',
    role: 'imap',
    start: daemon(startDovecot, 'imap', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'Postfix, TLS 1.0, behind STARTTLS',
    role: 'submission',
    start: daemon(startPostfix, 'submission', 'tls10', { key: 'rsa' }),
    versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  },
  {
    title: 'smtp-server (Node)',
    role: 'submissions',
    start: daemon(startSmtpServer, 'submissions', 'good'),
    versions: ['TLSv1.2', 'TLSv1.3'],
  },
];

/** Facts of a full audit. */
interface Facts {
  readonly suites: {
    readonly versions: readonly {
      readonly version: string;
      readonly suites: readonly { readonly suite: string; readonly openssl?: string }[];
    }[];
  };
  readonly groups: { readonly tls13: readonly string[] };
  readonly chains: readonly { readonly chain: { readonly leaf: CertificateFacts } }[];
}

/** What a tool says of the certificate, in the words of openssl. */
interface SeenCertificate {
  readonly signature: string;
  readonly bits: number;
  /** To the second, UTC. */
  readonly notAfter: string;
  readonly fingerprint?: string;
  readonly serial?: string;
}

/** How the tools call the protocols that STARTTLS belongs to; they are told, or they know by the port. */
const STARTTLS: Readonly<Partial<Record<PortRole, string>>> = { imap: 'imap', pop3: 'pop3', submission: 'smtp' };

const seenByWaxseal = async (role: PortRole, address: string, port: number): Promise<Facts> => {
  const { results, faults } = await audit([`${role}://${address}:${String(port)}`], {
    depth: 'full',
    servername: 'mail.lab.test',
    checks: checks.filter(({ id }) => ['static-rsa-accepted', 'groups-unusable', 'certificate-weak-key'].includes(id)),
  });
  expect(faults).to.deep.equal([]);
  return Object.assign({}, ...results.map(({ facts }) => facts)) as Facts;
};

/** Everything that a tool printed; some take long where other tests run beside. */
const printed = (program: string, args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 45_000 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
    child.stdin?.end(input);
  });

const seenBySslscan = async (
  role: PortRole,
  address: string,
  port: number,
): Promise<Seen & { readonly certificate: SeenCertificate }> => {
  const protocol = STARTTLS[role];
  const output = await printed('sslscan', [
    '--no-colour',
    '--sni-name=mail.lab.test',
    ...(protocol === undefined ? [] : [`--starttls-${protocol}`]),
    `${address}:${String(port)}`,
  ]);
  return {
    certificate: {
      signature: /Signature Algorithm: (\S+)/.exec(output)?.[1] ?? '',
      // Of an elliptic curve it says the strength, which is half the size.
      bits: Number(
        /RSA Key Strength: +(\d+)/.exec(output)?.[1] ?? 2 * Number(/ECC Key Strength: +(\d+)/.exec(output)?.[1]),
      ),
      notAfter: inSeconds(/Not valid after: +(.+)/.exec(output)?.[1]),
    },
    suites: [...output.matchAll(/^(?:Preferred|Accepted) +(\S+) +\d+ bits +(\S+)/gm)].map(
      ([, version = '', suite = '']) => `${version.replace('TLSv1.0', 'TLSv1')} ${suite}`,
    ),
    groups: [...output.matchAll(/^TLSv1\.3 +\d+ bits +(secp\w+|x\w+|ffdhe\w+|\w+MLKEM\w+|brainpool\w+|sect\w+)/gm)].map(
      ([, group = '']) => group,
    ),
  };
};

/** What openssl prints of the certificate that its own client gets. */
const certificateByOpenssl = async (role: PortRole, address: string, port: number): Promise<SeenCertificate> => {
  const protocol = STARTTLS[role];
  const session = await printed('openssl', [
    ...['s_client', '-connect', `${address}:${String(port)}`, '-servername', 'mail.lab.test'],
    ...(protocol === undefined ? [] : ['-starttls', protocol]),
  ]);
  const output = await printed('openssl', ['x509', '-noout', '-text', '-fingerprint', '-sha256', '-serial'], session);
  return {
    signature: /Signature Algorithm: (\S+)/.exec(output)?.[1] ?? '',
    bits: Number(/Public-Key: \((\d+) bit\)/.exec(output)?.[1]),
    notAfter: inSeconds(/Not After ?: +(.+)/.exec(output)?.[1]),
    fingerprint: /Fingerprint=(\S+)/i.exec(output)?.[1]?.replaceAll(':', '').toLowerCase() ?? '',
    serial: /serial=(\S+)/.exec(output)?.[1]?.toLowerCase() ?? '',
  };
};

const certificateByNmap = async (address: string, port: number): Promise<SeenCertificate> => {
  const output = await printed('nmap', ['-Pn', '--script', '+ssl-cert', '-p', String(port), address]);
  return {
    signature: /Signature Algorithm: (\S+)/.exec(output)?.[1] ?? '',
    bits: Number(/Public Key bits: (\d+)/.exec(output)?.[1]),
    notAfter: inSeconds(`${/Not valid after: +(\S+)/.exec(output)?.[1] ?? ''}Z`),
  };
};

const inSeconds = (date = ''): string => {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? date : `${time.toISOString().slice(0, 19)}Z`;
};

const inTheirWords = ({
  signatureAlgorithm,
  keyBits = 0,
  notAfter,
  fingerprintSha256,
  serialNumber,
}: CertificateFacts) => ({
  signature: signatureAlgorithm.startsWith('ecdsa')
    ? `ecdsa-with-${signatureAlgorithm.slice('ecdsa-'.length).toUpperCase()}`
    : `${signatureAlgorithm.slice('rsa-'.length)}WithRSAEncryption`,
  bits: keyBits,
  notAfter: inSeconds(notAfter),
  fingerprint: fingerprintSha256,
  serial: serialNumber,
});

const seenByNmap = async (address: string, port: number): Promise<Seen> => {
  const output = await printed('nmap', ['-Pn', '--script', '+ssl-enum-ciphers', '-p', String(port), address]);
  let version = '';
  const suites: string[] = [];
  for (const line of output.split('\n')) {
    version = /^\|\s+((?:TLS|SSL)v[\d.]+):/.exec(line)?.[1]?.replace('TLSv1.0', 'TLSv1') ?? version;
    const suite = /^\|\s+(TLS_\S+)/.exec(line)?.[1]?.replace('TLS_AKE_WITH_', 'TLS_');
    if (suite !== undefined) suites.push(`${version} ${suite}`);
  }
  return { suites };
};

describe('a full audit and other tools see the same', function () {
  this.timeout(120_000);
  let authority: Authority;

  before(async function () {
    requireReal(this, 'dovecot', 'postfix', 'openssl', 'sslscan', 'nmap');
    authority = await createAuthority();
  });

  for (const { title, start, role, differences = [], versions } of ROWS) {
    it(title, async function () {
      if (title.startsWith('Exim')) requireExim(this);
      await using running = await start(authority);
      const { port, address } = running;
      const ours = await seenByWaxseal(role, address, port);
      const protocol = STARTTLS[role];
      const [sslscan, nmap, openssl, named] = await Promise.all([
        seenBySslscan(role, address, port),
        // nmap speaks STARTTLS on the usual ports only.
        protocol === undefined ? seenByNmap(address, port) : undefined,
        certificateByOpenssl(role, address, port),
        protocol === undefined ? certificateByNmap(address, port) : undefined,
      ]);
      const [presented] = ours.chains;
      if (presented === undefined) throw new Error('no certificate was seen');
      const certificate = inTheirWords(presented.chain.leaf);
      const { fingerprint: _fingerprint, serial: _serial, ...told } = certificate;
      expect(openssl, 'the certificate as openssl reads it').to.deep.equal(certificate);
      expect(sslscan.certificate, 'the certificate as sslscan reads it').to.deep.equal(told);
      if (named !== undefined) expect(named, 'the certificate as nmap reads it').to.deep.equal(told);
      const suites = ours.suites.versions.flatMap(({ version, suites: each }) =>
        each.map(({ suite, openssl }) => ({ iana: `${version} ${suite}`, openssl: `${version} ${openssl ?? suite}` })),
      );
      const used = new Set<Difference>();
      const unexplained = (tool: Difference['tool'], mine: readonly string[], its: readonly string[]): string[] => {
        const isExplained = (seenBy: Difference['seenBy'], name: string): boolean =>
          differences.some((each) => {
            const explains = each.tool === tool && each.seenBy === seenBy && each.of.test(name);
            if (explains) used.add(each);
            return explains;
          });
        return [
          ...mine
            .filter((name) => !its.includes(name) && !isExplained('waxseal', name))
            .map((name) => `waxseal, not ${tool}: ${name}`),
          ...its
            .filter((name) => !mine.includes(name) && !isExplained('the tool', name))
            .map((name) => `${tool}, not waxseal: ${name}`),
        ];
      };
      expect([
        ...unexplained(
          'sslscan',
          suites.map(({ openssl }) => openssl),
          sslscan.suites,
        ),
        ...(nmap === undefined
          ? []
          : unexplained(
              'nmap',
              suites.map(({ iana }) => iana),
              nmap.suites,
            )),
        ...unexplained('sslscan', ours.groups.tls13, sslscan.groups ?? []),
      ]).to.deep.equal([]);
      expect(
        [...used].map(({ why }) => why),
        'differences that are there',
      ).to.deep.equal(differences.map(({ why }) => why));
      expect((nmap ?? sslscan).suites, 'the tools see something').not.to.be.empty;
      expect(ours.suites.versions.filter((each) => each.suites.length > 0).map(({ version }) => version)).to.deep.equal(
        versions,
      );
      for (const flag of ['tls1', 'tls1_1', 'tls1_2', 'tls1_3']) {
        const output = await printed('openssl', [
          's_client',
          '-connect',
          `${address}:${String(port)}`,
          `-${flag}`,
          ...(protocol === undefined ? [] : ['-starttls', protocol]),
          '-cipher',
          'ALL:@SECLEVEL=0',
          '-brief',
        ]);
        const version = flag.replace('tls', 'TLSv').replace('_', '.');
        expect(output.includes('CONNECTION ESTABLISHED'), `openssl with ${version}`).to.equal(
          versions.includes(version),
        );
      }
    });
  }
});
