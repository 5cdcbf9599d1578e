import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { keepsLines } from '../../src/checks/flaws.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';

// Such a server hangs up on what careful clients offer: its end of the connection was taken for the answer to what was injected.
describe('a server that hangs up on every ClientHello with TLS 1.3', () => {
  const statuses = async (flaw: Parameters<typeof toyServer>[1]): Promise<Record<string, string>> => {
    await using server = await toyServer('submission', {
      refusesHello: ({ versions }) => versions.includes('TLSv1.3'),
      ...flaw,
    });
    const { results } = await audit([`submission://localhost:${String(server.port)}`], {
      family: 4,
      authorities: [(await toyAuthority()).pem],
      checks: checks.filter(({ id }) => ['injection-full-line', 'state-kept-over-upgrade'].includes(id)),
      patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
    });
    return Object.fromEntries(results.map(({ id, status }) => [id, status]));
  };

  it('is spoken to as it wants to be, once that is known', async () => {
    expect(await statuses({})).to.deep.equal({ 'injection-full-line': 'pass', 'state-kept-over-upgrade': 'pass' });
  });

  it('is vulnerable where it executes what was injected', async () => {
    expect(await statuses({ tamper: keepsLines })).to.include({ 'injection-full-line': 'fail' });
  });
}).timeout(30_000);
