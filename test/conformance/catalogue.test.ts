import { expect } from 'chai';
import picomatch from 'picomatch';
import checks from '../../src/checks/index.js';
import domainChecks from '../../src/domain-checks/index.js';
import profiles from '../../src/profiles/index.js';
import scenarios from '../../src/scenarios/index.js';
import { coverageOfAttacks, coverageOfDefects } from '../../scripts/coverage-page.js';
import { clientAttacks, serverDefects } from '../../scripts/known-rows.js';

const attacks = clientAttacks().flatMap(({ rows }) => rows);
const defects = serverDefects().flatMap(({ rows }) => rows);
const clients = attacks.map(({ id }) => id);
const servers = defects.map(({ id }) => id);

describe('the catalogue', () => {
  for (const { id, covers, variants = [] } of scenarios) {
    it(`has the rows that the scenario ${id} covers`, () => {
      const all = [...covers, ...variants.flatMap((variant) => variant.covers ?? [])];
      expect(clients).to.include.members(all);
      expect(all, 'a scenario is there for some row').not.to.be.empty;
    });
  }

  for (const [title, rows, covered] of [
    ['attack', attacks, coverageOfAttacks()],
    ['defect', defects, coverageOfDefects()],
  ] as const) {
    it(`gives a reason for ${title}s only where nothing covers them`, () => {
      expect(rows.filter(({ id, reason }) => reason !== undefined && covered.has(id))).to.deep.equal([]);
    });

    it(`has no ${title} without either`, () => {
      expect(rows.filter(({ id, reason }) => reason === undefined && !covered.has(id))).to.deep.equal([]);
    });
  }

  for (const { id, covers = [] } of [...checks, ...domainChecks, ...profiles]) {
    it(`has the rows that ${id} covers`, () => {
      expect(servers).to.include.members([...covers]);
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

  it('has the rows that a proxy’s deeds are like', () => {
    for (const { like = [] } of attacks)
      for (const glob of like)
        expect(
          clients.filter((id) => picomatch.isMatch(id, glob)),
          glob,
        ).not.to.be.empty;
  });

  it('names every row once', () => {
    for (const part of [servers, clients]) expect(new Set(part).size).to.equal(part.length);
  });
});
