import { beforeTls } from '../probes/before-tls.js';
import { send } from '../endpoints/tamper.js';
import { lastLine } from '../probes/dialogue-facts.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { beginsMail } from './by-hand.js';
import { defineCheck, inconclusive, info, notApplicable, pass } from './check.js';
import { mailRefusal, saidInWords } from './mail-refusal.js';
import { answered, strangersPort } from './subjects.js';

export default defineCheck({
  id: 'mail-refused-before-tls',
  title: 'Port 25 accepts mail from servers that have no TLS',
  why: 'A server that takes mail from everybody must not demand TLS: it loses the mail of senders that have none, and perhaps the reports of senders whose TLS fails. Some operators accept that, so this is information only.',
  references: ['RFC 3207 §4', 'RFC 8460 §3'],
  severity: 'info',
  intrusiveness: 'standard',
  protocols: protocolsWhere(({ inspection }) => inspection.service.kind === 'mail'),
  modes: ['starttls'],
  needs: { before: beforeTls },
  judge: ({ before: { strangers, recipient } }) => {
    if (strangers === undefined) return notApplicable('strangers send no mail here');
    const proof = lastLine(strangers);
    const refused = [strangers, recipient].find(
      (answer) => answer !== undefined && mailRefusal(answer) === 'wants-tls',
    );
    if (refused !== undefined)
      return info(`mail is refused before TLS: ${saidInWords(refused)}`, { proof: lastLine(refused) });
    if (strangers.said?.status === 'ok') return pass('MAIL FROM is accepted before TLS', { proof });
    return proof === undefined
      ? inconclusive(`the server did not answer MAIL FROM (${strangers.how})`)
      : pass(`MAIL FROM is refused for another reason: ${proof.text}`, { proof });
  },
  remedy: { postfix: 'smtpd_tls_security_level = may', exim: 'no require of def:tls_in_cipher in acl_smtp_mail' },
  byHand: { inside: beginsMail },
  flaw: {
    name: 'demands TLS from strangers',
    server: {
      tamper: {
        message: ({ protocol, unit, inside }, next) =>
          !inside && unit?.kind === 'command'
            ? [send(protocol.answers.refuse(unit, 'no', 'Must issue a STARTTLS command first'))]
            : next(),
      },
    },
    then: 'info',
    roles: [strangersPort.role],
  },
  covers: ['srv-mx-requires-tls'],
  examples: [
    { given: { before: {} }, then: 'not-applicable' },
    {
      given: { before: { strangers: answered('ok', '250 ok'), recipient: answered('ok', '250 ok') } },
      then: 'pass',
    },
    {
      given: {
        before: { strangers: answered('ok', '250 ok'), recipient: answered('no', '554 5.7.1 Relay access denied') },
      },
      then: 'pass',
    },
    {
      given: {
        before: { strangers: answered('ok', '250 ok'), recipient: answered('no', '550 5.7.1 TLS is required here') },
      },
      then: 'info',
    },
    { given: { before: { strangers: answered('no', '530 5.7.0 Must issue STARTTLS') } }, then: 'info' },
    { given: { before: { strangers: answered('no', '550 no') } }, then: 'pass' },
    { given: { before: { strangers: { how: 'silent' } } }, then: 'inconclusive' },
  ],
});
