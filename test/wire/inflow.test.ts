import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { Inflow } from '../../src/wire/inflow.js';
import { Share, TURNS } from '../../src/wire/turns.js';

/** A transport without a peer; `came` has what the wire was given of it. */
const flow = (share: Share | undefined): { raw: Duplex; inflow: Inflow; came: string[] } => {
  const raw = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const came: string[] = [];
  const inflow = new Inflow(
    raw,
    { receive: (bytes) => came.push(bytes.toString().slice(0, 4)), ended: (how) => came.push(how) },
    share,
  );
  return { raw, inflow, came };
};

const emit = (raw: Duplex, ...texts: readonly string[]): void => {
  for (const text of texts) raw.emit('data', Buffer.from(text));
};

describe('what comes from a transport', () => {
  it('is handed on at once where nobody shares the process', () => {
    const { raw, came } = flow(undefined);
    emit(raw, 'one', 'two');
    raw.emit('end');
    raw.emit('close');
    expect(came).to.deep.equal(['one', 'two', 'fin', 'reset']);
  });

  it('waits for its turn where many do, piece by piece, and comes in order', () => {
    const { raw, came } = flow(new Share());
    emit(raw, 'one', 'two');
    raw.emit('end');
    expect(came).to.deep.equal([]);
    TURNS.flush();
    expect(came).to.deep.equal(['one', 'two', 'fin']);
  });

  it('waits while the reader is behind, and goes on when it is not', () => {
    const { raw, inflow, came } = flow(new Share());
    emit(raw, 'one', 'two');
    inflow.pause();
    expect(raw.isPaused()).to.equal(true);
    TURNS.flush();
    expect(came).to.deep.equal([]);
    inflow.resume();
    expect(raw.isPaused()).to.equal(false);
    TURNS.flush();
    expect(came).to.deep.equal(['one', 'two']);
  });

  it('makes the transport wait from 16 KiB on, and no longer than they do', () => {
    const { raw, inflow, came } = flow(new Share());
    emit(raw, 'a'.repeat(16 * 1024 - 1));
    expect(raw.isPaused()).to.equal(false);
    emit(raw, 'b');
    expect(raw.isPaused()).to.equal(true);
    inflow.resume();
    expect(raw.isPaused()).to.equal(true);
    TURNS.flush();
    expect(raw.isPaused()).to.equal(false);
    expect(came).to.deep.equal(['aaaa', 'b']);
  });

  it('is all that there will be once the transport is closed, whether or not the reader is behind', () => {
    const { raw, inflow, came } = flow(new Share());
    emit(raw, 'one');
    inflow.pause();
    raw.emit('close');
    TURNS.flush();
    expect(came).to.deep.equal(['one', 'reset']);
  });

  it('may be thrown away whole while its turn is due', () => {
    const { inflow, came } = flow(new Share());
    const { raw } = flow(new Share());
    emit(raw, 'other');
    const own = flow(new Share());
    emit(own.raw, 'one');
    own.inflow.drop();
    inflow.drop();
    expect(() => {
      TURNS.flush();
    }).to.not.throw();
    expect([...own.came, ...came]).to.deep.equal([]);
    emit(own.raw, 'two');
    TURNS.flush();
    expect(own.came).to.deep.equal(['two']);
  });

  it('is thrown away when the connection is given up, but its ends are told', () => {
    const { raw, inflow, came } = flow(new Share());
    emit(raw, 'a'.repeat(16 * 1024), 'two');
    raw.emit('end');
    inflow.pause();
    inflow.drop();
    TURNS.flush();
    expect(came).to.deep.equal(['fin']);
    emit(raw, 'b'.repeat(16 * 1024 - 1));
    raw.resume();
    emit(raw, '');
    expect(raw.isPaused()).to.equal(false);
    TURNS.flush();
    expect(came).to.deep.equal(['fin', 'bbbb', '']);
  });
});
