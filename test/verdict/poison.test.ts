import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseOf } from '../../src/document/judge.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { recordingOf, visitOf as visitIn } from '../../src/document/recording.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { secretsStayInsideTls } from '../../src/verdict/judgement.js';
import { maskVisit, type Masking } from '../../src/verdict/mask.js';
import { parseRecording } from '../../src/verdict/recording.js';
import { serializeRecording } from '../../src/verdict/recording-text.js';
import type { Visit } from '../../src/verdict/visit.js';
import { entriesOf, visitOf } from './visits.js';
import { it } from '../support/in-turn.js';

const masking = (): Masking => ({ secrets: 'mask', key: Buffer.from('key'), known: new Set() });

/** A visit with a connection for each script. */
const visitOfAll = (
  protocol: ProtocolName,
  scripts: readonly (readonly string[])[],
  rest: Partial<Visit> = {},
): Visit => {
  const visit = visitOf(protocol, [], rest);
  const [connection] = visit.connections;
  if (connection === undefined) throw new Error('no connection');
  return {
    ...visit,
    connections: scripts.map((script, index) => ({ ...connection, id: index + 1, entries: entriesOf(script) })),
  };
};

const b64 = (text: string): string => Buffer.from(text).toString('base64');

interface Words {
  readonly protocol: ProtocolName;
  /** Logs in with any password. */
  readonly login: (password: string) => readonly string[];
  /** Mail or credentials in clear. */
  readonly leak: readonly string[];
  /** Passwords that are words of the protocol. */
  readonly passwords: readonly string[];
}

const WORDS: readonly Words[] = [
  {
    protocol: 'smtp',
    login: (password) => [
      'S: 220 hi',
      'C: EHLO x',
      'S: 250-mail\r\nS: 250-STARTTLS\r\n250 AUTH PLAIN',
      `C: AUTH PLAIN ${b64(`\0bob\0${password}`)}`,
      'S: 235 ok',
    ],
    leak: [
      'S: 220 hi',
      'C: EHLO x',
      'S: 250-mail\r\n250 STARTTLS',
      'C: MAIL FROM:<someone@lab.test>',
      'S: 250 ok',
      'C: RCPT TO:<other@lab.test>',
      'S: 250 ok',
      'C: DATA',
      'S: 354 go on',
      'C: Subject: x\r\n\r\nhello\r\n.',
      'S: 250 ok',
    ],
    passwords: ['MAIL FROM', 'RCPT TO', 'DATA', '250 STARTTLS', 'STARTTLS', '354 go', 'EHLO x', '220 hi'],
  },
  {
    protocol: 'imap',
    login: (password) => ['S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi', `C: a LOGIN bob "${password}"`, 'S: a OK done'],
    leak: [
      'S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi',
      'C: A002 STARTTLS',
      'S: A002 OK Begin TLS',
      'C: A003 LOGIN alice wonderland',
      'S: A003 OK done',
    ],
    passwords: ['A002 STARTTLS', 'OK Begin', 'A003 LOGIN', 'CAPABILITY IMAP4rev1', 'LOGIN alice', 'A002 OK'],
  },
  {
    protocol: 'pop3',
    login: (password) => ['S: +OK hi', 'C: USER bob', 'S: +OK', `C: PASS ${password}`, 'S: +OK'],
    leak: ['S: +OK hi', 'C: STLS', 'S: -ERR no', 'C: USER alice', 'S: +OK', 'C: PASS wonderland', 'S: +OK'],
    passwords: ['USER alice', 'PASS wonder', '-ERR no', 'STLS', '+OK hi'],
  },
];

describe('masking and what a stranger says', () => {
  for (const { protocol, login, leak, passwords } of WORDS)
    for (const password of passwords) {
      it(`${protocol}: the password ${JSON.stringify(password)} changes nothing on another connection, of this visit or a later one`, () => {
        const shared = masking();
        const alone = maskVisit(visitOfAll(protocol, [leak]), masking()).visit;
        const { visit } = maskVisit(visitOfAll(protocol, [login(password), leak]), shared);
        expect(visit.connections[1]?.entries).to.deep.equal(alone.connections[0]?.entries);
        expect(maskVisit(visitOfAll(protocol, [leak]), shared).visit.connections).to.deep.equal(alone.connections);
      });

      it(`${protocol}: the password ${JSON.stringify(password)} changes no verdict on the connection that said it`, () => {
        const before = visitOfAll(protocol, [[...login(password), ...leak.slice(1)]], { ownCredentials: false });
        const { visit } = maskVisit(before, masking());
        const [said, shown] = [secretsStayInsideTls(before), secretsStayInsideTls(visit)];
        expect(shown.status).to.equal('unsafe');
        expect(shown.evidence.map(({ quote: _, ...rest }) => rest)).to.deep.equal(
          said.evidence.map(({ quote: _, ...rest }) => rest),
        );
      });
    }
});

describe('masking of recordings', () => {
  const folder = join(import.meta.dirname, '../../fixtures/recordings');
  for (const file of readdirSync(folder)) {
    it(`${file}: judged before and after it is the same`, () => {
      const shared = masking();
      for (const { protocol, login, passwords } of WORDS)
        for (const password of passwords) maskVisit(visitOfAll(protocol, [login(password)]), shared);
      const before = visitIn(parseRecording(readFileSync(join(folder, file), 'utf8'), file));
      const { visit } = maskVisit(before, shared);
      const one = caseOf(before);
      const { status, evidence } = judgeVisit(one, before);
      const after = judgeVisit(one, visit);
      expect([after.status, after.evidence.length]).to.deep.equal([status, evidence.length]);
    });
  }
});

describe('masking in front of a real server', () => {
  const rows: readonly (readonly [what: string, protocol: ProtocolName, line: string, kept: string])[] = [
    ['a login command of another protocol', 'smtp', 'C: LOGIN bob hunter22', 'LOGIN '],
    ['a command that nobody knows', 'pop3', 'C: XPASS hunter22', 'XPASS '],
    ['a line that nobody asked for', 'smtp', 'C: hunter22', '500 what'],
    ['a tagged command that nobody knows', 'imap', 'C: a7 XLOGIN bob hunter22', 'a7 XLOGIN '],
    ['a tagged line that nobody asked for', 'imap', 'C: hunter22 word', '* OK'],
    ['a literal of a command that nobody knows', 'imap', 'C: a7 XLOGIN bob {8+}\r\nhunter22', '{8+}'],
  ];
  for (const [what, protocol, line, kept] of rows) {
    it(`${what} is masked: ${protocol}, ${line.slice(3).replace(/\r\n/g, ' ')}`, () => {
      const visit = visitOfAll(
        protocol,
        [[protocol === 'imap' ? 'S: * OK hi' : protocol === 'smtp' ? 'S: 220 hi' : 'S: +OK hi', line, 'S: 500 what']],
        { seat: 'middle', ownCredentials: false },
      );
      const { visit: masked, masks } = maskVisit(visit, masking());
      const text = serializeRecording(recordingOf(masked, masks));
      expect(text).to.not.match(/hunter22/i);
      expect(text).to.include(kept);
      expect(masks.map(({ class: kind }) => kind)).to.include('authenticator');
    });
  }
});
