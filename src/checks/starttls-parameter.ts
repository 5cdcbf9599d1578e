import { lastLine } from '../probes/dialogue-facts.js';
import { beforeTls } from '../probes/before-tls.js';
import { upgrade } from '../probes/offers.js';
import { defineCheck, inconclusive, notApplicable, pass, warn } from './check.js';
import { asksUpgradeWithParameter } from './by-hand.js';
import { parameterAccepted } from './flaws.js';

export default defineCheck({
  id: 'starttls-parameter',
  title: 'STARTTLS with a parameter is refused',
  why: 'STARTTLS takes no parameter. A parser that ignores one often ignores more.',
  references: ['RFC 3207 §4', 'RFC 9051 §6.2.1'],
  severity: 'low',
  intrusiveness: 'standard',
  modes: ['starttls'],
  needs: { before: beforeTls, upgrade },
  judge: ({ before: { parameter }, upgrade: { answer } }) => {
    const proof = lastLine(parameter);
    if (parameter.said?.status === 'ok') return warn('STARTTLS with a parameter is accepted', { proof });
    if (answer.said?.status !== 'ok') return notApplicable('STARTTLS is not taken without a parameter either');
    if (proof !== undefined) return pass(`refused: ${proof.text}`, { proof });
    return parameter.how === 'ended'
      ? pass('the server closes the connection')
      : inconclusive('the server did not answer');
  },
  remedy: {
    'any other server': 'nothing leaks by it alone; report it to its authors',
    'smtp-server (npm)': '3.19.0 or later',
    dovecot: 'no setting refuses it (2.3); nothing leaks by it alone',
  },
  byHand: { say: asksUpgradeWithParameter },
  flaw: { name: 'accepts STARTTLS with a parameter', server: { tamper: parameterAccepted }, then: 'warn' },
  covers: ['srv-starttls-param'],
  examples: [
    {
      given: {
        upgrade: { answer: { said: { status: 'bad' } } },
        before: { parameter: { how: 'answered', said: { status: 'bad', lines: [{ text: '502 what?' }] } } },
      },
      then: 'not-applicable',
    },
    {
      given: {
        upgrade: { answer: { said: { status: 'ok' } } },
        before: { parameter: { how: 'answered', said: { status: 'bad', lines: [{ text: '501 no parameters' }] } } },
      },
      then: 'pass',
    },
    {
      given: {
        upgrade: { answer: { said: { status: 'ok' } } },
        before: { parameter: { how: 'answered', said: { status: 'ok', lines: [{ text: '220 go' }] } } },
      },
      then: 'warn',
    },
    {
      given: { upgrade: { answer: { said: { status: 'ok' } } }, before: { parameter: { how: 'silent' } } },
      then: 'inconclusive',
    },
  ],
});
