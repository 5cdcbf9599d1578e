import { expect } from 'chai';
import { goesOnOverClearText } from '../../src/verdict/broken-stream.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { scripted } from './scripted.js';

/** Where the scenario's bytes come in a script. */
const HERE = 'S! HERE';
const UPGRADED = [
  'S: 220',
  'C: EHLO x',
  'S: 250 STARTTLS',
  'C: STARTTLS',
  'S: 220 Go',
  '--',
  'C: EHLO x',
  '* withholds',
];

const said = (
  script: readonly string[],
  more: Partial<Extract<TranscriptEntry, { kind: 'bytes' }>> = {},
  others: readonly (readonly string[])[] = [],
): string => {
  const visit = scripted('smtp', [script, ...others]);
  const connections = visit.connections.map((each) => ({
    ...each,
    entries: each.entries.map((entry): TranscriptEntry =>
      entry.kind === 'bytes' && entry.data.startsWith('HERE')
        ? { ...entry, data: '250 x\r\n', inside: false, unasked: true, ...more }
        : entry,
    ),
  }));
  const { status, because, evidence } = goesOnOverClearText({ ...visit, connections });
  return `${status}: ${because} ${evidence.map(({ entry, quote }) => `${String(entry)} ${quote}`).join(', ')}`;
};

describe('clear text beneath TLS', () => {
  for (const [what, script, expected] of [
    ['ends', [...UPGRADED, HERE, 'C.'], /^safe: ended the connection when clear text came inside TLS/],
    ['says goodbye', [...UPGRADED, HERE, '==', 'C: QUIT', 'C.'], /^safe: /],
    ['speaks on in clear', [...UPGRADED, HERE, '==', 'C: NOOP'], /^unsafe: the client spoke on in clear .* 10 NOOP/],
    [
      'reads on inside',
      [...UPGRADED, HERE, '* releases', 'S: 250 x', 'C: NOOP'],
      /^unsafe: the client read on .* 11 NOOP/,
    ],
    ['says a line that nobody knows inside', [...UPGRADED, HERE, '* releases', 'C: hunter2'], /^unsafe: .* 10 …/],
    ['said it before the answer was released', [...UPGRADED, HERE, 'C: NOOP', '* releases', 'C.'], /^safe: /],
    ['said it, and no answer was released', [...UPGRADED, HERE, 'C: NOOP', 'C.'], /^safe: /],
    ['said it after an earlier answer was released', [...UPGRADED, '* releases', HERE, 'C: NOOP', 'C.'], /^safe: /],
  ] as const)
    it(`a client that ${what}: ${expected.source.slice(1, 8)}`, () => {
      expect(said(script)).to.match(expected);
    });

  for (const [what, more] of [
    ['that the client asked for', { unasked: undefined }],
    ['inside TLS', { inside: true }],
    ['of the client', { from: 'client' }],
  ] as const)
    it(`bytes ${what} are none that a client must end at`, () => {
      const script = [...UPGRADED, HERE, '* releases', 'S: 250 x', 'C: NOOP', 'C.'];
      expect(said(script, more as object)).to.not.match(/read on|spoke on/);
    });

  it('one connection of two is enough, for the attack and for what the client did', () => {
    const quit = ['S: 220', 'C: QUIT', 'C.'];
    expect(said([...UPGRADED, HERE, 'C.'], {}, [quit])).to.match(/^safe: ended the connection/);
    expect(said(quit, {}, [[...UPGRADED, HERE, '==', 'C: NOOP']])).to.match(/^unsafe: /);
  });

  it('a client that had gone before is not put to the test', () => {
    expect(said([...UPGRADED, 'C.'])).to.match(/^not-applicable: the client says nothing at this point/);
  });
});
