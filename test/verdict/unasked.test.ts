import { expect } from 'chai';
import { reading } from '../../src/verdict/reading.js';
import { connectionOf, entriesOf } from './scripted.js';

describe('what a server sent when nothing was asked', () => {
  it('is heard, every reply of it, and answers no command', () => {
    const script = ['S: 220', 'C: EHLO x', 'S! 250 first\r\n250 second', 'C: AUTH PLAIN AGEAYg==', 'S: 235 ok'];
    const entries = entriesOf(script).map((entry) =>
      entry.kind === 'bytes' && entry.tampered === true ? { ...entry, unasked: true as const } : entry,
    );
    const { heard, accepted } = reading(connectionOf('smtp', script, { entries }));
    expect(heard.map(({ reply, entry }) => `${String(entry)} ${reply.lines.join('|')}`)).to.deep.equal([
      '0 220',
      '2 250 first',
      '2 250 second',
      '4 235 ok',
    ]);
    expect(accepted.map(({ what }) => what)).to.deep.equal([]);
  });
});
