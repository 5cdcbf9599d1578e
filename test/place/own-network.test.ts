import { expect } from 'chai';
import { leadsNowhere } from '../../src/place/own-network.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

describe('whether a network leads nowhere yet', () => {
  for (const [title, routes, expected] of [
    ['no route', HEAD, true],
    ['no text at all', '', true],
    ['a route', `${HEAD}eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`, false],
  ] as const)
    it(`${title}: ${expected ? 'yes' : 'no'}`, () => {
      expect(leadsNowhere(routes)).to.equal(expected);
    });
});
