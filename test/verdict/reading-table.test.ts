import { expect } from 'chai';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { reading, type Reading, type Said } from '../../src/verdict/reading.js';
import { connectionOf, entriesOf } from './scripted.js';

const b64 = (text: string): string => Buffer.from(text).toString('base64');

/** What is known of the circumstances in which the last thing was said. */
const circumstances = ({ said }: Reading): string => {
  const last = said.at(-1);
  const flags: readonly (keyof Said)[] = [
    'inside',
    'trusted',
    'upgradeOnOffer',
    'sawOffer',
    'tamperedBefore',
    'isKnown',
  ];
  return flags.filter((flag) => last?.[flag] === true).join(' ');
};

describe('the circumstances of what a client says', () => {
  const rows: readonly (readonly [protocol: ProtocolName, script: readonly string[], flags: string])[] = [
    ['smtp', ['S: 220', 'C: QUIT'], 'isKnown'],
    ['smtp', ['S: 220', 'C: hunter2'], ''],
    ['smtp', ['S! 220', 'C: QUIT'], 'tamperedBefore isKnown'],
    ['smtp', ['S: 220', 'C: NOOP', 'S! 250', 'C: QUIT'], 'tamperedBefore isKnown'],
    ['smtp', ['S: 220', '* withholds', 'C: QUIT'], 'tamperedBefore isKnown'],
    ['smtp', ['S: 220', '# idle', 'C: QUIT'], 'isKnown'],
    ['smtp', ['S: 220', '--fails', 'C: QUIT'], 'tamperedBefore isKnown'],
    ['smtp', ['S: 220', '--breaks', 'C: QUIT'], 'isKnown'],
    ['smtp', ['S: 220', 'C: EHLO x', 'S: 250-x\r\n250 STARTTLS', 'C: QUIT'], 'upgradeOnOffer sawOffer isKnown'],
    ['smtp', ['S: 220', 'C: EHLO x', 'S: 250-x\r\n250 AUTH PLAIN', 'C: QUIT'], 'sawOffer isKnown'],
    ['smtp', ['S: 220', 'C: NOOP', 'S: 250-x\r\n250 STARTTLS', 'C: QUIT'], 'isKnown'],
    // HELO asks for no list: who says that alone never looked for TLS.
    ['smtp', ['S: 220', 'C: HELO x', 'S: 250 x', 'C: QUIT'], 'isKnown'],
    ['smtp', ['S: 220', 'C: EHLO x', 'S: 502', 'C: HELO x', 'S: 250 x', 'C: QUIT'], 'sawOffer isKnown'],
    ['smtp', ['--', 'S: 220', 'C: EHLO x', 'S: 250-x\r\n250 STARTTLS', 'C: QUIT'], 'inside trusted isKnown'],
    ['smtp', ['--bad', 'S: 220', 'C: QUIT'], 'inside tamperedBefore isKnown'],
    ['smtp', ['--', 'S: 220', '==', 'C: QUIT'], 'isKnown'],
    [
      'imap',
      ['S: * OK', 'S: * CAPABILITY STARTTLS', 'C: a NOOP', 'S: a OK', 'C: b NOOP'],
      'upgradeOnOffer sawOffer isKnown',
    ],
    ['imap', ['S: * OK', 'C: a IDLE', 'S: + ', 'C: DONE'], 'isKnown'],
  ];
  for (const [protocol, script, flags] of rows) {
    it(`${script.join(', ').replace('\r\n', ' ')}: ${flags || 'nothing'}`, () => {
      expect(circumstances(reading(connectionOf(protocol, script)))).to.equal(flags);
    });
  }
});

