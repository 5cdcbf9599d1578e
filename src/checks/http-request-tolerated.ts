import { hangUp } from '../endpoints/tamper.js';
import { foreignRequest } from '../probes/foreign-request.js';
import { defineCheck, info, pass } from './check.js';

export default defineCheck({
  id: 'http-request-tolerated',
  title: 'An HTTP request ends the connection before its body is read as commands',
  why: 'A web page of an attacker can make a browser send mail commands, in the body of a request, to a server in the browser’s own network. A server that closes the connection after the first lines prevents this.',
  references: ['https://alpaca-attack.com/', 'CWE-441'],
  severity: 'info',
  intrusiveness: 'standard',
  logLines:
    'Postfix: one line "non-SMTP command"; Exim: one line "SMTP protocol synchronization error", which fail2ban counts',
  depth: 'full',
  modes: ['starttls'],
  needs: { request: foreignRequest },
  judge: ({ request: { executed, hasEnded } }) =>
    executed === undefined
      ? pass(hasEnded ? 'the server closes the connection' : 'no command in the body of the request is answered')
      : info(`the body of a request of HTTP is read as commands: ${executed.text}`, { proof: executed }),
  remedy: {
    'any server': 'a low limit of wrong commands',
  },
  byHand: 'not with common tools',
  flaw: [
    {
      name: 'answers every line, however odd the ones before it are',
      server: { tamper: { other: (_context, next) => next() } },
      then: 'info',
    },
    {
      name: 'closes the connection at the first unknown line',
      server: { tamper: { other: () => [hangUp] } },
      then: 'pass',
    },
  ],
  covers: ['srv-http-tolerance'],
  examples: [
    { given: { request: { hasEnded: true } }, then: 'pass' },
    { given: { request: { hasEnded: false } }, then: 'pass' },
    { given: { request: { hasEnded: false, executed: { text: '250 2.0.0 Ok' } } }, then: 'info' },
  ],
});
