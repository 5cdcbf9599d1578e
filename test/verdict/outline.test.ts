import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { outline } from '../../src/verdict/outline.js';
import { connectionOf } from './scripted.js';

describe('the outline of a connection', () => {
  const rows: readonly (readonly [
    what: string,
    protocol: ProtocolName,
    script: readonly string[],
    other: readonly string[],
  ])[] = [
    ['a verb', 'smtp', ['S: 220', 'C: NOOP'], ['S: 220', 'C: RSET']],
    ['where it stands', 'smtp', ['S: 220', 'C: NOOP', 'C~ '], ['S: 220', 'C~ ', 'C: NOOP']],
    ['a mechanism', 'smtp', ['S: 220', 'C: AUTH PLAIN'], ['S: 220', 'C: AUTH XXXXX']],
    ['which secrets are said', 'imap', ['S: * OK', 'C: a LOGIN bob hunter2'], ['S: * OK', 'C: a LOGIN bobxhunter2']],
    ['what a literal is for', 'imap', ['S: * OK', 'C: a LOGIN {5}'], ['S: * OK', 'C: a XXXXX {5}']],
    ['whether an identity is one', 'imap', ['S: * OK', 'C: a ID NIL'], ['S: * OK', 'C: a ID xxx']],
    ['the code of a reply', 'smtp', ['S: 220', 'S: 250 ok'], ['S: 220', 'S: 251 ok']],
    ['the status of a reply', 'pop3', ['S: +OK', 'S: +OK'], ['S: +OK', 'S: -ERR']],
    ['where a reply ends', 'smtp', ['S: 220', 'S: 250 ok'], ['S: 220', 'S: 250-ok']],
    [
      'what is listed',
      'smtp',
      ['S: 220', 'C: EHLO x', 'S: 250-x\r\n250 STARTTLS'],
      ['S: 220', 'C: EHLO x', 'S: 250-x\r\n250 XXXXXXXX'],
    ],
    [
      'whether a login was taken',
      'imap',
      ['S: * OK', 'C: a1 LOGIN bob hunter2', 'S: a1 OK'],
      ['S: * OK', 'C: a1 LOGIN bob hunter2', 'S: xx OK'],
    ],
    ['what is unfinished', 'smtp', ['S: 220', 'C: AUTH LOGIN', 'C~ x'], ['S: 220', 'C: AUTH LOGIN', 'C~ ']],
  ];
  for (const [what, protocol, script, other] of rows) {
    it(`has ${what}`, () => {
      expect(outline(connectionOf(protocol, script))).to.not.equal(outline(connectionOf(protocol, other)));
    });
  }

  const alike: readonly (readonly [what: string, script: readonly string[], other: readonly string[]])[] = [
    ['an argument', ['S: 220', 'C: NOOP hunter2'], ['S: 220', 'C: NOOP xxxxxxx']],
    ['the text of a reply', ['S: 220', 'S: 250 hunter2'], ['S: 220', 'S: 250 xxxxxxx']],
    ['a line that nobody knows', ['S: 220', 'C: hunter2'], ['S: 220', 'C: xxxxxxx']],
  ];
  for (const [what, script, other] of alike) {
    it(`leaves out ${what}`, () => {
      expect(outline(connectionOf('smtp', script))).to.equal(outline(connectionOf('smtp', other)));
    });
  }
});
