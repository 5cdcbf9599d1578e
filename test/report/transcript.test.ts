import { expect } from 'chai';
import picocolors from 'picocolors';
import { transcriptLines } from '../../src/report/transcript.js';
import type { ConnectionRecord } from '../../src/verdict/visit.js';
import { connectionOf } from '../verdict/scripted.js';
import { itSeldom } from '../support/in-turn.js';

const style = { colors: picocolors.createColors(false), width: 80, most: 24, cut: true };
const proof = (connection: number, entry: number) =>
  ({ connection, entry, quote: 'PASS', why: 'said in clear', leak: 'credentials', cause: 'credentials' }) as const;

describe('the transcript of a connection', () => {
  it('keeps what is near a proof, and how it began', () => {
    const script = ['S: +OK', ...Array.from({ length: 40 }, (_, index) => `C: NOOP ${String(index)}`)];
    const lines = transcriptLines([connectionOf('pop3', script)], [proof(1, 20)], style).map((line) => line.trim());
    expect(lines[1]).to.match(/S: \+OK$/);
    expect(lines.join('\n')).to.include('C: NOOP 18').and.to.include('C: NOOP 19\n').and.to.include('said in clear');
    expect(lines.filter((line) => line === '…')).to.not.be.empty;
  });

  itSeldom('with more proofs than arguments fit into a call is shown all the same', () => {
    const { entries, ...connection } = connectionOf('pop3', ['C: PASS x']);
    const [entry] = entries;
    if (entry === undefined) throw new Error('no entry');
    const long: ConnectionRecord = { ...connection, entries: Array.from({ length: 130_000 }, () => entry) };
    const all = Array.from({ length: 130_000 }, (_, index) => proof(1, index));
    expect(transcriptLines([long], all, style)).to.have.length(style.most + 2);
  });
});
