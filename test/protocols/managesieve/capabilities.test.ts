import { expect } from 'chai';

import { capabilities, offer, rewriteOffer } from '../../../src/protocols/managesieve/capabilities.js';
import { readReply } from '../../../src/protocols/managesieve/replies.js';
import type { OfferChange, Reply } from '../../../src/protocols/protocol.js';

const reply = (bytes: string): Reply => {
  const read = readReply(Buffer.from(bytes, 'latin1'), { first: false });
  if (read === undefined) throw new Error('no reply');
  return read.value;
};

const PIGEONHOLE =
  '"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto"\r\n"NOTIFY" "mailto"\r\n"SASL" "PLAIN login"\r\n"StartTLS"\r\n"VERSION" "1.0"\r\nOK "ready."\r\n';

describe('ManageSieve offers', () => {
  const extensions = [
    '"IMPLEMENTATION" "Dovecot Pigeonhole"',
    '"SIEVE" "fileinto"',
    '"NOTIFY" "mailto"',
    '"VERSION" "1.0"',
  ];
  for (const row of [
    {
      title: 'of a block',
      bytes: [PIGEONHOLE],
      offer: { upgrade: true, logins: ['PLAIN', 'LOGIN'], loginDisabled: false, extensions },
    },
    {
      title: 'with an empty SASL list',
      bytes: ['"SASL" ""\r\nOK\r\n'],
      offer: { upgrade: false, logins: [], loginDisabled: false, extensions: [] },
    },
    {
      title: 'of the last block',
      bytes: [PIGEONHOLE, '"SASL" {5}\r\nPLAIN\r\nOK\r\n', 'OK\r\n'],
      offer: { upgrade: false, logins: ['PLAIN'], loginDisabled: false, extensions: [] },
    },
    { title: 'of a refusal', bytes: ['NO\r\n'], offer: undefined },
    { title: 'of a list of scripts', bytes: ['"STARTTLS"\r\n"x" ACTIVE\r\nOK\r\n'], offer: undefined },
  ]) {
    it(row.title, () => {
      expect(offer(row.bytes.map(reply))).to.deep.equal(row.offer);
    });
  }

  const rewrites: readonly { title: string; bytes: string; change: OfferChange; becomes: string }[] = [
    {
      title: 'takes STARTTLS away',
      bytes: '"SASL" "PLAIN"\r\n"starttls"\r\nOK "x"\r\n',
      change: { upgrade: false },
      becomes: '"SASL" "PLAIN"\r\nOK "x"\r\n',
    },
    {
      title: 'adds',
      bytes: '"SASL" ""\r\nOK\r\n',
      change: { upgrade: true, logins: ['PLAIN', 'LOGIN'], addExtensions: ['XCANARY'] },
      becomes: '"XCANARY"\r\n"SASL" "PLAIN LOGIN"\r\n"STARTTLS"\r\nOK\r\n',
    },
    {
      title: 'empties the logins',
      bytes: '"SASL" "PLAIN"\r\nOK\r\n',
      change: { logins: [] },
      becomes: '"SASL" ""\r\nOK\r\n',
    },
    {
      title: 'leaves refusals',
      bytes: 'NO "STARTTLS"\r\n',
      change: { upgrade: false, logins: [] },
      becomes: 'NO "STARTTLS"\r\n',
    },
    {
      title: 'leaves scripts',
      bytes: '{12}\r\n"SASL" "X"\r\n\r\nOK\r\n',
      change: { logins: [] },
      becomes: '{12}\r\n"SASL" "X"\r\n\r\nOK\r\n',
    },
    {
      title: 'leaves half a reply',
      bytes: '"SASL" "PLAIN"\r\n',
      change: { logins: [] },
      becomes: '"SASL" "PLAIN"\r\n',
    },
    {
      title: 'leaves two replies',
      bytes: '"SASL" "X"\r\nOK\r\nOK\r\n',
      change: { logins: [] },
      becomes: '"SASL" "X"\r\nOK\r\nOK\r\n',
    },
  ];
  for (const row of rewrites) {
    it(row.title, () => {
      expect(rewriteOffer(Buffer.from(row.bytes), row.change).toString()).to.equal(row.becomes);
    });
  }

  it('reads what it writes', () => {
    const offered = { upgrade: true, logins: ['PLAIN'], loginDisabled: false, extensions };
    expect(offer([reply(capabilities(offered).toString())])).to.deep.equal(offered);
  });

  it('puts in what RFC 5804 requires', () => {
    expect(
      reply(capabilities({ upgrade: false, logins: [], loginDisabled: false, extensions: [] }).toString()).lines,
    ).to.deep.equal(['"IMPLEMENTATION" "mail.lab.test"', '"SIEVE" "fileinto"', '"VERSION" "1.0"', '"SASL" ""', 'OK']);
  });
});
