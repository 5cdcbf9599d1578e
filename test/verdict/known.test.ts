import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { parseKnown } from '../../src/verdict/known-list.js';
import { knownNotes, knownStates, type Known } from '../../src/verdict/known.js';

const entry = (more: Partial<Known> = {}): Known => ({
  case: 'starttls-refused/*@imap+starttls#server',
  status: 'unsafe',
  reason: 'told',
  ...more,
});
const KEY = 'starttls-refused/no@imap+starttls#server';

const states: readonly (readonly [what: string, list: readonly Known[], status: string, state: string | undefined])[] =
  [
    ['the same status', [entry()], 'unsafe', 'expected'],
    ['its last day', [entry({ until: '2026-06-01' })], 'unsafe', 'expected'],
    ['the day after', [entry({ until: '2026-05-31' })], 'unsafe', 'stale'],
    ['safe instead of unsafe', [entry()], 'safe', 'unexpectedly-good'],
    ['downgradable instead of unsafe', [entry()], 'downgradable', 'unexpectedly-good'],
    ['unsafe instead of downgradable', [entry({ status: 'downgradable' })], 'unsafe', undefined],
    ['inconclusive instead of unsafe', [entry()], 'inconclusive', undefined],
    ['pass instead of fail', [entry({ status: 'fail' })], 'pass', 'unexpectedly-good'],
    ['downgradable as listed', [entry({ status: 'downgradable' })], 'downgradable', 'expected'],
    ['pass instead of warn', [entry({ status: 'warn' })], 'pass', 'unexpectedly-good'],
    ['info instead of warn', [entry({ status: 'warn' })], 'info', 'unexpectedly-good'],
    ['warn instead of info', [entry({ status: 'info' })], 'warn', undefined],
    ['fail instead of unsafe', [entry()], 'fail', undefined],
    ['another case', [entry({ case: 'preauth' })], 'unsafe', undefined],
    ['the id alone', [entry({ case: 'starttls-refused' })], 'unsafe', 'expected'],
    ['id and variant', [entry({ case: 'starttls-refused/no' })], 'unsafe', 'expected'],
    ['the whole key', [entry({ case: KEY })], 'unsafe', 'expected'],
    ['a glob over ids', [entry({ case: 'starttls-*' })], 'unsafe', 'expected'],
    ['a glob over one protocol', [entry({ case: '*/*@imap+*' })], 'unsafe', 'expected'],
    ['a glob over another protocol', [entry({ case: '*/*@smtp+*' })], 'unsafe', undefined],
    ['the beginning of an id', [entry({ case: 'starttls' })], 'unsafe', undefined],
  ];

/** Entries held against several results; the state is that of the first. */
const together: readonly (readonly [
  what: string,
  list: readonly Known[],
  statuses: Readonly<Record<string, string>>,
  state: string | undefined,
  notes: readonly string[],
])[] = [
  ['all safe now', [entry()], { a: 'safe', b: 'safe' }, 'unexpectedly-good', ['is listed as unsafe but is now safe']],
  ['one still unsafe', [entry()], { a: 'safe', b: 'unsafe' }, undefined, []],
  ['one not observed', [entry()], { a: 'safe', b: 'inconclusive' }, undefined, []],
  ['one not applicable', [entry()], { a: 'safe', b: 'not-applicable' }, 'unexpectedly-good', ['now safe']],
  ['first not applicable', [entry()], { a: 'not-applicable', b: 'safe' }, undefined, ['is now safe: remove']],
  ['all as bad as listed', [entry({ status: 'warn' })], { a: 'warn', b: 'warn' }, 'expected', []],
  ['all good, or as bad as listed', [entry({ status: 'warn' })], { a: 'pass', b: 'warn' }, undefined, []],
  [
    'two kinds of good',
    [entry()],
    { a: 'safe', b: 'downgradable' },
    'unexpectedly-good',
    ['now safe or downgradable: r'],
  ],
  ['only not applicable', [entry()], { a: 'not-applicable' }, undefined, []],
  ['a typo', [entry({ case: 'starttls-refsued' })], { a: 'safe' }, undefined, ['matched no result']],
  [
    'one entry in use, one not',
    [entry({ case: 'starttls-refused/b' }), entry({ case: 'starttls-refused/a' })],
    { a: 'safe', b: 'unsafe' },
    'unexpectedly-good',
    ['"starttls-refused/a"'],
  ],
];

