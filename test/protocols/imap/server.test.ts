import { expect } from 'chai';

import { Dialogue } from '../../../src/protocols/dialogue.js';
import { imap } from '../../../src/protocols/imap/protocol.js';
import { ImapServer } from '../../../src/protocols/imap/server.js';
import type { ServerSettings } from '../../../src/protocols/protocol.js';
import { ACCOUNT, MESSAGE, openSettings, settings } from './settings.js';

interface Side {
  readonly server: ImapServer;
  /** Sends bytes and returns what is answered; ` TLS` and ` CLOSE` stand for what else happens. */
  say(text: string): string;
}

const side = (given: ServerSettings, state: 'outside' | 'inside' | 'logged in' | 'selected'): Side => {
  const server = new ImapServer(given);
  const dialogue = new Dialogue(imap);
  if (state !== 'outside') server.startInside();
  dialogue.server(server.greeting());
  const say = (text: string): string => {
    dialogue.client(Buffer.from(text, 'latin1'));
    let said = '';
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      const answer = server.answer(placed.unit);
      dialogue.server(answer.bytes);
      said +=
        answer.bytes.toString('latin1') +
        (answer.upgrade === true ? ' TLS' : '') +
        (answer.close === true ? ' CLOSE' : '');
    }
    return said;
  };
  if (state === 'logged in' || state === 'selected') say(`z LOGIN ${ACCOUNT.user} ${ACCOUNT.password}\r\n`);
  if (state === 'selected') say('z SELECT INBOX\r\n');
  return { server, say };
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const PLAIN = base64(`\0${ACCOUNT.user}\0${ACCOUNT.password}`);
const LOGIN = `a LOGIN ${ACCOUNT.user} ${ACCOUNT.password}\r\n`;
const HEADER = MESSAGE.toString('latin1').split('\r\n\r\n')[0] ?? '';

