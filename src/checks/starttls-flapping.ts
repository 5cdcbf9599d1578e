import { repeatedLists } from '../probes/repeated-lists.js';
import { defineCheck, fail, pass } from './check.js';
import { withoutUpgrade } from './flaws.js';

export default defineCheck({
  id: 'starttls-flapping',
  title: 'Every connection gets the same offer of STARTTLS',
  why: 'Where one of several servers behind an address has no TLS, some clients send everything in clear, now and then, and nobody finds out why.',
  references: ['RFC 3207 §2', 'RFC 8314 §4.1'],
  cwe: ['CWE-319'],
  severity: 'high',
  intrusiveness: 'passive',
  modes: ['starttls'],
  needs: { repeated: repeatedLists },
  judge: ({ repeated: { lists } }) => {
    const without = lists.filter(({ starttls }) => !starttls);
    const all = String(lists.length);
    if (without.length === 0 || without.length === lists.length)
      return pass(`all ${all} connections got the same offer: ${without.length === 0 ? 'STARTTLS' : 'no STARTTLS'}`);
    return fail(`STARTTLS is listed on ${String(lists.length - without.length)} of ${all} connections only`, {
      proof: without[0]?.line,
    });
  },
  remedy: {
    'any server':
      'if several servers share the address, find the one whose TLS fails, and give all of them the same configuration',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'offers STARTTLS on every second connection',
    server: {
      tamper: {
        ...withoutUpgrade,
        ...Object.fromEntries(
          Object.entries(withoutUpgrade).map(([moment, rule]) => [
            moment,
            ((context, next) => (context.ordinal % 2 === 0 ? rule(context, next) : next())) satisfies typeof rule,
          ]),
        ),
      },
    },
  },
  covers: ['srv-starttls-flaps'],
  examples: [
    { given: { repeated: { lists: [{ starttls: true }, { starttls: true }] } }, then: 'pass' },
    { given: { repeated: { lists: [{ starttls: false }, { starttls: false }] } }, then: 'pass' },
    { given: { repeated: { lists: [{ starttls: true }, { starttls: false }] } }, then: 'fail' },
  ],
});
