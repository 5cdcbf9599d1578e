import { pathTraces } from '../probes/offers.js';
import { defineCheck, info, pass, warn } from './check.js';
import { asksUpgrade } from './by-hand.js';
import { hiddenUpgrade } from './flaws.js';

export default defineCheck({
  id: 'starttls-hidden',
  title: 'Nothing on the path hides STARTTLS',
  why: 'Firewalls and attackers delete or overwrite the offer, so that mail travels in clear; the server itself may be in order.',
  references: ['RFC 3207 §6', 'RFC 7435 §3'],
  cwe: ['CWE-757'],
  severity: 'medium',
  intrusiveness: 'passive',
  depth: 'quick',
  modes: ['starttls'],
  needs: { path: pathTraces },
  judge: ({ path: { traces } }) => {
    if (traces.length === 0)
      return pass('greeting and capability list show no sign that STARTTLS was removed on the way');
    const changed = traces.filter(({ what }) => what !== 'works-unlisted');
    if (changed.length === 0)
      return info('STARTTLS works though it is not listed; does something on the path take it out of the list?');
    const words = changed.map(({ what, line }) => `${TRACES[what]}: ${line?.text ?? ''}`);
    return warn(`something between here and the server changes what it says: ${words.join('; ')}`, {
      proof: changed[0]?.line,
    });
  },
  remedy: {
    'Cisco ASA/PIX': 'no inspect esmtp (or: inspect esmtp with a policy that allows TLS)',
    'any firewall': 'turn off "SMTP fixup" and mail inspection',
  },
  byHand: { say: asksUpgrade },
  flaw: [{ name: 'takes STARTTLS, but does not list it', server: { tamper: hiddenUpgrade }, then: 'info' }],
  covers: ['srv-starttls-hidden'],
  examples: [
    { given: { path: { traces: [] } }, then: 'pass' },
    { given: { path: { traces: [{ what: 'works-unlisted' }] } }, then: 'info' },
    { given: { path: { traces: [{ what: 'keyword-overwritten', line: { text: '250-XXXXXXXA' } }] } }, then: 'warn' },
    {
      given: { path: { traces: [{ what: 'greeting-blanked', line: { text: '220 ****************' } }] } },
      then: 'warn',
    },
  ],
});

const TRACES = {
  'greeting-blanked': 'the greeting is blanked out',
  'keyword-overwritten': 'a keyword is overwritten',
  'works-unlisted': 'STARTTLS works though it is not listed',
} as const;
