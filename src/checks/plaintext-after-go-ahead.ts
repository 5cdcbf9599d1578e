import { upgrade } from '../probes/offers.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { asksUpgrade } from './by-hand.js';
import { wordsAfterGoAhead } from './flaws.js';

export default defineCheck({
  id: 'plaintext-after-go-ahead',
  title: 'Nothing comes between the go-ahead and TLS',
  why: "Whatever is said there is in clear and can be an attacker's; clients that keep it believe it to come from inside TLS. A server or middlebox that sends something there by itself confuses clients.",
  references: ['RFC 3207 §4', 'RFC 9051 §6.2.1'],
  cve: ['CVE-2021-38370', 'CVE-2021-22947'],
  cwe: ['CWE-74', 'CWE-349'],
  severity: 'high',
  intrusiveness: 'passive',
  modes: ['starttls'],
  depth: 'quick',
  needs: { upgrade },
  judge: ({ upgrade: { answer, between } }) => {
    if (answer.said?.status !== 'ok') return notApplicable('there was no go-ahead for TLS');
    if (between === undefined) return pass('TLS starts directly after the go-ahead');
    const { text } = between;
    return fail(`${String(text.length)} bytes in clear between the go-ahead and TLS: ${text.slice(0, 80).trim()}`, {
      proof: { ...between, text: text.split(/\r?\n/)[0] ?? text },
    });
  },
  remedy: {
    'any server':
      'look for a proxy, filter or antivirus between waxseal and the server, and run the audit from another network',
  },
  byHand: { say: asksUpgrade },
  flaw: { name: 'says something after the go-ahead', server: { tamper: wordsAfterGoAhead } },
  covers: [],
  examples: [
    {
      given: { upgrade: { answer: { how: 'answered', said: { status: 'ok', lines: [{ text: '220 go' }] } } } },
      then: 'pass',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [{ text: '220 go' }] } },
          between: { text: '250 AUTH PLAIN\r\n' },
        },
      },
      then: 'fail',
    },
    {
      given: { upgrade: { answer: { how: 'answered', said: { status: 'no', lines: [{ text: '454' }] } } } },
      then: 'not-applicable',
    },
  ],
});
