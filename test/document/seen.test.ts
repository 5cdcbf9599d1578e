import { expect } from 'chai';
import { casesOf, type Case } from '../../src/cases/case.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { seenVisit } from '../../src/document/seen.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import scenarios from '../../src/scenarios/index.js';
import type { Masking } from '../../src/verdict/mask.js';
import { canaries, visitOf } from '../verdict/visits.js';

const masking = (): Masking => ({ secrets: 'mask', key: Buffer.from('key'), known: new Set() });
const b64 = (text: string): string => Buffer.from(text).toString('base64');

const caseIn = (protocol: ProtocolName, seat: 'server' | 'middle'): Case => {
  const one = casesOf(scenarios, protocol, 'starttls', seat).find(({ scenario }) => scenario.id === 'control');
  if (one === undefined) throw new Error('no control');
  return one;
};

const GREETINGS: Readonly<Record<string, string>> = { smtp: 'S: 220 hi', imap: 'S: * OK hi', pop3: 'S: +OK hi' };

/** Logins and mail of real people, in clear. */
const REAL: readonly (readonly [protocol: ProtocolName, script: readonly string[]])[] = [
  ['imap', ['C: a LOGIN bob hunter22', 'S: a OK']],
  ['imap', ['C: a LOGIN "bob" "hunter22 \\"secretive\\""', 'S: a OK']],
  ['pop3', ['C: USER bob', 'S: +OK', 'C: PASS hunter22 secretive', 'S: +OK']],
  ['smtp', ['C: EHLO x', 'S: 250 AUTH PLAIN', `C: AUTH PLAIN ${b64('\0bob\0hunter22')}`, 'S: 235 ok']],
  [
    'smtp',
    [
      'C: EHLO x',
      'S: 250 AUTH LOGIN',
      'C: AUTH LOGIN',
      'S: 334 x',
      `C: ${b64('bob')}`,
      'S: 334 x',
      `C: ${b64('hunter22')}`,
    ],
  ],
  [
    'smtp',
    [
      'C: EHLO x',
      'S: 250 ok',
      'C: MAIL FROM:<a@b>',
      'S: 250 ok',
      'C: RCPT TO:<c@d>',
      'S: 250 ok',
      'C: DATA',
      'S: 354 go',
      'C: hunter22 secretive\r\n.',
      'S: 250 ok',
    ],
  ],
  ['smtp', ['C: XLOGIN bob hunter22', 'S: 500 what', `C: MAIL FROM:<a@b>`, 'S: 250 ok']],
];
const SECRET = /hunter22|secretive|aHVudGVyMj|Jib2IAaHVudGVyMj/;

describe('a visit that was judged, as it may be stored', () => {
  for (const [protocol, script] of REAL) {
    it(`quotes no secret of a real account: ${protocol} ${String(script.findLast((line) => line.startsWith('C')))}`, () => {
      const one = caseIn(protocol, 'middle');
      const happened = visitOf(protocol, [GREETINGS[protocol] ?? '', ...script], {
        seat: 'middle',
        ownCredentials: false,
      });
      const { judgement, visit } = seenVisit(one, happened, masking());
      expect(judgement.status).to.equal('unsafe');
      expect(judgement.evidence.length).to.be.greaterThan(0);
      expect(JSON.stringify([judgement, visit])).to.not.match(SECRET);
    });
  }

  const WRITTEN: readonly (readonly [how: string, written: (text: string) => string])[] = [
    ['hexadecimal', (text) => Buffer.from(text).toString('hex')],
    ['hexadecimal, in capitals', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['percent-coded', (text) => text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
    ['percent-coded where it must be', (text) => encodeURIComponent(text)],
    ['UTF-16', (text) => text.replace(/.(?=.)/g, '$&\0')],
  ];
  for (const [how, written] of WRITTEN) {
    it(`holds no password of a real account that is said again in ${how}`, () => {
      const word = 'hunter22/a b';
      const happened = visitOf(
        'smtp',
        [
          'S: 220 hi',
          'C: EHLO x',
          'S: 250 AUTH PLAIN',
          `C: AUTH PLAIN ${b64(`\0bob\0${word}`)}`,
          'S: 235 ok',
          `C: NOOP ${written(word)}`,
          'S: 250 ok',
        ],
        { seat: 'middle', ownCredentials: false },
      );
      const { visit } = seenVisit(caseIn('smtp', 'middle'), happened, masking());
      const stored = JSON.stringify(visit).toLowerCase();
      expect(stored).to.include('noop');
      expect(stored).to.not.include(JSON.stringify(written(word)).slice(1, -1).toLowerCase());
    });
  }

  const POISON: readonly (readonly [protocol: ProtocolName, password: string])[] = [
    ['imap', 'A002 STARTTLS'],
    ['imap', 'OK Begin'],
    ['pop3', 'USER'],
    ['pop3', '+OK hi'],
    ['smtp', 'MAIL FROM'],
    ['smtp', '250 ok'],
  ];
  for (const [protocol, password] of POISON) {
    it(`is judged by what happened, whatever the password is: ${protocol} ${password}`, () => {
      const login =
        protocol === 'smtp'
          ? [
              'C: EHLO x',
              'S: 250 AUTH PLAIN',
              `C: AUTH PLAIN ${b64(`\0bob\0${password}`)}`,
              'S: 235 ok',
              'C: MAIL FROM:<a@b>',
              'S: 250 ok',
            ]
          : protocol === 'imap'
            ? [`C: A001 LOGIN bob "${password}"`, 'S: A001 OK Begin', 'C: A002 STARTTLS', 'S: A002 OK Begin']
            : ['C: USER bob', 'S: +OK', `C: PASS ${password}`, 'S: +OK'];
      const one = caseIn(protocol, 'server');
      const happened = visitOf(protocol, [GREETINGS[protocol] ?? '', ...login], { ownCredentials: false, canaries });
      const { judgement } = seenVisit(one, happened, masking());
      const before = judgeVisit(one, happened);
      const bare = ({ status, evidence }: typeof before): unknown => [
        status,
        evidence.map(({ connection, entry, leak, cause }) => [connection, entry, leak, cause]),
      ];
      expect(before.status).to.equal('unsafe');
      expect(bare(judgement)).to.deep.equal(bare(before));
    });
  }
});
