import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { differences, outline, outlined } from '../../src/verdict/outline.js';
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

describe('where the outlines of two transcripts differ', () => {
  const A = ['S: 220', 'C: NOOP', 'S: 250', 'C: HELP', 'S: 214', 'C: QUIT', 'S: 221'];
  const changed = (changes: Readonly<Record<number, string>>): readonly string[] =>
    A.map((step, index) => changes[index] ?? step);
  for (const [what, other, from, spans] of [
    ['one word of the client', changed({ 3: 'C: RSET' }), 'client', [[1, 5]]],
    ['its first word', changed({ 1: 'C: RSET' }), 'client', [[0, 3]]],
    ['its last word', changed({ 5: 'C: RSET' }), 'client', [[3, Infinity]]],
    [
      'its first word and its last',
      changed({ 1: 'C: RSET', 5: 'C: RSET' }),
      'client',
      [
        [0, 3],
        [3, Infinity],
      ],
    ],
    ['one word less of the client', [...A.slice(0, 3), 'S: 214', 'C: QUIT', 'S: 221'], 'client', [[1, 5]]],
    ['one word more at its end', [...A, 'C: NOOP'], 'client', [[5, Infinity]]],
    ['one answer of the server', changed({ 4: 'S: 502' }), 'server', [[2, 6]]],
    ['its greeting', changed({ 0: 'S: 554' }), 'server', [[0, 2]]],
    ['one answer less', A.slice(0, 6), 'server', [[4, Infinity]]],
    ['words of both: those of the client are told', changed({ 3: 'C: RSET', 4: 'S: 502' }), 'client', [[1, 5]]],
    ['nothing', A, 'server', []],
  ] as const)
    it(what, () => {
      const found = differences(outlined(connectionOf('smtp', A)), outlined(connectionOf('smtp', other)));
      expect(found).to.deep.equal({ from, spans });
    });
});
