import { expect } from 'chai';
import { candidates } from '../../src/audit/plan.js';
import { parseTarget } from '../../src/targets/target.js';

/** What is tried for a target: `role:port`, or `?:port` where the service is not known yet. */
const tried = (target: string): string =>
  candidates(parseTarget(target), '192.0.2.1')
    .map((each) =>
      each.kind === 'listener' ? `${each.listener.role}:${String(each.listener.port)}` : `?:${String(each.port)}`,
    )
    .join(' ');

describe('what an audit tries', () => {
  for (const [target, ports] of [
    ['mail.example.org', 'smtp:25 submission:587 submissions:465 imap:143 imaps:993 pop3:110 pop3s:995 sieve:4190'],
    ['mail.example.org:143', 'imap:143'],
    ['mail.example.org:2525', 'submission:2525'],
    ['mail.example.org:1430', '?:1430'],
    ['smtps://mail.example.org', 'submissions:465'],
    // LMTP is for the servers of one site: it is looked at where it is named.
    ['mail.example.org:24', 'lmtp:24'],
    ['lmtp://mail.example.org', 'lmtp:24'],
    ['lmtp://mail.example.org:2003', 'lmtp:2003'],
  ] as const)
    it(`for ${target}: ${ports}`, () => {
      expect(tried(target)).to.equal(ports);
    });
});
