import { expect } from 'chai';
import { caseId } from '../../src/cases/case.js';
import { planOf } from '../../src/cases/plan.js';
import { listOf } from '../../src/knowledge/catalogue.js';
import { PROTOCOL_NAMES } from '../../src/protocols/names.js';
import protocols from '../../src/protocols/index.js';
import scenarios from '../../src/scenarios/index.js';

describe('the list of scenarios', () => {
  it('names as slow what --scenario "*" leaves out', () => {
    const plan = planOf({
      scenarios,
      setUps: PROTOCOL_NAMES.flatMap((protocol) => protocols[protocol].modes.map((tls) => ({ protocol, tls }))),
      seat: 'server',
      provides: [],
      globs: ['*'],
      repeat: 1,
    });
    const leftOut = plan.flatMap((each) => each.leftOut.map(caseId));
    const slow = listOf('scenarios').flatMap((each) => each['slow']);
    expect(slow).to.have.members([...new Set(leftOut)]);
    expect(slow).to.include.members(['starttls-unanswered/for-minutes', 'server-falls-silent/handshake']);
  });
});
