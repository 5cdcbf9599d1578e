import { expect } from 'chai';
import { identityOf, likeness, ownName, SILENT, type Identity } from '../../src/serving/client-identity.js';
import { buildClientHello } from '../../src/tls/build-hello.js';
import type { TlsMode } from '../../src/protocols/protocol.js';
import type { TranscriptEntry } from '../../src/wire/entry.js';
import { visitOf } from '../verdict/visits.js';

const HELLO = buildClientHello({ versions: ['TLSv1.2', 'TLSv1.3'], alpn: [] });
const OTHER = buildClientHello({ versions: ['TLSv1.2'], alpn: ['imap'] });

/** A client that sends these records, and hears a greeting in clear. */
const unanswered = (records: readonly Buffer[], tls: TlsMode = 'implicit'): Identity | undefined => {
  const visit = visitOf('imap', ['S: * OK']);
  return identityOf({
    ...visit,
    tls,
    connections: visit.connections.map((connection) => ({
      ...connection,
      entries: [
        ...records.map((record): TranscriptEntry => ({
          kind: 'bytes',
          from: 'client',
          at: 0,
          data: record.toString('latin1'),
          inside: false,
          record: true,
        })),
        ...connection.entries,
      ],
    })),
  });
};

describe('what a client says of itself by a ClientHello that nobody answers', () => {
  const known = unanswered([HELLO]) ?? { verbs: [] };
  const rows: readonly (readonly [what: string, records: readonly Buffer[], how: ReturnType<typeof likeness>])[] = [
    ['the same', [HELLO], 'same'],
    ['the same, in pieces', [HELLO.subarray(0, 50), HELLO.subarray(50)], 'same'],
    ['another one', [OTHER], 'other'],
  ];
  for (const [what, records, how] of rows) {
    it(`${what}: ${how}`, () => {
      expect(likeness(known, unanswered(records) ?? { verbs: [] })).to.equal(how);
    });
  }

  for (const [what, record] of [
    ['half of one', HELLO.subarray(0, 50)],
    ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  ] as const) {
    it(`${what} says nothing`, () => {
      expect(unanswered([record])).to.equal(undefined);
    });
  }

  it('says nothing where STARTTLS is due', () => {
    expect(unanswered([HELLO], 'starttls')).to.equal(undefined);
  });
});

describe('clients of IMAP that say nothing of themselves', () => {
  const tagged = (...lines: readonly string[]): Identity =>
    identityOf(visitOf('imap', ['S: * OK', ...lines.map((line) => `C: ${line}`)])) ?? { verbs: [] };
  for (const [one, other, how] of [
    ['A0001 CAPABILITY', 'EEEN0 CAPABILITY', 'other'],
    ['A0001 CAPABILITY', 'A0017 CAPABILITY', 'possible'],
    ['A001 CAPABILITY', 'a001 CAPABILITY', 'other'],
    ['EEEN0 CAPABILITY', 'KPAF12 CAPABILITY', 'possible'],
    ['f4JrWA CAPABILITY', 'x7Yb2Q CAPABILITY', 'possible'],
    ['1 CAPABILITY', '12 CAPABILITY', 'possible'],
  ] as const)
    it(`${one} and ${other}: ${how}`, () => expect(likeness(tagged(one), tagged(other))).to.equal(how));
});

describe('clients of POP3 that say nothing of themselves', () => {
  const pop3 = (...lines: readonly string[]): Identity =>
    identityOf(visitOf('pop3', ['S: +OK', ...lines.map((line) => `C: ${line}`)])) ?? SILENT;
  for (const [one, other, how] of [
    ['CAPA', 'CAPA', 'unclear'],
    ['CAPA', 'capa', 'other'],
    ['CAPA', 'QUIT', 'other'],
  ] as const)
    it(`${one} and ${other}: ${how}`, () => expect(likeness(pop3(one), pop3(other))).to.equal(how));
  it('silence is unclear', () => expect(likeness(pop3('CAPA'), SILENT)).to.equal('unclear'));
});

describe('the user that a client names', () => {
  for (const [command, title, user = 'alice'] of [
    ['a LOGIN alice secret-word', 'LOGIN'],
    ['a LOGIN user secret-word', 'LOGIN, where the name could be base64', 'user'],
    ['a AUTHENTICATE LOGIN YWxpY2U=', 'AUTHENTICATE LOGIN with an initial response'],
  ] as const)
    it(`is read from ${title}`, () =>
      expect(identityOf(visitOf('imap', ['S: * OK', `C: ${command}`]))).to.include({ user }));
});

describe('the name of a client, for people', () => {
  for (const [protocol, command] of [
    ['smtp', 'EHLO laptop'],
    ['smtp', 'HELO laptop'],
    ['lmtp', 'LHLO laptop'],
  ] as const)
    it(`begins with the command that said it: ${command}`, () =>
      expect(ownName(identityOf(visitOf(protocol, ['S: 220 ready', `C: ${command}`])) ?? SILENT)).to.equal(command));

  it('is the same client whichever command said it', () => {
    const [one, other] = ['EHLO laptop', 'HELO laptop'].map(
      (command) => identityOf(visitOf('smtp', ['S: 220 ready', `C: ${command}`])) ?? SILENT,
    );
    expect(likeness(one ?? SILENT, other ?? SILENT)).to.equal('same');
  });
});
