import { doorDetails } from '../probes/door-details.js';
import { doors, type DoorFacts } from '../probes/doors.js';
import { defineCheck, fail, info, pass, warn, type Finding } from './check.js';
import { detailDifferences } from './door-details.js';
import { rolesWithTwoDoors } from './subjects.js';

export default defineCheck({
  id: 'doors-differ',
  title: 'The ports for STARTTLS and for implicit TLS have the same certificate and TLS settings',
  why: 'Both ports give access to the same mail. A certificate that was renewed on one of them only, or an old version of TLS that only one of them accepts, is usually a mistake that only some clients run into; and an attacker chooses the weaker port.',
  references: ['RFC 8314 §3', 'RFC 9325 §3.1.1'],
  cwe: ['CWE-693'],
  severity: 'medium',
  intrusiveness: 'passive',
  modes: ['starttls'],
  needs: { doors, details: doorDetails },
  judge: ({ doors: { own, others }, details: [detailed, ...further] }) => {
    const found = [
      ...others.flatMap((other) => differences(own, other)),
      ...(detailed === undefined ? [] : further.flatMap((other) => detailDifferences(detailed, other))),
    ];
    for (const status of ['fail', 'warn', 'info'] as const) {
      const worst = found.filter((each) => each.status === status);
      const [first] = worst;
      if (first !== undefined)
        return { ...first, because: [...new Set(worst.map(({ because }) => because))].join('; ') };
    }
    return pass(
      `${others.map(({ port }) => String(port)).join(', ')} shows the same certificate, versions of TLS and logins${further.length === 0 ? '' : ', suites, groups, capabilities and ALPN as far as they are known'}`,
    );
  },
  remedy: {
    'any server':
      'reload or restart the service whose certificate is old, and keep the settings for TLS of both ports in one place',
  },
  byHand: 'not with common tools',
  flaw: [
    {
      name: 'has an expired certificate on its port for implicit TLS only',
      server: { otherDoor: { certificate: 'expired' } },
      roles: rolesWithTwoDoors,
    },
    {
      name: 'takes TLS 1.0 on its port for implicit TLS only',
      server: { otherDoor: { versions: { oldest: 'TLSv1' } } },
      then: 'warn',
      roles: rolesWithTwoDoors,
    },
  ],
  covers: ['srv-doors-differ', 'srv-cert-parity', 'srv-tls-parity'],
  examples: [
    { given: { details: [], doors: { own: door(143), others: [door(993)] } }, then: 'pass' },
    {
      given: { details: [], doors: { own: door(143), others: [{ ...door(993), leaf: leaf('b', '2027-01-01') }] } },
      then: 'fail',
    },
    {
      given: {
        details: [],
        doors: { own: door(143), others: [{ ...door(993), isValid: false, leaf: leaf('b', '2025-01-01') }] },
      },
      then: 'fail',
      severity: 'high',
    },
    {
      given: {
        details: [],
        doors: { own: { ...door(143), isValid: false }, others: [{ ...door(993), leaf: leaf('b', '2027-01-01') }] },
      },
      then: 'fail',
      severity: 'high',
    },
    {
      given: {
        details: [],
        doors: { own: door(143), others: [{ ...door(993), leaf: { ...leaf('b', '2026-12-01'), subject: 'CN=b' } }] },
      },
      then: 'info',
    },
    {
      given: {
        details: [],
        doors: { own: door(143), others: [{ ...door(993), leaf: { ...leaf('b', '2027-01-01'), keyType: 'rsa' } }] },
      },
      then: 'info',
    },
    {
      given: { details: [], doors: { own: door(143), others: [{ ...door(993), versions: ['TLSv1', 'TLSv1.2'] }] } },
      then: 'warn',
      severity: 'low',
    },
    {
      given: { details: [], doors: { own: door(143), others: [{ ...door(993), logins: ['PLAIN', 'LOGIN'] }] } },
      then: 'info',
    },
    ...(
      [
        [detail(143), detail(993), 'pass'],
        [detail(143), { where: 'mail.example.org:993' }, 'pass'],
        [detail(143), { ...detail(993), suites: { 'TLSv1.2': ['A', 'B'] } }, 'info'],
        [detail(143), { ...detail(993), suites: { 'TLSv1.3': ['D'] } }, 'pass'],
        [detail(143), { ...detail(993), groups: { tls13: ['x25519'], older: [] } }, 'info'],
        [detail(143), { ...detail(993), capabilities: ['IDLE'] }, 'info'],
        [detail(143), { ...detail(993), alpn: 'none' }, 'info'],
      ] as const
    ).map(([own, other, then]) => ({
      given: { details: [own, other], doors: { own: door(143), others: [door(993)] } },
      then,
    })),
    {
      given: {
        details: [],
        doors: {
          own: { ...door(143), logins: ['LOGIN', 'PLAIN'] },
          others: [{ ...door(993), logins: ['PLAIN', 'LOGIN'] }],
        },
      },
      then: 'pass',
    },
  ],
});

