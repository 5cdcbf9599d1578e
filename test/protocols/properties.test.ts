import { expect } from 'chai';
import fc, { runs } from '../support/properties.js';

import { Dialogue } from '../../src/protocols/dialogue.js';
import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { Protocol, Reply, ServerSettings } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';
import { converse } from './conversing.js';
import { settingsWith, weakSettings } from './visit-settings.js';
import { it } from '../support/in-turn.js';

// TLS is not offered: what is thrown away when it starts would depend on the segments, as it should.
const settings: ServerSettings = settingsWith({
  ...weakSettings,
  outside: { ...weakSettings.outside, upgrade: false },
});

const plain = Buffer.from('\0ucanary\0pcanary').toString('base64');

/** What clients say, and what servers say to the commands of `asked`. */
const DIALOGUES: readonly { protocol: Protocol; client: string; asked: string; server: string }[] = [
  {
    protocol: smtp,
    client: `EHLO me\r\nAUTH LOGIN\r\ndWNhbmFyeQ==\r\ncGNhbmFyeQ==\r\nAUTH PLAIN ${plain}\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n..x\r\n.\r\nBDAT 3\r\nxyzBDAT 0 LAST\r\nSTARTTLS\r\nQUIT\r\n`,
    asked: 'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<x>\r\nNOOP\r\nDATA\r\n',
    server:
      '220 h\r\n250-h\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n250 ok\r\n550-no\r\n550 no\r\n250\r\n354 go\r\n421 bye\r\n',
  },
  {
    protocol: pop3,
    client: `CAPA\r\nAUTH\r\nUSER ucanary\r\nPASS pcanary\r\nAUTH PLAIN ${plain}\r\nAPOP a b\r\nSTLS\r\nSTAT\r\nLIST\r\nUIDL 1\r\nTOP 1 1\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n`,
    asked: 'CAPA\r\nLIST\r\nRETR 1\r\nLIST 1\r\nAUTH PLAIN\r\n',
    server:
      '+OK <1@h>\r\n+OK\r\nSTLS\r\nUSER\r\n.\r\n+OK\r\n.\r\n+OK\r\nA: b\r\n\r\n..\r\n.\r\n-ERR [AUTH] x\r\n+ eA==\r\n+OK\r\n',
  },
  {
    protocol: managesieve,
    client: `CAPABILITY\r\nAUTHENTICATE "LOGIN"\r\n"dWNhbmFyeQ=="\r\n{12+}\r\ncGNhbmFyeQ==\r\nAUTHENTICATE "PLAIN" "${plain}"\r\nNOOP "x\\"y"\r\nPUTSCRIPT "a" {7+}\r\nkeep;\r\n\r\nGETSCRIPT {1}\r\na\r\nSTARTTLS\r\nLISTSCRIPTS\r\nLOGOUT\r\n`,
    asked: 'CAPABILITY\r\nGETSCRIPT "x"\r\nNOOP "y"\r\nAUTHENTICATE "PLAIN"\r\n',
    server:
      '"SASL" "X"\r\n"STARTTLS"\r\nOK\r\n"SASL" "PLAIN"\r\nOK (X "(") {3}\r\nabc\r\n{5}\r\nOK\r\nx\r\nOK\r\nNO (TRYLATER) "x"\r\n{4}\r\neA==\r\nBYE\r\n',
  },
];

/** The text with some bytes changed, removed or put in; often pieces of itself. */
const mutationsOf = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        at: fc.nat(text.length),
        removed: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.nat(30)),
        put: fc.oneof(
          fc.constantFrom(
            '',
            '\r',
            '\n',
            '\r\n',
            '.',
            '\r\n.\r\n',
            '"',
            '\\',
            '{3+}\r\n',
            '{99999999999}\r\n',
            '(',
            ')',
            '*',
            ' ',
            '\0',
            '\xff',
            '+ ',
            '250-',
            '334 x\r\n',
            '+OK\r\n',
            'OK\r\n',
          ),
          fc.tuple(fc.nat(text.length), fc.nat(40)).map(([from, length]) => text.slice(from, from + length)),
        ),
      }),
      { maxLength: 4 },
    )
    .map((edits) =>
      edits.reduce((current, { at, removed, put }) => current.slice(0, at) + put + current.slice(at + removed), text),
    );

/** Cuts into segments; small numbers are likely, so that line ends and dots are torn apart. */
const cut = (text: string, sizes: readonly number[]): string[] => {
  const segments: string[] = [];
  for (let at = 0, index = 0; at < text.length; index += 1) {
    const size = sizes.length === 0 ? text.length : (sizes[index % sizes.length] ?? 1);
    segments.push(text.slice(at, at + size));
    at += size;
  }
  return segments;
};

const segmentation = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: 60 })),
  { minLength: 1, maxLength: 20 },
);

const repliesTo = (protocol: Protocol, asked: string, segments: readonly string[]): Reply[] => {
  const dialogue = new Dialogue(protocol);
  dialogue.client(Buffer.from(asked));
  while (dialogue.next() !== undefined);
  return segments.flatMap((segment) => dialogue.server(Buffer.from(segment, 'latin1')));
};

for (const { protocol, client, asked, server } of DIALOGUES) {
  describe(`${protocol.name}: mutated dialogues`, () => {
    it('what a client says means the same in any segments', () => {
      fc.assert(
        fc.property(mutationsOf(client), segmentation, (text, sizes) => {
          const whole = converse(protocol, settings, [text]);
          const pieces = converse(protocol, settings, cut(text, sizes));
          expect({ units: pieces.units, starts: pieces.starts, bytes: pieces.bytes }).to.deep.equal({
            units: whole.units,
            starts: whole.starts,
            bytes: whole.bytes,
          });
        }),
        { numRuns: runs(300) },
      );
    });

    it('what a server says means the same in any segments', () => {
      fc.assert(
        fc.property(mutationsOf(server), segmentation, (text, sizes) => {
          expect(repliesTo(protocol, asked, cut(text, sizes))).to.deep.equal(repliesTo(protocol, asked, [text]));
        }),
        { numRuns: runs(300) },
      );
    });

    it('units are places in the stream, secrets places in them', () => {
      fc.assert(
        fc.property(mutationsOf(client), (text) => {
          const { units, starts } = converse(protocol, settings, [text]);
          for (const [index, unit] of units.entries()) {
            const start = starts[index] ?? NaN;
            expect(unit.raw.toString('latin1')).to.equal(text.slice(start, start + unit.raw.length));
            const secrets = 'secrets' in unit ? unit.secrets : [];
            for (const secret of secrets)
              expect(
                0 <= secret.start && secret.start < secret.end && secret.end <= unit.raw.length,
                JSON.stringify(secret),
              ).to.equal(true);
          }
        }),
        { numRuns: runs(300) },
      );
    });

    it('edited offers are unharmed bytes or replies', () => {
      fc.assert(
        fc.property(mutationsOf(server), (text) => {
          for (const reply of repliesTo(protocol, asked, [text])) {
            protocol.offer([reply]);
            expect(protocol.rewriteOffer(reply.raw, {}).length).to.be.at.least(1);
            protocol.rewriteOffer(reply.raw, { upgrade: false, logins: ['PLAIN'], addExtensions: ['XCANARY'] });
          }
        }),
        { numRuns: runs(200) },
      );
    });
  });
}
