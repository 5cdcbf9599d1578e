import { expect } from 'chai';

import { imap } from '../../../src/protocols/imap/protocol.js';
import type { Command, SecretSpan } from '../../../src/protocols/protocol.js';

const command = (text: string): Command => {
  const read = imap.readCommand(Buffer.from(text, 'latin1'), 9);
  if (read?.value.kind !== 'command') throw new Error(`no command: ${text}`);
  return read.value;
};

const shown = (raw: Buffer, secrets: readonly SecretSpan[]): string[] =>
  secrets.map((span) => `${span.class}=${raw.toString('latin1', span.start, span.end)}`);

describe('IMAP commands', () => {
  const COMMANDS: readonly (readonly [text: string, expected: Partial<Command>])[] = [
    ['a1 CAPABILITY\r\n', { tag: 'a1', verb: 'CAPABILITY', args: [], moment: 'capabilities' }],
    ['a1 capability\n', { verb: 'CAPABILITY', moment: 'capabilities' }],
    ['A.1 StartTLS\r\n', { tag: 'A.1', verb: 'STARTTLS', moment: 'starttls', args: [] }],
    ['a ID ("name" "x")\r\n', { verb: 'ID', moment: 'identify', args: ['("name" "x")'] }],
    ['a LOGOUT\r\n', { moment: 'quit' }],
    ['a NOOP\r\n', { moment: 'other' }],
    ['a ENABLE CONDSTORE\r\n', { moment: 'other', args: ['CONDSTORE'] }],
    ['a SELECT "a \\"b\\\\"\r\n', { moment: 'mailbox', args: ['a "b\\'] }],
    [
      'a UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.9>)\r\n',
      { verb: 'UID', args: ['FETCH', '1:*', '(FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.9>)'] },
    ],
    ['a FETCH 1 BODY[HEADER.FIELDS (DATE FROM)]\r\n', { args: ['1', 'BODY[HEADER.FIELDS (DATE FROM)]'] }],
    ['a STATUS {5+}\r\nINBOX (MESSAGES)\r\n', { args: ['INBOX', '(MESSAGES)'] }],
    ['a CREATE ~{3}\r\na\rb\r\n', { args: ['a\rb'] }],
    ['a IDLE\r\n', { moment: 'mailbox', continues: 'line' }],
    ['a authenticate cram-md5\r\n', { moment: 'login', mechanism: 'CRAM-MD5', continues: 'sasl' }],
    ['a LOGIN x y\r\n', { moment: 'login', mechanism: 'LOGIN command' }],
    ['a APPEND x {1}\r\ny\r\n', { moment: 'message', args: ['x', 'y'] }],
    ['\r\n', { verb: '', args: [] }],
    ['lonely\r\n', { tag: 'lonely', verb: '' }],
    ['* OK hello\r\n', { verb: '' }],
    ['{5}\r\n', { verb: '' }],
    ['a {5}\r\n', { tag: 'a', verb: '' }],
    ['a X{5}\r\n', { tag: 'a', verb: '' }],
    ['GET / HTTP/1.1\r\n', { tag: 'GET', verb: '' }],
    ['\x16\x03\x01\x02\x00 \n', { verb: '' }],
    ['a SELECT "open\r\n', { verb: 'SELECT' }],
    [`a SEARCH ${'('.repeat(5000)}\r\n`, { verb: 'SEARCH' }],
  ];

  for (const [text, expected] of COMMANDS) {
    it(`reads ${JSON.stringify(text.slice(0, 60))}`, () => {
      const actual = command(text);
      expect(actual).to.deep.include(expected);
      expect(actual.raw.toString('latin1')).to.equal(text);
      if (expected.tag === undefined && expected.verb === '') expect(actual).not.to.have.property('tag');
    });
  }

  const SECRETS: readonly (readonly [text: string, secrets: readonly string[]])[] = [
    ['a LOGIN joe secret\r\n', ['user=joe', 'password=secret']],
    ['a login  joe  secret \r\n', ['user=joe', 'password=secret']],
    ['a LOGIN "j o" "se\\"c"\r\n', ['user=j o', 'password=se\\"c']],
    ['a LOGIN {3}\r\njoe {6}\r\nsec\r\nt\r\n', ['user=joe', 'password=sec\r\nt']],
    ['a LOGIN {3+}\r\njoe {6+}\r\nsecret\r\n', ['user=joe', 'password=secret']],
    ['a LOGIN joe ~{6+}\r\nsecret\r\n', ['user=joe', 'password=secret']],
    ['a LOGIN joe sec ret\r\n', ['user=joe', 'password=sec ret']],
    ['a LOGIN joe se(cr[et\r\n', ['user=joe', 'password=se(cr[et']],
    ['a LOGIN joe "secret\r\n', ['password=joe "secret']],
    ['a LOGIN joe secret)\r\n', ['user=joe', 'password=secret)']],
    ['a LOGIN (joe secret\r\n', ['password=(joe secret']],
    ['a LOGIN joe\r\n', ['user=joe']],
    ['a LOGIN\r\n', []],
    ['a AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=\r\n', ['password=AGpvZQBzZWNyZXQ=']],
    ['a AUTHENTICATE "PLAIN" "AGpvZQBz"\r\n', ['password=AGpvZQBz']],
    ['a AUTHENTICATE PLAIN {8+}\r\nAGpvZQBz\r\n', ['password=AGpvZQBz']],
    ['a AUTHENTICATE LOGIN am9l\r\n', ['user=am9l']],
    ['a AUTHENTICATE XOAUTH2 dXNl\r\n', ['token=dXNl']],
    ['a AUTHENTICATE SCRAM-SHA-256 biws\r\n', ['authenticator=biws']],
    ['a AUTHENTICATE PLAIN =\r\n', []],
    ['a AUTHENTICATE PLAIN\r\n', []],
    ['a APPEND Sent (\\Seen) "01-Jan-2026 00:00:00 +0000" {4}\r\nmail\r\n', ['mail=mail']],
    ['a APPEND {4}\r\nSent {4+}\r\nmail\r\n', ['mail=mail']],
    ['a APPEND Sent CATENATE (TEXT {4}\r\nmail)\r\n', ['mail=mail']],
    ['a SEARCH SUBJECT {6}\r\nsecret\r\n', []],
    ['a ID ("name" "x")\r\n', []],
    ['AGpvZQBzZWNyZXQxMg==\r\n', ['authenticator=AGpvZQBzZWNyZXQxMg==']],
  ];

  for (const [text, expected] of SECRETS) {
    it(`knows what is secret in ${JSON.stringify(text)}`, () => {
      const { raw, secrets } = command(text);
      expect(shown(raw, secrets)).to.deep.equal(expected);
    });
  }

  it('keeps all of an absurdly long login secret', () => {
    const text = `a LOGIN joe ${'x'.repeat(70_000)}\r\n`;
    const { raw, secrets } = command(text);
    expect(shown(raw, secrets)).to.deep.equal([`password=${text.slice(8, -2)}`]);
  });

  const WAITS: readonly (readonly [text: string, invited: number, size: number | undefined, length: number])[] = [
    ['a LOGIN {3}\r\n', 0, 3, 13],
    ['a LOGIN {3}\r\njoe {6}\r\nsecret\r\n', 0, 3, 13],
    ['a LOGIN {3}\r\njoe {6}\r\nsecret\r\n', 1, 6, 22],
    ['a LOGIN {3}\r\njoe {6}\r\nsecret\r\n', 2, undefined, 30],
    ['a LOGIN {3+}\r\njoe {6}\r\n', 0, 6, 23],
    ['a APPEND x {99999999999}\r\n', 0, 99999999999, 26],
    ['a APPEND x {99999999999999999999}\r\n', 0, 1e20, 35],
  ];

  for (const [text, invited, size, length] of WAITS) {
    it(`${size === undefined ? 'completes' : `waits at {${size}} in`} ${JSON.stringify(text)} with ${invited} invited`, () => {
      const read = imap.readCommand(Buffer.from(text), invited);
      expect(read?.length).to.equal(length);
      expect(read?.value.kind === 'literal-wait' ? read.value.size : undefined).to.equal(size);
    });
  }

  const INCOMPLETE = [
    '',
    'a LOGIN',
    'a LOGIN {3+}\r\njo',
    'a LOGIN {3+}\r\njoe',
    'a APPEND x {99999999999+}\r\nabc\r\n',
    'a APPEND x {99999999999999999999+}\r\nabc\r\n',
  ];

  for (const text of INCOMPLETE) {
    it(`wants more of ${JSON.stringify(text)}`, () => {
      expect(imap.readCommand(Buffer.from(text), 9)).to.equal(undefined);
    });
  }

  const RESPONSES: readonly (readonly [
    to: string,
    line: string,
    step: number,
    secrets: readonly string[],
    moment: string,
  ])[] = [
    ['a AUTHENTICATE PLAIN', 'AGpvZQBz', 1, ['password=AGpvZQBz'], 'login'],
    ['a AUTHENTICATE PLAIN', '*', 1, [], 'login'],
    ['a AUTHENTICATE LOGIN', 'am9l', 1, ['user=am9l'], 'login'],
    ['a AUTHENTICATE LOGIN', 'c2Vj', 2, ['password=c2Vj'], 'login'],
    ['a AUTHENTICATE LOGIN am9l', 'c2Vj', 1, ['password=c2Vj'], 'login'],
    ['a AUTHENTICATE CRAM-MD5', 'am9lIDAw', 1, ['authenticator=am9lIDAw'], 'login'],
    ['a IDLE', 'DONE', 1, [], 'other'],
    ['a IDLE', 'b LOGIN joe secret', 1, ['user=joe', 'password=secret'], 'other'],
  ];

  for (const [to, line, step, secrets, moment] of RESPONSES) {
    it(`reads ${line} after ${to}`, () => {
      const read = imap.readResponse(Buffer.from(`${line}\r\nrest`), command(`${to}\r\n`), step);
      expect(read?.length).to.equal(line.length + 2);
      expect(read?.value.moment).to.equal(moment);
      expect(shown(read?.value.raw ?? Buffer.alloc(0), read?.value.secrets ?? [])).to.deep.equal(secrets);
    });
  }
});
