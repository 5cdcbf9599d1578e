import { expect } from 'chai';

import { pop3 } from '../../../src/protocols/pop3/protocol.js';
import { capabilities, offer, rewriteOffer } from '../../../src/protocols/pop3/capabilities.js';
import { readCommand } from '../../../src/protocols/pop3/commands.js';
import { readReply } from '../../../src/protocols/pop3/replies.js';
import type { OfferChange, Reply } from '../../../src/protocols/protocol.js';

const replyTo = (command: string, bytes: string): Reply => {
  const outstanding = readCommand(Buffer.from(`${command}\r\n`))?.value;
  const read = readReply(Buffer.from(bytes), { first: command === '', ...(outstanding && { outstanding }) });
  if (read === undefined) throw new Error('no reply');
  return read.value;
};

describe('POP3 offers', () => {
  const apop = replyTo('', '+OK ready <1896.69@dbc.mtview.ca.us>\r\n');
  const plain = replyTo('', '+OK Dovecot ready.\r\n');
  const dovecot = replyTo(
    'CAPA',
    '+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nSTLS\r\nUSER\r\nSASL PLAIN login\r\n.\r\n',
  );
  const bare = replyTo('AUTH', '+OK\r\nPLAIN\r\nSCRAM-SHA-256\r\n.\r\n');
  const extensions = ['CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING', 'AUTH-RESP-CODE'];

  for (const row of [
    {
      title: 'CAPA',
      replies: [plain, dovecot],
      offer: { upgrade: true, logins: ['PLAIN', 'LOGIN', 'USER/PASS'], loginDisabled: false, extensions },
    },
    {
      title: 'CAPA and a timestamp',
      replies: [apop, dovecot],
      offer: { upgrade: true, logins: ['PLAIN', 'LOGIN', 'USER/PASS', 'APOP'], loginDisabled: false, extensions },
    },
    {
      title: 'CAPA and AUTH',
      replies: [plain, dovecot, bare],
      offer: { upgrade: true, logins: ['PLAIN', 'LOGIN', 'USER/PASS'], loginDisabled: false, extensions },
    },
    {
      title: 'AUTH alone',
      replies: [plain, bare],
      offer: { upgrade: false, logins: ['PLAIN', 'SCRAM-SHA-256'], loginDisabled: false, extensions: [] },
    },
    { title: 'greeting alone', replies: [apop], offer: undefined },
    { title: 'CAPA refused', replies: [plain, replyTo('CAPA', '-ERR\r\n')], offer: undefined },
  ]) {
    it(row.title, () => {
      expect(offer(row.replies)).to.deep.equal(row.offer);
    });
  }

  const rewrites: readonly { title: string; bytes: string; change: OfferChange; becomes: string }[] = [
    {
      title: 'takes STLS away',
      bytes: '+OK x\r\nTOP\r\nSTLS\r\nUSER\r\n.\r\n',
      change: { upgrade: false },
      becomes: '+OK x\r\nTOP\r\nUSER\r\n.\r\n',
    },
    {
      title: 'takes stls away',
      bytes: '+OK x\r\nTOP\r\nstls \r\n.\r\n',
      change: { upgrade: false },
      becomes: '+OK x\r\nTOP\r\n.\r\n',
    },
    {
      title: 'replaces logins',
      bytes: '+OK\r\nSASL PLAIN\r\nUSER\r\nTOP\r\n.\r\n',
      change: { logins: ['CRAM-MD5', 'APOP'] },
      becomes: '+OK\r\nTOP\r\nSASL CRAM-MD5\r\n.\r\n',
    },
    {
      title: 'adds',
      bytes: '+OK\r\nTOP\r\n.\r\n',
      change: { upgrade: true, logins: ['USER/PASS'], addExtensions: ['XCANARY'] },
      becomes: '+OK\r\nTOP\r\nXCANARY\r\nSTLS\r\nUSER\r\n.\r\n',
    },
    {
      title: 'edits a list of mechanisms',
      bytes: '+OK\r\nPLAIN\r\n.\r\n',
      change: { upgrade: false, logins: ['USER/PASS', 'LOGIN'] },
      becomes: '+OK\r\nLOGIN\r\n.\r\n',
    },
    {
      title: 'takes a timestamp away',
      bytes: '+OK ready <1.2@h>\r\n',
      change: { logins: ['PLAIN'] },
      becomes: '+OK ready\r\n',
    },
    {
      title: 'keeps a timestamp',
      bytes: '+OK ready <1.2@h>\r\n',
      change: { logins: ['APOP'] },
      becomes: '+OK ready <1.2@h>\r\n',
    },
    {
      title: 'leaves refusals',
      bytes: '-ERR STLS\r\n',
      change: { upgrade: false, logins: [] },
      becomes: '-ERR STLS\r\n',
    },
    {
      title: 'leaves mail',
      bytes: '+OK 99\r\nSubject: STLS\r\n\r\nSTLS\r\n.\r\n',
      change: { upgrade: false, logins: [] },
      becomes: '+OK 99\r\nSubject: STLS\r\n\r\nSTLS\r\n.\r\n',
    },
    {
      title: 'leaves a list of messages',
      bytes: '+OK\r\n1 99\r\n.\r\n',
      change: { upgrade: true },
      becomes: '+OK\r\n1 99\r\n.\r\n',
    },
    { title: 'leaves half a reply', bytes: '+OK\r\nSTLS\r\n', change: { upgrade: false }, becomes: '+OK\r\nSTLS\r\n' },
  ];
  for (const row of rewrites) {
    it(row.title, () => {
      expect(rewriteOffer(Buffer.from(row.bytes), row.change).toString()).to.equal(row.becomes);
    });
  }

  it('reads what it writes', () => {
    const offered = {
      upgrade: true,
      logins: ['PLAIN', 'USER/PASS'],
      loginDisabled: false,
      extensions: ['TOP', 'EXPIRE NEVER'],
    };
    expect(offer([replyTo('CAPA', capabilities(offered).toString())])).to.deep.equal(offered);
    const auth = readCommand(Buffer.from('AUTH\r\n'))?.value;
    expect(pop3.answers.capabilities(auth, offered).toString()).to.equal('+OK Mechanisms follow\r\nPLAIN\r\n.\r\n');
  });
});
