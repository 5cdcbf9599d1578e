import { expect } from 'chai';
import type { Result } from '../../../src/document/report-model.js';
import { placeOf } from '../../../src/report/html/results.js';

describe('the place of a result in the page', () => {
  for (const [host, text] of [
    ['mail.lab.test', 'mail.lab.test:143 (imap)'],
    ['::1', '[::1]:143 (imap)'],
  ] as const)
    it(text, () => {
      expect(placeOf({ host, port: 143, portRole: 'imap', protocol: 'imap' } as Result)).to.equal(text);
    });
});