const differences = (own: DoorFacts, other: DoorFacts): Finding[] =>
  [certificateDifference(own, other), versionDifference(own, other), loginDifference(own, other)].filter(
    (each) => each !== undefined,
  );

const certificateDifference = (own: DoorFacts, other: DoorFacts): Finding | undefined => {
  const [a, b] = [own.leaf, other.leaf];
  if (a === undefined || b === undefined || a.fingerprintSha256 === b.fingerprintSha256) return undefined;
  const [right, wrong] = own.isValid ? [own, other] : [other, own];
  if (right.isValid && !wrong.isValid)
    return fail(
      `${wrong.where} shows a certificate that careful clients reject (valid until ${day(wrong)}); the one on ${right.where} is right (until ${day(right)})`,
      { severity: 'high', ...proofOf(wrong) },
    );
  if (a.subject !== b.subject || a.keyType !== b.keyType)
    return info(
      `${own.where} and ${other.where} have different certificates: ${a.subject} (${a.keyType}) and ${b.subject} (${b.keyType})`,
    );
  const [older, newer] = a.notAfter < b.notAfter ? [own, other] : [other, own];
  return fail(
    `${older.where} shows an older certificate (valid until ${day(older)}) than ${newer.where} (until ${day(newer)}): was its service reloaded after the renewal?`,
    proofOf(older),
  );
};

const versionDifference = (own: DoorFacts, other: DoorFacts): Finding | undefined => {
  const only = (a: DoorFacts, b: DoorFacts): string[] => a.versions.filter((version) => !b.versions.includes(version));
  const parts = [[own, only(own, other)] as const, [other, only(other, own)] as const].flatMap(
    ([{ where }, versions]) => (versions.length === 0 ? [] : [`${versions.map(inWords).join(', ')} on ${where} only`]),
  );
  return parts.length === 0 ? undefined : warn(parts.join(', '), { severity: 'low' });
};

const loginDifference = (own: DoorFacts, other: DoorFacts): Finding | undefined => {
  if (own.logins === undefined || other.logins === undefined || sorted(own.logins) === sorted(other.logins))
    return undefined;
  return info(
    `logins inside TLS differ: ${sorted(own.logins)} on ${own.where}, ${sorted(other.logins)} on ${other.where}`,
  );
};

const sorted = (logins: readonly string[]): string => (logins.length === 0 ? 'none' : [...logins].sort().join(' '));

const inWords = (version: string): string => version.replace(/^TLSv/, 'TLS ').replace(/^TLS 1$/, 'TLS 1.0');

const day = ({ leaf }: DoorFacts): string => leaf?.notAfter.slice(0, 10) ?? 'unknown';

const proofOf = ({ leaf, at }: DoorFacts): Pick<Finding, 'proof'> =>
  leaf === undefined || at === undefined ? {} : { proof: { text: leaf.subject, at } };

function leaf(fingerprintSha256: string, notAfter: string) {
  return { fingerprintSha256, notAfter, subject: 'CN=mail.example.org', keyType: 'ec' };
}

function detail(port: number) {
  return {
    where: `mail.example.org:${String(port)}`,
    suites: { 'TLSv1.2': ['A'], 'TLSv1.3': ['D'] },
    groups: { tls13: ['x25519', 'secp256r1'], older: ['x25519'] },
    capabilities: ['IDLE', 'ID'],
    alpn: 'mail',
  };
}

function door(port: number) {
  return {
    where: `mail.example.org:${String(port)}`,
    port,
    servesAnybody: true,
    isValid: true,
    leaf: leaf('a', '2026-12-24'),
    versions: ['TLSv1.2', 'TLSv1.3'] as const,
    logins: ['PLAIN'],
  };
}
