import type { ProtocolName } from '../protocols/protocol.js';

// What to type, line by line, to see with netcat what a check sees.

type Words = (protocol: ProtocolName) => readonly string[];

/** The capability list. */
export const asksCapabilities: Words = (protocol) => [...CAPABILITIES[protocol], ...LEAVE[protocol]];

/** STARTTLS after the capability list. */
export const asksUpgrade: Words = (protocol) => [...CAPABILITIES[protocol], UPGRADE[protocol], ...LEAVE[protocol]];

/** STARTTLS with a parameter that it does not have. */
export const asksUpgradeWithParameter: Words = (protocol) => [
  ...CAPABILITIES[protocol],
  `${UPGRADE[protocol]} waxseal`,
  ...LEAVE[protocol],
];

/** The beginning of a login, given up before a password is sent. */
export const logsIn: Words = (protocol) => [...CAPABILITIES[protocol], ...LOGIN[protocol], ...LEAVE[protocol]];

/** What needs TLS and a login. */
export const asksForService: Words = (protocol) => [...CAPABILITIES[protocol], SERVICE[protocol], ...LEAVE[protocol]];

/** Nothing but goodbye: the greeting says it all. */
export const takesLeave: Words = (protocol) => LEAVE[protocol];

const CAPABILITIES = {
  smtp: ['EHLO waxseal.invalid'],
  imap: ['a CAPABILITY'],
  pop3: ['CAPA'],
  managesieve: [],
} as const;
const UPGRADE = { smtp: 'STARTTLS', imap: 'b STARTTLS', pop3: 'STLS', managesieve: 'STARTTLS' } as const;
const LOGIN = {
  smtp: ['AUTH PLAIN', '*'],
  imap: ['c AUTHENTICATE PLAIN', '*'],
  pop3: ['USER nobody'],
  managesieve: ['AUTHENTICATE "PLAIN"', '"*"'],
} as const;
const SERVICE = { smtp: 'MAIL FROM:<>', imap: 'd SELECT INBOX', pop3: 'STAT', managesieve: 'LISTSCRIPTS' } as const;
const LEAVE = { smtp: ['QUIT'], imap: ['z LOGOUT'], pop3: ['QUIT'], managesieve: ['LOGOUT'] } as const;
