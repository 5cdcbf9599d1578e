import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../src/fault.js';
import { caseOf } from '../../src/document/judge.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { recordingOf, visitOf } from '../../src/document/recording.js';
import { parseRecording } from '../../src/verdict/recording.js';
import type { Visit } from '../../src/verdict/visit.js';
import { serializeRecording } from '../../src/verdict/recording-text.js';
import { visitOf as scripted } from './visits.js';
import { itSeldom } from '../support/in-turn.js';

const fixtures = join(import.meta.dirname, '../../fixtures');

/** Recordings by the version of the document that they were recorded in; what was judged once is judged so for ever. */
const VERSIONS = [
  { schema: 'urn:waxseal:recording:1', folder: 'recordings', verdicts: 'verdicts.json' },
  { schema: 'urn:waxseal:recording:2', folder: 'recordings-2', verdicts: 'verdicts-2.json' },
] as const;

for (const { schema, folder, verdicts: file } of VERSIONS) {
  const verdicts = JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as Record<
    string,
    { status: string; because: string }
  >;
  const read = (name: string): string => readFileSync(join(fixtures, folder, name), 'utf8');

  describe(`recordings of real clients, ${schema}`, () => {
    it('have a verdict each', () => {
      expect(readdirSync(join(fixtures, folder)).sort()).to.deep.equal(Object.keys(verdicts).sort());
      expect(new Set(Object.values(verdicts).map(({ status }) => status))).to.include.members([
        'safe',
        'unsafe',
        'downgradable',
        'inconclusive',
      ]);
    });

    for (const [name, verdict] of Object.entries(verdicts)) {
      it(`${name}: judged again it is ${verdict.status}`, () => {
        expect((JSON.parse(read(name)) as { schema: string }).schema).to.equal(schema);
        const visit = visitOf(parseRecording(read(name), name));
        const { status, because } = judgeVisit(caseOf(visit), visit);
        expect({ status, because }).to.deep.equal(verdict);
      });

      it(`${name}: read and written it is the same, byte for byte`, () => {
        const written = serializeRecording(parseRecording(read(name), name));
        expect(serializeRecording(parseRecording(written, name))).to.equal(written);
        if (schema === 'urn:waxseal:recording:2') expect(written).to.equal(read(name));
      });
    }

    it('hold no secret of a real account', () => {
      const text = read('curl-other-account.json');
      expect(parseRecording(text, '').masked).to.not.be.empty;
      expect(text).to.not.include('correct-horse');
    });
  });
}

const visitWith = (visit: Visit, entries: Visit['connections'][number]['entries']): Visit => ({
  ...visit,
  connections: visit.connections.map((each) => ({ ...each, entries })),
});

