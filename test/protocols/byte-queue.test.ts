import { expect } from 'chai';
import fc, { runs } from '../support/properties.js';

import { ByteQueue } from '../../src/protocols/byte-queue.js';

type Step = { readonly append: Uint8Array } | { readonly take: number };

describe('byte queue', () => {
  const steps = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((append): Step => ({ append })),
      fc.nat(4000).map((take): Step => ({ take })),
    ),
    { maxLength: 60 },
  );

  it('is what a plain concatenation would be', () => {
    fc.assert(
      fc.property(steps, fc.nat(255), (run, byte) => {
        const queue = new ByteQueue();
        let model = Buffer.alloc(0);
        for (const step of run) {
          if ('append' in step) {
            queue.append(step.append);
            model = Buffer.concat([model, step.append]);
          } else {
            expect(queue.take(step.take).equals(model.subarray(0, step.take))).to.equal(true);
            model = model.subarray(step.take);
          }
          expect(queue.length).to.equal(model.length);
          expect(queue.view().equals(model)).to.equal(true);
          expect(queue.view(3, 9).equals(model.subarray(3, 9))).to.equal(true);
          expect(queue.indexOf(byte, 5)).to.equal(model.indexOf(byte, 5));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('gives away copies', () => {
    const queue = new ByteQueue();
    queue.append(Buffer.from('abc'));
    const taken = queue.take(2);
    queue.append(Buffer.from('xyz'));
    expect(taken.toString()).to.equal('ab');
    expect(queue.view().toString()).to.equal('cxyz');
  });
});
