import type { Forgeries } from '../protocol.js';

export const forgeries: Forgeries = {
  refusals: [
    { name: 'try-later', reply: 'NO (TRYLATER) "Try later"' },
    { name: 'no', reply: 'NO "TLS is not available"' },
    { name: 'bye', reply: 'BYE "Closing"', then: 'close' },
  ],
  wrongAnswers: [
    { name: 'lookalike-ok', reply: 'OKAY "Begin TLS negotiation now"' },
    { name: 'unknown', reply: 'MAYBE "Begin TLS negotiation now"' },
  ],
  failedLists: [{ name: 'no', reply: 'NO "Not now"' }],
  greetings: [
    { name: 'no', reply: 'NO "Not now"' },
    { name: 'bye', reply: 'BYE "Closing"', then: 'close', extra: 'more' },
  ],
  queued: 'NO "Not available"\r\nOK "Done"\r\nOK "Logged in"\r\n',
  // Behind a list that ends, so that the real one cannot override it.
  fragment: (login) => `"SASL" "${login}"\r\nOK\r\n"SASL" "${login}" `,
  loggedIn: 'OK "Logged in"',
  // RFC 5804 §1.3.
  referral: {
    capabilities: [],
    greeting: (host, port) => `BYE (REFERRAL "sieve://${host}:${String(port)}") "Use another server"`,
    refusal: (host, port) => `BYE (REFERRAL "sieve://${host}:${String(port)}") "Use another server"`,
  },
};
