import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import { reportExitCode } from '../../src/document/exit-code.js';
import { listenerFacts, profileReport } from '../../src/document/profile-report.js';
import type { ListenerFacts } from '../../src/profiles/facts.js';
import profiles from '../../src/profiles/index.js';
import { judgeRule } from '../../src/profiles/judge-rule.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { renderReport } from '../../src/report/render.js';
import { groupName, knownGroups, signatureName, type TlsVersion } from '../../src/tls/registries.js';
import { cipherSuite, cipherSuitesOf } from '../../src/tls/cipher-suites.js';
import checks from '../../src/checks/index.js';
import domainChecks from '../../src/domain-checks/index.js';

const versions = (...accepted: readonly TlsVersion[]): ListenerFacts['versions'] =>
  new Map(
    (['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).map((each) => [
      each,
      accepted.includes(each),
    ]),
  );

/** A server that every profile is content with, but for what its row says. */
const STRICT: ListenerFacts = {
  versions: versions('TLSv1.2', 'TLSv1.3'),
  suites: new Map([
    ['TLSv1.2', ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256']],
    ['TLSv1.3', ['TLS_AES_128_GCM_SHA256']],
  ]),
  seenSuites: [],
  groups: ['secp256r1'],
  signatures: ['ecdsa_secp256r1_sha256'],
  dh: 'refused',
  traits: { compression: false, extendedMasterSecret: true, secureRenegotiation: true, encryptThenMac: true },
  chain: { keyType: 'ec', keyBits: 256, curve: 'prime256v1', daysInAll: 89, signatures: ['ecdsa-sha256'] },
  checks: new Map([...checks, ...domainChecks].map(({ id }) => [id, { status: 'pass', because: 'as it should be' }])),
};

const failing = (...ids: readonly string[]): Partial<ListenerFacts> => ({
  checks: new Map([
    ...STRICT.checks,
    ...ids.map((id) => [id, { status: 'fail', because: `${id} was found` }] as const),
  ]),
});
/** There is nothing that could fail, which is not enough. */
const missing = (id: string): Partial<ListenerFacts> => ({
  checks: new Map([...STRICT.checks, [id, { status: 'not-applicable', because: 'none is published' }]]),
});
const chain = (change: Partial<NonNullable<ListenerFacts['chain']>>): Partial<ListenerFacts> => ({
  chain: { keyType: 'ec', curve: 'prime256v1', daysInAll: 89, signatures: ['ecdsa-sha256'], ...change },
});
const suites = (...of12: readonly string[]): Partial<ListenerFacts> => ({
  suites: new Map([
    ['TLSv1.2', of12],
    ['TLSv1.3', ['TLS_AES_128_GCM_SHA256']],
  ]),
});
const rsa = (keyBits: number): Partial<ListenerFacts> =>
  chain({ keyType: 'rsa', keyBits, curve: undefined as never, signatures: ['rsa-sha256'] });
const oldVersion = { versions: versions('TLSv1.1', 'TLSv1.2', 'TLSv1.3') };
const suites13 = (suite: string): Partial<ListenerFacts> => ({
  suites: new Map([
    ['TLSv1.2', ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256']],
    ['TLSv1.3', [suite]],
  ]),
});
const trait = (name: keyof NonNullable<ListenerFacts['traits']>, is: boolean): Partial<ListenerFacts> => ({
  traits: {
    compression: false,
    extendedMasterSecret: true,
    secureRenegotiation: true,
    encryptThenMac: true,
    [name]: is,
  },
});

/** What a profile asks for that the strict server lacks, and the rules that one planted change misses: those and no others. */
const ROWS: readonly {
  readonly profile: string;
  readonly meets?: Partial<ListenerFacts>;
  readonly misses: readonly (readonly [Partial<ListenerFacts>, ...rules: string[]])[];
}[] = [
  {
    profile: 'rfc',
    misses: [
      [failing('login-offered-before-tls'), 'no-login-in-clear'],
      [failing('starttls-unusable'), 'starttls-works'],
      [failing('certificate-wrong-name'), 'certificate'],
      [oldVersion, 'versions'],
      [{ versions: versions('TLSv1.2') }, 'tls-1-3'],
      [trait('compression', true), 'compression'],
      [trait('secureRenegotiation', false), 'secure-renegotiation'],
      [trait('extendedMasterSecret', false), 'extended-master-secret'],
      [failing('rc4-accepted'), 'weak-suites'],
      [failing('static-rsa-accepted'), 'static-rsa'],
      [failing('certificate-weak-key'), 'key'],
      [failing('certificate-weak-signature'), 'certificate-signatures'],
    ],
  },
  {
    profile: 'mozilla-modern',
    meets: { versions: versions('TLSv1.3') },
    misses: [
      [{ versions: versions('TLSv1.2', 'TLSv1.3') }, 'versions'],
      [suites13('TLS_AES_128_CCM_SHA256'), 'suites-1-3'],
      [{ groups: ['secp521r1'] }, 'groups'],
      [chain({ curve: 'secp521r1' }), 'key'],
      [chain({ signatures: ['rsa-sha256'] }), 'certificate-signatures'],
      [chain({ daysInAll: 91 }), 'lifetime'],
    ],
  },
  {
    profile: 'mozilla-intermediate',
    misses: [
      [{ versions: versions('TLSv1.2') }, 'versions'],
      [suites('TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'), 'suites-1-2'],
      [suites13('TLS_AES_128_CCM_SHA256'), 'suites-1-3'],
      [{ groups: ['secp256r1', 'ffdhe2048'] }, 'groups'],
      [rsa(1024), 'key'],
      [chain({ signatures: ['rsa-sha384'] }), 'certificate-signatures'],
      [chain({ daysInAll: 367 }), 'lifetime'],
    ],
  },
  {
    profile: 'ncsc-nl',
    misses: [
      [oldVersion, 'versions'],
      [{ versions: versions('TLSv1.2') }, 'tls-1-3'],
      [suites('TLS_RSA_WITH_AES_128_GCM_SHA256'), 'suites-1-2', 'suites-1-2-phase-out'],
      [suites('TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'), 'suites-1-2-phase-out'],
      [suites13('TLS_AES_128_CCM_8_SHA256'), 'suites-1-3'],
      [{ groups: ['secp192r1'] }, 'groups', 'groups-phase-out'],
      [{ groups: ['ffdhe3072'] }, 'groups-phase-out'],
      [{ dh: { bits: 2048, name: 'ffdhe2048' } }, 'dh'],
      [rsa(1024), 'key', 'key-phase-out'],
      [rsa(2048), 'key-phase-out'],
      [chain({ signatures: ['ecdsa-sha256', 'rsa-sha1'] }), 'certificate-signatures'],
      [{ signatures: ['ecdsa_secp256r1_sha256', 'ecdsa_sha1'] }, 'signatures'],
      [trait('compression', true), 'compression'],
      [trait('extendedMasterSecret', false), 'extended-master-secret'],
    ],
  },
  {
    profile: 'bsi-tr-02102-2',
    misses: [
      [oldVersion, 'versions'],
      [{ versions: versions('TLSv1.2') }, 'tls-1-3'],
      [suites('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'), 'suites-1-2'],
      [suites13('TLS_CHACHA20_POLY1305_SHA256'), 'suites-1-3'],
      [{ groups: ['secp256r1', 'x25519'] }, 'groups'],
      [{ dh: { bits: 2048, name: 'ffdhe2048' } }, 'dh'],
      [{ signatures: ['rsa_pkcs1_sha1'] }, 'signatures'],
      [rsa(2048), 'key'],
      [chain({ signatures: ['rsa-sha1'] }), 'certificate-signatures'],
      [trait('secureRenegotiation', false), 'secure-renegotiation'],
      [trait('compression', true), 'compression'],
      [trait('encryptThenMac', false), 'encrypt-then-mac'],
      [trait('extendedMasterSecret', false), 'extended-master-secret'],
    ],
  },
  {
    profile: 'bsi-tr-03108',
    meets: { groups: ['secp256r1', 'brainpoolP256r1tls13'] },
    misses: [
      [failing('login-accepted-before-tls'), 'no-login-in-clear'],
      [failing('starttls-unusable'), 'starttls-for-users', 'starttls-inbound'],
      [oldVersion, 'versions'],
      [{ versions: versions('TLSv1.2') }, 'tls-1-3'],
      [suites('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'), 'suites-1-2'],
      [suites13('TLS_CHACHA20_POLY1305_SHA256'), 'suites-1-3'],
      [{ groups: ['secp256r1', 'brainpoolP256r1', 'x25519'] }, 'groups'],
      [{ groups: ['brainpoolP256r1'] }, 'curve-nist'],
      [{ groups: ['secp256r1'] }, 'curve-brainpool'],
      [{ dh: { bits: 2048, name: 'ffdhe2048' } }, 'dh'],
      [{ signatures: ['rsa_pkcs1_sha1'] }, 'signatures'],
      [rsa(2048), 'key'],
      [chain({ signatures: ['rsa-sha1'] }), 'certificate-signatures'],
      [trait('secureRenegotiation', false), 'secure-renegotiation'],
      [trait('compression', true), 'compression'],
      [failing('certificate-wrong-name'), 'authority'],
      [missing('tlsa-mismatch'), 'dane'],
      [missing('mta-sts-policy-missing'), 'mta-sts'],
      [missing('tls-reporting-invalid'), 'tls-reports'],
    ],
  },
  {
    profile: 'nist-sp-800-52r2',
    misses: [
      [{ versions: versions('TLSv1.2') }, 'versions'],
      [oldVersion, 'old-versions'],
      [suites('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'), 'suites-1-2'],
      [suites13('TLS_CHACHA20_POLY1305_SHA256'), 'suites-1-3'],
      [{ groups: ['x25519'] }, 'groups'],
      [rsa(1024), 'key'],
      [chain({ signatures: ['ecdsa-sha1'] }), 'certificate-signatures'],
      [chain({ daysInAll: 1100 }), 'lifetime'],
      [trait('secureRenegotiation', false), 'secure-renegotiation'],
      [trait('extendedMasterSecret', false), 'extended-master-secret'],
      [trait('compression', true), 'compression'],
    ],
  },
  {
    profile: 'pci-dss-4',
    misses: [
      [failing('certificate-untrusted'), 'trusted-certificates'],
      [failing('certificate-out-of-date'), 'valid-certificates'],
      [oldVersion, 'secure-versions'],
      [failing('triple-des-accepted'), 'secure-algorithms'],
      [failing('login-accepted-before-tls'), 'no-fallback'],
    ],
  },
  {
    profile: 'nis2',
    misses: [
      [failing('starttls-not-advertised'), 'encryption'],
      [oldVersion, 'state-of-the-art'],
      [failing('dh-weak'), 'algorithms'],
      [failing('certificate-untrusted'), 'identity'],
    ],
  },
];

describe('a profile', () => {
  it('has a row here', () => {
    expect(ROWS.map(({ profile }) => profile).sort()).to.deep.equal(profiles.map(({ id }) => id).sort());
  });

  for (const { profile: id, meets, misses } of ROWS) {
    const profile = profiles.find((each) => each.id === id);
    const states = (facts: ListenerFacts): readonly (readonly [string, string])[] =>
      (profile?.rules ?? []).flatMap((rule) => {
        const verdict = judgeRule(rule.requires, facts);
        return verdict === undefined ? [] : [[rule.id, verdict.state] as const];
      });
    const good = { ...STRICT, ...meets };

    it(`${id}: is met by a strict server`, () => {
      expect(states(good).filter(([, state]) => state !== 'met')).to.deep.equal([]);
    });

    for (const [change, ...rules] of misses)
      it(`${id}: ${rules.join(' and ')} missed by ${JSON.stringify(Object.keys(change))} alone`, () => {
        const missed = states({ ...good, ...change }).filter(([, state]) => state === 'not-met');
        expect(missed.map(([rule]) => rule)).to.deep.equal(rules);
      });

    it(`${id}: every rule is missed by a row`, () => {
      expect(new Set(misses.flatMap(([, ...rules]) => rules))).to.deep.equal(
        new Set(profile?.rules.map((rule) => rule.id)),
      );
    });

    it(`${id}: is not met by what was not looked at`, () => {
      const nothing: ListenerFacts = { versions: new Map(), seenSuites: [], checks: new Map() };
      expect(new Set(states(nothing).map(([, state]) => state))).to.deep.equal(new Set(['not-looked-at']));
    });

    it(`${id}: names suites, groups, schemes and checks that there are`, () => {
      const known = {
        suites: new Set(cipherSuitesOf().map((each) => cipherSuite(each).name)),
        groups: new Set(knownGroups().map(groupName)),
        signatures: new Set(Array.from({ length: 0x1000 }, (_, number) => signatureName(number))),
        checks: new Set([...checks, ...domainChecks].map((check) => check.id)),
      };
      for (const { requires } of profile?.rules ?? []) {
        if (requires.kind === 'checks' || requires.kind === 'passes')
          expect([...known.checks]).to.include.members([...requires.ids]);
        if (requires.kind === 'suites' || requires.kind === 'groups' || requires.kind === 'signatures')
          expect([...known[requires.kind]]).to.include.members([...requires.allowed]);
      }
    });
  }

  for (const { id: name, rules } of profiles)
    it(`${name}: asks a port with implicit TLS for no check about STARTTLS`, () => {
      const named = rules.flatMap(({ requires }) => (requires.kind === 'checks' ? requires.ids : []));
      const results = checks
        .filter(
          ({ id, modes, protocols }) =>
            named.includes(id) && (modes ?? ['implicit']).includes('implicit') && protocols === undefined,
        )
        .map(({ id, title }) => ({
          case: `${id}@imap+implicit#mail.example.org:993`,
          ...{ id, title, host: 'mail.example.org', port: 993, portRole: 'imaps' as const, protocol: 'imap' as const },
          ...{ tls: 'implicit' as const, status: 'pass' as const, because: 'as it should be', references: [] },
          ...{ cve: [], cwe: [], evidence: [], reproduce: [] },
        }));
      const profile = profiles.find((each) => each.id === name);
      if (profile === undefined) throw new Error(name);
      const missing = profileReport(profile, results).rules.filter(({ because }) => because.includes('left out'));
      expect(missing).to.deep.equal([]);
    });

  it('asks a domain for what is published, and no port', () => {
    const profile = profiles.find(({ id }) => id === 'bsi-tr-03108');
    if (profile === undefined) throw new Error('there is no profile bsi-tr-03108');
    const results = domainChecks.map(({ id, title }) => ({
      case: `${id}@example.org`,
      ...{ id, title, host: 'example.org', protocol: 'smtp' as const, tls: 'starttls' as const },
      ...{ status: id === 'tlsa-mismatch' ? ('not-applicable' as const) : ('pass' as const), because: id },
      ...{ references: [], cve: [], cwe: [], evidence: [], reproduce: [] },
    }));
    const { rules } = profileReport(profile, results);
    expect(rules.map(({ rule, state, port }) => [rule, state, port])).to.deep.equal([
      ['dane', 'not-met', undefined],
      ['mta-sts', 'met', undefined],
      ['tls-reports', 'met', undefined],
    ]);
  });

  it('is judged by facts of an audit: a server that meets it, and one that speaks TLS 1.1', async () => {
    const rfc = profiles.find(({ id }) => id === 'rfc');
    if (rfc === undefined) throw new Error('there is no profile rfc');
    const states: string[] = [];
    for (const flaw of [undefined, { versions: { oldest: 'TLSv1.1' } } as const]) {
      await using server = await toyServer('imap', flaw);
      const session = await audit([`imap://localhost:${String(server.port)}`], {
        family: 4,
        depth: 'full',
        profile: rfc,
        authorities: [(await toyAuthority()).pem],
        patience: { hint: 50, greeting: 4000, quiet: 40 },
      });
      const report = session.report();
      const missed = (report.profile?.rules ?? []).filter(({ state }) => state !== 'met');
      states.push(
        `${String(reportExitCode(report))} ${missed.map(({ rule, because }) => `${rule}: ${because}`).join()}`,
      );
      const text = renderReport(report, 'text');
      expect(text).to.include('RFC 8314 and RFC 9325');
      expect(listenerFacts(report.results).groups).to.include('x25519');
    }
    expect(states).to.deep.equal(['0 ', '1 versions: TLS 1.1 is accepted']);
  });
});
