import { expect } from 'chai';
import { honestInside } from '../../src/endpoints/honest.js';
import type { MomentContext } from '../../src/endpoints/tamper.js';
import protocols from '../../src/protocols/index.js';
import scenario from '../../src/scenarios/server-falls-silent.js';

describe('a server that does not greet', () => {
  for (const [what, again, does] of [
    ['is silent on the first connection', undefined, 'ignore'],
    ['speaks to a client that comes back, which would say in clear what nobody else hears', true, 'answer'],
  ] as const)
    it(what, () => {
      const context = {
        ...{ protocol: protocols.smtp, insideOffer: honestInside('smtp'), inside: false, mode: 'starttls', ordinal: 1 },
        ...{ variant: { name: 'greeting' }, ...(again && { again }) },
      } as MomentContext<never>;
      const actions = scenario.tamper.greeting?.(context, (edit) => [{ do: 'answer', ...(edit && { edit }) }]);
      expect(actions?.map((action) => action.do)).to.deep.equal([does]);
    });
});
