import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import type { AuditResult } from '../../src/audit/result.js';
import checks from '../../src/checks/index.js';
import { isFault } from '../../src/fault.js';
import type { Settings } from '../../src/lab/daemon.js';
import labDaemons from '../../src/lab/daemons/index.js';
import { openLab, type Lab } from '../../src/lab/lab.js';
import { skipUnlessRequired } from '../support/real.js';
import { TRIED_LAB_REMEDIES } from '../support/tried-lab-remedies.js';

describe('remedies for daemons of the lab, applied', function () {
  this.timeout(60_000);
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  after(async () => {
    await lab[Symbol.asyncDispose]();
  });

  for (const [id, name, role, defect, remedy] of TRIED_LAB_REMEDIES) {
    it(`${id}, ${name}: ${Object.entries(remedy).join(', ')}`, async function () {
      const daemon = labDaemons.find((each) => each.id === name);
      if (daemon === undefined) throw new Error(`no daemon ${name}`);
      const check = checks.filter((each) => each.id === id);
      const audited = async (settings: Settings): Promise<readonly AuditResult[]> => {
        await using running = await lab.start({ daemon, configuration: 'good' }, { settings, roles: [role] });
        const { results } = await audit(
          running.listeners.map(({ portRole, address, port }) => `${portRole}://${address}:${String(port)}`),
          { authorities: [lab.ca], servername: 'mail.lab.test', depth: 'full', checks: check },
        );
        return results;
      };
      try {
        const [found] = await audited(defect);
        expect(found?.status, found?.because).to.be.oneOf(check[0]?.severity === 'info' ? ['info'] : ['fail', 'warn']);
        const texts = Object.entries(check[0]?.remedy ?? {})
          .filter(([software]) => software.toLowerCase().startsWith(name))
          .map(([, text]) => text)
          .join('\n');
        for (const word of Object.entries(remedy).flat()) expect(texts).to.include(word);
        expect((await audited(remedy)).map(({ status }) => status)).to.deep.equal(['pass']);
      } catch (error) {
        if (!isFault(error) || error.code !== 'DAEMON_MISSING') throw error;
        skipUnlessRequired(this, error.message);
      }
    });
  }
});