describe('the honest IMAP server', () => {
  const GREETINGS: readonly (readonly [given: ServerSettings, greeting: RegExp])[] = [
    [settings(), /^\* OK \[CAPABILITY IMAP4rev1 SASL-IR [^\]]* STARTTLS LOGINDISABLED\] mail\.lab\.test ready\r\n$/],
    [
      openSettings(),
      /^\* OK \[CAPABILITY IMAP4rev1 [^\]]* STARTTLS AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2\] /,
    ],
  ];

  for (const [given, greeting] of GREETINGS) {
    it(`greets with ${greeting.source}`, () => {
      expect(new ImapServer(given).greeting().toString()).to.match(greeting);
    });
  }

  it('greets with PREAUTH where it was told to', () => {
    const server = new ImapServer(settings());
    server.preauthenticate();
    expect(server.greeting().toString())
      .to.match(/^\* PREAUTH \[CAPABILITY IMAP4rev1 [^\]]*\] /)
      .and.not.match(/STARTTLS|AUTH=|LOGINDISABLED/);
    expect(server.authenticated).to.equal(true);
  });

  it('forgets everything when TLS begins', () => {
    const { server, say } = side(openSettings(), 'outside');
    say(LOGIN);
    expect(server.authenticated).to.equal(true);
    expect(server.upgraded()).to.have.length(0);
    expect(server.authenticated).to.equal(false);
    expect(say('b SELECT INBOX\r\n')).to.equal('b BAD Log in first\r\n');
  });

  type Row = readonly [state: Parameters<typeof side>[1], says: string, hears: RegExp];
  const ROWS: readonly Row[] = [
    ['outside', 'a CAPABILITY\r\n', /^\* CAPABILITY IMAP4rev1 .* STARTTLS LOGINDISABLED\r\na OK .*\r\n$/],
    [
      'inside',
      'a CAPABILITY\r\n',
      /^\* CAPABILITY IMAP4rev1 (?!.*(STARTTLS|LOGINDISABLED)).* AUTH=PLAIN .*\r\na OK .*\r\n$/,
    ],
    ['logged in', 'a CAPABILITY\r\n', /^\* CAPABILITY IMAP4rev1 (?!.*(STARTTLS|AUTH=)).*\r\na OK /],
    ['outside', 'a STARTTLS\r\n', /^a OK .*\r\n TLS$/],
    ['outside', 'a STARTTLS now\r\n', /^a BAD [^\n]*\n$/],
    ['inside', 'a STARTTLS\r\n', /^a BAD [^\n]*\n$/],
    ['outside', LOGIN, /^a NO \[PRIVACYREQUIRED\]/],
    ['outside', 'a LOGIN {20}\r\n', /^a NO \[PRIVACYREQUIRED\]/],
    ['outside', `a AUTHENTICATE PLAIN ${PLAIN}\r\n`, /^a NO \[PRIVACYREQUIRED\]/],
    ['outside', 'a SELECT INBOX\r\n', /^a BAD Log in first\r\n$/],
    ['outside', 'a APPEND x {5}\r\n', /^a BAD Log in first\r\n$/],
    ['outside', 'a FROBNICATE\r\n', /^a BAD Unknown command\r\n$/],
    ['outside', '\r\n', /^\* BAD /],
    ['outside', 'a\r\n', /^a BAD /],
    ['outside', 'a NOOP\r\nb NOOP\r\n', /^a OK .*\r\nb OK .*\r\n$/],
    ['outside', 'a ID NIL\r\n', /^\* ID NIL\r\na OK /],
    ['outside', 'a LOGOUT\r\n', /^\* BYE .*\r\na OK .*\r\n CLOSE$/],
    ['inside', LOGIN, /^a OK Logged in\r\n$/],
    ['inside', `a LOGIN "${ACCOUNT.user}" {20+}\r\n${ACCOUNT.password}\r\n`, /^a OK /],
    ['inside', `a LOGIN {20}\r\n${ACCOUNT.user} {20}\r\n${ACCOUNT.password}\r\n`, /^\+ .*\r\n\+ .*\r\na OK /],
    ['inside', `a LOGIN ${ACCOUNT.user} wrong\r\n`, /^a NO \[AUTHENTICATIONFAILED\]/],
    ['inside', 'a LOGIN one\r\n', /^a BAD /],
    ['inside', `a AUTHENTICATE PLAIN ${PLAIN}\r\n`, /^a OK /],
    ['inside', `a AUTHENTICATE PLAIN\r\n${PLAIN}\r\n`, /^\+ \r\na OK /],
    [
      'inside',
      `a AUTHENTICATE LOGIN\r\n${base64(ACCOUNT.user)}\r\n${base64(ACCOUNT.password)}\r\n`,
      /^\+ VXNlcm5hbWU6\r\n\+ UGFzc3dvcmQ6\r\na OK /,
    ],
    ['inside', 'a AUTHENTICATE PLAIN\r\n*\r\nb NOOP\r\n', /^\+ \r\na BAD .*\r\nb OK /],
    ['inside', 'a AUTHENTICATE GSSAPI\r\n', /^a NO /],
    ['inside', 'a AUTHENTICATE\r\n', /^a NO /],
    ['logged in', LOGIN, /^a BAD Already logged in/],
    ['logged in', 'a LIST "" ""\r\n', /^\* LIST \(\\Noselect\) "\/" ""\r\na OK /],
    ['logged in', 'a LIST "" *\r\n', /^\* LIST \(\\HasNoChildren\) "\/" "INBOX"\r\n(\* LIST .*\r\n){3}a OK /],
    ['logged in', 'a LIST "" "IN%"\r\n', /^\* LIST .* "INBOX"\r\na OK /],
    ['logged in', 'a LIST "" inbox\r\n', /^\* LIST .* "INBOX"\r\na OK /],
    ['logged in', `a LIST "" "${'*a'.repeat(500)}"\r\n`, /^a OK /],
    ['logged in', 'a UNSUBSCRIBE Sent\r\nb LSUB "" S*\r\n', /^a OK .*\r\nb OK /],
    ['logged in', 'a STATUS INBOX (MESSAGES UNSEEN)\r\n', /^\* STATUS "INBOX" \(MESSAGES 1 UNSEEN 1\)\r\na OK /],
    ['logged in', 'a STATUS INBOX (CONSTRUCTOR)\r\n', /^a BAD /],
    ['logged in', 'a SELECT Nowhere\r\n', /^a NO \[NONEXISTENT\]/],
    ['logged in', 'a FETCH 1 FLAGS\r\n', /^a BAD Select/],
    [
      'logged in',
      'a CREATE x/y\r\nb CREATE x/y\r\nc SELECT x/y\r\nd DELETE x/y\r\ne DELETE INBOX\r\n',
      /^a OK .*\r\nb NO .*\r\n[^]*c OK .*\r\nd OK .*\r\ne NO /,
    ],
    [
      'logged in',
      'a APPEND Sent (\\seen) {3}\r\nabc\r\nb STATUS Sent (MESSAGES UNSEEN)\r\n',
      /^\+ .*\r\na OK \[APPENDUID 1 1\] .*\r\n\* STATUS "Sent" \(MESSAGES 1 UNSEEN 0\)/,
    ],
    ['logged in', 'a APPEND Nowhere {3+}\r\nabc\r\n', /^a NO \[TRYCREATE\]/],
    ['logged in', 'a APPEND INBOX {99999999999}\r\nb NOOP\r\n', /^a NO \[TOOBIG\] .*\r\nb OK /],
    ['logged in', 'a IDLE\r\nDONE\r\nb NOOP\r\n', /^\+ idling\r\na OK .*\r\nb OK /],
    ['logged in', 'a IDLE\r\nb NOOP\r\n', /^\+ idling\r\na BAD /],
    ['logged in', 'a NAMESPACE\r\n', /^\* NAMESPACE \(\("" "\/"\)\) NIL NIL\r\na OK /],
    [
      'logged in',
      'a SELECT INBOX\r\n',
      /^\* FLAGS .*\r\n\* OK \[PERMANENTFLAGS .*\r\n\* 1 EXISTS\r\n\* 0 RECENT\r\n\* OK \[UNSEEN 1\].*\r\n\* OK \[UIDVALIDITY 1\].*\r\n\* OK \[UIDNEXT 2\].*\r\na OK \[READ-WRITE\]/,
    ],
    [
      'logged in',
      'a EXAMINE INBOX\r\nb STORE 1 FLAGS \\Seen\r\nc FETCH 1 BODY[1]\r\nd FETCH 1 FLAGS\r\n',
      /b NO [^]*c OK [^]*FLAGS \(\)/,
    ],
    [
      'selected',
      'a FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n',
      new RegExp(
        `^\\* 1 FETCH \\(UID 1 FLAGS \\(\\) INTERNALDATE "03-Feb-2026 10:00:00 \\+0100" RFC822.SIZE ${MESSAGE.length}\\)\\r\\na OK `,
      ),
    ],
    [
      'selected',
      'a FETCH 1 ALL\r\n',
      /ENVELOPE \("Tue, 3 Feb 2026 10:00:00 \+0100" "Greetings, folded" \(\("Curlew, Anna" NIL "anna" "lab.test"\)\) /,
    ],
    [
      'selected',
      'a FETCH 1 BODYSTRUCTURE\r\n',
      /BODYSTRUCTURE \(\("TEXT" "PLAIN" \("CHARSET" "utf-8"\) .*\)\("MESSAGE" "RFC822" NIL .* "MIXED" \("BOUNDARY" "xx"\) NIL NIL NIL\)\)/,
    ],
    ['selected', 'a UID FETCH 1:* BODY.PEEK[]<0.4>\r\n', /^\* 1 FETCH \(UID 1 BODY\[\]<0> \{4\}\r\nFrom\)\r\na OK /],
    ['selected', 'a FETCH 1 BODY.PEEK[HEADER]\r\n', new RegExp(`BODY\\[HEADER\\] \\{${HEADER.length + 4}\\}\\r\\n`)],
    [
      'selected',
      'a FETCH 1 BODY.PEEK[HEADER.FIELDS ("date" SUBJECT)]\r\n',
      /\{70\}\r\nSubject: Greetings,\r\n folded\r\nDate: .*\r\n\r\n\)/,
    ],
    [
      'selected',
      'a FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (date subject to from message-id content-type)]\r\n',
      /\{21\}\r\nMIME-Version: 1.0\r\n\r\n\)/,
    ],
    [
      'selected',
      'a FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.HEADER] BODY.PEEK[2.1])\r\n',
      /\[1\] \{20\}\r\ncanarybody0000000001 BODY\[1.MIME\] \{43\}\r\nContent-Type.*\r\n\r\n BODY\[2.HEADER\] \{18\}\r\nSubject: inner\r\n\r\n BODY\[2.1\] \{10\}\r\ninner body\)/,
    ],
    ['selected', 'a FETCH 1 BODY.PEEK[9]\r\n', /BODY\[9\] NIL\)/],
    [
      'selected',
      'a FETCH 1 RFC822.TEXT\r\nb FETCH 1 FLAGS\r\n',
      /RFC822\.TEXT \{\d+\}[^]* FLAGS \(\\Seen\)\)\r\na OK [^]*FLAGS \(\\Seen\)/,
    ],
    ['selected', 'a FETCH 1 NONSENSE\r\n', /^a BAD /],
    ['selected', 'a FETCH 1:4294967295 UID\r\n', /^\* 1 FETCH \(UID 1\)\r\na OK /],
    ['selected', 'a FETCH x UID\r\n', /^a BAD /],
    ['selected', 'a UID SEARCH ALL\r\n', /^\* SEARCH 1\r\na OK /],
    [
      'selected',
      'a SEARCH UNSEEN NOT DELETED SINCE 1-Feb-2026 (OR FROM nobody SUBJECT "greet")\r\n',
      /^\* SEARCH 1\r\n/,
    ],
    [
      'selected',
      'a SEARCH SEEN\r\nb SEARCH BEFORE 1-Feb-2026\r\nc SEARCH NOT ALL\r\n',
      /^\* SEARCH\r\na OK .*\r\n\* SEARCH\r\nb OK .*\r\n\* SEARCH\r\nc OK /,
    ],
    ['selected', `a SEARCH ${'OR '.repeat(10_000)}\r\n`, /^\* SEARCH/],
    ['selected', `a SEARCH ${'NOT '.repeat(10_000)}ALL\r\n`, /^\* SEARCH 1\r\n/],
    ['selected', `a SEARCH ${'('.repeat(10_000)}\r\n`, /^a BAD /],
    ['selected', `a SEARCH ${'('.repeat(10_000)}ALL${')'.repeat(10_000)}\r\n`, /^a BAD /],
    [
      'selected',
      'a STORE 1 +FLAGS (\\Deleted $x)\r\nb STORE 1 -FLAGS.SILENT $x\r\nc FETCH 1 FLAGS\r\n',
      /^\* 1 FETCH \(FLAGS \(\\Deleted \$x\)\)\r\na OK .*\r\nb OK .*\r\n\* 1 FETCH \(FLAGS \(\\Deleted\)\)/,
    ],
    [
      'selected',
      'a UID STORE 1 FLAGS (\\Deleted)\r\nb UID EXPUNGE 2\r\nc EXPUNGE\r\n',
      /^\* 1 FETCH \(UID 1 FLAGS \(\\Deleted\)\)\r\na OK .*\r\nb OK .*\r\n\* 1 EXPUNGE\r\nc OK /,
    ],
    [
      'selected',
      'a COPY 1 Sent\r\nb UID MOVE 1 Trash\r\nc COPY 1 Nowhere\r\n',
      /^a OK \[COPYUID 1 1 1\].*\r\n\* OK \[COPYUID 1 1 1\].*\r\n\* 1 EXPUNGE\r\nb OK .*\r\nc NO \[TRYCREATE\]/,
    ],
    [
      'selected',
      'a COPY 1 INBOX\r\nb MOVE 1 INBOX\r\n',
      /^\* 2 EXISTS\r\na OK .*\r\n\* 3 EXISTS\r\n\* OK \[COPYUID 1 1 3\].*\r\n\* 1 EXPUNGE\r\nb OK /,
    ],
    ['selected', 'a CHECK\r\nb CLOSE\r\nc FETCH 1 UID\r\n', /^a OK .*\r\nb OK .*\r\nc BAD /],
    ['selected', 'a UNSELECT\r\nb UNSELECT\r\n', /^a OK .*\r\nb BAD /],
    ['selected', 'a UID FROB 1\r\n', /^a BAD /],
    ['selected', 'a SETACL x\r\n', /^a BAD Unknown command/],
  ];

  for (const [state, says, hears] of ROWS) {
    it(`${state}: ${JSON.stringify(says.slice(0, 90))}`, () => {
      expect(side(settings(), state).say(says)).to.match(hears);
    });
  }

  const WITHOUT_UPGRADE: readonly (readonly [says: string, hears: RegExp])[] = [
    ['a STARTTLS\r\n', /^a BAD /],
    [LOGIN, /^a OK /],
  ];

  for (const [says, hears] of WITHOUT_UPGRADE) {
    it(`without an upgrade on offer: ${JSON.stringify(says)}`, () => {
      const open = openSettings();
      expect(side({ ...open, outside: { ...open.outside, upgrade: false } }, 'outside').say(says)).to.match(hears);
    });
  }

  it('keeps LOGIN disabled while mechanisms are offered', () => {
    const open = openSettings();
    const { say } = side({ ...open, outside: { ...open.outside, loginDisabled: true } }, 'outside');
    expect(say(LOGIN)).to.match(/^a NO /);
    expect(say(`b AUTHENTICATE PLAIN ${PLAIN}\r\n`)).to.match(/^b OK /);
  });

  it('has a full mailbox one day', () => {
    const { say } = side(settings(), 'selected');
    for (let copies = 1; copies < 512; copies *= 2) say('a COPY 1:* INBOX\r\n');
    expect(say('a COPY 1:* INBOX\r\n')).to.match(/^a NO \[OVERQUOTA\]/);
    expect(say('a APPEND INBOX {1+}\r\nx\r\n')).to.match(/^\* 513 EXISTS\r\na OK /);
  });

  it('takes no forged envelope for more than it is worth', () => {
    const { say } = side(settings(), 'selected');
    const text = `From: "${'\\"'.repeat(400_000)}\r\n\r\n`;
    say(`a APPEND INBOX {${text.length}+}\r\n${text}\r\n`);
    expect(say('b FETCH 2 ENVELOPE\r\n')).to.match(/b OK /);
  });

  it('says goodbye to a command without end', () => {
    expect(side(settings(), 'inside').say('x'.repeat(imap.longestCommand + 1))).to.match(/^\* BYE .*\r\n CLOSE$/);
  });
});
