import { expect } from 'chai';
import { remedyFor } from '../../src/audit/remedy.js';

const remedy = {
  'any server': 'a',
  'postfix 3.6 and later': 'b',
  'dovecot 2.3': 'c',
  'exim with GnuTLS (Debian)': 'd',
};

describe('a remedy', () => {
  for (const [greeting, keys] of [
    ['220 mail.example ESMTP Postfix (Debian/GNU)', ['any server', 'postfix 3.6 and later']],
    ['* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.', ['any server', 'dovecot 2.3']],
    ['220 mail.example ESMTP Exim 4.96', ['any server', 'exim with GnuTLS (Debian)']],
    ['220 mail.example', Object.keys(remedy)],
    ['', Object.keys(remedy)],
  ] as const) {
    it(`for ${JSON.stringify(greeting)}: ${keys.join(', ')}`, () => {
      expect(Object.keys(remedyFor(remedy, [greeting]))).to.deep.equal(keys);
    });
  }

  it('for other software only is shown all the same', () => {
    expect(remedyFor({ dovecot: 'x' }, ['220 Postfix'])).to.deep.equal({ dovecot: 'x' });
  });
});
