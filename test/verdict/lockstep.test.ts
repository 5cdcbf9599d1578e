import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { verbsInStep } from '../../src/verdict/lockstep.js';
import { believesNoLogin, takesNoStrayReply } from '../../src/verdict/other-door.js';
import { reading } from '../../src/verdict/reading.js';
import type { Visit, WithheldFacts } from '../../src/verdict/visit.js';
import { connectionOf, passedControl, scripted } from './scripted.js';

const SMTP = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', '* withholds'];
const POP3 = ['S: +OK', 'C: STLS', 'S! +OK', '--', '* withholds'];
const IMAP = ['S: * OK', 'C: x STARTTLS', 'S! x OK', '--', '* withholds'];
const LITERALS = ['C: a LOGIN {1}', 'S: + go', 'C: u {1}', 'S: + go', 'C: p', 'S: a NO no', 'C.'];

describe('a client in lockstep', () => {
  const controls: readonly (readonly [
    what: string,
    ProtocolName,
    script: readonly string[],
    inStep: readonly string[],
  ])[] = [
    ['waits for the answer to EHLO', 'smtp', [...SMTP, 'C: EHLO x', '* releases', 'S: 250 x', 'C: AUTH X'], ['AUTH']],
    ['is answered at once', 'smtp', [...SMTP, 'C: EHLO x', 'S: 250 x', 'C: AUTH X'], []],
    ['does not wait', 'smtp', [...SMTP, 'C: EHLO x', 'C: AUTH X', '* releases', 'S: 250 x'], []],
    [
      'waits once, and not the next time',
      'smtp',
      [...SMTP, 'C: EHLO x', '* releases', 'S: 250', 'C: AUTH X', 'C: AUTH X', 'S: 501', 'S: 501'],
      [],
    ],
    [
      'waits for its challenge',
      'smtp',
      [...SMTP, 'C: AUTH LOGIN', '* releases', 'S: 334 x', 'C: YQ==', 'S: 334 x', 'C: YQ==', 'S: 535'],
      ['(login data)'],
    ],
    ['waits for a tag', 'imap', [...IMAP, 'C: a NOOP', 'S: * OK', '* releases', 'S: a OK', 'C: b IDLE'], ['IDLE']],
    [
      'waits for one tag of two',
      'imap',
      [...IMAP, 'C: a NOOP', 'C: b ID NIL', '* releases', 'S: a OK', 'C: c IDLE'],
      [],
    ],
    ['waits for its literal', 'imap', [...IMAP, 'C: a LOGIN {1}', '* releases', ...LITERALS.slice(1)], ['(literal)']],
  ];
  for (const [what, protocol, script, inStep] of controls)
    it(`${what}: ${inStep.join() || 'nothing'}`, () => {
      expect(verbsInStep([reading(connectionOf(protocol, script))])).to.deep.equal(inStep);
    });

  const smtp = { beforeRelease: ['HELO'], verbs: ['HELO', 'AUTH', '(login data)'], mechanisms: ['LOGIN'] };
  const inStep = ['AUTH', '(login data)'];
  const challenged = [...SMTP, 'C: AUTH CRAM-MD5'];
  const rows: readonly (readonly [
    what: string,
    ProtocolName,
    script: readonly string[],
    withheld: WithheldFacts,
    verdict: RegExp,
  ])[] = [
    [
      'says AUTH before HELO is answered',
      'smtp',
      [...SMTP, 'C: HELO x', 'C: AUTH LOGIN', '* releases', 'S: 250', 'S: 334 x', 'C.'],
      { ...smtp, inStep },
      /^unsafe: sent AUTH before its HELO was answered: the server’s greeting was taken for an answer$/,
    ],
    [
      'says AUTH before HELO is answered, as in its control',
      'smtp',
      [...SMTP, 'C: HELO x', 'C: AUTH LOGIN', '* releases', 'S: 250', 'S: 334 x', 'C: *', 'S: 501', 'C.'],
      { ...smtp, inStep: ['(login data)'] },
      /^safe: /,
    ],
    [
      'answers a challenge that came later',
      'smtp',
      [...challenged, 'C: YQ==', '* releases', 'S: 334 x', 'S: 535', 'C.'],
      { ...smtp, inStep },
      /^unsafe: sent login response before its AUTH was answered/,
    ],
    [
      'answers a challenge that never came',
      'smtp',
      [...challenged, 'C: YQ==', 'C.'],
      { ...smtp, inStep },
      /^unsafe: sent login response before its AUTH was answered/,
    ],
    [
      'answers a challenge that never came, and was not seen to wait',
      'smtp',
      [...challenged, 'C: YQ==', 'C.'],
      smtp,
      /^inconclusive: the client sent more after its login/,
    ],
    ['cancels what is no challenge', 'smtp', [...challenged, 'C: *', 'C.'], { ...smtp, inStep }, /^safe: /],
    ['cancels, and says goodbye', 'smtp', [...challenged, 'C: *', 'C: QUIT', 'C.'], { ...smtp, inStep }, /^safe: /],
    [
      'cancels, and says more',
      'smtp',
      [...challenged, 'C: *', 'C: NOOP', 'C.'],
      smtp,
      /^inconclusive: the client sent more after its login/,
    ],
    [
      'says its password before its name is taken',
      'pop3',
      [...POP3, 'C: USER u', 'C: PASS p', '* releases', 'S: +OK', 'S: -ERR', 'C.'],
      { beforeRelease: ['USER'], verbs: ['USER', 'PASS'], mechanisms: ['USER/PASS'], inStep: ['PASS'] },
      /^unsafe: sent PASS before its USER was answered/,
    ],
    [
      'says goodbye before its name is taken',
      'pop3',
      [...POP3, 'C: USER u', 'C: QUIT', '* releases', 'S: +OK', 'S: +OK', 'C.'],
      { beforeRelease: ['USER'], verbs: ['USER', 'PASS', 'QUIT'], mechanisms: ['USER/PASS'], inStep: ['PASS', 'QUIT'] },
      /^safe: /,
    ],
    [
      'says NOOP before its login is refused',
      'imap',
      [...IMAP, 'C: a LOGIN u p', 'C: b NOOP', '* releases', 'S: a NO no', 'S: b OK', 'C.'],
      { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'], waited: true },
      /^unsafe: sent NOOP before its LOGIN was answered/,
    ],
    [
      'says NOOP before its login is refused, and was not seen to wait',
      'imap',
      [...IMAP, 'C: a LOGIN u p', 'C: b NOOP', '* releases', 'S: a NO no', 'S: b OK', 'C.'],
      { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'] },
      /^safe: /,
    ],
    [
      'says NOOP when its login is refused',
      'imap',
      [...IMAP, 'C: a LOGIN u p', '* releases', 'S: a NO no', 'C: b NOOP', 'S: b OK', 'C.'],
      { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'], waited: true },
      /^safe: /,
    ],
    [
      'says its literal before it is asked for it',
      'imap',
      [...IMAP, 'C: a LOGIN {1}', 'C: u {1}', '* releases', 'S: + go', 'C: p', 'S: a NO no', 'C.'],
      { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'], inStep: ['(literal)'] },
      /^unsafe: sent literal before its LOGIN was answered/,
    ],
    [
      'waits for each literal',
      'imap',
      [...IMAP, 'C: a LOGIN {1}', '* releases', ...LITERALS.slice(1)],
      { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'], inStep: ['(literal)'] },
      /^safe: /,
    ],
  ];
  for (const [what, protocol, script, withheld, verdict] of rows)
    it(`that ${what}: ${verdict.source.slice(1, 12)}`, () => {
      const { status, because } = believesNoLogin(played(protocol, script, { ...withheld, failed: true }));
      expect(`${status}: ${because}`).to.match(verdict);
    });

  for (const [reportsRefusal, waited, expected] of [
    [true, true, 'unsafe'],
    [false, true, 'inconclusive'],
    [true, false, 'inconclusive'],
  ] as const)
    it(`that leaves and reports success before its login is answered: ${expected}, ${String(reportsRefusal)}, ${String(waited)}`, () => {
      const facts: WithheldFacts = { beforeRelease: ['LOGIN'], verbs: ['LOGIN'], mechanisms: ['LOGIN command'] };
      const visit = played(
        'imap',
        [...IMAP, 'C: a LOGIN u p', 'C.'],
        { ...facts, ...(waited && { waited }) },
        { control: passedControl({ reported: 'success', took: ['login'], reportsRefusal }), client: SUCCEEDS },
      );
      expect(takesNoStrayReply(visit).status).to.equal(expected);
    });
});

const SUCCEEDS = { how: 'ended', code: 0, stdout: '', stderr: '', duration: 1 } as const;

const played = (
  protocol: ProtocolName,
  script: readonly string[],
  withheld: WithheldFacts,
  more: Partial<Visit> = {},
): Visit =>
  scripted(protocol, [script], {
    withheld,
    client: { ...SUCCEEDS, code: 1 },
    control: passedControl({ verbsInside: ['LOGIN', 'NOOP', 'LOGOUT'] }),
    ...more,
  });
