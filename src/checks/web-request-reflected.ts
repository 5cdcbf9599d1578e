import { webRequest } from '../probes/web-request.js';
import { send } from '../endpoints/tamper.js';
import { defineCheck, fail, pass } from './check.js';
import { oneOfEachKind, usersPort } from './subjects.js';

export default defineCheck({
  id: 'web-request-reflected',
  title: 'The server does not repeat the content of a browser’s request that was redirected to it',
  why: 'An attacker on the path redirects a browser’s request to this port. If the server reads past the header and repeats the body in error messages, a browser may take the answer for a page of a web site with the same certificate. The attacker can then steal that site’s cookies (ALPACA). Current browsers do not accept such an answer as a page; older ones did.',
  references: ['RFC 9325 §3.8', 'https://alpaca-attack.com'],
  cwe: ['CWE-436', 'CWE-79'],
  severity: 'low',
  relay: { status: 'info' },
  intrusiveness: 'intrusive',
  depth: 'full',
  logLines:
    'errors for each line of a web request; of Exim one line that fail2ban counts (“too many syntax or protocol errors”, or “synchronization error”)',
  needs: { request: webRequest },
  judge: ({ request: { lines, isEnded, reflected, at } }) => {
    const answered = `${String(lines)} ${lines === 1 ? 'line' : 'lines'} of answers${isEnded ? ', then it ends the connection' : ''}`;
    return reflected === undefined
      ? pass(`the server repeats nothing of a browser’s request (${answered})`, { proof: { text: answered, at } })
      : fail(`the server repeats the body of a browser’s request unchanged (${answered})`, {
          proof: { text: reflected, at },
        });
  },
  remedy: {
    exim: 'smtp_max_synprot_errors and smtp_max_unknown_commands as they are by default (3)',
    'any server':
      'end the connection after a few errors, and do not repeat input in them; no certificate that is valid for a web site too',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'repeats each line that it does not understand',
    server: {
      tamper: {
        other: ({ unit, inside }, next) =>
          inside && unit !== undefined ? [send(Buffer.concat([Buffer.from('* what is '), unit.raw]))] : next(),
      },
    },
    roles: oneOfEachKind,
  },
  covers: ['srv-alpaca-http', 'srv-alpaca-reflect'],
  examples: [
    { given: { request: { lines: 1, isEnded: true } }, then: 'pass' },
    { given: { request: { lines: 12, isEnded: false } }, then: 'pass' },
    { given: { request: { lines: 20, isEnded: false, reflected: '<b>x</b> BAD' } }, on: usersPort, then: 'fail' },
  ],
});
