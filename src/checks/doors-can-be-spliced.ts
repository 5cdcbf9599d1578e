import { splicedDoors, type SplicedDoor } from '../probes/spliced-doors.js';
import { defineCheck, info, pass, warn } from './check.js';
import { rolesWithTwoDoors } from './subjects.js';

export default defineCheck({
  id: 'doors-can-be-spliced',
  title: 'An attacker cannot connect a STARTTLS client to the port for implicit TLS',
  why: 'An attacker on the path answers a client’s STARTTLS, then passes its ClientHello to the port for implicit TLS. TLS and certificate are right, but the server sends its greeting where the client expects the answer to its next command. SMTP and POP3 clients take the greeting for that answer, and each later reply for the answer to the wrong command (“Opossum”). IMAP clients do not: a greeting has no tag. ManageSieve clients expect what the greeting is. The reverse leads nowhere: a client for implicit TLS waits for a greeting that nobody sends. waxseal plays client and attacker; where the port has no connection left for that, the greetings and certificates that both ports show decide.',
  references: ['RFC 7301', 'RFC 9325 §3.8', 'USENIX Security 2026 (Opossum)'],
  cwe: ['CWE-923'],
  severity: 'medium',
  intrusiveness: 'standard',
  modes: ['starttls'],
  needs: { spliced: splicedDoors },
  judge: ({ spliced }) => {
    const [door] = WORST_FIRST.flatMap((outcome) => spliced.filter((each) => each.outcome === outcome));
    switch (door?.outcome) {
      case 'taken':
        return warn(LED, proofOf(door));
      case 'noticed':
        return warn(LED, { severity: 'low', ...proofOf(door) });
      case 'in-step':
        return info(`${ATTACK}; its greeting is what the client waits for after STARTTLS`);
      default:
        return pass(spliced.map(separation).join('; '));
    }
  },
  remedy: {
    'any server':
      'close the STARTTLS port once all clients use implicit TLS (RFC 8314); or require ALPN on the port for implicit TLS, if server and clients support it; or give the two ports different names and certificates',
  },
  byHand: 'not with common tools',
  flaw: [
    {
      name: 'serves every client on both ports, with one certificate',
      server: { otherDoor: {} },
      then: 'warn',
      roles: rolesWithTwoDoors,
    },
  ],
  covers: ['srv-doors-splice'],
  examples: [
    { given: { spliced: [door('taken')] }, then: 'warn' },
    { given: { spliced: [door('noticed')] }, then: 'warn', severity: 'low' },
    { given: { spliced: [door('in-step')] }, then: 'info' },
    { given: { spliced: [{ ...door('taken'), isForeseen: true }] }, then: 'warn' },
    { given: { spliced: [{ port: 995, outcome: 'untrusted', isForeseen: true }] }, then: 'pass' },
    { given: { spliced: [{ port: 995, outcome: 'untrusted' }] }, then: 'pass' },
    { given: { spliced: [{ port: 995, outcome: 'refused', refusal: 'alert no_application_protocol' }] }, then: 'pass' },
    { given: { spliced: [{ port: 995, outcome: 'untrusted' }, door('taken')] }, then: 'warn' },
  ],
});

const ATTACK = 'an attacker on the path can lead STARTTLS clients to the port for implicit TLS';
// Ports of several protocols stand in one finding: what is said holds for each of them.
const LED = `${ATTACK}; SMTP and POP3 clients take its greeting for an answer, most IMAP clients notice`;

/** What separates the doors. */
const separation = ({ port, outcome, refusal = '' }: SplicedDoor): string =>
  outcome === 'untrusted'
    ? `the ports have different certificates; clients of this port do not accept the certificate of port ${String(port)}`
    : `port ${String(port)} refused a client of this port (${refusal}): it accepts only clients that name its protocol with ALPN`;

const proofOf = ({ greeting }: SplicedDoor): { readonly proof?: NonNullable<SplicedDoor['greeting']> } =>
  greeting === undefined ? {} : { proof: greeting };

const WORST_FIRST: readonly SplicedDoor['outcome'][] = ['taken', 'noticed', 'in-step'];

function door(outcome: 'taken' | 'noticed' | 'in-step'): SplicedDoor {
  return {
    port: 995,
    outcome,
    isSameCertificate: true,
    greeting: { text: '+OK ready', at: { connection: 1, entry: 9, start: 0, end: 9 } },
  };
}
