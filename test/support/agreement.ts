import { execFile } from 'node:child_process';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import type { CertificateFacts } from '../../src/tls/inspect.js';

// What waxseal, sslscan, nmap and openssl see of one port, side by side.

/** What one tool sees: suites as `TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256`, by OpenSSL's or by IANA's names. */
interface Seen {
  readonly suites: readonly string[];
  readonly groups?: readonly string[];
}

/** What a tool sees and waxseal does not, or the reverse, and why. */
export interface Difference {
  readonly tool: 'sslscan' | 'nmap' | 'openssl';
  /** Of suites, by the tool's names, of groups, or (openssl) of versions. */
  readonly of: RegExp;
  readonly seenBy: 'waxseal' | 'the tool';
  readonly why: string;
}

/** Facts of a full audit. */
interface Facts {
  readonly suites?: {
    readonly versions: readonly {
      readonly version: string;
      readonly suites: readonly { readonly suite: string; readonly openssl?: string }[];
    }[];
  };
  readonly groups?: { readonly tls13: readonly string[] };
  readonly chains?: readonly { readonly chain: { readonly leaf: CertificateFacts } }[];
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
const STARTTLS: Readonly<Partial<Record<PortRole, string>>> = {
  imap: 'imap',
  pop3: 'pop3',
  smtp: 'smtp',
  submission: 'smtp',
};

const seenByWaxseal = async (role: PortRole, address: string, port: number): Promise<Facts> => {
  const { results, faults } = await audit([`${role}://${address}:${String(port)}`], {
    depth: 'full',
    servername: 'mail.lab.test',
    checks: checks.filter(({ id }) => ['static-rsa-accepted', 'groups-unusable', 'certificate-weak-key'].includes(id)),
  });
  expect(faults).to.deep.equal([]);
  return Object.assign({}, ...results.map(({ facts }) => facts)) as Facts;
};

/** Everything that a tool printed; some take long where other tests run beside. What one had printed that was not done is no finding. */
const printed = (program: string, args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: LONGEST }, (error, stdout, stderr) => {
      if (error?.killed === true) reject(new Error(`${program} was not done within ${String(LONGEST / 1000)} s`));
      else resolve(stdout + stderr);
    });
    child.stdin?.end(input);
  });

/** Milliseconds for one run of a tool. */
const LONGEST = 80_000;

/**
 * What a tool sees, up to three times where it sees less than we do (`lacks`): on a busy machine tools take an answer that is late for
 * none, and say nothing of it. What it saw once it has seen (`joined`). We are not asked again.
 */
const seenInTime = async <T>(
  look: () => Promise<T>,
  lacks: (seen: T) => boolean,
  joined: (one: T, other: T) => T,
): Promise<T> => {
  let seen: T = await look();
  for (let times = 1; times < MOST_LOOKS && lacks(seen); times += 1) seen = joined(seen, await look());
  return seen;
};

const MOST_LOOKS = 3;

const together = (one: readonly string[] = [], other: readonly string[] = []): string[] => [
  ...new Set([...one, ...other]),
];

const seenTogether = <T extends Seen>(one: T, other: T): T => ({
  ...other,
  suites: together(one.suites, other.suites),
  groups: together(one.groups, other.groups),
});

