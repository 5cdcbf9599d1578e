import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { requireReachable } from '../../src/place/reachable.js';

describe('an address of this machine', () => {
  it('is one that it can connect to', async () => {
    await requireReachable('127.0.0.1');
  });

  it('that is none is one line', async () => {
    const fault: unknown = await requireReachable('2001:db8::1').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(fault).to.be.instanceOf(Fault).and.include({ code: 'UNREACHABLE' });
    expect((fault as Fault).message).to.match(
      /^this machine cannot connect to itself on 2001:db8::1 \(\w+\); .*drop -6$/,
    );
  });
});
