import { expect } from 'chai';

import { Dialogue } from '../../src/protocols/dialogue.js';
import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { ClientUnit, Protocol } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';
import { it } from '../support/in-turn.js';

/** `C ` are the client's bytes, `S ` the server's; what the client's units are, and how many bytes are left over. */
const play = (protocol: Protocol, script: readonly string[]): { heard: string[]; unread: string } => {
  const dialogue = new Dialogue(protocol);
  const heard: string[] = [];
  for (const line of script) {
    const bytes = Buffer.from(line.slice(2), 'latin1');
    if (line.startsWith('S ')) dialogue.server(bytes);
    else dialogue.client(bytes);
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next())
      heard.push(`${String(placed.start)} ${nameOf(placed.unit)}`);
  }
  return { heard, unread: dialogue.unread.toString('latin1') };
};

const nameOf = (unit: ClientUnit): string => {
  if (unit.kind === 'command') return unit.verb;
  return unit.kind === 'response' ? `response ${String(unit.step)} ${unit.secrets[0]?.class ?? 'harmless'}` : unit.kind;
};

describe('dialogue', () => {
  const rows: readonly {
    title: string;
    protocol: Protocol;
    script: readonly string[];
    heard: readonly string[];
    unread?: string;
  }[] = [
    {
      title: 'a body after 354',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C DATA\r\n', 'S 354 go\r\n', 'C x\r\n.\r\nQUIT\r\n'],
      heard: ['0 DATA', '6 body', '12 QUIT'],
    },
    {
      title: 'no body after a refusal',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C DATA\r\n', 'S 503 no\r\n', 'C QUIT\r\n'],
      heard: ['0 DATA', '6 QUIT'],
    },
    {
      title: 'nothing is read before the answer',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C DATA\r\nQUIT\r\n'],
      heard: ['0 DATA'],
      unread: 'QUIT\r\n',
    },
    {
      title: 'a pipelined DATA is not invited by the answer to MAIL',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C MAIL FROM:<>\r\nDATA\r\n', 'S 354 what\r\n', 'C QUIT\r\n', 'S 503 no\r\n'],
      heard: ['0 MAIL', '14 DATA', '20 QUIT'],
    },
    {
      title: 'a pipelined DATA after its own answer',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C MAIL FROM:<>\r\nDATA\r\n', 'S 250 ok\r\n354 go\r\n', 'C .\r\n'],
      heard: ['0 MAIL', '14 DATA', '20 body'],
    },
    {
      title: 'a 3xx to STARTTLS is its answer',
      protocol: smtp,
      script: [
        'S 220 h\r\n',
        'C STARTTLS\r\n',
        'S 354 x\r\n',
        'C AUTH LOGIN\r\n',
        'S 334 \r\n',
        'C dQ==\r\n',
        'S 334 \r\n',
        'C cA==\r\n',
        'S 235 in\r\n',
        'C QUIT\r\n',
      ],
      heard: ['0 STARTTLS', '10 AUTH', '22 response 1 user', '28 response 2 password', '34 QUIT'],
    },
    {
      title: 'queued replies: the body is still a body',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C DATA\r\n', 'S 354 go\r\n250 ok\r\n', 'C MAIL\r\n.\r\n', 'C QUIT\r\n'],
      heard: ['0 DATA', '6 body', '15 QUIT'],
    },
    {
      title: 'queued replies: the password is still a response',
      protocol: smtp,
      script: [
        'S 220 h\r\n',
        'C AUTH LOGIN\r\n',
        'S 334 a\r\n334 b\r\n235 in\r\n',
        'C dQ==\r\n',
        'C cA==\r\n',
        'C QUIT\r\n',
      ],
      heard: ['0 AUTH', '12 response 1 user', '18 response 2 password', '24 QUIT'],
    },
    {
      title: 'a goodbye while the client decides',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C AUTH LOGIN\r\n', 'S 421 bye\r\n', 'C QUIT\r\n'],
      heard: ['0 AUTH', '12 QUIT'],
    },
    {
      title: 'BDAT 0 LAST',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C BDAT 0 LAST\r\n'],
      heard: ['0 BDAT', '13 body'],
    },
    {
      title: 'BDAT of an absurd size',
      protocol: smtp,
      script: ['S 220 h\r\n', 'C BDAT 99999999999\r\n', 'C QUIT\r\n'],
      heard: ['0 BDAT', '18 oversize'],
    },
    {
      title: 'POP3: mail that looks like replies',
      protocol: pop3,
      script: [
        'S +OK\r\n',
        'C RETR 1\r\nAUTH LOGIN\r\n',
        'S +OK\r\n+OK in\r\n',
        'S + x\r\n.\r\n',
        'S + \r\n',
        'C dQ==\r\n',
      ],
      heard: ['0 RETR', '8 AUTH', '20 response 1 user'],
    },
    {
      title: 'POP3: an error is one line',
      protocol: pop3,
      script: ['S +OK\r\n', 'C CAPA\r\nAUTH PLAIN\r\n', 'S -ERR no\r\n+ \r\n', 'C AGEAYg==\r\n'],
      heard: ['0 CAPA', '6 AUTH', '18 response 1 password'],
    },
    {
      title: 'POP3: a bare AUTH is no login',
      protocol: pop3,
      script: ['S +OK\r\n', 'C AUTH\r\n', 'S +OK\r\nPLAIN\r\n.\r\n', 'C QUIT\r\n'],
      heard: ['0 AUTH', '6 QUIT'],
    },
    {
      title: 'ManageSieve: a challenge',
      protocol: managesieve,
      script: [
        'S "SASL" "X"\r\nOK\r\n',
        'C AUTHENTICATE "LOGIN"\r\n',
        'S "VXM6"\r\n',
        'C {4+}\r\n',
        'C dQ==\r\n',
        'S NO\r\n',
        'C LOGOUT\r\n',
      ],
      heard: ['0 AUTHENTICATE', '22 response 1 user', '34 LOGOUT'],
    },
    {
      title: 'ManageSieve: a script that looks like commands',
      protocol: managesieve,
      script: ['S OK\r\n', 'C PUTSCRIPT "x" {8+}\r\nSTARTTL', 'C S\r\nLOGOUT\r\n'],
      heard: ['0 PUTSCRIPT', '30 LOGOUT'],
    },
  ];
  for (const row of rows) {
    it(row.title, () => {
      expect(play(row.protocol, row.script)).to.deep.equal({ heard: row.heard, unread: row.unread ?? '' });
    });
  }

  it('learns which command is answered where others were ignored', () => {
    const dialogue = new Dialogue(smtp);
    dialogue.server(Buffer.from('220 h\r\n'));
    dialogue.client(Buffer.from('STARTTLS\r\nAUTH LOGIN\r\n'));
    dialogue.next();
    const auth = dialogue.next();
    expect(auth?.unit).to.have.property('verb', 'AUTH');
    if (auth !== undefined) dialogue.answering(auth.unit);
    dialogue.server(Buffer.from('334 x\r\n'));
    dialogue.client(Buffer.from('dQ==\r\n'));
    expect(dialogue.next()?.unit).to.have.property('kind', 'response');
  });

  for (const protocol of [smtp, pop3, managesieve]) {
    it(`${protocol.name}: what is too long is so however it was cut`, () => {
      const line = Buffer.concat([Buffer.alloc(protocol.longestCommand, 0x61), Buffer.from('\r\nQUIT\r\n')]);
      for (const size of [line.length, 1000, 65536]) {
        const dialogue = new Dialogue(protocol);
        const units: ClientUnit[] = [];
        for (let at = 0; at < line.length; at += size) {
          dialogue.client(line.subarray(at, at + size));
          for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) units.push(placed.unit);
        }
        expect(
          units.map(({ kind }) => kind),
          `segments of ${String(size)}`,
        ).to.deep.equal(['oversize']);
      }
    });
  }

  it('a message that is too long is none of a line', () => {
    for (const begin of ['DATA\r\n', 'BDAT 99999999999\r\n']) {
      const dialogue = new Dialogue(smtp);
      dialogue.server(Buffer.from('220 h\r\n'));
      dialogue.client(Buffer.from(begin));
      dialogue.next();
      dialogue.server(Buffer.from('354 go on\r\n'));
      const piece = Buffer.alloc(1024 * 1024, 'x');
      let unit: ClientUnit | undefined;
      for (let pieces = 0; pieces <= 41 && unit === undefined; pieces += 1) {
        dialogue.client(piece);
        unit = dialogue.next()?.unit;
      }
      expect(unit).to.include({ kind: 'oversize', of: 'message' });
    }
  });

  describe('a message in pieces', () => {
    const long = 'x'.repeat(16 * 1024);
    const rows: readonly (readonly [what: string, command: string, body: string])[] = [
      ['a short one', 'DATA', 'x\r\n.\r\n'],
      ['none', 'DATA', '.\r\n'],
      ['a long one', 'DATA', `${long}${long}${long}\r\n.\r\n`],
      // A dot and a line end behind something else, wherever a piece may begin.
      ...[0, 1, 2, 3, 4, 5, 6].map(
        (less) => ['what looks like an end', 'DATA', `${long.slice(less)}.\r\nx.\r\n${long}\r\n.\r\n`] as const,
      ),
      ['a chunk', 'BDAT 40000', 'x'.repeat(40_000)],
      ['a short chunk', 'BDAT 3', 'x\r\n'],
    ];
    for (const [what, command, body] of rows)
      for (const cut of [1, 7, 5000, 1_000_000]) {
        it(`${what} (${command}, ${String(body.length)} bytes), cut into ${String(cut)}: all of it, little held, one end`, () => {
          const dialogue = new Dialogue(smtp, { mails: 'pieces' });
          dialogue.server(Buffer.from('220 h\r\n'));
          dialogue.client(Buffer.from(`${command}\r\n`));
          dialogue.next();
          if (command === 'DATA') dialogue.server(Buffer.from('354 go on\r\n'));
          const units: ClientUnit[] = [];
          const all = Buffer.from(`${body}NOOP\r\n`);
          let held = 0;
          for (let at = 0; at < all.length; at += cut) {
            dialogue.client(all.subarray(at, at + cut));
            for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) units.push(placed.unit);
            held = Math.max(held, dialogue.unread.length);
          }
          const bodies = units.filter((unit) => unit.kind === 'body');
          expect(Buffer.concat(bodies.map(({ raw }) => raw)).toString()).to.equal(body);
          expect(bodies.map(({ goesOn }) => goesOn === true).lastIndexOf(true)).to.equal(bodies.length - 2);
          expect(units.at(-1)).to.include({ kind: 'command', verb: 'NOOP' });
          expect(held).to.be.at.most(16 * 1024);
        });
      }

    it('is as long as it likes where it is passed on, and bounded elsewhere', () => {
      const read = (longestPassed?: number): string[] => {
        const dialogue = new Dialogue(smtp, { mails: 'pieces', ...(longestPassed !== undefined && { longestPassed }) });
        dialogue.server(Buffer.from('220 h\r\n'));
        dialogue.client(Buffer.from('DATA\r\n'));
        dialogue.next();
        dialogue.server(Buffer.from('354 go on\r\n'));
        const kinds = new Set<string>();
        for (let count = 0; count <= 41; count += 1) {
          dialogue.client(Buffer.alloc(1024 * 1024, 'x'));
          for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next())
            kinds.add(placed.unit.kind);
        }
        return [...kinds];
      };
      expect(read()).to.deep.equal(['body', 'oversize']);
      expect(read(Infinity)).to.deep.equal(['body']);
    });
  });

  it('starts anew when TLS begins', () => {
    const dialogue = new Dialogue(smtp);
    dialogue.server(Buffer.from('220 h\r\n'));
    dialogue.client(Buffer.from('STARTTLS\r\nEHLO x\r\nMA'));
    dialogue.next();
    expect(dialogue.takeUnread().toString()).to.equal('EHLO x\r\nMA');
    dialogue.server(Buffer.from('220 go\r\n250-inj'));
    dialogue.reset();
    dialogue.client(Buffer.from('NOOP\r\n'));
    expect(dialogue.next()).to.deep.include({ start: 0 });
    expect(dialogue.server(Buffer.from('250 ok\r\n')).map(({ lines }) => lines)).to.deep.equal([['250 ok']]);
  });
});
