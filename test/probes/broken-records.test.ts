import { expect } from 'chai';
import { inWords } from '../../src/probes/broken-records.js';

const BAD_RECORD_MAC = Buffer.from([21, 3, 3, 0, 2, 2, 20]);

describe('the answer to a broken record', () => {
  // Seen in qpsmtpd and Go: the alert, and an answer in clear behind it, in one segment or in two.
  for (const [title, bytes, expected] of [
    ['an alert', BAD_RECORD_MAC, 'alert bad_record_mac'],
    [
      'an alert and clear text behind it',
      Buffer.concat([BAD_RECORD_MAC, Buffer.from('550 Handshake error\r\n')]),
      'alert bad_record_mac',
    ],
    ['two alerts', Buffer.concat([BAD_RECORD_MAC, BAD_RECORD_MAC]), 'alert bad_record_mac'],
    ['an encrypted alert', Buffer.from([21, 3, 3, 0, 26, ...Buffer.alloc(26, 7)]), 'encrypted alert'],
    ['the end', Buffer.alloc(0), 'closed'],
  ] as const)
    it(`${title}: ${expected}`, () => {
      expect(inWords({ bytes, isEnded: true })).to.equal(expected);
    });
});
