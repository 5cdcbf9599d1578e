import { expect } from 'chai';
import {
  atSlowerPace,
  mayHaveReadAtOnce,
  paceInClearOf,
  paceOf,
  pauseFor,
  reactedTooLate,
  slowerThanTheSilence,
} from '../../src/verdict/pace.js';
import { readings } from '../../src/verdict/evidence.js';
import type { ConnectionRecord } from '../../src/verdict/visit.js';
import { connectionOf, passedControl, scripted } from './scripted.js';

/** A connection whose steps happen at these milliseconds. */
const timed = (steps: readonly (readonly [at: number, step: string])[]): ConnectionRecord => {
  const connection = connectionOf(
    'smtp',
    steps.map(([, step]) => step),
  );
  return {
    ...connection,
    entries: connection.entries.map((entry, index) => ({ ...entry, at: steps[index]?.[0] ?? 0 })),
  };
};

const readOf = (...connections: ConnectionRecord[]) => readings({ ...scripted('smtp', []), connections });

const GREETED = [
  [0, 'S: 220'],
  [900, 'C: STARTTLS'],
  [901, 'S: 220 Go'],
  [910, '--'],
  [920, 'S! 220 hello again'],
] as const;

describe('how long a client takes to speak', () => {
  for (const [what, steps, expected] of [
    [
      'nothing inside TLS',
      [
        [0, 'S: 220'],
        [500, 'C: EHLO x'],
      ],
      0,
    ],
    [
      'the longest of its pauses inside',
      [...GREETED, [950, 'C: EHLO x'], [960, 'S: 250 x'], [1100, 'C: NOOP'], [1101, 'S: 250'], [1110, 'C: QUIT']],
      140,
    ],
    [
      'what the server says in pieces counts from the last',
      [...GREETED, [1000, 'S: 250 late'], [1010, 'C: EHLO x']],
      10,
    ],
    [
      'what it says when it is disconnected for being idle answers nothing',
      [...GREETED, [950, 'C: EHLO x'], [960, 'S: 250 x'], [6960, '# rests'], [6961, 'C: QUIT']],
      30,
    ],
    ['a command behind another waits for nobody', [...GREETED, [930, 'C: EHLO x'], [1900, 'C: NOOP']], 10],
  ] as const)
    it(`${what}: ${String(expected)} ms`, () => {
      expect(paceOf(readOf(timed(steps)))).to.equal(expected);
    });

  it('is that of the slowest connection', () => {
    const quick = timed([...GREETED, [930, 'C: EHLO x']]);
    expect(paceOf(readOf(quick, timed([...GREETED, [990, 'C: EHLO x']]), quick))).to.equal(70);
    expect(paceOf([])).to.equal(0);
  });
});

describe('a client that was slower than in its control', () => {
  // It takes 900 ms to speak in clear, and 50 ms inside TLS.
  const visit = { ...scripted('smtp', []), connections: [timed([...GREETED, [970, 'C: EHLO x']])] };
  for (const [what, usual, expected] of [
    ['inside TLS', { pace: 40, paceInClear: 2000 }, { pace: 50, paceInClear: 2000 }],
    ['in clear', { pace: 70, paceInClear: 10 }, { pace: 70, paceInClear: 900 }],
    ['everywhere', { pace: 40, paceInClear: 10 }, { pace: 50, paceInClear: 900 }],
    ['nowhere', { pace: 50, paceInClear: 900 }, undefined],
    ['by so little that a longer pause would not help', { pace: 46, paceInClear: 820 }, undefined],
  ] as const)
    it(`${what}: ${expected === undefined ? 'nothing new' : JSON.stringify(expected)}`, () => {
      const control = passedControl(usual);
      expect(atSlowerPace(control, visit)).to.deep.equal(expected && { ...control, ...expected });
    });
});

