import { lastLine } from '../probes/dialogue.js';
import { keptState } from '../probes/kept-state.js';
import { beginsMail } from './by-hand.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { protocolsWhere } from '../protocols/port-roles.js';

export default defineCheck({
  id: 'state-kept-over-upgrade',
  title: 'The server forgets what it was told before TLS',
  why: 'What was said in clear may come from an attacker: a name or a transaction must not be carried into TLS.',
  references: ['RFC 3207 §4.2'],
  cwe: ['CWE-349'],
  severity: 'high',
  intrusiveness: 'standard',
  protocols: protocolsWhere(({ inspection }) => inspection.transaction !== undefined),
  modes: ['starttls'],
  needs: { state: keptState },
  judge: ({ state: { recipient, mail, mailUngreeted } }) => {
    const proof = lastLine(recipient);
    // 503: no transaction is open; 530: a login comes first; everything else looks at the recipient.
    if (
      recipient?.said !== undefined &&
      recipient.said.code !== '503' &&
      recipient.said.code !== '530' &&
      recipient.said.status !== 'bad'
    ) {
      return fail(
        `the MAIL transaction from before TLS goes on inside it: RCPT is answered ${proof?.text ?? 'positively'}`,
        { proof },
      );
    }
    if (mail.said === undefined) return notApplicable(`MAIL inside TLS brought no answer (${mail.how})`);
    const code = mail.said.code ?? '';
    const line = lastLine(mail);
    if (code === '503') return pass('inside TLS the server wants a new EHLO first', { proof: line });
    if (mail.said.status !== 'ok') return pass(`MAIL is refused inside TLS: ${line?.text ?? ''}`, { proof: line });
    if (mailUngreeted?.said?.status === 'ok') return pass('nothing survives: this server never insists on EHLO');
    if (mailUngreeted?.said?.code !== '503')
      return notApplicable(
        'MAIL is taken without EHLO inside TLS; whether this server ever insists on one cannot be seen',
      );
    return fail('the EHLO from before TLS still counts inside it', { severity: 'medium', proof: line });
  },
  remedy: { 'any server': 'update it: all that was said before TLS must be forgotten' },
  byHand: { inside: beginsMail },
  flaw: { name: 'keeps what it was told', server: { settings: (honest) => ({ ...honest, keepsState: true }) } },
  covers: ['srv-state-ehlo', 'srv-state-mail', 'srv-starttls-mid-transaction'],
  examples: [
    {
      given: {
        state: { mail: { how: 'answered', said: { status: 'no', code: '503', lines: [{ text: '503 EHLO first' }] } } },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          mail: { how: 'answered', said: { status: 'ok', code: '250', lines: [{ text: '250 ok' }] } },
          mailUngreeted: { how: 'answered', said: { status: 'ok', code: '250', lines: [{ text: '250 ok' }] } },
        },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          mail: { how: 'answered', said: { status: 'ok', code: '250', lines: [{ text: '250 ok' }] } },
          mailUngreeted: { how: 'answered', said: { status: 'no', code: '503', lines: [{ text: '503' }] } },
        },
      },
      then: 'fail',
      severity: 'medium',
    },
    {
      given: {
        state: {
          mail: { how: 'answered', said: { status: 'ok', code: '250', lines: [{ text: '250 ok' }] } },
          mailUngreeted: { how: 'answered', said: { status: 'no', code: '530', lines: [{ text: '530 TLS first' }] } },
        },
      },
      then: 'not-applicable',
    },
    {
      given: {
        state: {
          recipient: { how: 'answered', said: { status: 'ok', code: '250', lines: [{ text: '250 ok' }] } },
          mail: { how: 'answered' },
        },
      },
      then: 'fail',
    },
  ],
});
