import type { Forgeries } from '../protocol.js';

export const forgeries: Forgeries = {
  refusals: [
    { name: 'try-later', reply: '-ERR [SYS/TEMP] Try later' },
    { name: 'err', reply: '-ERR Unknown command' },
    { name: 'bye', reply: '-ERR [SYS/TEMP] Closing', then: 'close' },
  ],
  wrongAnswers: [
    { name: 'lookalike-ok', reply: '+OKAY Begin TLS negotiation' },
    { name: 'continuation', reply: '+ ' },
    { name: 'unknown', reply: '?OK Begin TLS negotiation' },
  ],
  failedLists: [{ name: 'err', reply: '-ERR Unknown command' }],
  greetings: [{ name: 'err', reply: '-ERR Not now' }],
  queued: '-ERR Unknown command\r\n+OK\r\n+OK Logged in\r\n',
  // Behind a list that ends, so that the real one cannot override it: some clients go by the last SASL line.
  fragment: (login) =>
    login === 'USER/PASS' ? '+OK\r\nUSER\r\n.\r\nIMPLEMENTATION ' : `+OK\r\nSASL ${login}\r\n.\r\nSASL ${login} `,
  endOfList: '-ERR Not now ',
  loggedIn: '+OK Logged in',
  withoutList: (greeting) => greeting,
  tempting: {
    listed: ['LANG', 'UTF8 USER', 'IMPLEMENTATION waxseal'],
    verbs: new Set(['LANG', 'UTF8']),
    says: () => 'LANG *',
  },
};
