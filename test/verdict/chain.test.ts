import { expect } from 'chai';
import { chainAnswer, judgeChain } from '../../src/verdict/chain.js';
import type { ClientEnd, Visit } from '../../src/verdict/visit.js';
import { scripted } from './scripted.js';

describe('what a client made of a chain', () => {
  const inside = ['S: 220', 'C: EHLO x'];
  for (const [what, boundary, script, status, leaked, answer] of [
    ['a bad chain, and it spoke inside', '--bad', inside, 'unsafe', ['trust'], 'accepted'],
    ['a bad chain, and it leaked before TLS alone', '--bad', ['C.'], 'unsafe', ['credentials'], 'misbehaved'],
    ['a good chain, and it leaked', '--', inside, 'unsafe', ['trust'], 'misbehaved'],
    ['a bad chain that was refused', '--bad', ['C.'], 'safe', [], 'refused'],
    ['a good chain, and it spoke inside', '--', inside, 'safe', [], 'accepted'],
    ['a good chain, and only a farewell', '--', ['S: 220', 'C: QUIT'], 'safe', [], 'refused'],
    ['no verdict', '--', inside, 'inconclusive', [], 'unclear'],
    [
      'a good chain, and words in clear alone',
      'S: 220',
      ['C: EHLO x', 'C: STARTTLS', 'S: 220', '--', 'C.'],
      'safe',
      [],
      'refused',
    ],
    ['a good chain that may be downgraded', '--', inside, 'downgradable', ['trust'], 'misbehaved'],
  ] as const)
    it(`${what}: ${answer}`, () => {
      const visit = scripted('smtp', [[boundary, ...script]]);
      expect(chainAnswer(visit, { status, because: '', leaked, evidence: [] })).to.equal(answer);
    });
});

describe('the judgement of a visit with a chain', () => {
  const UPGRADED = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 Go'];
  const INSIDE = [...UPGRADED, '--', 'C: EHLO x', 'C.'];
  const LEFT = [...UPGRADED, '--', 'C: QUIT', 'C.'];
  const stopped: ClientEnd = { how: 'stopped', stdout: '', stderr: '', duration: 2_400 };
  const failed: ClientEnd = { how: 'ended', code: 1, stdout: '', stderr: 'bind failed', duration: 1 };
  const rows: readonly (readonly [
    what: string,
    scripts: readonly (readonly string[])[],
    more: Partial<Visit>,
    expected: RegExp,
  ])[] = [
    ['goes on with a good chain', [INSIDE], {}, /^safe: accepted a chain that may be accepted$/],
    ['goes on with it on one connection of two', [LEFT, INSIDE], {}, /^safe: accepted /],
    ['leaves a good chain', [LEFT], {}, /^safe: refused a chain that may be accepted$/],
    [
      'speaks in clear only',
      [['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', '--fails']],
      {},
      /^safe: refused the|^safe: (?!accepted)/,
    ],
    ['refuses a bad chain', [[...UPGRADED, '--alert']], {}, /^safe: refused with the alert unknown_ca/],
    ['goes on with a bad chain', [[...UPGRADED, '--bad', 'C: MAIL FROM:<a@b>']], {}, /^unsafe: /],
    [
      'goes on with a bad chain on one connection of two',
      [INSIDE, [...UPGRADED, '--bad', 'C: MAIL FROM:<a@b>']],
      {},
      /^unsafe: /,
    ],
    ['leaks in clear', [[...UPGRADED.slice(0, 3), 'C: MAIL FROM:<a@b>']], {}, /^unsafe: .*in clear/],
    ['was not observed', [INSIDE], { faults: ['the port was taken'] }, /^inconclusive: the port was taken$/],
    ['does not end, and says nothing inside', [LEFT], { client: stopped }, /^inconclusive: still running after 2 s$/],
    ['does not end, and goes on inside', [INSIDE], { client: stopped }, /^safe: accepted /],
    [
      'makes no connection',
      [],
      { client: failed },
      /^inconclusive: the client made no connection, it said: “bind failed”$/,
    ],
    [
      'never starts TLS',
      [UPGRADED.slice(0, 3)],
      { client: failed },
      /^inconclusive: the client never tried to start TLS, it/,
    ],
    ['starts TLS on one connection of two', [UPGRADED.slice(0, 3), LEFT], {}, /^safe: refused /],
    ['leaves a connection open', [LEFT], { drained: false }, /^inconclusive: a connection was still open/],
    ['leaves a connection open, and went on inside', [INSIDE], { drained: false }, /^safe: accepted /],
  ];
  for (const [what, scripts, more, expected] of rows)
    it(`a client that ${what}: ${expected.source.slice(1, 14)}`, () => {
      const { status, because } = judgeChain(scripted('smtp', scripts, more));
      expect(`${status}: ${because}`).to.match(expected);
    });
});