const seenBySslscan = async (
  role: PortRole,
  address: string,
  port: number,
): Promise<Seen & { readonly certificate: SeenCertificate }> => {
  const protocol = STARTTLS[role];
  const output = await printed('sslscan', [
    '--no-colour',
    // It takes a slow answer, as to a group of 8192 bits on a busy machine, for none.
    '--timeout=20',
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
  const output = await printed('nmap', ['-Pn', '-n', '--script', '+ssl-cert', '-p', String(port), address]);
  return {
    signature: /Signature Algorithm: (\S+)/.exec(output)?.[1] ?? '',
    bits: Number(/Public Key bits: (\d+)/.exec(output)?.[1]),
    notAfter: inSeconds(/Not valid after: +(\S+)/.exec(output)?.[1]?.concat('Z')),
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
  const output = await printed('nmap', ['-Pn', '-n', '--script', '+ssl-enum-ciphers', '-p', String(port), address]);
  let version = '';
  const suites: string[] = [];
  for (const line of output.split('\n')) {
    version = /^\|\s+((?:TLS|SSL)v[\d.]+):/.exec(line)?.[1]?.replace('TLSv1.0', 'TLSv1') ?? version;
    const suite = /^\|\s+(TLS_\S+)/.exec(line)?.[1]?.replace('TLS_AKE_WITH_', 'TLS_');
    if (suite !== undefined) suites.push(`${version} ${suite}`);
  }
  return { suites };
};

/** One port, and what tools are known to see otherwise there. */
export interface Compared {
  readonly role: PortRole;
  readonly address: string;
  readonly port: number;
  readonly differences?: readonly Difference[];
}

/**
 * Asserts that a full audit and the other tools see the same certificate, versions, suites and groups, but for the differences, all of which
 * must be there; gives the versions. nmap speaks STARTTLS on the usual ports only, and is not asked elsewhere.
 */
export const assertAgreement = async ({ role, address, port, differences = [] }: Compared): Promise<string[]> => {
  const ours = await seenByWaxseal(role, address, port);
  const protocol = STARTTLS[role];
  const versions = (ours.suites?.versions ?? []).filter((each) => each.suites.length > 0);
  const suites = versions.flatMap(({ version, suites: each }) =>
    each.map(({ suite, openssl }) => ({ iana: `${version} ${suite}`, openssl: `${version} ${openssl ?? suite}` })),
  );
  const groups = ours.groups?.tls13 ?? [];
  const [sslscan, nmap, openssl, named, byOpenssl] = await Promise.all([
    seenInTime(
      () => seenBySslscan(role, address, port),
      (seen) => seen.suites.length < suites.length || (seen.groups?.length ?? 0) < groups.length,
      seenTogether,
    ),
    protocol === undefined
      ? seenInTime(
          () => seenByNmap(address, port),
          (seen) => seen.suites.length < suites.length,
          seenTogether,
        )
      : undefined,
    certificateByOpenssl(role, address, port),
    protocol === undefined ? certificateByNmap(address, port) : undefined,
    seenInTime(
      () => versionsByOpenssl(role, address, port),
      (seen) => seen.length < versions.length,
      together,
    ),
  ]);
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
  // What its own library does not know sslscan calls by its name in the registry.
  const byName = suites.map(({ iana, openssl }) => (sslscan.suites.includes(iana) ? iana : openssl));
  const unexplainedNames = [
    ...unexplained(
      'openssl',
      versions.map(({ version }) => version),
      byOpenssl,
    ),
    ...unexplained('sslscan', byName, sslscan.suites),
    ...(nmap === undefined
      ? []
      : unexplained(
          'nmap',
          suites.map(({ iana }) => iana),
          nmap.suites,
        )),
    ...unexplained('sslscan', groups, sslscan.groups ?? []),
  ];
  // In words: of long lists chai prints the lengths only.
  expect(unexplainedNames.join('\n')).to.equal('');
  const [presented] = ours.chains ?? [];
  const certificate = presented && inTheirWords(presented.chain.leaf);
  const { fingerprint: _fingerprint, serial: _serial, ...told } = certificate ?? NO_CERTIFICATE;
  expect(openssl, 'the certificate as openssl reads it').to.deep.equal(certificate ?? NO_CERTIFICATE);
  expect(sslscan.certificate, 'the certificate as sslscan reads it').to.deep.equal(told);
  if (named !== undefined) expect(named, 'the certificate as nmap reads it').to.deep.equal(told);
  expect([...used].map(({ why }) => why).sort(), 'differences that are there').to.deep.equal(
    differences.map(({ why }) => why).sort(),
  );
  return versions.map(({ version }) => version);
};

/** What the tools say where there is no TLS. */
const NO_CERTIFICATE: SeenCertificate = { signature: '', bits: NaN, notAfter: '', fingerprint: '', serial: '' };

/** The versions of TLS that openssl's client can use, oldest first. */
const versionsByOpenssl = async (role: PortRole, address: string, port: number): Promise<string[]> => {
  const protocol = STARTTLS[role];
  const versions: string[] = [];
  for (const flag of ['tls1', 'tls1_1', 'tls1_2', 'tls1_3']) {
    const output = await printed('openssl', [
      ...['s_client', '-connect', `${address}:${String(port)}`, `-${flag}`],
      ...(protocol === undefined ? [] : ['-starttls', protocol]),
      ...['-cipher', 'ALL:@SECLEVEL=0', '-brief'],
    ]);
    if (output.includes('CONNECTION ESTABLISHED')) versions.push(flag.replace('tls', 'TLSv').replace('_', '.'));
  }
  return versions;
};
