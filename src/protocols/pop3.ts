import { capabilities, listing, mechanisms, offer, rewriteOffer } from './pop3/capabilities.js';
import { isMultiline, readCommand, readResponse } from './pop3/commands.js';
import { readReply } from './pop3/replies.js';
import { Pop3Server } from './pop3/server.js';
import type { Command, Protocol } from './protocol.js';
import { latin1 } from './text.js';

/** POP3 on 110 and 995: RFC 1939, 2449, 2595, 3206, 5034, 8314. */
export const pop3: Protocol = {
  name: 'pop3',
  upgradeVerb: 'STLS',
  modes: ['starttls', 'implicit'],
  speaksFirstAfterUpgrade: false,
  greetingCarriesOffer: false,
  longestCommand: 64 * 1024,
  readCommand,
  readResponse,
  readBody: () => undefined,
  readReply,
  offer,
  rewriteOffer,
  say: {
    capabilities: () => latin1('CAPA\r\n'),
    upgrade: () => latin1('STLS\r\n'),
    quit: () => latin1('QUIT\r\n'),
    noop: () => latin1('NOOP\r\n'),
    login: (_tag, mechanism, account, initialResponse) => {
      switch (mechanism) {
        case 'USER/PASS':
          return latin1(`USER ${account.user}\r\n`);
        case 'PASS':
          return latin1(`PASS ${account.password}\r\n`);
        case 'APOP':
          return latin1(`APOP ${account.user} ${initialResponse ?? ''}\r\n`);
        default:
          return latin1(
            `AUTH ${mechanism}${initialResponse === undefined ? '' : ` ${initialResponse === '' ? '=' : initialResponse}`}\r\n`,
          );
      }
    },
  },
  answers: {
    ok: (to, text) => (to !== undefined && isMultiline(to) ? listing(`+OK ${text}`, []) : latin1(`+OK ${text}\r\n`)),
    refuse: (to, status, text) => latin1(`-ERR ${refusal(to, status)}${text}\r\n`),
    goAhead: () => latin1('+OK Begin TLS negotiation\r\n'),
    challenge: (challenge) => latin1(`+ ${challenge}\r\n`),
    greeting: (offered) =>
      latin1(
        `+OK mail.lab.test POP3 ready${offered.logins.includes('APOP') ? ' <1896.697170952@mail.lab.test>' : ''}\r\n`,
      ),
    capabilities: (to, offered) => (to?.verb === 'AUTH' ? mechanisms(offered) : capabilities(offered)),
  },
  server: (settings) => new Pop3Server(settings),
};

export default pop3;

/** Response codes of RFC 3206. */
const refusal = (to: Command | undefined, status: 'no' | 'try-later' | 'bad' | 'bye'): string => {
  if (status === 'try-later' || status === 'bye') return '[SYS/TEMP] ';
  if (status === 'bad') return '';
  return to?.moment === 'login' ? '[AUTH] ' : '[SYS/PERM] ';
};
