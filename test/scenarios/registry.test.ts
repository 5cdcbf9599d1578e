import { expect } from 'chai';
import { caseKey, casesOf } from '../../src/cases/case.js';
import scenarios from '../../src/scenarios/index.js';

const cases = (['smtp', 'imap', 'pop3', 'managesieve'] as const).flatMap((protocol) =>
  (['starttls', 'implicit'] as const).flatMap((tls) =>
    (['server', 'middle'] as const).flatMap((seat) => casesOf(scenarios, protocol, tls, seat)),
  ),
);

describe('the registry of scenarios', () => {
  it('has a key of its own for every case', () => {
    const keys = cases.map(caseKey);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).to.deep.equal([]);
  });

  for (const { id, title, why, references, covers, cve = [], cwe = [], variants = [] } of scenarios) {
    it(`${id} says what it is, why, and whose idea it was`, () => {
      expect(id).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).to.match(/^[A-Z].*[^.]$/);
      expect(why).to.match(/\.$/);
      expect(references).to.not.be.empty;
      expect(references.filter((each) => !/^RFC \d+( §[\d.]+)?$/.test(each))).to.deep.equal([]);
      expect(cve.filter((each) => !/^CVE-\d{4}-\d{4,}$/.test(each))).to.deep.equal([]);
      expect(cwe.filter((each) => !/^CWE-\d+$/.test(each))).to.deep.equal([]);
      expect([...covers, ...variants.flatMap((variant) => variant.covers ?? [])]).to.not.be.empty;
      expect(variants.filter(({ name }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).to.deep.equal([]);
    });
  }
});
