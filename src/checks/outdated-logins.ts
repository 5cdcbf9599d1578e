import { insideOffer } from '../probes/offers.js';
import { asksCapabilitiesInside } from './by-hand.js';
import { defineCheck, info, pass, warn } from './check.js';

export default defineCheck({
  id: 'outdated-logins',
  title: 'No outdated login method is offered inside TLS',
  why: 'DIGEST-MD5 is withdrawn, NTLM can be relayed to other servers, and ANONYMOUS asks for no password at all.',
  references: ['RFC 6331', 'RFC 4505 §5', 'RFC 9051 §11.3'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { inside: insideOffer },
  judge: ({ inside: { offer } }) => {
    const outdated = offer.logins.filter((login) => OUTDATED.has(login));
    if (outdated.length > 0) return warn(`${outdated.join(', ')} offered inside TLS`);
    // It has no registered specification; every client knows PLAIN as well.
    if (offer.logins.includes('LOGIN') && !offer.logins.includes('PLAIN'))
      return info('LOGIN is offered inside TLS, and PLAIN is not');
    return pass('no outdated login is offered inside TLS');
  },
  remedy: {
    'any other server': 'take these mechanisms off its list; inside TLS, PLAIN or SCRAM-SHA-256 is enough',
    dovecot: 'auth_mechanisms = plain login',
    'postfix with Cyrus SASL': 'smtpd.conf: mech_list: PLAIN LOGIN',
    Cyrus: 'imapd.conf: sasl_mech_list: PLAIN SCRAM-SHA-256',
    'Microsoft Exchange': 'take Integrated Windows authentication off the receive connector for clients',
  },
  byHand: { inside: asksCapabilitiesInside },
  flaw: [
    {
      name: 'offers DIGEST-MD5',
      server: {
        settings: (honest) => ({
          ...honest,
          inside: { ...honest.inside, logins: [...honest.inside.logins, 'DIGEST-MD5'] },
        }),
      },
      then: 'warn',
    },
    {
      name: 'offers LOGIN without PLAIN',
      server: { settings: (honest) => ({ ...honest, inside: { ...honest.inside, logins: ['LOGIN'] } }) },
      then: 'info',
    },
  ],
  covers: ['srv-mech-hygiene'],
  examples: [
    { given: { inside: { offer: { logins: ['PLAIN', 'LOGIN'] } } }, then: 'pass' },
    { given: { inside: { offer: { logins: ['GSSAPI', 'NTLM'] } } }, then: 'warn' },
    { given: { inside: { offer: { logins: ['ANONYMOUS'] } } }, then: 'warn' },
    { given: { inside: { offer: { logins: ['LOGIN'] } } }, then: 'info' },
    { given: { inside: { offer: { logins: [] } } }, then: 'pass' },
  ],
});

const OUTDATED: ReadonlySet<string> = new Set(['DIGEST-MD5', 'NTLM', 'MSN', 'ANONYMOUS', 'SKEY', 'OTP', 'KERBEROS_V4']);
