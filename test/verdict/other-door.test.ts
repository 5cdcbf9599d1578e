import { expect } from 'chai';
import { believesNoLogin, takesNoStrayReply } from '../../src/verdict/other-door.js';
import type { Judge } from '../../src/verdict/judgement.js';
import type { Visit } from '../../src/verdict/visit.js';
import { passedControl, scripted } from './scripted.js';
import { canaries } from './visits.js';

const UPGRADED = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', '* withholds'];
const withheld = { beforeRelease: ['EHLO'], verbs: ['EHLO', 'AUTH', 'QUIT'], mechanisms: ['LOGIN'] };

describe('a greeting inside TLS that nobody asked for', () => {
  it('a client that says the next command before the last one is answered is out of step, and the command is named', () => {
    const { status, evidence } = takesNoStrayReply(
      scripted('smtp', [[...UPGRADED, 'C: EHLO x', 'C: VRFY x', '* releases', 'S: 250 x']], { withheld }),
    );
    expect([status, ...evidence.map(({ cause, entry, why }) => `${cause} ${String(entry)} ${why}`)]).to.deep.equal([
      'unsafe',
      'out-of-step 8 sent VRFY before its last command was answered: the server’s greeting was taken for the answer',
    ]);
  });

  it('a client that waits is not', () => {
    const script = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 x', 'C: QUIT', 'S: 221', 'C.'];
    expect(takesNoStrayReply(scripted('smtp', [script], { withheld })).status).to.equal('safe');
  });

  it('a client that takes longer to speak than the server was silent shows neither', () => {
    const visit = scripted('smtp', [[...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 x', 'C: QUIT', 'S: 221', 'C.']], {
      withheld,
    });
    const late = visit.connections.map((each) => ({
      ...each,
      entries: each.entries.map((entry, index) => ({ ...entry, at: index < 10 ? entry.at : entry.at + 500 })),
    }));
    expect(takesNoStrayReply({ ...visit, connections: late }).status).to.equal('inconclusive');
  });
});

const login = `C: AUTH PLAIN ${Buffer.from(`\0${canaries.user}\0${canaries.password}`).toString('base64')}`;
const refused = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250-x\r\n250 AUTH PLAIN', login, 'S: 535 no'];
const succeeds = { how: 'ended', code: 0, stdout: '', stderr: '', duration: 1 } as const;
const fails = { ...succeeds, code: 1 };
const failed = { ...withheld, mechanisms: ['PLAIN'], failed: true as const };

const said = (judge: Judge, visit: Visit): string => {
  const { status, because } = judge(visit);
  return `${status}: ${because}`;
};

describe('a login that is refused behind a greeting inside TLS', () => {
  for (const [what, script, more, expected] of [
    [
      'goes on to its mail',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no'],
      { client: fails, withheld: failed },
      /^unsafe: the client sent MAIL although no login was accepted/,
    ],
    [
      'goes on to its mail, as without the greeting',
      [...refused, 'C: MAIL FROM:<a@b>', 'S: 530 no'],
      { client: fails, withheld: { ...failed, verbs: ['EHLO', 'AUTH', 'MAIL'] } },
      /^safe: /,
    ],
    ['asks for help', [...refused, 'C: HELP', 'S: 214'], { client: fails, withheld: failed }, /^safe: /],
    [
      'reports success where it reports failure without the greeting',
      refused,
      { client: succeeds, withheld: failed },
      /^unsafe: it reported success, although no login was accepted/,
    ],
    ['reports failure, as without the greeting', refused, { client: fails, withheld: failed }, /^safe: /],
    [
      'reports success, and its login is taken after all',
      [...refused, login, 'S: 235 ok'],
      { client: succeeds, withheld: failed },
      /^safe: /,
    ],
    [
      'reports success always, and says nothing more',
      refused,
      { client: succeeds, withheld: { ...withheld, mechanisms: ['PLAIN'] } },
      /^inconclusive: the client ignores the outcome of its login/,
    ],
    [
      'reports success always, and says more to an honest server',
      refused,
      {
        client: succeeds,
        withheld: { ...withheld, mechanisms: ['PLAIN'] },
        control: passedControl({ verbsInside: ['EHLO', 'AUTH', 'MAIL', 'QUIT'] }),
      },
      /^safe: /,
    ],
    ['has no control to compare with', refused, { client: fails }, /^inconclusive: this client was never seen/],
  ] as const)
    it(`a client that ${what}: ${expected.source.slice(1, 12)}`, () => {
      expect(said(believesNoLogin, scripted('smtp', [script], more))).to.match(expected);
    });

  for (const [what, data, seat, expected] of [
    [
      'refuses',
      '554 no\r\n',
      'middle',
      /^not-applicable: the server stopped the attack: in place of a greeting it said “554 no/,
    ],
    ['refuses in clear', '554 no\r\n', 'middle', /^safe: /],
    ['greets', '220 hi\r\n', 'middle', /^safe: /],
    ['refuses in our own seat', '554 no\r\n', 'server', /^safe: /],
  ] as const)
    it(`a server that ${what} where a greeting is due: ${expected.source.slice(1, 15)}`, () => {
      const visit = scripted('smtp', [refused], { client: fails, withheld: failed, seat });
      const greeting = {
        kind: 'bytes',
        at: 65,
        from: 'server',
        inside: what !== 'refuses in clear',
        data,
        unasked: true,
      } as const;
      const connections = visit.connections.map((each) => ({
        ...each,
        entries: each.entries.toSpliced(6, 0, greeting),
      }));
      expect(said(believesNoLogin, { ...visit, connections })).to.match(expected);
    });
});
