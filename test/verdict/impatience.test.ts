import { expect } from 'chai';
import { secretsStayInsideTls } from '../../src/verdict/judgement.js';
import type { ControlFacts, Visit } from '../../src/verdict/visit.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { entriesOf, visitOf } from './visits.js';

const control: ControlFacts = {
  passed: true,
  tlsVersion: 'TLSv1.3',
  connections: 1,
  verbsOutside: [],
  verbsInside: [],
  tags: [],
  mechanisms: [],
  found: ['password'],
  duration: 1,
};

const refused: readonly TranscriptEntry[] = [
  ...entriesOf(['S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hello', 'C: a STARTTLS']),
  { kind: 'bytes', at: 3, from: 'server', inside: false, data: 'a NO no\r\n', tampered: true },
];

const visitWith = (...more: readonly TranscriptEntry[]): Visit => {
  const visit = visitOf('imap', [], { control });
  return { ...visit, connections: visit.connections.map((each) => ({ ...each, entries: [...refused, ...more] })) };
};

const closed = (by: 'client' | 'scenario' | 'us'): TranscriptEntry => ({
  kind: 'end',
  at: 9,
  from: 'client',
  how: 'fin',
  by,
});

describe('a client that asks again and again', () => {
  const storm: TranscriptEntry = { kind: 'note', at: 2, what: 'storm', by: 'us', of: 'NOOP', count: 200, ms: 30.4 };
  const withEntries = (visit: Visit, ...entries: readonly TranscriptEntry[]): Visit => ({
    ...visit,
    connections: visit.connections.map((each) => ({ ...each, entries })),
  });

  it('before it was attacked proves nothing', () => {
    const [greeting, asked, ...attack] = refused;
    const entries = [greeting, asked, storm, ...attack].filter((each) => each !== undefined);
    const judgement = secretsStayInsideTls(withEntries(visitWith(), ...entries, closed('us')));
    expect([judgement.status, judgement.because]).to.deep.equal(['inconclusive', 'asked for NOOP 200 times in 30 ms']);
  });

  it('proves nothing where no control passed', () => {
    const { control: _, ...uncontrolled } = visitWith(storm, closed('us'));
    const judgement = secretsStayInsideTls(uncontrolled);
    expect(judgement.status).to.equal('inconclusive');
  });
});

describe('who ended the connection', () => {
  const rows: readonly (readonly [
    what: string,
    entries: readonly TranscriptEntry[],
    status: string,
    because: RegExp,
  ])[] = [
    [
      'the client closed by itself',
      [closed('client')],
      'safe',
      /^disconnected 6 ms after the attack, without logging in/,
    ],
    [
      'the client closed after the scenario had hung up',
      [{ kind: 'note', at: 4, what: 'hung-up', by: 'scenario' }, closed('scenario')],
      'safe',
      /^disconnected 6 ms after the attack, without logging in/,
    ],
    [
      'the client closed after waxseal had lost patience',
      [{ kind: 'note', at: 4, what: 'idle', by: 'us', ms: 2000 }, closed('us')],
      'inconclusive',
      /^waxseal stopped waiting for the client after 2 s/,
    ],
    [
      'the client had ended TLS and waited, until waxseal lost patience',
      [{ kind: 'note', at: 4, what: 'answered-end', by: 'us', ms: 10_000 }, closed('client')],
      'inconclusive',
      /^waxseal stopped waiting for the client, which had ended TLS, after 10 s of silence/,
    ],
    [
      'waxseal gave up a handshake',
      [
        { kind: 'boundary', at: 4, completed: false, pending: [], trusted: true, failure: 'late', timeout: 10_000 },
        closed('us'),
      ],
      'inconclusive',
      /^waxseal stopped waiting for a TLS handshake after 10 s/,
    ],
    [
      'the real server was too slow for waxseal',
      [{ kind: 'note', at: 4, what: 'server-late', by: 'us', ms: 500 }, closed('us')],
      'inconclusive',
      /^waxseal stopped waiting for the real server after 0.5 s/,
    ],
    [
      'a line was too long for waxseal',
      [{ kind: 'note', at: 4, what: 'too-long', by: 'us', of: 'line' }, closed('us')],
      'inconclusive',
      /longer than waxseal accepts/,
    ],
    ...(['connections', 'bytes'] as const).map((of): readonly [string, readonly TranscriptEntry[], string, RegExp] => [
      `all clients together had too many ${of}`,
      [{ kind: 'note', at: 4, what: 'overload', by: 'us', of }, closed('us')],
      'inconclusive',
      of === 'bytes' ? /had sent too much/ : /had opened too much/,
    ]),
    [
      'a bug ended the connection',
      [{ kind: 'note', at: 4, what: 'failed', by: 'us' }, closed('us')],
      'inconclusive',
      /^a bug in waxseal/,
    ],
    [
      'a client asked again and again',
      [{ kind: 'note', at: 4, what: 'storm', by: 'us', of: 'NOOP', count: 200, ms: 30.4 }, closed('us')],
      'unsafe',
      /^said NOOP 200 times in 30 ms after the attack, and did not stop/,
    ],
    [
      'waxseal let the client go, without a word of it',
      [{ kind: 'note', at: 4, what: 'farewell', by: 'us' }, closed('us')],
      'inconclusive',
      /did nothing after/,
    ],
  ];
  for (const [what, entries, status, because] of rows) {
    it(`${what}: ${status}`, () => {
      const judgement = secretsStayInsideTls(visitWith(...entries));
      expect([judgement.status, judgement.because]).to.satisfy(
        ([said, why]: readonly [string, string]) => said === status && because.test(why),
        `${judgement.status}: ${judgement.because}`,
      );
    });
  }
});
