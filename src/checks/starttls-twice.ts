import { insideOffer } from '../probes/offers.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { upgradeInside } from './flaws.js';

export default defineCheck({
  id: 'starttls-twice',
  title: 'STARTTLS inside TLS is refused',
  why: 'A server that says yes nests TLS in TLS or loses its state; either has led to crashes and confusion.',
  references: ['RFC 3207 §4.2', 'RFC 2595 §4', 'RFC 9051 §6.2.1'],
  severity: 'medium',
  intrusiveness: 'standard',
  needs: { inside: insideOffer },
  judge: ({ inside: { again } }) => {
    const line = again?.said?.lines.at(-1);
    if (again === undefined) return inconclusive('STARTTLS was not tried inside TLS');
    if (again.said?.status === 'ok')
      return fail('STARTTLS is accepted inside TLS', {
        ...(line !== undefined && { quote: line }),
        quotedInside: true,
      });
    if (line !== undefined) return pass(`STARTTLS is refused inside TLS: ${line}`, { quote: line, quotedInside: true });
    return again.how === 'ended'
      ? pass('the server hangs up on STARTTLS inside TLS')
      : inconclusive('STARTTLS inside TLS brought no answer');
  },
  remedy: { 'any server': 'update it' },
  flaw: { name: 'accepts STARTTLS inside TLS', server: { tamper: upgradeInside } },
  covers: ['srv-starttls-twice'],
  examples: [
    {
      given: { inside: { again: { how: 'answered', said: { status: 'bad', lines: ['503 TLS is active'] } } } },
      then: 'pass',
    },
    { given: { inside: { again: { how: 'answered', said: { status: 'ok', lines: ['220 go'] } } } }, then: 'fail' },
    { given: { inside: { again: { how: 'silent' } } }, then: 'inconclusive' },
  ],
});
