import { expect } from 'chai';
import { findingsIn, packets, told, type Script } from './captured.js';

const IMAP = ['S: * OK IMAP4rev1 ready', 'C: a1 CAPABILITY'] as const;
const list = (more: string): string => `S: * CAPABILITY IMAP4rev1 ${more}`;
const ENDS = ['C: a9 LOGOUT', 'S: * BYE', 'S: a9 OK bye', 'C.', 'S.'] as const;
const SMTP = ['S: 220 mx ESMTP', 'C: EHLO me'] as const;

const ROWS: readonly {
  readonly name: string;
  readonly port?: number;
  readonly script: Script;
  readonly comesTo: readonly string[];
  readonly because?: RegExp;
}[] = [
  {
    name: 'IMAP: login in clear although STARTTLS was offered',
    script: [
      ...IMAP,
      list('STARTTLS AUTH=PLAIN'),
      'S: a1 OK done',
      'C: a2 LOGIN alice hunter22',
      'S: a2 OK in',
      ...ENDS,
    ],
    comesTo: ['secrets-in-clear unsafe', 'starttls-not-taken unsafe'],
    because: /^password sent in clear \(LOGIN\)/,
  },
  {
    name: 'IMAP: login in clear where nothing was offered',
    script: [...IMAP, list('AUTH=PLAIN'), 'S: a1 OK done', 'C: a2 LOGIN alice hunter22', 'S: a2 OK in', ...ENDS],
    comesTo: ['secrets-in-clear unsafe'],
  },
  {
    name: 'IMAP: refused, and the client went on',
    script: [
      ...IMAP,
      list('STARTTLS'),
      'S: a1 OK done',
      'C: a2 STARTTLS',
      'S: a2 BAD no',
      'C: a3 LOGIN alice hunter22',
      'S: a3 OK in',
      ...ENDS,
    ],
    comesTo: ['secrets-in-clear unsafe', 'starttls-refused unsafe'],
  },
  {
    name: 'IMAP: refused, and the client left',
    script: [...IMAP, list('STARTTLS'), 'S: a1 OK done', 'C: a2 STARTTLS', 'S: a2 BAD no', ...ENDS],
    comesTo: ['secrets-in-clear safe'],
    because: /nothing secret was seen in clear/,
  },
  {
    name: 'IMAP: still open when the capture ends',
    script: [...IMAP, list('STARTTLS'), 'S: a1 OK done'],
    comesTo: ['secrets-in-clear inconclusive'],
    because: /capture ends before/,
  },
  {
    name: 'POP3: PASS in clear',
    port: 110,
    script: ['S: +OK ready', 'C: USER alice', 'S: +OK', 'C: PASS hunter22', 'S: +OK', 'C: QUIT', 'S: +OK', 'S.', 'C.'],
    comesTo: ['secrets-in-clear unsafe'],
    because: /PASS/,
  },
  {
    name: 'SMTP on 587: mail in clear',
    port: 587,
    script: [...SMTP, 'S: 250 mx', 'C: MAIL FROM:<a@x.test>', 'S: 250 ok', 'C: QUIT', 'S: 221 bye', 'S.', 'C.'],
    comesTo: ['secrets-in-clear unsafe'],
  },
  {
    name: 'SMTP on 25: mail in clear where no TLS is offered is what opportunistic senders do',
    port: 25,
    script: [...SMTP, 'S: 250 mx', 'C: MAIL FROM:<a@x.test>', 'S: 250 ok', 'C: QUIT', 'S: 221 bye', 'S.', 'C.'],
    comesTo: ['secrets-in-clear downgradable'],
  },
  {
    name: 'SMTP on 25: a mail that is cut off is no login',
    port: 25,
    script: [
      ...SMTP,
      'S: 250 mx',
      'C: MAIL FROM:<a@x.test>',
      'S: 250 ok',
      'C: RCPT TO:<b@x.test>',
      'S: 250 ok',
      'C: DATA',
      'S: 354 go',
      'C: Subject: x',
      'C!',
    ],
    comesTo: ['secrets-in-clear downgradable'],
  },
  {
    name: 'SMTP on an unusual port, found by what is said',
    port: 31_025,
    script: [
      ...SMTP,
      'S: 250 mx',
      'C: AUTH PLAIN AGFsaWNlAGh1bnRlcjIy',
      'S: 235 ok',
      'C: QUIT',
      'S: 221 bye',
      'S.',
      'C.',
    ],
    comesTo: ['secrets-in-clear unsafe'],
    because: /AUTH PLAIN/,
  },
  {
    name: 'FTP is no mail',
    port: 21,
    script: ['S: 220 FTP server', 'C: USER alice', 'S: 331 password', 'C: PASS x', 'S: 230 ok', 'S.', 'C.'],
    comesTo: [],
  },
  {
    name: 'HTTP on port 143 is no mail',
    script: ['C: GET / HTTP/1.1', 'S: HTTP/1.1 200 OK', 'S.', 'C.'],
    comesTo: [],
  },
  {
    name: 'ManageSieve: a login in clear',
    port: 4190,
    script: [
      'S: "IMPLEMENTATION" "x"',
      'S: "SASL" "PLAIN"',
      'S: "STARTTLS"',
      'S: OK',
      'C: AUTHENTICATE "PLAIN" "AGFsaWNlAGh1bnRlcjIy"',
      'S: OK',
      'C: LOGOUT',
      'S: OK',
      'C.',
      'S.',
    ],
    comesTo: ['secrets-in-clear unsafe', 'starttls-not-taken unsafe'],
  },
  {
    name: 'a login that was begun, and never finished',
    script: [...IMAP, list('AUTH=LOGIN'), 'S: a1 OK done', 'C: a2 AUTHENTICATE LOGIN', 'S: a2 NO', ...ENDS],
    comesTo: ['secrets-in-clear inconclusive'],
  },
];

describe('Captured connections', () => {
  for (const { name, port, script, comesTo, because } of ROWS)
    it(name, () => {
      const findings = findingsIn(packets(script, port));
      expect(told(findings)).to.deep.equal(comesTo);
      if (because !== undefined) expect(findings[0]?.judgement.because).to.match(because);
    });
});
