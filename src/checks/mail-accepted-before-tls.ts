import { lastLine, type Asked } from '../probes/dialogue-facts.js';
import { beforeTls } from '../probes/before-tls.js';
import { defineCheck, fail, inconclusive, notApplicable, pass, type Finding } from './check.js';
import { beginsMailInClear } from './by-hand.js';
import { servedInClear } from './flaws.js';
import { mailRefusal, saidInWords } from './mail-refusal.js';
import { answered, strangersPort } from './subjects.js';
import { protocolsWhere } from '../protocols/port-roles.js';

/** MAIL is accepted in clear; so is the recipient. */
const SENDER_TAKEN = { command: 'MAIL', answer: answered('ok', '250 ok') } as const;
const TAKEN = { ...SENDER_TAKEN, recipient: answered('ok', '250 ok') };

export default defineCheck({
  id: 'mail-accepted-before-tls',
  title: 'Submission takes no mail before TLS',
  why: 'A submission port that takes mail in clear lets clients send it without TLS.',
  references: ['RFC 3207 §4', 'RFC 6409 §4.3', 'RFC 8314 §3.3'],
  cwe: ['CWE-319'],
  severity: 'high',
  intrusiveness: 'standard',
  protocols: protocolsWhere(({ inspection }) => inspection.service.kind === 'mail'),
  modes: ['starttls'],
  needs: { before: beforeTls },
  judge: ({ before: { command, answer, recipient, otherRecipients = [] } }) => {
    if (command === undefined || answer === undefined)
      return notApplicable('a relay port takes mail from strangers and cannot insist on TLS');
    if (answer.said?.status !== 'ok') return refusal('MAIL FROM', answer);
    if (recipient === undefined)
      return inconclusive('MAIL FROM is accepted before TLS; a recipient was not tried', { proof: lastLine(answer) });
    const accepted = otherRecipients.find(({ said }) => said?.status === 'ok');
    // Postfix takes a recipient that is nothing but `postmaster` whatever it is told to refuse.
    const refused = otherRecipients.find((other) => mailRefusal(other) !== 'other');
    if (recipient.said?.status !== 'ok' && (accepted === undefined || mailRefusal(recipient) !== 'other'))
      return refusal(
        'MAIL FROM is accepted, but RCPT TO:<postmaster>',
        mailRefusal(recipient) === 'other' ? (refused ?? recipient) : recipient,
      );
    const proof = lastLine(recipient);
    if (accepted === undefined && refused === undefined && otherRecipients.some(isNoRelayOfPostfix))
      return inconclusive(
        'MAIL FROM and RCPT TO:<postmaster> are accepted before TLS, which Postfix does whatever it is told to refuse; no domain is known whose mail it takes',
        { proof },
      );
    return accepted === undefined && refused !== undefined
      ? refusal('MAIL FROM and RCPT TO:<postmaster> are accepted, but another recipient', refused)
      : fail('a sender and a recipient are accepted before TLS and login', {
          proof: lastLine(accepted) ?? proof,
        });
  },
  remedy: {
    'any other server': 'demand TLS before MAIL on this port',
    aiosmtpd: 'require_starttls=True',
    postfix: 'master.cf, submission: -o smtpd_tls_security_level=encrypt',
    OpenSMTPD: 'listen on … port submission tls-require pki … auth',
    exim: 'first line of the ACL that acl_smtp_mail names: deny condition = ${if and{{!def:tls_in_cipher}{!eq{$received_port}{25}}}} (relays on port 25 must go on)',
  },
  byHand: { say: beginsMailInClear },
  flaw: { name: 'accepts MAIL before TLS', server: { tamper: servedInClear }, onRelay: 'not-applicable' },
  covers: ['srv-mail-accepted-clear', 'srv-plainport-open'],
  examples: [
    { given: { before: { command: 'MAIL', answer: answered('no', '530 5.7.0 Must issue STARTTLS') } }, then: 'pass' },
    { given: { before: { command: 'MAIL', answer: answered('no', '550 Administrative prohibition') } }, then: 'pass' },
    { given: { before: { command: 'MAIL', answer: { how: 'ended' } } }, then: 'pass' },
    { given: { before: { command: 'MAIL', answer: { how: 'silent' } } }, then: 'inconclusive' },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '550 5.7.25 Client host rejected: cannot find your hostname'),
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '550 relay not permitted'),
        },
      },
      then: 'inconclusive',
    },
    {
      given: { before: { command: 'MAIL', answer: answered('no', '451 4.7.1 try again later') } },
      then: 'inconclusive',
    },
    { given: { before: { command: 'MAIL', answer: answered('no', '451 4.7.1 Encryption needed') } }, then: 'pass' },
    {
      given: { before: { command: 'MAIL', answer: answered('no', '550 5.1.7 <>: null sender rejected') } },
      then: 'inconclusive',
    },
    {
      given: { before: TAKEN },
      then: 'fail',
    },
    {
      given: {
        before: {
          ...TAKEN,
          otherRecipients: [
            answered('no', '554 5.7.1 <postmaster@a.example>: Relay access denied'),
            answered('no', '450 4.7.1 Session encryption is required'),
          ],
        },
      },
      then: 'pass',
    },
    {
      given: {
        before: {
          ...TAKEN,
          otherRecipients: [
            answered('no', '454 4.7.1 <postmaster@a.example>: Relay access denied'),
            answered('no', '554 5.7.1 <postmaster@[192.0.2.1]>: Relay access denied'),
          ],
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        before: {
          ...TAKEN,
          otherRecipients: [
            answered('no', '550 relay not permitted'),
            answered('no', '501 domain literals not allowed'),
          ],
        },
      },
      then: 'fail',
    },
    { given: { before: { ...SENDER_TAKEN } }, then: 'inconclusive' },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '530 5.7.0 Must issue a STARTTLS command'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '554 5.7.1 <localhost[127.0.0.1]>: Access denied'),
        },
      },
      then: 'pass',
    },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '550 5.1.1 <postmaster>: User unknown'),
        },
      },
      then: 'inconclusive',
    },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '450 4.2.0 Greylisted, try again'),
        },
      },
      then: 'inconclusive',
    },
    {
      given: { before: { ...SENDER_TAKEN, recipient: { how: 'silent' } } },
      then: 'inconclusive',
    },
    {
      given: {
        before: {
          ...SENDER_TAKEN,
          recipient: answered('no', '550 Invalid recipient: <postmaster@mail.a.example>'),
          otherRecipients: [answered('no', '550 Invalid recipient'), answered('ok', '250 ok')],
        },
      },
      then: 'fail',
    },
    { given: { before: {} }, on: strangersPort, then: 'not-applicable' },
  ],
});

/** Postfix is no relay for a domain, in its own words. */
const isNoRelayOfPostfix = ({ said }: Asked): boolean =>
  said?.lines.some(({ text }) => text.endsWith(' Relay access denied')) === true;

/** Mail is not taken in clear; whether that is for want of TLS or of a login decides. */
const refusal = (what: string, answer: Asked): Finding => {
  const proof = lastLine(answer);
  if (proof === undefined)
    return answer.how === 'ended'
      ? pass(`the server closes the connection after ${what} before TLS`)
      : inconclusive(`the server did not answer ${what} (${answer.how})`);
  return mailRefusal(answer) === 'other'
    ? inconclusive(`${what} is refused for a reason that may pass, or is not TLS or a login: ${proof.text}`, { proof })
    : pass(`${what} is refused before TLS: ${saidInWords(answer)}`, { proof });
};
