import { opening } from '../probes/offers.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { takesLeave } from './by-hand.js';
import { defineCheck, notApplicable, pass, warn } from './check.js';

export default defineCheck({
  id: 'apop-challenge-in-greeting',
  title: 'The greeting before TLS holds no challenge for APOP',
  why: 'A client that answers it logs in without TLS. Its answer is an MD5 hash of the challenge and the password: anybody who records it can guess the password offline, and a false server can make the guessing easier by its choice of challenges.',
  references: ['RFC 1939 §7', 'RFC 6151 §2.1', 'RFC 8314 §4.1'],
  cve: ['CVE-2007-1558'],
  cwe: ['CWE-327'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  protocols: protocolsWhere(({ honest }) => honest.greetingLogins?.includes('APOP') === true),
  modes: ['starttls'],
  needs: { opening },
  judge: ({ opening: met }) => {
    if (met.kind !== 'greeted') return notApplicable('there was no greeting');
    const line = met.lines.find(({ text }) => TIMESTAMP.test(text));
    return line === undefined
      ? pass('no challenge in the greeting')
      : warn(`the greeting offers APOP: ${TIMESTAMP.exec(line.text)?.[0] ?? ''}`, { proof: line });
  },
  remedy: {
    'any other server': 'turn APOP off; where that cannot be done, POP3 should have its TLS port (995) alone',
    dovecot: 'auth_mechanisms without apop',
    Cyrus: 'imapd.conf: allowapop: no',
  },
  byHand: { say: takesLeave },
  flaw: {
    name: 'greets with a challenge',
    server: { settings: (honest) => ({ ...honest, outside: { ...honest.outside, logins: ['APOP'] } }) },
    then: 'warn',
  },
  covers: ['srv-apop-banner'],
  examples: [
    { given: { opening: { kind: 'greeted', lines: [{ text: '+OK Dovecot ready.' }] } }, then: 'pass' },
    { given: { opening: { kind: 'greeted', lines: [{ text: '+OK <1.2@mail.example.org>' }] } }, then: 'warn' },
    { given: { opening: { kind: 'greeted', lines: [{ text: '+OK write to <postmaster> first' }] } }, then: 'pass' },
    { given: { opening: { kind: 'refused', lines: [{ text: '-ERR' }] } }, then: 'not-applicable' },
  ],
});

// RFC 1939 §7: a msg-id of RFC 822.
const TIMESTAMP = /<[^<>\s]+@[^<>\s]+>/;
