import { expect } from 'chai';
import { reading } from '../../src/verdict/reading.js';
import { departure, waysOf } from '../../src/verdict/way.js';
import { visitOf } from './visits.js';

const INSIDE = ['S: 220 hi', 'C: EHLO a', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 go', '--'];
const HELLO = ['C: EHLO a', 'S: 250-x', 'S: 250 AUTH LOGIN'];
const LOGIN = ['C: AUTH LOGIN', 'S: 334 VXNlcm5hbWU6', 'C: dXNlcg==', 'S: 334 UGFzc3dvcmQ6', 'C: cGFzcw=='];
const TAKEN = ['S: 235 ok'];
const MAIL = ['C: MAIL FROM:<a@b>', 'S: 250 ok'];

const wayOf = (...script: readonly string[]): string[] =>
  waysOf(visitOf('smtp', [...INSIDE, ...script]).connections.map(reading)).flatMap((steps) =>
    steps.map(({ name }) => name),
  );

describe('the way of a client inside TLS', () => {
  const rows: readonly (readonly [what: string, script: readonly string[], way: readonly string[]])[] = [
    ['nothing at all', [], []],
    ['only a way out', ['C: QUIT', 'S: 221 bye'], []],
    [
      'a login that the server takes',
      [...HELLO, ...LOGIN, ...TAKEN],
      ['EHLO', 'AUTH LOGIN', '(login data)', '(logged in)'],
    ],
    ['a login that the server refuses', [...HELLO, ...LOGIN, 'S: 535 no'], ['EHLO', 'AUTH LOGIN', '(login data)']],
    ['a question asked twice', [...HELLO, ...HELLO, 'C: NOOP', 'S: 250 ok'], ['EHLO']],
    ['a line that is no command', [...HELLO, 'C: c2VjcmV0', 'S: 500 what'], ['EHLO', '(another line)']],
    [
      'a message that the server takes',
      [...HELLO, ...MAIL, 'C: DATA', 'S: 354 go', 'C: hello\r\n.', 'S: 250 ok'],
      ['EHLO', 'MAIL', 'DATA', '(message)', '(message taken)'],
    ],
  ];
  for (const [what, script, way] of rows) {
    it(`${what}: ${way.join(', ') || 'none'}`, () => {
      expect(wayOf(...script)).to.deep.equal(way);
    });
  }
});

describe('the way of a command that waits for a literal, or for the server', () => {
  const rows: readonly (readonly [script: readonly string[], way: readonly string[]])[] = [
    [['C: b APPEND Drafts {5}', 'C: c LOGOUT'], ['APPEND']],
    [['C: b APPEND Drafts {5}', 'S: + go', 'C: hello', 'S: b OK'], ['APPEND']],
    [['C: b LOGIN {5}', 'S: b NO', 'C: c SELECT INBOX'], ['SELECT']],
    [
      ['C: b IDLE', 'S: + go', 'S: * 2 EXISTS', 'C: DONE', 'S: b OK', 'C: c FETCH 2 FLAGS'],
      ['IDLE', 'FETCH'],
    ],
  ];
  for (const [script, way] of rows) {
    it(`${script.join(', ')}: ${way.join(', ')}`, () => {
      const read = visitOf('imap', ['S: * OK', 'C: a STARTTLS', 'S: a OK', '--', ...script]).connections.map(reading);
      expect(waysOf(read).flatMap((steps) => steps.map(({ name }) => name))).to.deep.equal(way);
    });
  }
});

describe('where a client leaves the way of its control', () => {
  const usual = [...HELLO, ...LOGIN, ...TAKEN, ...MAIL];
  const rows: readonly (readonly [
    what: string,
    script: readonly string[],
    control: readonly string[],
    left: object | undefined,
  ])[] = [
    ['the same way', usual, usual, undefined],
    ['nothing inside TLS', ['C: QUIT'], usual, undefined],
    [
      'another command',
      [...HELLO, 'C: AUTH PLAIN AAA='],
      usual,
      { step: 'AUTH PLAIN', usual: 'AUTH LOGIN', isLate: false },
    ],
    ['further than the control', [...HELLO, ...MAIL], HELLO, { step: 'MAIL', usual: undefined, isLate: false }],
    ['it stops earlier', HELLO, usual, { step: undefined, usual: 'AUTH LOGIN', isLate: false }],
    [
      'the login is refused where it was taken',
      [...HELLO, ...LOGIN, 'S: 535 no'],
      usual,
      { step: undefined, usual: '(logged in)', isLate: false },
    ],
    [
      'something else once it is logged in',
      [...HELLO, ...LOGIN, ...TAKEN, 'C: RCPT TO:<a@b>', 'S: 503 no'],
      usual,
      { step: 'RCPT', usual: 'MAIL', isLate: true },
    ],
    [
      'the same in another order once it is logged in, as threads do',
      [...HELLO, ...LOGIN, ...TAKEN, 'C: RCPT TO:<a@b>', 'S: 503 no', ...MAIL],
      [...usual, 'C: RCPT TO:<a@b>', 'S: 250 ok'],
      undefined,
    ],
    [
      'another order before it is logged in',
      [...LOGIN, 'S: 503 no', ...HELLO],
      [...HELLO, ...LOGIN, 'S: 503 no'],
      { step: 'AUTH LOGIN', usual: 'EHLO', isLate: false },
    ],
    [
      'the same again and again once it is logged in',
      [...usual, 'C: RCPT TO:<a@b>', 'S: 503 no', ...MAIL],
      [...usual, 'C: RCPT TO:<a@b>', 'S: 503 no'],
      undefined,
    ],
    [
      'another command before it logs in as always',
      [...HELLO, 'C: VRFY x', 'S: 252 ok', ...LOGIN, ...TAKEN],
      usual,
      { step: 'VRFY', usual: 'AUTH LOGIN', isLate: false },
    ],
    [
      'the login is taken where it was refused, and it goes on',
      usual,
      [...HELLO, ...LOGIN, 'S: 535 no'],
      { step: 'MAIL', usual: undefined, isLate: false },
    ],
    [
      'less than the control once it is logged in',
      [...HELLO, ...LOGIN, ...TAKEN],
      usual,
      { step: undefined, usual: 'MAIL', isLate: true },
    ],
  ];
  for (const [what, script, control, left] of rows) {
    it(what, () => {
      const found = departure(waysOf(visitOf('smtp', [...INSIDE, ...script]).connections.map(reading)), [
        wayOf(...control),
      ]);
      expect(found && { step: found.step?.name, usual: found.usual, isLate: found.isLate }).to.deep.equal(left);
    });
  }

  it('the way of the control that is most like it, and the last thing that the client said before', () => {
    const ways = waysOf(
      visitOf('smtp', [...INSIDE, ...HELLO, ...LOGIN, ...TAKEN, 'C: VRFY x']).connections.map(reading),
    );
    const found = departure(ways, [wayOf(...MAIL), wayOf(...usual), wayOf(...HELLO)]);
    expect([found?.usual, found?.last?.name, found?.step?.name]).to.deep.equal(['MAIL', '(login data)', 'VRFY']);
  });

  it('a login that was taken in clear is no step inside TLS', () => {
    const script = ['S: 220 hi', ...LOGIN, ...TAKEN, '--', ...HELLO];
    expect(
      waysOf(visitOf('smtp', script).connections.map(reading)).map((steps) => steps.map(({ name }) => name)),
    ).to.deep.equal([['EHLO']]);
  });
});
