import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import { defineCheck, pass, type Check } from '../../src/checks/check.js';
import { defineProbe, type Probe } from '../../src/probes/probe.js';
import { toyServer } from '../../src/proof/toy-server.js';

/** A check whose probe makes one connection. */
const checkOf = (id: string, more: Partial<Probe<boolean>> = {}): Check =>
  defineCheck({
    id,
    title: '',
    why: '',
    references: [],
    severity: 'info',
    intrusiveness: 'passive',
    remedy: {},
    covers: [],
    examples: [],
    flaw: { name: '', server: {} },
    needs: {
      fact: defineProbe<boolean>({
        id,
        scope: 'listener',
        cost: 1,
        phase: 'inject',
        intrusiveness: 'passive',
        run: async (context) => {
          const call = await context.dial();
          await call.greeting();
          call.close();
          return true;
        },
        ...more,
      }),
    },
    judge: () => pass('seen'),
  }) as Check;

describe('the audit of one address', () => {
  it('begins with what takes longest before the others of its phase', async () => {
    await using server = await toyServer('submission');
    const { connections } = await audit([`submission://127.0.0.1:${String(server.port)}`], {
      checks: [checkOf('short'), checkOf('long', { leads: true }), checkOf('long-too', { leads: true })],
      parallel: 1,
    });
    expect(connections.map(({ probe }) => probe)).to.deep.equal(['dialogue', 'long', 'long-too', 'short']);
  });
});
