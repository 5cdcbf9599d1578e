import { expect } from 'chai';
import fc, { runs } from '../../support/properties.js';
import sinon from 'sinon';

import { Dialogue } from '../../../src/protocols/dialogue.js';
import { imap } from '../../../src/protocols/imap/protocol.js';
import { ACCOUNT, openSettings } from './settings.js';
import { it } from '../../support/in-turn.js';

const PLAIN = Buffer.from(`\0${ACCOUNT.user}\0${ACCOUNT.password}`).toString('base64');

const VISITS: readonly string[] = [
  `a1 CAPABILITY\r\na2 LOGIN ${ACCOUNT.user} "${ACCOUNT.password}"\r\na3 LIST "" "*"\r\na4 SELECT INBOX\r\na5 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)])\r\na6 LOGOUT\r\n`,
  `1 LOGIN {20}\r\n${ACCOUNT.user} {20+}\r\n${ACCOUNT.password}\r\n2 APPEND Sent (\\Seen) {11}\r\nhello\r\nmail\r\n3 IDLE\r\nDONE\r\n4 SEARCH OR FROM x (NOT SEEN)\r\n`,
  `x AUTHENTICATE PLAIN ${PLAIN}\r\nx1 SELECT "INBOX"\r\nx2 FETCH 1 BODY[]\r\nx3 STORE 1 +FLAGS (\\Deleted)\r\nx4 EXPUNGE\r\nx5 LOGOUT\r\n`,
  `y AUTHENTICATE LOGIN\r\n${Buffer.from(ACCOUNT.user).toString('base64')}\r\n${Buffer.from(ACCOUNT.password).toString('base64')}\r\ny1 STATUS INBOX (MESSAGES)\r\ny2 STARTTLS\r\n`,
  'b1 AUTHENTICATE PLAIN\r\n*\r\nb2 ID ("name" "x")\r\nb3 STARTTLS\r\n',
];

const SPICE = [
  '\r\n',
  '\n',
  '"',
  '(',
  ')',
  '{3}\r\n',
  '{3+}\r\n',
  '{99999999999}\r\n',
  '{99999999999+}\r\n',
  '\\',
  '[',
  ']',
  '*',
  '+',
  ' ',
  '\0',
  '\xff',
  'LOGIN ',
  'UID ',
  'BODY[',
];

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const mutation = fc.record({
  at: fc.nat(400),
  remove: fc.nat(6),
  insert: fc.oneof(fc.constantFrom(...SPICE), fc.string({ unit: 'binary-ascii', maxLength: 4 })),
});

const mutated = (text: string, mutations: readonly Mutation[]): string =>
  mutations.reduce(
    (changed, { at, remove, insert }) => changed.slice(0, at) + insert + changed.slice(at + remove),
    text,
  );

const chunks = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const parts: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
};

/** Everything that a conversation with the honest server shows, up to the upgrade or the end. */
const shown = (parts: readonly Buffer[]): string[] => {
  const server = imap.server(openSettings());
  const dialogue = new Dialogue(imap);
  const seen: string[] = [];
  dialogue.server(server.greeting());
  for (const part of parts) {
    dialogue.client(part);
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      const { unit, start } = placed;
      const secrets = 'secrets' in unit ? unit.secrets : [];
      for (const { start: from, end } of secrets) expect(from).to.be.within(0, end).and.at.most(unit.raw.length);
      const answer = server.answer(unit);
      seen.push(
        `${start} ${unit.kind} ${JSON.stringify(unit.raw.toString('latin1'))} ${JSON.stringify(secrets)}`,
        answer.bytes.toString('latin1'),
      );
      seen.push(...dialogue.server(answer.bytes).map(({ kind, status, tag }) => `${kind} ${status} ${tag}`));
      if (answer.upgrade === true || answer.close === true) return seen;
    }
  }
  return seen;
};

/** Bytes that `act` makes buffers look at or copy. */
const bytesTouched = (act: () => void): number => {
  const sandbox = sinon.createSandbox();
  let touched = 0;
  const prototype = Buffer.prototype as Buffer;
  const indexOf = prototype.indexOf as (this: Buffer, ...args: unknown[]) => number;
  const toText = prototype.toString as (this: Buffer, ...args: unknown[]) => string;
  const from = Buffer.from as (...args: unknown[]) => Buffer;
  sandbox.replace(prototype, 'indexOf', function (this: Buffer, ...args: unknown[]): number {
    const found = indexOf.apply(this, args);
    touched += (found === -1 ? this.length : found) - Number(args[1] ?? 0);
    return found;
  });
  sandbox.replace(prototype, 'toString', function (this: Buffer, ...args: unknown[]): string {
    const text = toText.apply(this, args);
    touched += text.length;
    return text;
  });
  sandbox.replace(Buffer, 'from', ((...args: unknown[]): Buffer => {
    const copy = from(...args);
    touched += copy.length;
    return copy;
  }) as typeof Buffer.from);
  try {
    act();
  } finally {
    sandbox.restore();
  }
  return touched;
};

describe('IMAP dialogues', () => {
  it('show the same however they are cut, and never throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VISITS),
        fc.array(mutation, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        (visit, mutations, sizes) => {
          const bytes = Buffer.from(mutated(visit, mutations), 'latin1');
          expect(shown(chunks(bytes, sizes))).to.deep.equal(shown([bytes]));
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  it('show the same replies however they are cut', () => {
    const spoken = VISITS.map((visit) =>
      shown([Buffer.from(visit)])
        .filter((line) => line.endsWith('\r\n'))
        .join(''),
    );
    const read = (parts: readonly Buffer[]): string[] => {
      const dialogue = new Dialogue(imap);
      return parts
        .flatMap((part) => dialogue.server(part))
        .map(({ kind, status, code, tag, raw }) => JSON.stringify([kind, status, code, tag, raw.toString('latin1')]));
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...spoken),
        fc.array(mutation, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        (text, mutations, sizes) => {
          const bytes = Buffer.from(mutated(text, mutations), 'latin1');
          expect(read(chunks(bytes, sizes))).to.deep.equal(read([bytes]));
          expect(imap.rewriteOffer(bytes, {}).equals(bytes)).to.equal(true);
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  const SIZE = 64 * 1024;
  const LOADS: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['a literal', Buffer.from(`a LOGIN x y\r\na APPEND x {${SIZE}+}\r\n${'x'.repeat(SIZE)}\r\n`)],
    ['a line', Buffer.from(`a NOOP ${'x'.repeat(SIZE)}\r\n`)],
    ['a line without end', Buffer.alloc(SIZE, 'x')],
    ['many lines', Buffer.from('a NOOP\r\n'.repeat(SIZE / 8))],
    ['a list', Buffer.from(`a SEARCH ${'x '.repeat(SIZE / 2)}\r\n`)],
    ['an absurd literal', Buffer.from(`a LOGIN {99999999999+}\r\n${'x'.repeat(SIZE)}`)],
  ];

  for (const [what, bytes] of LOADS) {
    it(`do linear work for ${what}, byte by byte`, () => {
      // A look at the whole for every byte would be some 30 000 times the size.
      expect(bytesTouched(() => shown(chunks(bytes, [1])))).to.be.below(100 * bytes.length);
    });
  }

  it('do linear work for a literal of a reply', () => {
    const bytes = Buffer.from(`* 1 FETCH (BODY[] {${SIZE}}\r\n${'x'.repeat(SIZE)})\r\n`);
    const dialogue = new Dialogue(imap);
    expect(bytesTouched(() => chunks(bytes, [1]).forEach((part) => dialogue.server(part)))).to.be.below(
      200 * bytes.length,
    );
  });
});
