import { expect } from 'chai';
import { judgementOf, type Subject } from '../../src/checks/check.js';
import checks from '../../src/checks/index.js';

const ANYWHERE: Subject = { host: 'mail.example.org', role: 'imap', protocol: 'imap', tls: 'starttls' };

describe('checks, their examples', () => {
  for (const check of checks) {
    for (const [index, { given, on, then, severity }] of check.examples.entries()) {
      it(`${check.id}, example ${String(index + 1)}: ${then}`, () => {
        // Examples hold as much of the facts as makes the point.
        const judgement = judgementOf(check, given, { ...ANYWHERE, ...on });
        expect(judgement.status, judgement.because).to.equal(then);
        if (severity !== undefined) expect(judgement.severity).to.equal(severity);
      });
    }

    it(`${check.id} has an example that passes and one that finds something`, () => {
      const outcomes = new Set(check.examples.map(({ then }) => then));
      expect(outcomes.has('pass')).to.equal(true);
      expect(outcomes.has('fail') || outcomes.has('warn') || outcomes.has('info')).to.equal(true);
    });
  }
});
