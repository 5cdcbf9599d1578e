import { acceptedGroups } from '../probes/accepted-groups.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, warn } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'groups-unusable',
  title: 'The server accepts the usual key exchange groups, and no weak ones',
  why: 'Clients offer X25519 and P-256, newer ones also hybrid post-quantum groups. With a server that has none of these, a client loses a round trip, forward secrecy, or the connection; curves below 224 bits can be broken.',
  references: ['RFC 8422 §5.1.1', 'RFC 8446 §9.1', 'RFC 9325 §4.2.1'],
  severity: 'low',
  relay: { status: 'info', because: 'between servers a weak group is still better than no TLS' },
  intrusiveness: 'passive',
  depth: 'full',
  needs: { groups: acceptedGroups },
  judge: ({ groups: { tls13, older, shares } }) => {
    const all = [...new Set([...tls13, ...older])];
    if (all.length === 0)
      // Where TLS 1.3 is accepted, shares were sent.
      return shares.length === 0
        ? notApplicable('no group can be seen: neither TLS 1.3 nor ECDHE is accepted')
        : inconclusive('no group can be seen: TLS 1.3 is accepted, and asks for no group');
    const usual = all.filter((group) => USUAL.has(group));
    if (usual.length === 0) return fail(`no usual group is accepted, only ${all.join(', ')}`, { severity: 'medium' });
    const broken = shares.find(({ sent, retried }) => sent === 'served' && retried !== 'served');
    if (broken !== undefined)
      return fail(
        broken.retried === 'not asked'
          ? `a client that sends no key share for ${broken.group} is not asked for one (${broken.absent}); one that sends it is accepted`
          : `the server asks for a key share for ${broken.group}, and then does not accept it (${broken.retried})`,
        { severity: 'medium' },
      );
    const weak = all.filter((group) => WEAK.test(group));
    if (weak.length > 0) return warn(`weak groups are accepted: ${weak.join(', ')}`);
    return pass(all.join(', '));
  },
  remedy: {
    'any other server': 'no list of groups (curves) of your own: those of its TLS library are right',
    postfix: 'smtpd_tls_eecdh_grade = auto, tls_eecdh_auto_curves and tls_ffdhe_auto_groups as they are by default',
    dovecot: 'no ssl_curve_list of your own',
    'exim with OpenSSL (exim -bV tells; Debian’s has GnuTLS)': 'tls_eccurve = auto (the default)',
  },
  byHand: 'not with common tools',
  flaw: [
    {
      name: 'takes a weak group',
      server: {
        answersHello: upToTls12(({ groups }) =>
          groups.includes(SECP192R1) && !groups.includes(X25519)
            ? { exchange: { kind: 'ecdhe', group: SECP192R1 } }
            : undefined,
        ),
      },
      then: 'warn',
      roles: oneOfEachKind,
    },
    {
      name: 'never asks for another key share',
      server: {
        answersHello: ({ versions, keyShares }) =>
          versions.includes('TLSv1.3') && keyShares.length === 0 ? HANDSHAKE_FAILURE : undefined,
      },
      roles: oneOfEachKind,
    },
  ],
  covers: ['srv-tls-curves'],
  examples: [
    { given: { groups: { tls13: ['x25519', 'secp256r1'], older: ['x25519'], shares: [] } }, then: 'pass' },
    { given: { groups: { tls13: [], older: ['secp224r1'], shares: [] } }, then: 'fail' },
    { given: { groups: { tls13: [], older: ['secp256r1', 'sect163k1'], shares: [] } }, then: 'warn' },
    {
      given: {
        groups: {
          tls13: ['x25519'],
          older: [],
          shares: [{ group: 'x25519', sent: 'served', absent: 'HelloRetryRequest', retried: 'closed' }],
        },
      },
      then: 'fail',
    },
    { given: { groups: { tls13: [], older: [], shares: [] } }, then: 'not-applicable' },
    {
      given: {
        groups: {
          tls13: [],
          older: [],
          shares: [{ group: 'x25519', sent: 'served', absent: 'closed', retried: 'closed' }],
        },
      },
      then: 'inconclusive',
    },
  ],
});

const USUAL: ReadonlySet<string> = new Set([
  'x25519',
  'secp256r1',
  'secp384r1',
  'secp521r1',
  'x448',
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
]);
const X25519 = 29;
const SECP192R1 = 19;
/** A fatal alert in its record (RFC 8446 §6.2). */
const HANDSHAKE_FAILURE = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
/** Below 224 bits. */
const WEAK = /^sec[pt]1[69]\d|^sect1[69]/;
