import { insideOffer } from '../probes/offers.js';
import { asksCapabilitiesInside } from './by-hand.js';
import { defineCheck, info, notApplicable, pass } from './check.js';

export default defineCheck({
  id: 'channel-binding-missing',
  title: 'A login that is bound to its TLS connection is offered',
  why: 'With channel binding a login that a false server passes on fails, even where the client took the false certificate.',
  references: ['RFC 5802 §6', 'RFC 9266', 'RFC 7677'],
  severity: 'info',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { inside: insideOffer },
  judge: ({ inside: { offer } }) => {
    if (offer.logins.length === 0) return notApplicable('no login is offered inside TLS');
    const bound = offer.logins.filter((login) => login.endsWith('-PLUS'));
    return bound.length > 0 ? pass(`${bound.join(', ')} offered`) : info('no login with channel binding is offered');
  },
  remedy: { 'dovecot 2.4': 'auth_mechanisms = scram-sha-256-plus scram-sha-256 plain' },
  byHand: { inside: asksCapabilitiesInside },
  flaw: {
    name: 'offers no login with channel binding',
    server: { settings: (honest) => ({ ...honest, inside: { ...honest.inside, logins: ['PLAIN', 'SCRAM-SHA-256'] } }) },
    then: 'info',
  },
  covers: ['srv-auth-plus'],
  examples: [
    { given: { inside: { offer: { logins: ['SCRAM-SHA-256-PLUS', 'PLAIN'] } } }, then: 'pass' },
    { given: { inside: { offer: { logins: ['SCRAM-SHA-256', 'PLAIN'] } } }, then: 'info' },
    { given: { inside: { offer: { logins: [] } } }, then: 'not-applicable' },
  ],
});
