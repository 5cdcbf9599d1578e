import type { Inspection } from '../protocol.js';
import { latin1 } from '../text.js';

export const inspection: Inspection = {
  greets: (line) => ANNOUNCEMENT.test(line) || /^(?:OK|NO|BYE)(?: |$)/.test(line),
  service: { kind: 'mailbox', verb: 'LISTSCRIPTS', say: () => latin1('LISTSCRIPTS\r\n') },
  plaintextLogins: ['PLAIN', 'LOGIN'],
  userFirst: false,
  parameter: '"waxseal"',
  marked: (marker) => `NOOP "${marker}"`,
  unfinished: (marker) => `${marker} {5+}`,
  // Servers older than RFC 5804 have no NOOP.
  question: () => latin1('CAPABILITY\r\n'),
};

const ANNOUNCEMENT =
  /^"(?:IMPLEMENTATION|SASL|SIEVE|STARTTLS|VERSION|NOTIFY|MAXREDIRECTS|LANGUAGE|UNAUTHENTICATE|OWNER|RENAME|NOOP)"/i;
