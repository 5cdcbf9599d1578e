import { expect } from 'chai';
import type { ClientStatus, Visit } from '../../src/verdict/visit.js';
import { ifListIsAsked } from '../../src/verdict/list-habit.js';
import { passedControl, scripted } from './scripted.js';

describe('a client that does not ask for the list', () => {
  const BLIND = ['S: 220', 'C: STARTTLS', 'S: 220', '--', 'C: NOOP', 'C.'];
  const BEFORE = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220', '--', 'C: NOOP', 'C.'];
  const INSIDE = ['S: 220', 'C: STARTTLS', 'S: 220', '--', 'C: EHLO x', 'S: 250 x', 'C.'];
  const stopped = { how: 'stopped', stdout: '', stderr: '', duration: 1 } as const;
  const rows: readonly (readonly [
    what: string,
    where: 'before TLS' | 'inside TLS',
    status: ClientStatus,
    scripts: readonly (readonly string[])[],
    more: Partial<Visit>,
    expected: ClientStatus,
  ])[] = [
    ['asks nowhere', 'before TLS', 'inconclusive', [BLIND], {}, 'not-applicable'],
    ['asks nowhere', 'inside TLS', 'inconclusive', [BLIND], {}, 'not-applicable'],
    ['asks before TLS', 'before TLS', 'inconclusive', [BEFORE], {}, 'inconclusive'],
    ['asks before TLS', 'inside TLS', 'inconclusive', [BEFORE], {}, 'not-applicable'],
    ['asks inside TLS', 'before TLS', 'inconclusive', [INSIDE], {}, 'not-applicable'],
    ['asks inside TLS', 'inside TLS', 'inconclusive', [INSIDE], {}, 'inconclusive'],
    ['asks on one connection of two', 'before TLS', 'inconclusive', [BLIND, BEFORE], {}, 'inconclusive'],
    ['is unsafe', 'before TLS', 'unsafe', [BLIND], {}, 'unsafe'],
    ['is safe', 'before TLS', 'safe', [BLIND], {}, 'safe'],
    ['did not end', 'before TLS', 'inconclusive', [BLIND], { client: stopped }, 'inconclusive'],
    ['was not observed', 'before TLS', 'inconclusive', [BLIND], { faults: ['x'] }, 'inconclusive'],
    ['never came into TLS', 'before TLS', 'inconclusive', [BLIND.slice(0, 3)], {}, 'inconclusive'],
    ['came into TLS that it must not trust', 'before TLS', 'inconclusive', [['--bad']], {}, 'inconclusive'],
    [
      'fails in its control',
      'before TLS',
      'inconclusive',
      [BLIND],
      { control: passedControl({ passed: false }) },
      'inconclusive',
    ],
  ];
  for (const [what, where, status, scripts, more, expected] of rows)
    it(`${where}, one that ${what}: ${status} becomes ${expected}`, () => {
      const judgement = { status, because: 'as it was', leaked: [], evidence: [] };
      const judged = ifListIsAsked(() => judgement, where)(scripted('smtp', scripts, more));
      expect(judged).to.deep.equal(
        expected === status ? judgement : { ...judgement, status: expected, because: `it asks for no list ${where}` },
      );
    });
});
