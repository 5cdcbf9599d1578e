import { expect } from 'chai';
import { goesOnWithHandshake, refusesHandshake } from '../../src/verdict/handshake.js';
import type { Visit } from '../../src/verdict/visit.js';
import type { BoundaryEntry, TranscriptEntry } from '../../src/wire/entry.js';
import type { Judgement } from '../../src/verdict/judgement.js';
import { passedControl, scripted } from './scripted.js';

const SCRIPT = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', 'C.'];
const HELLO = { versions: ['TLSv1.2'], alpn: [], cipherSuites: [0xc02f], groups: [29] };
const WENT_ON = { beforeRelease: [], verbs: [], mechanisms: [], wentOn: true } as const;
const ENDS = { failure: 'the handshake ends here' };

/** Facts of a boundary; `undefined` where there is none of this name. */
type Facts = { readonly [Key in keyof BoundaryEntry]?: BoundaryEntry[Key] | undefined };

/** The visit where the handshake of the script went so. */
const visitWith = (facts: Facts, more: Partial<Visit> = {}, script = SCRIPT): Visit => {
  const visit = scripted('smtp', [script], { withheld: WENT_ON, ...more });
  const connections = visit.connections.map((each) => ({
    ...each,
    entries: each.entries.map((entry) =>
      entry.kind === 'boundary'
        ? ({
            kind: 'boundary',
            at: entry.at,
            pending: [],
            completed: false,
            trusted: false,
            hello: HELLO,
            ...facts,
          } as BoundaryEntry)
        : entry,
    ),
  }));
  return { ...visit, connections };
};
const judged = (facts: Facts, more: Partial<Visit> = {}, script = SCRIPT): Judgement =>
  refusesHandshake({ fault: 'a faulty handshake' })(visitWith(facts, more, script));
const said = (facts: Facts, withheld: NonNullable<Visit['withheld']> = WENT_ON): string => {
  const { status, because } = judged(facts, { withheld });
  return `${status}: ${because}`;
};

const EXCHANGE = ['client_key_exchange', 'change_cipher_spec'];
const alert = { from: 'client', name: 'illegal_parameter' } as const;