describe('what a server took of a client', () => {
  const PLAIN = `C: AUTH PLAIN ${b64('\0u\0p')}`;
  /** The kind, after how many things that the client said, and where. */
  const rows: readonly (readonly [protocol: ProtocolName, script: readonly string[], taken: readonly string[]])[] = [
    ['smtp', ['S: 220', PLAIN, 'S: 235'], ['login 1 in clear']],
    ['smtp', ['S: 220', PLAIN, 'S: 535'], []],
    // Nothing but a go-ahead takes a login: no goodbye, no word that the protocol does not have.
    ['smtp', ['S: 220', PLAIN, 'S: 421'], []],
    ['smtp', ['S: 220', PLAIN, 'S: 501'], []],
    ['smtp', ['S: 220', PLAIN, 'S: 999'], []],
    ['pop3', ['S: +OK', 'C: USER bob', 'S: +OK', 'C: PASS x', 'S: ?OK'], []],
    ['imap', ['S: * OK', 'C: a LOGIN u p', 'S: a BAD'], []],
    ['managesieve', ['S: OK', `C: AUTHENTICATE "PLAIN" "${b64('\0u\0p')}"`, 'S: BYE'], []],
    ['smtp', ['* does not greet', PLAIN, 'S: 235'], ['login 1 in clear']],
    ['smtp', ['--', 'S: 220', PLAIN, 'S: 235'], ['login 1 trusted']],
    ['smtp', ['--bad', 'S: 220', PLAIN, 'S: 235'], ['login 1 inside']],
    ['smtp', ['S: 220', PLAIN, '--', 'S: 235'], []],
    ['smtp', ['S: 220', 'C: DATA', 'S: 354', 'C: x\r\n.', 'S: 250'], ['message 2 in clear']],
    ['smtp', ['S: 220', 'C: MAIL FROM:<a@b>', 'S: 250'], []],
    ['pop3', ['S: +OK', 'C: USER bob', 'S: +OK'], []],
    ['pop3', ['S: +OK', 'C: USER bob', 'S: +OK', 'C: PASS x', 'S: +OK'], ['login 2 in clear']],
    ['managesieve', ['S: OK', 'C: "abcd"', 'S: OK'], []],
    ['imap', ['S: * OK', 'C: a LOGIN u p', 'S: b OK'], []],
    ['imap', ['S: * OK', 'C: a NOOP', 'C: b LOGIN u p', 'S: b OK'], ['login 2 in clear']],
    [
      'imap',
      ['S: * OK', 'C: a NOOP', 'C: b AUTHENTICATE PLAIN', 'S: + ', `C: ${b64('\0u\0p')}`, 'S: b OK', 'S: a OK'],
      ['login 3 in clear'],
    ],
  ];
  for (const [protocol, script, taken] of rows) {
    it(`${protocol}: ${script.join(', ').replace('\r\n', ' ')}: ${taken.join() || 'nothing'}`, () => {
      const { accepted } = reading(connectionOf(protocol, script));
      expect(
        accepted.map(
          ({ what, after, inside, trusted }) =>
            `${what} ${String(after)} ${trusted ? 'trusted' : inside ? 'inside' : 'in clear'}`,
        ),
      ).to.deep.equal(taken);
    });
  }
});

describe('whether the upgrade was asked for, and failed', () => {
  const rows: readonly (readonly [script: readonly string[], asked: boolean, failed: boolean])[] = [
    [['S: 220', 'C: QUIT'], false, false],
    [['S: 220', 'C: STARTTLS'], true, true],
    [['S: 220', 'C: STARTTLS', 'S: 220', '--'], true, false],
    [['S: 220', 'C: STARTTLS', 'S: 220', '--bad'], true, false],
    [['S: 220', 'C: STARTTLS', 'S: 220', '--', '=='], true, true],
    [['--', 'S: 220', 'C: STARTTLS'], false, false],
    [['--breaks'], false, true],
  ];
  for (const [script, asked, failed] of rows) {
    it(`${script.join(', ')}: ${asked ? '' : 'not '}asked, ${failed ? '' : 'not '}failed`, () => {
      expect(reading(connectionOf('smtp', script))).to.include({ askedUpgrade: asked, upgradeFailed: failed });
    });
  }
});

describe('a reading', () => {
  it('keeps what TLS cut off, where it began', () => {
    const { rest, said } = reading(
      connectionOf('pop3', ['S: +OK', 'C: NOOP', 'C~ PASS hun', 'C~ ter2', '--', 'C: NOOP']),
    );
    expect(rest.map(({ entry, inside, trusted, bytes }) => [entry, inside, trusted, String(bytes)])).to.deep.equal([
      [2, false, false, 'PASS hunter2'],
    ]);
    expect(said.map(({ entry, at, inside }) => [entry, at, inside])).to.deep.equal([
      [1, 20, false],
      [5, 60, true],
    ]);
  });

  it('says of a rest inside TLS whether that deserves trust', () => {
    for (const [step, trusted] of [
      ['--', true],
      ['--bad', false],
    ] as const) {
      const { rest } = reading(connectionOf('pop3', [step, 'S: +OK', 'C~ PASS x']));
      expect(rest.map((each) => [each.inside, each.trusted])).to.deep.equal([[true, trusted]]);
    }
  });

  it('is made anew once the transcript has grown', () => {
    const entries = entriesOf(['S: 220', 'C: NOOP']);
    const connection = connectionOf('smtp', [], { entries });
    expect(reading(connection).said).to.have.length(1);
    entries.push(...entriesOf(['C: QUIT']));
    expect(reading(connection).said).to.have.length(2);
  });

  it('is of one protocol, though another one has read the same bytes', () => {
    const entries = entriesOf(['S: +OK', 'C: STLS']);
    expect(reading(connectionOf('smtp', [], { entries })).askedUpgrade).to.equal(false);
    expect(reading(connectionOf('pop3', [], { entries })).askedUpgrade).to.equal(true);
  });
});
