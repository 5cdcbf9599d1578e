import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import scenarios from '../../src/scenarios/index.js';

/** The rows of the catalogue of attacks and defects, by part. */
const rows = JSON.parse(readFileSync(new URL('../../fixtures/catalogue-rows.json', import.meta.url), 'utf8')) as Record<
  'clients' | 'servers',
  string[]
>;

describe('the catalogue', () => {
  for (const { id, covers } of scenarios) {
    it(`has the rows that the scenario ${id} covers`, () => {
      expect(rows.clients).to.include.members([...covers]);
      expect(covers, 'a scenario is there for some row').not.to.be.empty;
    });
  }

  for (const { id, covers } of checks) {
    it(`has the rows that the check ${id} covers`, () => {
      expect([...rows.servers, ...rows.clients]).to.include.members([...covers]);
    });
  }

  for (const [kind, modules] of Object.entries({ scenario: scenarios, check: checks })) {
    for (const each of modules) {
      it(`has no unfinished frame for the ${kind} ${each.id}`, () => {
        // Functions are sources here: what a judge says is filled in as well.
        const text = JSON.stringify(each, (_key, value: unknown) =>
          typeof value === 'function' ? String(value) : value,
        );
        expect(text).to.not.include('FILL IN');
      });
    }
  }

  it('names every row once', () => {
    for (const part of Object.values(rows)) expect(new Set(part).size).to.equal(part.length);
  });
});
