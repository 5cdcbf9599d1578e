import type { Inspection } from '../protocol.js';
import { latin1 } from '../text.js';

export const inspection: Inspection = {
  greets: (line) => /^(?:\+OK|-ERR)(?: |$)/.test(line),
  service: { kind: 'mailbox', verb: 'STAT', say: () => latin1('STAT\r\n') },
  plaintextLogins: ['USER/PASS', 'PLAIN'],
  userFirst: true,
  parameter: 'waxseal',
  marked: (marker) => marker.toUpperCase(),
  // There is no NOOP before login.
  question: () => latin1('CAPA\r\n'),
};
