import { expect } from 'chai';
import { refusesHandshake } from '../../src/verdict/handshake.js';
import type { Visit } from '../../src/verdict/visit.js';
import type { BoundaryEntry, TranscriptEntry } from '../../src/wire/entry.js';
import { scripted } from './scripted.js';

const SCRIPT = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', 'C.'];
const HELLO = { versions: ['TLSv1.2'], alpn: [], cipherSuites: [0xc02f], groups: [29] };
const WENT_ON = { beforeRelease: [], verbs: [], mechanisms: [], wentOn: true } as const;
const ENDS = { failure: 'the handshake ends here' };

/** The verdict where the handshake of the script went so. */
const said = (facts: Partial<BoundaryEntry>, withheld: NonNullable<Visit['withheld']> = WENT_ON): string => {
  const visit = scripted('smtp', [SCRIPT]);
  const connections = visit.connections.map((each) => ({
    ...each,
    entries: each.entries.map((entry): TranscriptEntry =>
      entry.kind === 'boundary'
        ? { kind: 'boundary', at: entry.at, pending: [], completed: false, trusted: false, hello: HELLO, ...facts }
        : entry,
    ),
  }));
  const judge = refusesHandshake({ fault: 'a faulty handshake' });
  const { status, because } = judge({ ...visit, connections, withheld });
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

  it('that the client refuses proves nothing where it refuses a faultless one too', () => {
    const control = { beforeRelease: [], verbs: [], mechanisms: [] };
    expect(said({ ...ENDS, answers: [], alert }, control)).to.match(/^inconclusive: .*control-handshake/);
    expect(said({ ...ENDS, answers: [...EXCHANGE, 'finished'] }, control)).to.match(/^unsafe: /);
  });
});
