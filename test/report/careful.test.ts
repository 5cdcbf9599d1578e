import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseKey, casesOf } from '../../src/cases/case.js';
import { ALL_PROTOCOLS } from '../../src/protocols/port-roles.js';
import { carefulConnections, firstDifference } from '../../src/report/careful/careful.js';
import { compact, packed, unpacked } from '../../src/report/careful/compact.js';
import type { ShownConnection } from '../../src/report/transcript.js';
import scenarios from '../../src/scenarios/index.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { playedCarefully } from '../../scripts/careful-client.js';
import { saidCarefully } from '../../scripts/careful-words.js';
import { it, itSeldom } from '../support/in-turn.js';

const AGAIN = 'run npm run generate:careful, and commit what it wrote';

/** The careful client proves nothing in these: it makes one connection, or few after a failed handshake, asks for no status, TLS protects it, or it takes a greeting for an answer. */
const UNPROVED =
  /^((?:starttls-not-offered|certificate-fault)-later\/(?:next|third|last)-connection|plaintext-after-failed-handshake\/(?:alert|reset)-(?:twice|three-times)|starttls-response-injection\/late-segment|greeting-inside-starttls\/login-accepted|certificate-status-revoked)@/;

const cases = ALL_PROTOCOLS.flatMap(({ name, modes }) =>
  modes.flatMap((tls) => casesOf(scenarios, name, tls, 'server')),
).filter(({ scenario: { needs = [] } }) => needs.length === 0);

describe('the careful client of reports', function () {
  this.timeout(60_000);

  it('was recorded in every case that loopback can play', () => {
    const missing = cases
      .map(caseKey)
      .filter((key) => carefulConnections({ case: key }) === undefined && !UNPROVED.test(key));
    expect(missing, AGAIN).to.deep.equal([]);
  });

  itSeldom('still does what was recorded', async () => {
    // Cases that are silent for seconds say nothing that others do not; others pause for as long as the client took in its control.
    const some = new Set(
      cases.filter(
        ({ scenario }, index) =>
          index % 29 === 3 && !/slow|silent|late|patience|withheld|in-segments/.test(scenario.id),
      ),
    );
    const wanted = new Set([...some].map(caseKey));
    const played = await playedCarefully((one) => wanted.has(caseKey(one)));
    expect(played.size).to.be.above(20);
    for (const [key, { connections, canaries }] of played)
      expect(saidCarefully(compact(connections, canaries)), `${key}: ${AGAIN}`).to.deep.equal(
        saidCarefully(carefulConnections({ case: key }) ?? []),
      );
  });

  it('is packed so that it comes out as it went in', () => {
    const client = new Map([['a@b', [{ id: 1, portRole: 'imap', port: 0, entries: [] }] as const]]);
    expect([...unpacked(packed(client))]).to.deep.equal([...client]);
  });

  it('is written into the package once', () => {
    const source = readFileSync(join(import.meta.dirname, '../../src/report/careful/recorded.ts'), 'utf8');
    expect(source.length).to.be.below(200_000);
  });
});

const server = (data: string, more: Partial<TranscriptEntry> = {}): TranscriptEntry =>
  ({ kind: 'bytes', at: 0, from: 'server', inside: false, data, ...more }) as TranscriptEntry;
const client = (data: string, inside = false): TranscriptEntry => ({
  kind: 'bytes',
  at: 0,
  from: 'client',
  inside,
  data,
});
const boundary = (completed: boolean, trusted: boolean): TranscriptEntry => ({
  kind: 'boundary',
  at: 0,
  completed,
  trusted,
  pending: [],
  ...(!completed && { alert: { from: 'client', name: 'unknown_ca' } }),
});
const closed: TranscriptEntry = { kind: 'end', at: 0, from: 'client', how: 'fin', by: 'client' };
const attack = server('* OK attacked\r\n', { tampered: true });
const connection = (...entries: readonly TranscriptEntry[]): ShownConnection[] => [
  { id: 1, portRole: 'imap', port: 0, entries },
];

type Place = readonly [entry: number, offset?: number];

describe('the first difference', () => {
  const rows: readonly {
    readonly name: string;
    readonly own: readonly TranscriptEntry[];
    readonly careful: readonly TranscriptEntry[];
    /** Entry and offset, of this client and of the careful one. */
    readonly at: readonly [Place, Place] | undefined;
    readonly says?: RegExp;
  }[] = [
    {
      name: 'is the first byte of a command that the careful client does not send',
      own: [attack, client('A1 LOGIN joe secret-word\r\n'), server('A1 OK\r\n')],
      careful: [attack, closed],
      at: [[1, 3], [1]],
      says: /this client sends LOGIN in clear; the careful client disconnects/,
    },
    {
      name: 'is the byte in which two commands differ, tags left out',
      own: [attack, client('A1 LOGIN\r\n'), server('A1 OK\r\n')],
      careful: [attack, client('x77 LOGOUT\r\n'), server('x77 OK\r\n')],
      at: [
        [1, 6],
        [1, 7],
      ],
    },
    {
      name: 'lies behind names and passwords, which count as equal',
      own: [attack, client('USER joe-who-is-long x\r\n')],
      careful: [attack, client('USER careful-user y\r\n')],
      at: [
        [1, 21],
        [1, 18],
      ],
    },
    {
      name: 'may be the handshake itself',
      own: [boundary(true, false), client('a LOGIN\r\n', true)],
      careful: [boundary(false, false), closed],
      at: [[0], [0]],
      says: /goes on with TLS; the careful client ends the handshake \(alert unknown_ca\)/,
    },
    {
      name: 'does not lie before the attack',
      own: [client('EHLO own.example\r\n'), attack, closed],
      careful: [client('EHLO careful.example\r\n'), attack, closed],
      at: undefined,
    },
    {
      name: 'is one of clear and TLS, where the words are the same',
      own: [attack, client('QUIT\r\n', true)],
      careful: [attack, client('QUIT\r\n')],
      at: [
        [1, 0],
        [1, 0],
      ],
    },
  ];
  for (const { name, own, careful, at, says } of rows)
    it(name, () => {
      const found = firstDifference(connection(...own), ['joe-who-is-long'], connection(...careful));
      if (at === undefined) expect(found).to.equal(undefined);
      else {
        const [a, b] = at;
        expect(found?.own && [found.own.entry, found.own.offset]).to.deep.equal([a[0], a[1]]);
        expect(found?.careful && [found.careful.entry, found.careful.offset]).to.deep.equal([b[0], b[1]]);
        if (says !== undefined) expect(found?.words).to.match(says);
      }
    });
});
