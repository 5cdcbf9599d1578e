import { expect } from 'chai';
import { inWords } from '../../src/protocols/in-words.js';

describe('names in a sentence', () => {
  for (const [names, text] of [
    [[], ''],
    [['SMTP'], 'SMTP'],
    [['SMTP', 'IMAP'], 'SMTP or IMAP'],
    [['SMTP', 'IMAP', 'LMTP'], 'SMTP, IMAP or LMTP'],
  ] as const) {
    it(text === '' ? 'none' : text, () => {
      expect(inWords(names, 'or')).to.equal(text);
    });
  }
});
