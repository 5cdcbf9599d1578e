import { plaintextOffer } from '../probes/offers.js';
import { offeredLogin } from '../probes/plaintext-login.js';
import { isPlaintextMechanism } from '../protocols/sasl.js';
import { ASKED_FROM_ITSELF, defineCheck, fail, inconclusive, pass, warn } from './check.js';
import { asksCapabilities } from './by-hand.js';
import { loginsOffered } from './flaws.js';

const remedy = {
  'any other server':
    'let TLS come before any login (AUTH, LOGIN, AUTHENTICATE, USER): most servers have a setting that demands it',
  Sendmail: "define(`confAUTH_OPTIONS', `A p y')",
  aiosmtpd: 'auth_require_tls=True, with tls_context',
  postfix: 'smtpd_tls_auth_only = yes',
  'dovecot 2.3': 'disable_plaintext_auth = yes',
  'dovecot 2.4': 'auth_allow_cleartext = no',
  'dovecot also': 'no network in login_trusted_networks',
  nginx: 'starttls only;',
  Courier: 'IMAP_TLS_REQUIRED=1 in imapd, POP3_TLS_REQUIRED=1 in pop3d',
  Cyrus: 'allowplaintext: no',
  exim: 'auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}',
};

/** What forbids passwords in clear leaves challenges alone. */
const CHALLENGES = {
  Sendmail: "define(`confAUTH_MECHANISMS', `PLAIN LOGIN'), and define(`confAUTH_OPTIONS', `A p y')",
  'dovecot 2.3': 'ssl = required',
  'dovecot 2.4': 'ssl = required',
  Cyrus: 'tls_required: yes',
};

export default defineCheck({
  id: 'login-offered-before-tls',
  title: 'No login is offered before TLS',
  why: 'A client that believes the offer sends its password in clear.',
  references: ['RFC 8314 §4.1', 'RFC 9051 §6.2.3', 'RFC 4954 §4', 'RFC 5804 §1.7'],
  cwe: ['CWE-319', 'CWE-523'],
  severity: 'high',
  intrusiveness: 'passive',
  logLines: 'no more than what login-accepted-before-tls leaves: both look at one attempt to log in',
  modes: ['starttls'],
  needs: { offer: plaintextOffer, login: offeredLogin },
  judge: ({ offer, login }, { fromItself }) => {
    // APOP sends no password, and its offer is part of the greeting (RFC 1939 §7).
    const logins = offer.logins.filter((mechanism) => mechanism !== 'APOP');
    if (logins.length === 0) return pass('no login is offered before TLS');
    const proof = offer.list?.find(({ text }) => LISTING.test(text));
    const offered = `${logins.join(', ')} offered before TLS`;
    if (fromItself === true) return inconclusive(`${offered}; ${ASKED_FROM_ITSELF}`, { proof });
    // Challenges and tickets do not give the password away by themselves, but can be guessed at or relayed.
    if (!logins.some(isPlaintextMechanism))
      return warn(`${offered}; none of them sends the password itself`, {
        proof,
        severity: 'medium',
        remedy: { ...remedy, ...CHALLENGES },
      });
    if (login.tried && login.outcome === 'refused') return warn(`${offered}, but refused when it is tried`, { proof });
    return fail(offered, { proof });
  },
  remedy,
  byHand: { say: asksCapabilities },
  flaw: [
    { name: 'offers login before TLS, and refuses it', server: { tamper: loginsOffered }, then: 'warn' },
    {
      name: 'offers and accepts login before TLS',
      server: {
        settings: (honest) => ({ ...honest, acceptsLoginOutside: true, outside: { ...honest.inside, upgrade: true } }),
      },
    },
  ],
  covers: ['srv-auth-offered-clear'],
  examples: [
    { given: { offer: { starttls: true, logins: [] }, login: { tried: false, reason: '' } }, then: 'pass' },
    {
      given: { offer: { starttls: true, logins: ['CRAM-MD5', 'SCRAM-SHA-256'] }, login: { tried: false, reason: '' } },
      then: 'warn',
      severity: 'medium',
    },
    { given: { offer: { starttls: true, logins: ['PLAIN'] }, login: { tried: false, reason: '' } }, then: 'fail' },
    {
      given: {
        offer: { starttls: true, logins: ['PLAIN'] },
        login: { tried: true, mechanism: 'PLAIN', outcome: 'challenged' },
      },
      then: 'fail',
    },
    {
      given: {
        offer: { starttls: true, logins: ['PLAIN'] },
        login: { tried: true, mechanism: 'PLAIN', outcome: 'refused' },
      },
      then: 'warn',
    },
    {
      given: { offer: { starttls: true, logins: ['PLAIN'] }, login: { tried: true } },
      on: { fromItself: true },
      then: 'inconclusive',
    },
  ],
});

/** The line of a capability list that names logins, in any of the protocols. */
const LISTING = /^250[ -]AUTH[ =]|^\* CAPABILITY |^USER$|^"?SASL"? /i;