describe('a faulty handshake', () => {
  for (const [what, facts, expected] of [
    [
      'goes on to its Finished',
      { ...ENDS, answers: [...EXCHANGE, 'finished'] },
      /^unsafe: went on with a faulty handshake$/,
    ],
    [
      'sends an alert',
      { ...ENDS, answers: [], alert },
      /^safe: refused the handshake with the alert illegal_parameter/,
    ],
    ['sends its key and then an alert', { ...ENDS, answers: [...EXCHANGE, 'finished'], alert }, /^safe: /],
    ['closes', { answers: [], brokenOff: true }, /^safe: refused the handshake;/],
    ['sends its key alone', { ...ENDS, answers: EXCHANGE }, /^inconclusive: the client neither went on .* nor refused/],
    [
      'says nothing',
      { answers: [], failure: 'the client neither went on nor refused' },
      /^inconclusive: the client neither/,
    ],
    [
      'sends an alert in a handshake that is not made by hand',
      { failure: 'closed', alert },
      /^inconclusive: the client disconnected before the attack/,
    ],
    [
      'sends an alert in place of a ClientHello',
      { answers: [], alert, hello: undefined },
      /^inconclusive: the client disconnected before the attack/,
    ],
    ['breaks off', { answers: EXCHANGE, brokenOff: true }, /^safe: /],
    ['sends an alert that cannot be read', { answers: ['encrypted alert'] }, /^safe: /],
    ['sends no ClientHello', { answers: [], failure: 'none came', unfit: true, hello: undefined }, /^inconclusive: /],
    ['leaves no room for it', { answers: [], failure: 'no curve', unfit: true }, /^not-applicable: no curve$/],
  ] as const)
    it(`and a client that ${what}: ${expected.source.slice(1, 10)}`, () => {
      expect(said(facts)).to.match(expected);
    });

  it('is not called impossible where it was an honest handshake that failed', () => {
    const visit = scripted('smtp', [SCRIPT]);
    const failing = (facts: Partial<BoundaryEntry>): BoundaryEntry => ({
      ...{ kind: 'boundary', at: 1, pending: [], completed: false, trusted: false, hello: HELLO },
      ...facts,
    });
    const [connection] = visit.connections;
    if (connection === undefined) throw new Error('the script has no connection');
    const entries = connection.entries.flatMap((entry): TranscriptEntry[] =>
      entry.kind === 'boundary'
        ? [failing({ answers: [], failure: 'no curve', unfit: true }), failing({ failure: 'closed' })]
        : [entry],
    );
    const { status, because } = refusesHandshake({ fault: 'a faulty handshake' })({
      ...visit,
      connections: [{ ...connection, entries }],
      withheld: WENT_ON,
    });
    expect(`${status}: ${because}`).to.match(/^not-applicable: no curve$/);
  });

  it('that one ClientHello left no room for is not refused by its alert', () => {
    const visit = scripted('smtp', [SCRIPT, SCRIPT]);
    const facts: readonly Partial<BoundaryEntry>[] = [
      { answers: [], failure: 'no curve', unfit: true, alert },
      { answers: EXCHANGE, failure: 'no word' },
    ];
    const connections = visit.connections.map((each, index) => ({
      ...each,
      entries: each.entries.map((entry): TranscriptEntry =>
        entry.kind === 'boundary'
          ? {
              kind: 'boundary',
              at: entry.at,
              pending: [],
              completed: false,
              trusted: false,
              hello: HELLO,
              ...facts[index],
            }
          : entry,
      ),
    }));
    const judged = refusesHandshake({ fault: 'x' })({ ...visit, connections, withheld: WENT_ON });
    expect(`${judged.status}: ${judged.because}`).to.match(/^inconclusive: the client neither went on/);
  });

  it('that no ClientHello leaves room for says nothing of the client, unless it leaks', () => {
    const facts = { answers: [], failure: 'no curve', unfit: true } as const;
    expect(judged(facts)).to.deep.equal({ status: 'not-applicable', because: 'no curve', leaked: [], evidence: [] });
    expect(judged(facts, { control: passedControl({ passed: false, why: 'no login' }) }).because).to.include(
      'no login',
    );
    expect(judged(facts, {}, [...SCRIPT, 'C: MAIL FROM:<a@b>']).status).to.equal('unsafe');
  });

  it('is told with the messages that the client answered with, and weighs no more than its case does', () => {
    const { severity, evidence } = judged({ ...ENDS, answers: [...EXCHANGE, 'finished'] });
    expect(severity).to.equal('high');
    expect(evidence.map(({ quote, entry }) => [quote, entry])).to.deep.equal([
      [[...EXCHANGE, 'finished'].join(', '), 5],
    ]);
    const low = refusesHandshake({ fault: 'x', atMost: 'low' })(visitWith({ ...ENDS, answers: ['finished'] }));
    expect([low.status, low.severity]).to.deep.equal(['unsafe', 'low']);
  });

  it('takes as proof the message that it names, as often as it says', () => {
    const judge = refusesHandshake({ fault: 'x', goesOnWith: 'client_hello', times: 2 });
    const status = (answers: readonly string[]): string => judge(visitWith({ ...ENDS, answers: [...answers] })).status;
    expect(status(['client_hello'])).to.equal('inconclusive');
    expect(status(['client_hello', 'finished'])).to.equal('inconclusive');
    expect(status(['client_hello', 'client_hello'])).to.equal('unsafe');
    expect(status(['client_hello', 'client_hello', 'client_hello'])).to.equal('unsafe');
  });

  it('that the client refuses proves nothing where it refuses a faultless one too', () => {
    const control = { beforeRelease: [], verbs: [], mechanisms: [] };
    expect(said({ ...ENDS, answers: [], alert }, control)).to.match(/^inconclusive: .*control-handshake/);
    expect(said({ ...ENDS, answers: [...EXCHANGE, 'finished'] }, control)).to.match(/^unsafe: /);
  });
});

describe('a faultless handshake that waxseal makes itself', () => {
  for (const [what, facts, expected] of [
    ['goes on with', { ...ENDS, answers: [...EXCHANGE, 'finished'] }, /^safe: went on with a faultless handshake/],
    [
      'answers with an alert',
      { ...ENDS, answers: [], alert },
      /^inconclusive: .* itself with the alert illegal_parameter/,
    ],
    ['answers in part', { ...ENDS, answers: EXCHANGE }, /^inconclusive: the client does not go on with a faultless/],
    ['never sees', { failure: 'closed' }, /^inconclusive: the client does not go on/],
  ] as const)
    it(`that a client ${what}: ${expected.source.slice(1, 8)}`, () => {
      const { status, because } = goesOnWithHandshake(visitWith(facts));
      expect(`${status}: ${because}`).to.match(expected);
    });
});
