import { expect } from 'chai';
import { hostPort } from '../../src/wire/host-port.js';

describe('a host and a port', () => {
  for (const [host, text] of [
    ['mail.lab.test', 'mail.lab.test:143'],
    ['192.0.2.1', '192.0.2.1:143'],
    ['::1', '[::1]:143'],
  ] as const)
    it(text, () => {
      expect(hostPort(host, 143)).to.equal(text);
    });
});
