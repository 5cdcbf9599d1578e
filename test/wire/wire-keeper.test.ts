import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { WireKeeper } from '../../src/wire/wire-keeper.js';

/** A socket that sends nowhere; `receives` comes from its peer. */
class Line extends Duplex {
  override _read(): void {
    // What is received is pushed.
  }
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
  async receives(bytes: Buffer): Promise<void> {
    this.push(bytes);
    await new Promise(setImmediate);
  }
}

describe('what passes on a socket', () => {
  it('is kept in order, with who sent it and when, and keys as they were told', async () => {
    let now = 0;
    const keeper = new WireKeeper(() => (now += 1));
    const line = new Line();
    keeper.watch(line, 'server');
    line.write(Buffer.from('* OK\r\n'));
    await line.receives(Buffer.from('a1 NOOP\r\n'));
    line.write(Buffer.from('a1 OK\r\n'));
    line.write('');
    keeper.keylog(Buffer.from('CLIENT_RANDOM 00 11\n'));
    const { openedAt, ...kept } = keeper.kept;
    expect(Date.parse(openedAt)).to.be.greaterThan(0);
    expect(kept).to.deep.equal({
      bytes: [
        { at: 1, from: 'server', data: '* OK\r\n' },
        { at: 2, from: 'client', data: 'a1 NOOP\r\n' },
        { at: 3, from: 'server', data: 'a1 OK\r\n' },
      ],
      keys: ['CLIENT_RANDOM 00 11'],
    });
  });

  it('is kept up to two megabytes: what follows a piece that did not fit is not kept either, and that is said', async () => {
    const keeper = new WireKeeper(() => 0);
    const line = new Line();
    keeper.watch(line, 'client');
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let count = 0; count < 40; count += 1) line.write(piece);
    await line.receives(Buffer.from('late'));
    const { bytes, truncated } = keeper.kept;
    expect(truncated).to.equal(true);
    expect(bytes.some(({ data }) => data === 'late')).to.equal(false);
    expect(bytes.reduce((sum, { data }) => sum + data.length, 0)).to.be.within(1_900_000, 2 * 1024 * 1024);
    for (let count = 0; count < 100; count += 1) keeper.keylog(Buffer.from(`line ${String(count)}`));
    expect(keeper.kept.keys).to.have.length(64);
  });
});