describe('a client that speaks after the silence', () => {
  const withheld = [...GREETED, [921, '* withholds']] as const;
  const slow = /takes 500 ms to speak, and the server was silent for 400 ms only/;
  for (const [what, steps, expected] of [
    [
      'is too slow for it',
      [...withheld, [1420, 'C: EHLO x'], [1820, '* releases'], [1821, 'S: 250 x'], [1900, 'C: AUTH PLAIN']],
      slow,
    ],
    [
      'and takes its time later',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1400, 'S: 250 x'], [1900, 'C: AUTH PLAIN']],
      slow,
    ],
    [
      'may have taken the greeting for the answer, and have spoken 670 ms later',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1331, 'S: 250 x'], [1600, 'C: AUTH PLAIN']],
      /takes 269 ms to speak, and the server was silent for 400 ms only/,
    ],
    [
      'takes a quarter of the silence',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1400, 'S: 250 x'], [1500, 'C: AUTH PLAIN']],
      undefined,
    ],
    [
      'takes a little more than that',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1400, 'S: 250 x'], [1501, 'C: AUTH PLAIN']],
      /takes 101 ms to speak/,
    ],
    [
      'is quick',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1331, 'S: 250 x'], [1340, 'C: AUTH PLAIN']],
      undefined,
    ],
    [
      'spoke before the greeting came',
      [
        ...GREETED.slice(0, 4),
        [915, 'C: EHLO x'],
        [920, 'S! 220 hello again'],
        [921, '* withholds'],
        [1320, '* releases'],
        [1321, 'S: 250 x'],
        [1420, 'C: AUTH PLAIN'],
      ],
      undefined,
    ],
    [
      'was kept waiting twice: the first release ends the silence',
      [
        ...[...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1400, 'S: 250 x'], [1600, '* releases']],
        [1900, 'C: AUTH PLAIN'],
      ] as (readonly [number, string])[],
      slow,
    ],
    [
      'was kept waiting twice: the silence began at the first',
      [
        ...[...withheld, [930, 'C: EHLO x'], [1200, '* withholds'], [1330, '* releases'], [1400, 'S: 250 x']],
        [1500, 'C: AUTH PLAIN'],
      ] as (readonly [number, string])[],
      undefined,
    ],
    [
      'is slow, and says goodbye only, as one does that believed the greeting',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1331, 'S: 250 x'], [1600, 'C: QUIT'], [1601, 'C.']],
      undefined,
    ],
    [
      'is slow, and leaves without a word',
      [...withheld, [930, 'C: EHLO x'], [1330, '* releases'], [1331, 'S: 250 x'], [1900, 'C.']],
      undefined,
    ],
    [
      'said goodbye, whereupon the server ended the silence',
      [...withheld, [930, 'C: EHLO x'], [960, 'C: QUIT'], [965, '* releases'], [966, 'S: 250 x'], [970, 'S.']],
      undefined,
    ],
    [
      'ended TLS, whereupon the server ended the silence',
      [...withheld, [930, 'C: EHLO x'], [960, '=='], [965, '* releases'], [966, 'S: 250 x'], [970, 'S.']],
      undefined,
    ],
    [
      'said goodbye, and goes on',
      [
        ...withheld,
        [930, 'C: EHLO x'],
        [960, 'C: QUIT'],
        [965, '* releases'],
        [966, 'S: 250 x'],
        [990, 'C: AUTH PLAIN'],
      ],
      /takes 24 ms to speak, and the server was silent for 35 ms only/,
    ],
    [
      'had no time to speak before the server left',
      [...withheld, [990, 'C: EHLO x'], [1000, '* releases'], [1001, 'S: 250 x'], [1002, 'S.']],
      /takes 70 ms to speak, and the server was silent for 10 ms only/,
    ],
    ['left before', [...withheld, [1920, 'C: EHLO x']], undefined],
    ['never spoke', [...withheld, [1330, '* releases'], [1331, 'S: 250 x']], undefined],
    ['was not kept waiting', [...GREETED, [1920, 'C: EHLO x'], [1921, 'S: 250 x']], undefined],
  ] as const)
    it(what, () => {
      const because = slowerThanTheSilence(readOf(timed(steps)));
      if (expected === undefined) expect(because).to.equal(undefined);
      else expect(because).to.match(expected);
    });
});

