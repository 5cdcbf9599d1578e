import { expect } from 'chai';
import checks from '../../src/checks/index.js';
import labDaemons from '../../src/lab/daemons/index.js';
import { TRIED_EXIM_REMEDIES } from '../support/tried-exim-remedies.js';
import { TRIED_LAB_REMEDIES } from '../support/tried-lab-remedies.js';
import { TRIED_REMEDIES } from '../support/tried-remedies.js';
import { UNTRIED_REMEDIES } from '../support/untried-remedies.js';

// A remedy that names a daemon of the lab was applied to it, or there is a reason why not.

/** A remedy of a check for a daemon of the lab. */
interface Named {
  readonly daemon: string;
  readonly check: string;
  readonly addressee: string;
}

const remedies: readonly Named[] = checks.flatMap(({ id: check, remedy }) =>
  Object.keys(remedy).flatMap((addressee) =>
    labDaemons
      .filter(({ id }) => addressee.toLowerCase().includes(id))
      .map(({ id: daemon }) => ({ daemon, check, addressee })),
  ),
);

/** What was applied: by the tests of Postfix, Dovecot, Exim and the lab, and as `mended` of a weakness of the lab. */
const tried = new Set([
  ...TRIED_REMEDIES.map(([check, daemon]) => `${daemon} ${check}`),
  ...TRIED_LAB_REMEDIES.map(([check, daemon]) => `${daemon} ${check}`),
  ...TRIED_EXIM_REMEDIES.map(([check]) => `exim ${check}`),
  ...labDaemons.flatMap(({ id, weaknesses }) =>
    Object.values(weaknesses).flatMap(({ mended, finds }) =>
      mended === undefined ? [] : finds.map((check) => `${id} ${check}`),
    ),
  ),
]);

/** Another setting of the same daemon than the one that is tried here. */
const OF_OTHER_BUILDS = /^(?:dovecot 2\.4|exim with OpenSSL)/;

const isTried = ({ daemon, check, addressee }: Named): boolean =>
  tried.has(`${daemon} ${check}`) && !OF_OTHER_BUILDS.test(addressee);
const reasonsFor = ({ check, addressee }: Named): string[] =>
  UNTRIED_REMEDIES.filter(([, whose, ids]) => whose.test(addressee) && (ids === 'all' || ids.includes(check))).map(
    ([reason]) => reason,
  );

describe('remedies for daemons of the lab', () => {
  it('are applied by a test, or have a reason why not', () => {
    const neither = remedies.filter((each) => !isTried(each) && reasonsFor(each).length === 0);
    expect(neither.map(({ daemon, check, addressee }) => `${daemon} ${check} (${addressee})`)).to.deep.equal([]);
  });

  it('have no reason that is none any more', () => {
    const stale = UNTRIED_REMEDIES.flatMap(([reason, whose, ids]) =>
      (ids === 'all' ? ['all'] : ids)
        .filter(
          (id) =>
            !remedies.some((each) => ['all', each.check].includes(id) && whose.test(each.addressee) && !isTried(each)),
        )
        .map((id) => `${id}: ${reason}`),
    );
    expect(stale).to.deep.equal([]);
  });
});