describe('the recording document', () => {
  const visit = scripted('imap', ['S: * OK', 'C: a LOGIN \xe9\u0080 x']);

  it('of a document that is none no more than a little is quoted', () => {
    const told = (document: unknown): string => {
      try {
        parseRecording(JSON.stringify(document), 'x.json');
      } catch (error) {
        return error instanceof Fault ? error.message : String(error);
      }
      return 'nothing';
    };
    expect(told({ schema: 'y'.repeat(200) })).to.match(/its schema is "y{59} instead of/);
    for (const document of [null, 7, [], {}]) expect(told(document)).to.include('its schema is null instead of');
    const { visit: recorded, ...rest } = recordingOf(visit, []);
    const first = recorded.connections[0];
    const wrong = {
      ...rest,
      visit: { ...recorded, connections: [{ ...first, entries: [{ kind: 'y'.repeat(900) }] }] },
    };
    expect(told(wrong)).to.match(/\/visit\/connections\/0\/entries\/0/);
    expect(told(wrong).length).to.be.below(400);
  });

  it('shares the entries of its visit, and does not grow with it', () => {
    const [connection] = visit.connections;
    const entries = [...(connection?.entries ?? [])];
    const growing = visitWith(visit, entries);
    const recorded = recordingOf(growing, []).visit.connections[0]?.entries ?? [];
    entries.push({ kind: 'outside', at: 1, from: 'client' });
    expect(recorded).to.have.lengthOf(2);
    for (const [index, entry] of recorded.entries()) expect(entry, 'the same, no copy').to.equal(entries[index]);
  });

  it('is ASCII, and equal for equal visits whatever the order of their keys', () => {
    const text = serializeRecording(recordingOf(visit, []));
    expect(text).to.match(/^[\n\x20-\x7e]*$/);
    const reversed = Object.fromEntries(Object.entries(visit).reverse()) as unknown as typeof visit;
    expect(serializeRecording(recordingOf(reversed, []))).to.equal(text);
    expect(visitOf(parseRecording(text, ''))).to.deep.equal(visit);
  });

  const whole = serializeRecording(recordingOf(visit, []));
  const changed = (change: (document: { schema: unknown; visit: Record<string, unknown> }) => void): string => {
    const document = JSON.parse(whole) as Parameters<typeof change>[0];
    change(document);
    return JSON.stringify(document);
  };
  const corrupt: readonly (readonly [what: string, text: string, complaint: string])[] = [
    ['an empty file', '', 'it is empty'],
    ['a file cut off', whole.slice(0, -40), 'cut off'],
    ['binary garbage', '\0\x01\x02\xff', 'not JSON'],
    ['other JSON', '[1,2]', 'its schema is null'],
    [
      'a later schema',
      changed((document) => {
        document.schema = 'urn:waxseal:recording:3';
      }),
      'recording:3',
    ],
    [
      'a hostile schema',
      changed((document) => {
        document.schema = '\x1b[31m';
      }),
      '\\\\u001b',
    ],
    [
      'a missing field',
      changed((document) => {
        delete document.visit['hits'];
      }),
      '/visit',
    ],
    [
      'a field of another type',
      changed((document) => {
        document.visit['number'] = 'one';
      }),
      '/visit/number',
    ],
    [
      'an unknown field',
      changed((document) => {
        document.visit['more'] = 1;
      }),
      '/visit',
    ],
    [
      'two connections with the same number',
      changed((document) => {
        document.visit['connections'] = [...visit.connections, ...visit.connections];
      }),
      'the same number',
    ],
    [
      'a hit that points nowhere',
      changed((document) => {
        document.visit['hits'] = [{ connection: 1, entry: 99, canary: 'user', form: 'literal', inside: false }];
      }),
      '/visit/hits/0',
    ],
  ];
  for (const [what, text, complaint] of corrupt) {
    it(`${what} is refused, and said to be what it is`, () => {
      const judging = (): unknown => parseRecording(text, 'x.json');
      expect(judging).to.throw(Fault, complaint).with.property('code', 'CORRUPT_RECORDING');
      expect(judging).to.throw(/^[\x20-\x7e]*$/);
    });
  }

  // Once 2,000 took more than a minute: work for each connection, or hit, that grows with all of them.
  itSeldom('of 3,000 connections with a hit each is judged', function () {
    this.timeout(60_000);
    const [one] = scripted('imap', ['S: * OK', `C: a LOGIN ${visit.canaries.user} x`]).connections;
    if (one === undefined) throw new Error('no connection');
    const connections = Array.from({ length: 3000 }, (_, index) => ({ ...one, id: index + 1 }));
    const hits = connections.map(({ id }) => ({
      ...{ connection: id, entry: 1, canary: 'user' as const, form: 'literal' as const, inside: false },
    }));
    const many = { ...visit, connections, hits };
    const read = visitOf(parseRecording(serializeRecording(recordingOf(many, [])), ''));
    expect(judgeVisit(caseOf(read), read).evidence).to.have.length(3000);
  });

  it('a scenario that this version does not have is no reason to guess', () => {
    expect(() => caseOf({ ...visit, scenario: 'from-the-future' }))
      .to.throw(Fault, 'does not have')
      .with.property('code', 'CORRUPT_RECORDING');
  });
});

describe('a recording of version 1', () => {
  const old = (entries: readonly object[]): string => {
    const document = JSON.parse(serializeRecording(recordingOf(scripted('imap', ['S: * OK']), []))) as {
      schema: string;
      visit: { connections: { entries: readonly object[] }[] };
    };
    document.schema = 'urn:waxseal:recording:1';
    const [connection] = document.visit.connections;
    if (connection !== undefined) connection.entries = entries;
    return JSON.stringify(document);
  };
  const noted = (text: string, tampered?: true): object => ({
    kind: 'note',
    at: 1,
    text,
    ...(tampered && { tampered }),
  });
  const ended = { kind: 'end', at: 2, from: 'client', how: 'fin' };

  const notes: readonly (readonly [text: string, tampered: true | undefined, facts: object, endedBy: string])[] = [
    ['answers are withheld', true, { what: 'withheld', by: 'scenario' }, 'client'],
    ['answers are released', undefined, { what: 'released', by: 'us' }, 'client'],
    ['not answering', true, { what: 'ignored', by: 'scenario' }, 'client'],
    ['hanging up', true, { what: 'hung-up', by: 'scenario' }, 'scenario'],
    ['resetting the connection', true, { what: 'reset', by: 'scenario' }, 'scenario'],
    ['ending TLS with close_notify, going on in clear', true, { what: 'left-TLS', by: 'scenario' }, 'client'],
    ['no word from the client for 2000 ms', undefined, { what: 'idle', by: 'us', ms: 2000 }, 'us'],
    ['nothing passed for 30000 ms', undefined, { what: 'idle', by: 'us', ms: 30_000 }, 'us'],
    ['the server closed the connection', undefined, { what: 'server-gone', by: 'server' }, 'server'],
    [
      'the real server did not finish its answer within 500 ms',
      undefined,
      { what: 'server-late', by: 'us', ms: 500 },
      'us',
    ],
    ['the real server could not be had: hanging up', undefined, { what: 'server-unreachable', by: 'server' }, 'client'],
    [
      "the real server's certificate could not be verified (CERT_HAS_EXPIRED); going on all the same",
      undefined,
      { what: 'server-unverified', by: 'server', code: 'CERT_HAS_EXPIRED' },
      'client',
    ],
    [
      'a reply that was to be held is longer than 65536 bytes: hanging up',
      undefined,
      { what: 'too-long', by: 'us', of: 'reply' },
      'us',
    ],
    [
      'TLS passes through untouched: what is said inside cannot be seen',
      undefined,
      { what: 'passes-through', by: 'us' },
      'client',
    ],
    ['TLS failed: ERR_SSL_X', undefined, { what: 'tls-failed', by: 'client', code: 'ERR_SSL_X' }, 'client'],
    ['something else', true, { what: 'remark', by: 'scenario', text: 'something else' }, 'client'],
  ];
  for (const [text, tampered, facts, by] of notes) {
    it(`“${text}” becomes ${JSON.stringify(facts)}, and the end is of the ${by}`, () => {
      const { visit } = parseRecording(old([noted(text, tampered), ended]), 'x');
      expect(visit.connections[0]?.entries).to.deep.equal([
        { kind: 'note', at: 1, ...facts },
        { ...ended, by },
      ]);
    });
  }

  for (const [text] of notes)
    for (const words of [`x ${text}`, ...(text.startsWith('TLS failed') ? [] : [`${text} x`])])
      it(`“${words}” is a remark`, () => {
        const { visit } = parseRecording(old([noted(words)]), 'x');
        expect(visit.connections[0]?.entries).to.deep.equal([
          { kind: 'note', at: 1, what: 'remark', by: 'us', text: words },
        ]);
      });

  for (const [failure, timeout] of [
    ['no ClientHello within 10000 ms', 10_000],
    ['the handshake took longer than 500 ms', 500],
    ['it said: no ClientHello within 10000 ms', undefined],
    ['no ClientHello within 10000 ms, it said', undefined],
  ] as const)
    it(`a handshake that failed, “${failure}”: ${timeout === undefined ? 'not ' : ''}given up by waxseal`, () => {
      const boundary = { kind: 'boundary', at: 1, completed: false, pending: [], trusted: true, failure };
      const { visit } = parseRecording(old([boundary]), 'x');
      expect(visit.connections[0]?.entries).to.deep.equal([{ ...boundary, ...(timeout !== undefined && { timeout }) }]);
    });

  it('the first of two notes that end a connection tells who ended it', () => {
    const { visit } = parseRecording(old([noted('hanging up', true), noted('nothing passed for 1 ms'), ended]), 'x');
    expect(visit.connections[0]?.entries.at(-1)).to.deep.equal({ ...ended, by: 'scenario' });
  });

  for (const [what, visit] of [
    ['missing', undefined],
    ['null', null],
    ['a list', []],
  ] as const)
    it(`whose visit is ${what} is refused`, () => {
      const text = JSON.stringify({ schema: 'urn:waxseal:recording:1', masked: [], visit });
      expect(() => parseRecording(text, 'x'))
        .to.throw(Fault, 'x is not a recording that can be judged: the document must have required properties version')
        .with.property('code', 'CORRUPT_RECORDING');
    });

  for (const [what, visit, complaint] of [
    ['missing', undefined, 'required properties'],
    ['null', null, '/visit'],
    ['text', 'x', '/visit'],
    ['without connections', {}, '/visit'],
    ['with other connections', { connections: { length: 1 } }, '/visit'],
  ] as const)
    it(`of the present version, whose visit is ${what}, is refused`, () => {
      const document = { ...(JSON.parse(old([])) as object), schema: 'urn:waxseal:recording:2', visit };
      expect(() => parseRecording(JSON.stringify(document), 'x'))
        .to.throw(Fault, complaint)
        .with.property('code', 'CORRUPT_RECORDING');
    });

  const broken: readonly (readonly [what: string, entries: readonly object[]])[] = [
    ['a note without words', [{ kind: 'note', at: 1 }]],
    ['a note with other fields', [{ ...noted('not answering'), more: 1 }]],
    ['an end without a party', [{ kind: 'end', at: 1, how: 'fin' }]],
  ];
  for (const [what, entries] of broken) {
    it(`with ${what} is refused`, () => {
      expect(() => parseRecording(old(entries), 'x')).to.throw(Fault, '/visit/connections/0');
    });
  }

  it('tells the first connection that is wrong, wherever it stands', () => {
    const { visit, ...document } = JSON.parse(old([])) as { visit: { connections: object[] } };
    const [first] = visit.connections;
    const connections = [1, 2, 3].map((id) => ({ ...first, id, ...(id > 1 && { entries: 7 }) }));
    expect(() => parseRecording(JSON.stringify({ ...document, visit: { ...visit, connections } }), 'x')).to.throw(
      Fault,
      '/visit/connections/1/entries must be array',
    );
  });

  it('tells the first of its entries that is wrong, wherever it stands', () => {
    const right = { kind: 'bytes', at: 1, from: 'client', inside: false, data: 'x' };
    const { visit, ...document } = JSON.parse(old([])) as { visit: { connections: object[] } };
    const [first] = visit.connections;
    const connections = [first, { ...first, id: 2, entries: [right, right, { ...right, from: 'nobody' }] }];
    expect(() => parseRecording(JSON.stringify({ ...document, visit: { ...visit, connections } }), 'x')).to.throw(
      Fault,
      '/visit/connections/1/entries/2',
    );
  });
});
