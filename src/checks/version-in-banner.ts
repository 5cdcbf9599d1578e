import { selfDescription } from '../probes/offers.js';
import { send } from '../endpoints/tamper.js';
import { asksCapabilities } from './by-hand.js';
import { defineCheck, info, pass } from './check.js';

export default defineCheck({
  id: 'version-in-banner',
  title: 'The server does not tell its exact version',
  why: 'With the version known, those who look for servers with a known weakness need not try it. It hides nothing from a determined attacker.',
  references: ['RFC 2449 §6.9', 'RFC 5321 §4.3.1', 'CWE-200'],
  severity: 'info',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { self: selfDescription },
  judge: ({ self: { lines } }) => {
    const line = lines.find(({ text }) => PRODUCT.test(text) || IMPLEMENTATION.test(text));
    const told = line && (PRODUCT.exec(line.text) ?? IMPLEMENTATION.exec(line.text))?.[0];
    return told === undefined ? pass('no version is told') : info(`the version is told: ${told}`, { proof: line });
  },
  remedy: {
    exim: 'smtp_banner = $smtp_active_hostname ESMTP',
    Sendmail: "define(`confSMTP_LOGIN_MSG', `$j')",
    Cyrus: 'imapd.conf: serverinfo: off',
    'dovecot (Pigeonhole)': 'managesieve_implementation_string = ManageSieve',
  },
  byHand: { say: asksCapabilities },
  flaw: {
    name: 'greets with its version',
    server: {
      tamper: {
        greeting: ({ protocol, insideOffer, inside }) => {
          const honest = protocol.answers
            .greeting(inside ? insideOffer : { ...insideOffer, upgrade: true })
            .toString('latin1');
          return [
            send(
              Buffer.from(
                honest.replace(/ready|"IMPLEMENTATION" "/, (word) =>
                  word === 'ready' ? 'Exim 4.96 ready' : `${word}Exim 4.96 `,
                ),
              ),
            ),
          ];
        },
      },
    },
    then: 'info',
  },
  covers: ['srv-banner'],
  examples: [
    { given: { self: { lines: [{ text: '220 mail.example.org ESMTP Postfix (Debian/GNU)' }] } }, then: 'pass' },
    {
      given: { self: { lines: [{ text: '220 mail2.example.org ESMTP' }, { text: '250-SIZE 10240000' }] } },
      then: 'pass',
    },
    { given: { self: { lines: [{ text: '220 192.0.2.1 ESMTP Thu, 26 Nov 2026 10:00:00 +0000' }] } }, then: 'pass' },
    { given: { self: { lines: [{ text: '* OK [CAPABILITY IMAP4rev1 LITERAL+] Dovecot ready.' }] } }, then: 'pass' },
    { given: { self: { lines: [{ text: '220 mx ESMTP Exim 4.96 Thu, 26 Nov 2026 10:00:00 +0000' }] } }, then: 'info' },
    { given: { self: { lines: [{ text: '220 mx ESMTP Sendmail 8.17.1.9/8.17.1.9; Thu' }] } }, then: 'info' },
    {
      given: { self: { lines: [{ text: '* OK mx Cyrus IMAP 3.6.1-Debian-3.6.1-4+deb12u3 server ready' }] } },
      then: 'info',
    },
    { given: { self: { lines: [{ text: '"IMPLEMENTATION" "Cyrus timsieved v2.4.17"' }] } }, then: 'info' },
    { given: { self: { lines: [{ text: 'IMPLEMENTATION Zimbra-8.8.15' }] } }, then: 'info' },
  ],
});

/** Software that tells its version behind its name. */
const PRODUCT =
  /\b(?:Exim|Sendmail|Postfix|Dovecot|Cyrus[A-Za-z0-9 ]*?|Courier[A-Za-z0-9-]*|OpenSMTPD|qmail|Haraka|MailEnable|MDaemon|hMailServer|Kerio Connect|IceWarp|Zimbra|James|Stalwart|Maddy|Lotus Domino|Domino Release|MailSite|MERCURY|Perdition|UW IMAP|IMAP4rev1|Pigeonhole|Microsoft ESMTP MAIL Service,? Version:?)[ /-]v?\d+(?:\.\d+)+[^\s;"]*/i;
/** POP3 (RFC 2449 §6.9) and ManageSieve (RFC 5804 §1.7) have a line for it. */
const IMPLEMENTATION = /^"?IMPLEMENTATION"?\s+"?[^"]*?\d+\.\d+[^"]*/i;
