import { upgrade } from '../probes/offers.js';
import { namelessInWords, ONLY_WITH_CERTIFICATE, openingInWords } from '../probes/opening.js';
import { ANONYMOUS_ONLY, defineCheck, fail, inconclusive, info, notApplicable, pass } from './check.js';
import { asksCapabilitiesInside } from './by-hand.js';
import { closedInsteadOfTls } from './flaws.js';

export default defineCheck({
  id: 'starttls-unusable',
  title: 'After the go-ahead TLS works',
  why: 'A server must know that TLS can work before it offers it; here clients fail after they were told to go ahead.',
  references: ['RFC 5804 §1.7', 'RFC 3207 §4'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  modes: ['starttls'],
  needs: { upgrade },
  judge: ({ upgrade: { answer, handshake, answeredInside, between, demandsCertificate } }) => {
    if (answer.said?.status !== 'ok') return notApplicable('there was no go-ahead for TLS');
    if (handshake === undefined) return fail('after the go-ahead no TLS handshake succeeds: unknown reason');
    const {
      completed,
      failure = 'unknown reason',
      refusedByUs,
      asksForCertificate,
      inClear,
      anonymousOnly,
      nameless,
      at,
    } = handshake;
    const proof = at && { text: failure, at };
    if (demandsCertificate === true)
      return info(`TLS works as far as it can be seen: ${ONLY_WITH_CERTIFICATE}`, { proof });
    if (asksForCertificate === true && (!completed || answeredInside !== true))
      return inconclusive(openingInWords({ kind: 'wants-certificate' }), {
        proof,
      });
    if (!completed) {
      if (inClear !== undefined) return fail(`after the go-ahead the server goes on in clear: ${inClear}`, { proof });
      if (refusedByUs === true)
        return inconclusive(`this machine's TLS library refuses what the server chose (${failure})`, { proof });
      if (anonymousOnly === true) return fail(`${ANONYMOUS_ONLY} (${failure})`, { proof });
      if (nameless !== undefined) return inconclusive(namelessInWords(nameless, failure), { proof });
      if (between !== undefined) {
        const [said = ''] = between.text.split(/\r?\n/);
        return fail(`after the go-ahead the server goes on in clear: ${said}`, { proof: { ...between, text: said } });
      }
      return fail(`after the go-ahead no TLS handshake succeeds: ${failure}`, { proof });
    }
    return answeredInside === true
      ? pass('the handshake completes, and the first command inside TLS is answered')
      : fail('the handshake completes, but nothing is answered inside TLS', {
          byHand: { inside: asksCapabilitiesInside },
          remedy: {
            'any server':
              'TLS itself works: look in the log for what the server does after the handshake; does a proxy in front of it lead to the right service?',
          },
        });
  },
  remedy: {
    'any other server': 'look in its log: certificate and key must belong together, and be readable for the server',
    postfix: 'smtpd_tls_chain_files must name a key with its certificate; postconf -n, then postfix check',
    dovecot:
      'ssl_cert and ssl_key (2.4: ssl_server_cert_file, ssl_server_key_file) must belong together and be readable',
  },
  flaw: { name: 'closes the connection when TLS should start', server: { tamper: closedInsteadOfTls } },
  covers: ['srv-starttls-usable', 'srv-no-certificate'],
  examples: [
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: true },
          answeredInside: true,
        },
      },
      then: 'pass',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: true },
          answeredInside: false,
        },
      },
      then: 'fail',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: false, failure: 'closed', refusedByUs: false },
        },
      },
      then: 'fail',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: false, failure: 'closed' },
          between: { text: '454 TLS failed\r\n' },
        },
      },
      then: 'fail',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: false, failure: 'alert handshake_failure', anonymousOnly: true },
        },
      },
      then: 'fail',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: true, asksForCertificate: true },
          answeredInside: false,
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: true, asksForCertificate: true },
          demandsCertificate: true,
          answeredInside: false,
        },
      },
      then: 'info',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: false, failure: 'closed', nameless: { helps: 'mail.example.org' } },
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        upgrade: {
          answer: { how: 'answered', said: { status: 'ok', lines: [] } },
          handshake: { completed: false, failure: 'ERR_SSL_DH_KEY_TOO_SMALL', refusedByUs: true },
        },
      },
      then: 'inconclusive',
    },
    { given: { upgrade: { answer: { how: 'answered', said: { status: 'no', lines: [] } } } }, then: 'not-applicable' },
  ],
});
