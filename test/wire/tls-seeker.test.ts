import { expect } from 'chai';
import { TlsSeeker } from '../../src/wire/tls-seeker.js';

/** An SSLv2 hello as far as it is looked at: length 50, version 3.1, 9 bytes of ciphers, no session, a challenge of 32. */
const SSLV2 = '\x80\x32\x01\x03\x01\x00\x09\x00\x00\x00\x20';
const HELLO = '\x16\x03\x01\x00\x2e\x01';

describe('looking for the beginning of TLS', () => {
  const rows: {
    what: string;
    pieces: readonly (readonly [bytes: string, isSeen?: 'seen'])[];
    /** Each piece of plaintext, and how many of its bytes had been seen. */
    plain: readonly (readonly [text: string, seen: number])[];
    found?: string;
  }[] = [
    { what: 'a hello', pieces: [[HELLO]], plain: [], found: HELLO },
    { what: 'plaintext before it', pieces: [[`QUIT\r\n${HELLO}`]], plain: [['QUIT\r\n', 0]], found: HELLO },
    {
      what: 'an SSLv2 hello in the line after',
      pieces: [['QUIT\r\n'], [SSLV2]],
      plain: [['QUIT\r\n', 0]],
      found: SSLV2,
    },
    {
      what: 'the same bytes in the middle of a line',
      pieces: [[`x${SSLV2.slice(0, 2)}`], [SSLV2.slice(2)]],
      plain: [
        [`x${SSLV2.slice(0, 2)}`, 0],
        [SSLV2.slice(2), 0],
      ],
    },
    { what: 'seen plaintext', pieces: [['QUIT\r\n', 'seen']], plain: [['QUIT\r\n', 6]] },
    { what: 'a beginning that was seen, and was none', pieces: [['\x16', 'seen'], ['xy']], plain: [['\x16xy', 1]] },
    {
      what: 'a beginning that was seen behind plaintext, and was none',
      pieces: [['abcd\x16', 'seen'], ['xy']],
      plain: [
        ['abcd', 4],
        ['\x16xy', 1],
      ],
    },
    {
      what: 'a beginning of which nothing comes any more',
      pieces: [['ab\x16\x03']],
      plain: [
        ['ab', 0],
        ['\x16\x03', 0],
      ],
    },
  ];
  for (const { what, pieces, plain, found } of rows) {
    it(what, () => {
      const told: [string, number][] = [];
      const seeker = new TlsSeeker((text, seen) => told.push([text.toString('latin1'), seen]));
      const starts = pieces.map(([bytes, isSeen]) => seeker.push(Buffer.from(bytes, 'latin1'), isSeen === 'seen'));
      if (found === undefined) seeker.giveUp();
      expect(told).to.deep.equal(plain);
      expect(starts.map((start) => start?.toString('latin1')).at(-1)).to.equal(found);
    });
  }
});
