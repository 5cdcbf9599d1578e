import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import scenarios from '../../src/scenarios/index.js';
import { clientAttacks } from '../../scripts/client-attacks.js';
import { coverage } from '../../scripts/coverage-page.js';

/** The rows of the catalogue of defects of servers. */
const servers = (
  JSON.parse(readFileSync(new URL('../../fixtures/catalogue-rows.json', import.meta.url), 'utf8')) as {
    readonly servers: readonly string[];
  }
).servers;
const attacks = clientAttacks().flatMap((group) => group.attacks);
const clients = attacks.map(({ id }) => id);

describe('the catalogue', () => {
  for (const { id, covers, variants = [] } of scenarios) {
    it(`has the rows that the scenario ${id} covers`, () => {
      const all = [...covers, ...variants.flatMap((variant) => variant.covers ?? [])];
      expect(clients).to.include.members(all);
      expect(all, 'a scenario is there for some row').not.to.be.empty;
    });
  }

  it('gives a reason only where nothing covers the row', () => {
    const covered = coverage();
    expect(attacks.filter(({ id, reason }) => reason !== undefined && covered.has(id))).to.deep.equal([]);
  });

  for (const { id, covers } of checks) {
    it(`has the rows that the check ${id} covers`, () => {
      expect([...servers, ...clients]).to.include.members([...covers]);
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
    for (const part of [servers, clients]) expect(new Set(part).size).to.equal(part.length);
  });
});