describe('a client that is not greeted, and says nothing before the server says goodbye', () => {
  const ungreeted = [
    [0, '--'],
    [1, '* does not greet'],
    [1501, 'S! 421 bye'],
  ] as const;
  const late = /waxseal stopped waiting for the client after 1500 ms, and its next sign came 1499 ms later/;
  for (const [what, steps, expected] of [
    ['leaves at once', [...ungreeted, [1505, 'C.']], undefined],
    ['speaks at once', [...ungreeted, [1505, 'C: QUIT'], [5000, 'C.']], undefined],
    ['leaves when it may have been about to speak', [...ungreeted, [3000, 'C.']], late],
    ['speaks when it may have done so anyway', [...ungreeted, [3000, 'C: EHLO x'], [3001, 'C.']], late],
    ['has not left yet', ungreeted, undefined],
    ['had left before', [...ungreeted.slice(0, 2), [3000, 'C.']], undefined],
    ['had spoken before', [...ungreeted.slice(0, 2), [9, 'C: EHLO x'], [10, 'S! 250 x'], [3000, 'C.']], undefined],
    ['was answered by a real server', [...ungreeted.slice(0, 2), [10, 'S: 421 bye'], [3000, 'C.']], undefined],
    ['was greeted', [ungreeted[0], ungreeted[2], [3000, 'C.']], undefined],
  ] as const)
    it(what, () => {
      const because = reactedTooLate(readOf(timed(steps)));
      if (expected === undefined) expect(because).to.equal(undefined);
      else expect(because).to.match(expected);
    });
});

describe('a pause that is to be longer than a client takes', () => {
  for (const [pace, expected] of [
    [0, 400],
    [50, 400],
    [100, 800],
    [1000, 8000],
    [3000, 12_000],
  ] as const)
    it(`${String(pace)} ms: ${String(expected)} ms`, () => {
      expect(pauseFor(pace, 400, 12_000)).to.equal(expected);
    });
});

describe('a reply that came in pieces', () => {
  const pieces = (steps: readonly (readonly [at: number, step: string])[]): ConnectionRecord => {
    const connection = timed(steps);
    return {
      ...connection,
      entries: connection.entries.map((entry, index) =>
        entry.kind === 'bytes' && steps[index]?.[1].startsWith('S: 250') ? { ...entry, tampered: true } : entry,
      ),
    };
  };
  const ASKED = [
    [0, 'S: 220 hello'],
    [10, 'C: EHLO x'],
    [20, 'S: 250-x'],
  ] as const;
  const rows: readonly (readonly [
    what: string,
    steps: readonly (readonly [number, string])[],
    pace: number,
    RegExp?,
  ])[] = [
    ['was read in between', [...ASKED, [320, 'S: 250 x'], [330, 'C: QUIT']], 10],
    ['was read 350 ms late', [...ASKED, [320, 'S: 250 x'], [400, 'C: QUIT']], 10, /takes 80 ms .* within 300 ms/],
    ['was answered in between', [...ASKED, [30, 'C: QUIT'], [320, 'S: 250 x']], 500],
    ['was answered late', [...ASKED, [320, 'S: 250 x'], [700, 'C: QUIT']], 10, /takes 380 ms .* within 300 ms/],
    ['may have been read at once, by its pace', [...ASKED, [320, 'S: 250 x'], [330, 'C: QUIT']], 300, /takes 300 ms/],
    ['came in one piece', [...ASKED, [900, 'C: QUIT']], 900],
    [
      'did not come',
      [
        [0, 'S: 220'],
        [900, 'C: QUIT'],
      ],
      900,
    ],
  ];
  for (const [what, steps, pace, expected] of rows)
    it(what, () => {
      const visit = { ...scripted('smtp', []), connections: [pieces(steps)] };
      const { control } = scripted('smtp', []);
      const why = mayHaveReadAtOnce(
        { ...visit, ...(control && { control: { ...control, paceInClear: pace } }) },
        readings(visit),
      );
      if (expected === undefined) expect(why).to.equal(undefined);
      else expect(why).to.match(expected);
    });

  it('the pace before TLS is told apart from that inside', () => {
    const read = readOf(
      timed([
        [0, 'S: 220'],
        [500, 'C: STARTTLS'],
        [501, 'S: 220 Go'],
        [502, '--'],
        [510, 'S! 250'],
        [540, 'C: QUIT'],
      ]),
    );
    expect([paceInClearOf(read), paceOf(read)]).to.deep.equal([500, 30]);
  });
});