const malformed: readonly (readonly [text: string, complaint: string])[] = [
  ['x', 'known.json is not JSON (Unexpected token'],
  [JSON.stringify([entry({ case: '' })]), 'entry 1, case, '],
  [JSON.stringify([entry({ until: '2027-02-30' })]), 'entry 1, until, is not a calendar date'],
  [JSON.stringify([entry({ until: '2027-02-28' }), entry({ until: '2027-02-30' })]), 'entry 2, until, is not'],
  [JSON.stringify([entry({ until: '2027-02-31' }), entry({ until: '2027-02-30' })]), 'entry 1, until, is not'],
  [JSON.stringify([entry({ until: 'x2027-01-01' })]), 'entry 1, until, '],
  [JSON.stringify([entry({ until: '2027-01-01x' })]), 'entry 1, until, '],
  [JSON.stringify([entry(), entry({ until: '2027-02-30' })]), 'entry 2, until, is not'],
  ['', 'not JSON'],
  ['{}', 'expected ['],
  ['[{"case":"x","status":"unsafe"}]', 'entry 1 '],
  ['[{"case":"x","status":"unsafe","reason":""}]', 'entry 1, reason, '],
  ['[{"case":"x","status":"bad","reason":"r"}]', 'entry 1, status, '],
  ['[{"case":"x","status":"unsafe","reason":"r","until":"soon"}]', 'entry 1, until, '],
  ['[{"case":"x","status":"unsafe","reason":"r","until":"2026-02-31"}]', 'calendar'],
  ['[{"case":"x","status":"unsafe","reason":"r","untill":"2026-02-01"}]', 'entry 1, untill, is an unknown field'],
];

describe('known results', () => {
  for (const [what, list, status, state] of states) {
    it(`${what}: ${state ?? 'says nothing'}`, () => {
      expect(knownStates(list, [{ case: KEY, status }], '2026-06-01')[0]?.state).to.equal(state);
    });
  }

  it('gives the reason of the first entry that matches', () => {
    const list = [entry({ reason: 'one' }), entry({ reason: 'two' })];
    for (const status of ['unsafe', 'safe'])
      expect(knownStates(list, [{ case: KEY, status }], '2026-06-01')[0]?.reason).to.equal('one');
  });

  it('reads entries with and without a day', () => {
    const list = [entry(), entry({ until: '2027-02-28' })];
    expect(parseKnown(JSON.stringify(list), 'known.json')).to.deep.equal(list);
  });

  for (const [text, complaint] of malformed) {
    it(`refuses ${text || 'nothing'}`, () => {
      expect(() => parseKnown(text, 'known.json'))
        .to.throw(Fault, complaint)
        .with.property('code', 'BAD_USAGE');
      expect(() => parseKnown(text, 'known.json')).to.throw('known.json');
    });
  }

  for (const [what, list, statuses, state, notes] of together) {
    it(`${what}: ${state ?? 'says nothing'}, ${String(notes.length)} notes`, () => {
      const results = Object.entries(statuses).map(([variant, status]) => ({
        case: `starttls-refused/${variant}@imap+starttls#server`,
        status,
      }));
      expect(knownStates(list, results, '2026-06-01')[0]?.state).to.equal(state);
      const said = knownNotes(list, results, { isPartial: false });
      expect(said).to.have.length(notes.length);
      for (const [index, note] of notes.entries()) expect(said[index]).to.include(note);
    });
  }

  it('does not complain of an entry for cases that were left out on purpose', () => {
    expect(knownNotes([entry({ case: 'preauth' })], [{ case: KEY, status: 'safe' }], { isPartial: true })).to.be.empty;
  });

  it('does not complain of an entry for cases outside the default set', () => {
    const results = [{ case: KEY, status: 'safe' }];
    const leftOut = ['preauth/without-list@imap+starttls#server'];
    expect(knownNotes([entry({ case: 'preauth/without-list' })], results, { isPartial: false, leftOut })).to.be.empty;
    expect(knownNotes([entry({ case: 'preauth' })], results, { isPartial: false })).to.have.length(1);
  });
});
