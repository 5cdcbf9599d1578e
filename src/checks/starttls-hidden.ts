import { pathTraces } from '../probes/offers.js';
import { defineCheck, info, pass, warn } from './check.js';
import { asksUpgrade } from './by-hand.js';
import { hiddenUpgrade } from './flaws.js';

export default defineCheck({
  id: 'starttls-hidden',
  title: 'Nothing on the path hides STARTTLS',
  why: 'Firewalls and attackers delete or overwrite the offer, so that mail travels in the clear; the server itself may be in order.',
  references: ['RFC 3207 §6', 'RFC 7435 §3'],
  cwe: ['CWE-757'],
  severity: 'medium',
  intrusiveness: 'passive',
  depth: 'quick',
  modes: ['starttls'],
  needs: { path: pathTraces },
  judge: ({ path: { traces } }) => {
    if (traces.length === 0) return pass('greeting and capability list bear no traces of a path that strips');
    const blanked = traces.find((trace) => !trace.startsWith('STARTTLS works'));
    if (blanked === undefined)
      return info('STARTTLS works though it is not listed; does something on the path take it out of the list?');
    return warn(`something between here and the server changes what it says: ${traces.join('; ')}`, {
      quote: blanked.slice(blanked.indexOf(': ') + 2),
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
    { given: { path: { traces: ['STARTTLS works though it is not listed'] } }, then: 'info' },
    { given: { path: { traces: ['a keyword is overwritten: 250-XXXXXXXA'] } }, then: 'warn' },
    { given: { path: { traces: ['the greeting is blanked out: 220 ****************'] } }, then: 'warn' },
  ],
});
