import { lastLine } from '../probes/dialogue-facts.js';
import { insideOffer } from '../probes/offers.js';
import { asksUpgradeAgain } from './by-hand.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { upgradeInside } from './flaws.js';

export default defineCheck({
  id: 'starttls-twice',
  title: 'STARTTLS inside TLS is refused',
  why: 'A server that accepts it puts TLS inside TLS, or loses track of whether TLS is on; both have led to crashes.',
  references: ['RFC 3207 §4.2', 'RFC 2595 §4', 'RFC 9051 §6.2.1'],
  severity: 'medium',
  intrusiveness: 'standard',
  depth: 'quick',
  needs: { inside: insideOffer },
  judge: ({ inside: { again } }) => {
    if (again === undefined) return inconclusive('STARTTLS was not tried inside TLS');
    const proof = lastLine(again);
    if (again.said?.status === 'ok') return fail('STARTTLS is accepted inside TLS', { proof });
    if (proof !== undefined) return pass(`STARTTLS is refused inside TLS: ${proof.text}`, { proof });
    return again.how === 'ended'
      ? pass('the server closes the connection after STARTTLS inside TLS')
      : inconclusive('the server did not answer STARTTLS inside TLS');
  },
  remedy: {
    'any server':
      'update it; where a proxy in front of it ends TLS, the server does not know that there is TLS: let the proxy pass the connection on, and let the server do TLS itself',
  },
  byHand: { inside: asksUpgradeAgain },
  flaw: { name: 'accepts STARTTLS inside TLS', server: { tamper: upgradeInside } },
  covers: ['srv-starttls-twice'],
  examples: [
    {
      given: {
        inside: { again: { how: 'answered', said: { status: 'bad', lines: [{ text: '503 TLS is active' }] } } },
      },
      then: 'pass',
    },
    {
      given: { inside: { again: { how: 'answered', said: { status: 'ok', lines: [{ text: '220 go' }] } } } },
      then: 'fail',
    },
    { given: { inside: { again: { how: 'silent' } } }, then: 'inconclusive' },
  ],
});
