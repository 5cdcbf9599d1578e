import { createHmac } from 'node:crypto';
import { expect } from 'chai';

import { isPlaintextMechanism, SaslExchange, saslSecretClass } from '../../src/protocols/sasl.js';
import { account } from './visit-settings.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const cram = createHmac('md5', 'pcanary').update('<ncanary@mail.lab.test>').digest('hex');
const bearer = (header: string, token: string): string =>
  base64(`${header}\x01host=mail.lab.test\x01port=587\x01auth=Bearer ${token}\x01\x01`);
const oauth = (user: string, token: string): string => base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`);

describe('SASL', () => {
  for (const row of [
    { mechanism: 'PLAIN', says: [undefined, base64('\0ucanary\0pcanary')], hears: ['', 'ok'] },
    { mechanism: 'PLAIN', says: [base64('\0ucanary\0pcanary')], hears: ['ok'] },
    { mechanism: 'PLAIN', says: [base64('ucanary\0ucanary\0pcanary')], hears: ['ok'] },
    { mechanism: 'PLAIN', says: [base64('\0ucanary\0pcanary\0')], hears: ['no'] },
    { mechanism: 'PLAIN', says: [base64('ucanary\0pcanary')], hears: ['no'] },
    { mechanism: 'PLAIN', says: ['='], hears: ['no'] },
    { mechanism: 'PLAIN', says: [undefined, '*'], hears: ['', 'malformed'] },
    { mechanism: 'PLAIN', says: [undefined, 'A'], hears: ['', 'malformed'] },
    { mechanism: 'PLAIN', says: [undefined, '=='], hears: ['', 'malformed'] },
    {
      mechanism: 'LOGIN',
      says: [undefined, base64('ucanary'), base64('pcanary')],
      hears: ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6', 'ok'],
    },
    { mechanism: 'LOGIN', says: [base64('ucanary'), base64('pcanary')], hears: ['UGFzc3dvcmQ6', 'ok'] },
    { mechanism: 'LOGIN', says: [base64('x'), base64('pcanary')], hears: ['UGFzc3dvcmQ6', 'no'] },
    {
      mechanism: 'LOGIN',
      says: [undefined, base64('ucanary'), base64('x')],
      hears: ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6', 'no'],
    },
    {
      mechanism: 'CRAM-MD5',
      says: [undefined, base64(`ucanary ${cram}`)],
      hears: [base64('<ncanary@mail.lab.test>'), 'ok'],
    },
    {
      mechanism: 'CRAM-MD5',
      says: [undefined, base64(`ucanary ${cram.slice(1)}`)],
      hears: [base64('<ncanary@mail.lab.test>'), 'no'],
    },
    { mechanism: 'CRAM-MD5', says: [base64(`ucanary ${cram}`)], hears: ['malformed'] },
    { mechanism: 'XOAUTH2', says: [oauth('ucanary', 'tcanary')], hears: ['ok'] },
    { mechanism: 'XOAUTH2', says: [undefined, oauth('ucanary', 'pcanary')], hears: ['', 'ok'] },
    { mechanism: 'XOAUTH2', says: [oauth('ucanary', 'tcanaryx')], hears: ['no'] },
    { mechanism: 'XOAUTH2', says: [base64('ucanary tcanary')], hears: ['no'] },
    { mechanism: 'OAUTHBEARER', says: [bearer('n,a=ucanary,', 'tcanary')], hears: ['ok'] },
    { mechanism: 'OAUTHBEARER', says: [bearer('n,,', 'tcanary')], hears: ['ok'] },
    { mechanism: 'OAUTHBEARER', says: [undefined, bearer('n,a=ucanary,', 'pcanary')], hears: ['', 'ok'] },
    { mechanism: 'OAUTHBEARER', says: [bearer('n,a=somebody,', 'tcanary')], hears: ['no'] },
    { mechanism: 'OAUTHBEARER', says: [bearer('n,a=ucanary,', 'tcanaryx')], hears: ['no'] },
    { mechanism: 'OAUTHBEARER', says: [base64('n,a=ucanary,')], hears: ['no'] },
    { mechanism: 'GSSAPI', says: [base64('x')], hears: ['no'] },
  ]) {
    it(`${row.mechanism}: ${row.says.map((word) => word ?? 'nothing').join(', ')}`, () => {
      const exchange = new SaslExchange(row.mechanism, account, 'ncanary', 'mail.lab.test');
      const hears = row.says.map((word, index) => {
        const step = index === 0 ? exchange.start(word) : exchange.respond(word ?? '');
        return 'done' in step ? step.done : step.challenge;
      });
      expect(hears).to.deep.equal(row.hears);
    });
  }

  for (const row of [
    { mechanism: 'PLAIN', step: 0, initial: true, is: 'password', plaintext: true },
    { mechanism: 'LOGIN', step: 0, initial: true, is: 'user', plaintext: true },
    { mechanism: 'LOGIN', step: 1, initial: true, is: 'password', plaintext: true },
    { mechanism: 'LOGIN', step: 1, initial: false, is: 'user', plaintext: true },
    { mechanism: 'LOGIN', step: 2, initial: false, is: 'password', plaintext: true },
    { mechanism: 'XOAUTH2', step: 1, initial: false, is: 'token', plaintext: true },
    { mechanism: 'OAUTHBEARER', step: 0, initial: true, is: 'token', plaintext: true },
    { mechanism: 'CRAM-MD5', step: 1, initial: false, is: 'authenticator', plaintext: false },
    { mechanism: 'SCRAM-SHA-256', step: 0, initial: true, is: 'authenticator', plaintext: false },
    { mechanism: 'EXTERNAL', step: 0, initial: true, is: 'user', plaintext: false },
  ]) {
    it(`${row.mechanism}, step ${String(row.step)}${row.initial ? ' after an initial response' : ''}, reveals: ${row.is}`, () => {
      expect(saslSecretClass(row.mechanism, row.step, row.initial)).to.equal(row.is);
      expect(isPlaintextMechanism(row.mechanism)).to.equal(row.plaintext);
    });
  }
});
