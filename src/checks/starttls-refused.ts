import { lastLine } from '../probes/dialogue-facts.js';
import { upgrade } from '../probes/offers.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { asksUpgrade } from './by-hand.js';
import { refusedUpgrade } from './flaws.js';

export default defineCheck({
  id: 'starttls-refused',
  title: 'STARTTLS is accepted where it is advertised',
  why: 'An offer that is not kept makes careful clients give up and careless ones go on in clear.',
  references: ['RFC 3207 §4', 'RFC 2595 §4', 'RFC 5804 §2.2', 'RFC 9051 §6.2.1'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  modes: ['starttls'],
  needs: { upgrade },
  judge: ({ upgrade: { listed, answer } }) => {
    const proof = lastLine(answer);
    if (answer.said?.status === 'ok') return pass('STARTTLS is answered with the go-ahead', { proof });
    if (!listed) return notApplicable('STARTTLS is not advertised, and refused');
    if (proof === undefined) return fail(`STARTTLS is advertised, but asking for it brings no answer (${answer.how})`);
    return fail(`STARTTLS is advertised, but refused: ${proof.text}`, { proof });
  },
  remedy: {
    'any other server':
      'look in its log: often the certificate or its key cannot be read, or the key’s mode or owner is refused',
    Sendmail:
      'look in its log: confSERVER_KEY must be readable by its owner alone, and lie in folders that only root can write to',
    postfix:
      'look for "TLS library problem" or a missing certificate in the log; 454 means that TLS could not be set up',
    dovecot: 'look for SSL errors in the log (doveadm log errors)',
  },
  byHand: { say: asksUpgrade },
  flaw: { name: 'refuses STARTTLS', server: { tamper: refusedUpgrade } },
  covers: ['srv-starttls-accepted'],
  examples: [
    {
      given: {
        upgrade: { listed: true, answer: { how: 'answered', said: { status: 'ok', lines: [{ text: '220 go' }] } } },
      },
      then: 'pass',
    },
    {
      given: {
        upgrade: { listed: true, answer: { how: 'answered', said: { status: 'no', lines: [{ text: '454 no' }] } } },
      },
      then: 'fail',
    },
    { given: { upgrade: { listed: true, answer: { how: 'silent' } } }, then: 'fail' },
    {
      given: {
        upgrade: {
          listed: false,
          answer: { how: 'answered', said: { status: 'bad', lines: [{ text: '502 what?' }] } },
        },
      },
      then: 'not-applicable',
    },
  ],
});
