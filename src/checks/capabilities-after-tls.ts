import protocols from '../protocols/index.js';
import { insideOffer } from '../probes/offers.js';
import { asksCapabilitiesInside } from './by-hand.js';
import { defineCheck, fail, pass } from './check.js';
import { upgradeStillListed } from './flaws.js';
import { silentAfterUpgrade, speakingAfterUpgrade } from './subjects.js';

export default defineCheck({
  id: 'capabilities-after-tls',
  title: 'Inside TLS the capability list is right: no STARTTLS, no LOGINDISABLED',
  why: 'A client that finds STARTTLS or LOGINDISABLED inside TLS may start TLS twice, or believe that it cannot log in.',
  references: ['RFC 3207 §4.2', 'RFC 5804 §2.2', 'RFC 2595 §4', 'RFC 9051 §6.2.3'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { inside: insideOffer },
  judge: ({ inside: { offer, announced } }, { protocol, tls }) => {
    // Clients of such a protocol wait for the list after the upgrade, and would hang (RFC 5804 §2.2).
    if (protocols[protocol].speaksFirstAfterUpgrade && tls === 'starttls' && (announced ?? []).length === 0)
      return fail('the server does not send its capabilities by itself after the upgrade', { severity: 'high' });
    // The LOGIN command may be off for ever, where there are other ways to log in (as with OAuth only).
    if (offer.loginDisabled && offer.logins.length === 0)
      return fail(
        `${offer.upgrade ? 'STARTTLS and LOGINDISABLED' : 'LOGINDISABLED'} listed inside TLS, and no other login: no client can log in`,
        { severity: 'medium' },
      );
    if (offer.upgrade) return fail('STARTTLS listed inside TLS');
    return pass('the list inside TLS is right');
  },
  remedy: {
    'any server':
      'if a proxy in front of the server ends TLS, the server does not know that there is TLS: let the proxy pass the connection on, and let the server do TLS itself; Dovecot 2.3 and Postfix 3.7 do not read from the PROXY protocol that there was TLS',
  },
  byHand: { inside: asksCapabilitiesInside },
  flaw: { name: 'lists STARTTLS inside TLS', server: { tamper: upgradeStillListed } },
  covers: ['srv-caps-after-tls', 'srv-caps-reannounced', 'srv-implicit-no-starttls'],
  examples: [
    {
      given: { inside: { offer: { upgrade: false, loginDisabled: false }, unasked: [] } },
      on: { protocol: silentAfterUpgrade },
      then: 'pass',
    },
    {
      given: { inside: { offer: { upgrade: true, loginDisabled: false }, unasked: [] } },
      on: { protocol: silentAfterUpgrade },
      then: 'fail',
    },
    {
      given: { inside: { offer: { upgrade: false, loginDisabled: true, logins: [] }, unasked: [] } },
      on: { protocol: silentAfterUpgrade },
      then: 'fail',
    },
    {
      given: { inside: { offer: { upgrade: false, loginDisabled: true, logins: ['XOAUTH2'] }, unasked: [] } },
      on: { protocol: silentAfterUpgrade },
      then: 'pass',
    },
    {
      given: { inside: { offer: { upgrade: false, loginDisabled: false }, unasked: [] } },
      on: { protocol: speakingAfterUpgrade, tls: 'starttls' },
      then: 'fail',
      severity: 'high',
    },
  ],
});
