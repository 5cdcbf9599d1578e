import { expect } from 'chai';
import scenario from '../../src/scenarios/login-before-starttls.js';
import { scripted } from '../verdict/scripted.js';
import { canaries } from '../verdict/visits.js';

const CLEAR = ['S! +OK <1@lab.test>', `C: USER ${canaries.user}`, 'S: +OK', `C: PASS ${canaries.password}`, 'S: +OK'];
const UPGRADED = ['S! +OK <1@lab.test>', 'C: STLS', 'S: +OK', '--', `C: USER ${canaries.user}`, 'S: +OK'];

describe('login-before-starttls', () => {
  const rows = [
    ['a login without a look at the list, and without TLS', [CLEAR], 'unsafe'],
    ['a second connection in clear beside one with TLS', [UPGRADED, CLEAR], 'unsafe'],
    ['in clear after TLS had failed', [['S: +OK', 'C: STLS', 'S: +OK', '--breaks'], CLEAR], 'downgradable'],
  ] as const;
  for (const [what, scripts, status] of rows) {
    it(`under opportunistic, ${what}: ${status}`, () => {
      expect(scenario.judge(scripted('pop3', scripts, { policy: 'opportunistic' }), { name: '' }).status).to.equal(
        status,
      );
    });
  }
});
