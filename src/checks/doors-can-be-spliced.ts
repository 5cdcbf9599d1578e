import { doors, type DoorFacts } from '../probes/doors.js';
import protocols from '../protocols/index.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import type { Protocol } from '../protocols/protocol.js';
import { defineCheck, info, pass, warn } from './check.js';
import { rolesWithTwoDoors, silentAfterUpgrade, taggedProtocol } from './subjects.js';

export default defineCheck({
  id: 'doors-can-be-spliced',
  title: 'An attacker cannot connect a STARTTLS client to the port for implicit TLS',
  why: 'An attacker on the path answers a client’s STARTTLS, then passes its ClientHello to the port for implicit TLS. TLS and certificate are right, but the server sends its greeting where the client expects the answer to its next command. SMTP and POP3 clients take the greeting for that answer, and each later reply for the answer to the wrong command (“Opossum”). IMAP clients do not: a greeting has no tag.',
  references: ['RFC 7301', 'RFC 9325 §3.8', 'USENIX Security 2026 (Opossum)'],
  cwe: ['CWE-923'],
  severity: 'medium',
  intrusiveness: 'passive',
  modes: ['starttls'],
  needs: { doors },
  judge: ({ doors: { own, others } }, { protocol }) => {
    const alike = others.filter((other) => isTakenFor(own, other));
    const [first] = alike;
    if (first === undefined) return pass(separation(others));
    const same = own.leaf?.fingerprintSha256 === first.leaf?.fingerprintSha256;
    const because = `an attacker on the path can connect a STARTTLS client to the port for implicit TLS: that port accepts any client, and has ${same ? 'the same certificate' : 'a certificate for the same name'}`;
    return notices(protocols[protocol])
      ? info(`${because}; most clients of this protocol notice`, { proof: first.greeting })
      : warn(because, { proof: first.greeting });
  },
  remedy: {
    'any server':
      'close the STARTTLS port once all clients use implicit TLS (RFC 8314); or require ALPN on the port for implicit TLS, if server and clients support it; or give the two ports different names and certificates',
  },
  byHand: 'not with common tools',
  flaw: [
    { then: 'warn' as const, protocols: protocolsWhere((each) => !notices(each)) },
    { then: 'info' as const, protocols: protocolsWhere(notices) },
  ].map((row) => ({
    name: 'serves every client on both ports, with one certificate',
    server: { otherDoor: {} },
    roles: rolesWithTwoDoors,
    ...row,
  })),
  covers: ['srv-doors-splice'],
  examples: [
    {
      given: { doors: { own: door('a', 143), others: [door('a', 993)] } },
      on: { protocol: taggedProtocol },
      then: 'info',
    },
    {
      given: { doors: { own: door('a', 110), others: [door('a', 995)] } },
      on: { protocol: silentAfterUpgrade },
      then: 'warn',
    },
    {
      given: { doors: { own: door('a', 110), others: [door('b', 995)] } },
      on: { protocol: silentAfterUpgrade },
      then: 'warn',
    },
    { given: { doors: { own: door('a', 110), others: [{ ...door('a', 995), servesAnybody: false }] } }, then: 'pass' },
    { given: { doors: { own: door('a', 110), others: [{ ...door('b', 995), isValid: false }] } }, then: 'pass' },
    // A client that was told to trust this very certificate trusts it behind the other door too.
    {
      given: { doors: { own: { ...door('a', 110), isValid: false }, others: [{ ...door('a', 995), isValid: false }] } },
      on: { protocol: silentAfterUpgrade },
      then: 'warn',
    },
  ],
});

/** Its clients see that a reply is no answer: by its tag, or because the server speaks first after the upgrade anyway. */
function notices({ tagged, speaksFirstAfterUpgrade }: Protocol): boolean {
  return tagged || speaksFirstAfterUpgrade;
}

/** A client of the first door would go on behind the other one. */
const isTakenFor = (own: DoorFacts, other: DoorFacts): boolean =>
  own.servesAnybody &&
  other.servesAnybody &&
  ((own.leaf !== undefined && own.leaf.fingerprintSha256 === other.leaf?.fingerprintSha256) ||
    (own.isValid && other.isValid));

const separation = (others: readonly DoorFacts[]): string => {
  const ports = others.map(({ port }) => String(port)).join(', ');
  return others.every(({ servesAnybody }) => !servesAnybody)
    ? `port ${ports} accepts only clients that name its protocol with ALPN`
    : `the ports have different certificates; clients of this port do not accept the certificate of port ${ports}`;
};

function door(fingerprint: string, port: number) {
  return {
    where: `mail.example.org:${String(port)}`,
    port,
    servesAnybody: true,
    isValid: true,
    leaf: { fingerprintSha256: fingerprint },
  };
}
