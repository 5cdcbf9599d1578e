import type { Forgeries } from '../protocol.js';
import { latin1 } from '../text.js';
import { LOGIN_COMMAND } from './command.js';

export const forgeries: Forgeries = {
  refusals: [
    { name: 'try-later', reply: 'TAG NO [UNAVAILABLE] Try later' },
    { name: 'no', reply: 'TAG NO TLS is not available' },
    { name: 'bad', reply: 'TAG BAD Unknown command' },
    { name: 'bye', reply: '* BYE Closing', then: 'close' },
  ],
  wrongAnswers: [
    { name: 'untagged-ok', reply: '* OK Begin TLS negotiation now' },
    { name: 'continuation', reply: '+ Go on' },
    { name: 'unknown', reply: 'TAG FINE Begin TLS negotiation now' },
    { name: 'wrong-tag', reply: 'ZZZZ OK Begin TLS negotiation now' },
  ],
  failedLists: [
    { name: 'bad', reply: 'TAG BAD Unknown command' },
    { name: 'no', reply: 'TAG NO Not now' },
  ],
  greetings: [
    { name: 'bye', reply: '* BYE Closing', then: 'close' },
    { name: 'no', reply: '* NO Not now', extra: 'more' },
    { name: 'bad', reply: '* BAD Not now', extra: 'more' },
    { name: 'tagged', reply: 'XYZ OK ready', extra: 'more' },
  ],
  queued: 'TAG BAD Unknown command\r\nTAG2 OK Done\r\nTAG3 OK Logged in\r\n',
  // Behind a whole reply, so that the real one cannot override it. What offers the login command is that LOGINDISABLED is missing.
  fragment: (login) =>
    login === LOGIN_COMMAND
      ? '* CAPABILITY IMAP4rev1\r\nTAG OK Done\r\n* OK '
      : `* CAPABILITY IMAP4rev1 AUTH=${login}\r\nTAG OK Done\r\n* CAPABILITY IMAP4rev1 AUTH=${login} `,
  // The tagged line follows whole: the client’s tag need not be known.
  endOfList: '* OK Done ',
  loggedIn: 'TAG OK Logged in',
  goAheadWithList: (login, capability) =>
    `TAG OK [CAPABILITY IMAP4rev1 ${login === LOGIN_COMMAND ? '' : `AUTH=${login} `}${capability}] Begin TLS negotiation now`,
  withoutList: (greeting) => latin1(greeting.toString('latin1').replace(/ \[CAPABILITY [^\]]*\]/i, '')),
  oldVersions: [
    { name: 'imap2', greeting: '* OK IMAP2 Service Ready' },
    { name: 'imap4', greeting: '* OK IMAP4 Service Ready', list: '* CAPABILITY IMAP4', extra: 'more' },
  ],
  demanded: ['ENABLE', 'UTF8=ONLY'],
  tempting: {
    listed: ['ENABLE', 'COMPRESS=DEFLATE', 'LANGUAGE', 'NAMESPACE', 'XLIST', 'UTF8=ONLY', 'I18NLEVEL=2'],
    verbs: new Set(['ENABLE', 'COMPRESS', 'LANGUAGE', 'NAMESPACE', 'XLIST', 'COMPARATOR']),
    says: (tag) => `${tag} ENABLE UTF8=ACCEPT`,
  },
  // RFC 2221 §4, RFC 2193 §4.
  referral: {
    capabilities: ['LOGIN-REFERRALS', 'MAILBOX-REFERRALS'],
    greeting: (host, port, user) =>
      `* BYE [REFERRAL imap://${user};AUTH=*@${host}:${String(port)}/] Use another server`,
    refusal: (host, port, user) =>
      `TAG NO [REFERRAL imap://${user};AUTH=*@${host}:${String(port)}/INBOX] Use another server`,
  },
  preauthenticated: (greeting) => latin1(greeting.toString('latin1').replace(/^\* OK/i, '* PREAUTH')),
};
