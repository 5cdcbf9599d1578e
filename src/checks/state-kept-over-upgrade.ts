import { lastLine, type Asked, type ShortReply } from '../probes/dialogue-facts.js';
import { keptState } from '../probes/kept-state.js';
import { beginsMail } from './by-hand.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { answered } from './subjects.js';
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
  judge: ({ state: { recipient, recipientUngreeted, mail, mailUngreeted } }) => {
    const proof = lastLine(recipient);
    const isKept = recipient?.said !== undefined && looksAtRecipient(recipient.said);
    const isAlike =
      recipient !== undefined && recipientUngreeted !== undefined && isSame(recipient, recipientUngreeted);
    if (isKept && isAlike && recipient.said.status === 'ok')
      return notApplicable('RCPT is taken without MAIL inside TLS; whether a transaction goes on cannot be seen', {
        proof,
      });
    if (isKept && !isAlike) {
      return fail(
        `the MAIL transaction from before TLS goes on inside it: RCPT is answered ${proof?.text ?? 'positively'}`,
        { proof },
      );
    }
    if (mail.said === undefined) return notApplicable(`the server did not answer MAIL inside TLS (${mail.how})`);
    const code = mail.said.code ?? '';
    const line = lastLine(mail);
    if (isOutOfOrder(code)) return pass('inside TLS the server wants a new EHLO first', { proof: line });
    if (mail.said.status !== 'ok') return pass(`MAIL is refused inside TLS: ${line?.text ?? ''}`, { proof: line });
    if (mailUngreeted?.said?.status === 'ok') return pass('nothing survives: this server never insists on EHLO');
    if (!isOutOfOrder(mailUngreeted?.said?.code))
      return notApplicable(
        'MAIL is taken without EHLO inside TLS; whether this server ever insists on one cannot be seen',
      );
    return fail('the server still uses the EHLO from before TLS', { severity: 'medium', proof: line });
  },
  remedy: { 'any server': 'update the server: inside TLS it must forget what was said before' },
  byHand: { inside: beginsMail },
  flaw: { name: 'keeps what it was told', server: { settings: (honest) => ({ ...honest, keepsState: true }) } },
  covers: ['srv-state-ehlo', 'srv-state-mail', 'srv-starttls-mid-transaction'],
  examples: [
    {
      given: {
        state: { mail: answered('no', '503 EHLO first') },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          mail: answered('ok', '250 ok'),
          mailUngreeted: answered('ok', '250 ok'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          mail: answered('ok', '250 ok'),
          mailUngreeted: answered('no', '503'),
        },
      },
      then: 'fail',
      severity: 'medium',
    },
    {
      given: {
        state: {
          mail: answered('ok', '250 ok'),
          mailUngreeted: answered('no', '530 TLS first'),
        },
      },
      then: 'not-applicable',
    },
    {
      given: {
        state: {
          recipient: answered('no', '403 4.5.1 Error: need MAIL command'),
          mail: answered('no', '403 EHLO first'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          recipient: answered('no', '554 5.5.1 Error: no MAIL command was given'),
          mail: answered('no', '530 login first'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          recipient: answered('no', '550 HELO required'),
          recipientUngreeted: answered('no', '550 HELO required'),
          mail: answered('no', '550 HELO required'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        state: {
          recipient: answered('ok', '250 ok'),
          recipientUngreeted: answered('ok', '250 ok'),
          mail: { how: 'answered' },
        },
      },
      then: 'not-applicable',
    },
    {
      given: {
        state: {
          recipient: answered('ok', '250 ok'),
          recipientUngreeted: answered('no', '503 MAIL first'),
          mail: { how: 'answered' },
        },
      },
      then: 'fail',
    },
    {
      given: {
        state: {
          recipient: answered('no', '421 try later'),
          mail: { how: 'ended' },
        },
      },
      then: 'not-applicable',
    },
    {
      given: {
        state: {
          recipient: answered('no', '450 greylisted'),
          mail: { how: 'answered' },
        },
      },
      then: 'fail',
    },
    {
      given: {
        state: {
          recipient: answered('ok', '250 ok'),
          mail: { how: 'answered' },
        },
      },
      then: 'fail',
    },
  ],
});

/** Two answers are the same but for numbers and names of sessions. */
const isSame = (one: Asked, other: Asked): boolean => {
  const [words, others] = [one, other].map((each) =>
    each.said?.lines.map(({ text }) => text.replace(/\S{0,200}\d\S{0,200}/g, '#')).join(' '),
  );
  return one.said?.code === other.said?.code && words === others;
};

/** `503` and its like: commands come in another order. Postfix with `soft_bounce` says it with a 4. */
const isOutOfOrder = (code: string | undefined): boolean => /^[45]03$/.test(code ?? '');

/**
 * Whether an answer to RCPT speaks of the recipient. It does not where it says that no transaction is open (503, or in words), that a login
 * comes first (530), that the server is closing (421) or does not know the command.
 */
const looksAtRecipient = ({ code = '', status, lines }: ShortReply): boolean =>
  status !== 'bad' &&
  !/^(?:[45]03|[45]30|421)$/.test(code) &&
  !lines.some(({ text }) => /\b(?:need|no|without|issue|send)\b.{0,20}\bMAIL\b|\bMAIL\b.{0,20}\bfirst\b/.test(text));
