import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { EXIM_ROLES, GOOD_EXIM, requireExim, startExim, type EximSettings } from '../support/exim.js';
import { TRIED_EXIM_REMEDIES } from '../support/tried-exim-remedies.js';

const ADDRESS = '127.0.0.4';

describe('audit of a real exim', () => {
  before(function () {
    requireExim(this);
  });

  const told = async (settings: EximSettings, ids?: readonly string[], roles: readonly PortRole[] = EXIM_ROLES) => {
    const { server: started, ca } = await startExim(ADDRESS, settings);
    await using server = started;
    const { results, faults, notes } = await audit(
      EXIM_ROLES.flatMap((role, index) =>
        roles.includes(role) ? [`${role}://${ADDRESS}:${String(server.ports[index])}`] : [],
      ),
      {
        authorities: [ca],
        servername: 'mail.lab.test',
        ...(ids && { depth: 'full' as const }),
        ...(ids && { checks: checks.filter(({ id }) => ids.includes(id)) }),
      },
    );
    expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
    return { results, notes };
  };

  it('good: nothing is found, but that its two doors can be spliced', async () => {
    const { results, notes } = await told(GOOD_EXIM);
    const bad = results.filter(({ status }) => !['pass', 'not-applicable', 'info'].includes(status));
    expect(bad.map(({ id, portRole, status }) => `${status} ${portRole} ${id}`)).to.deep.equal([
      'warn submission doors-can-be-spliced',
    ]);
    expect(notes).to.deep.equal([]);
  }).timeout(60_000);

  // What a remedy says is applied: afterwards the finding is gone.
  for (const [id, role, defect, remedied] of TRIED_EXIM_REMEDIES) {
    it(`${id}: its remedy mends it`, async () => {
      const { results } = await told(defect, [id], [role]);
      const [found] = results;
      // Less than the check's own severity is not the defect.
      const isInformation = checks.find((check) => check.id === id)?.severity === 'info';
      expect(found?.status, found?.because).to.be.oneOf(isInformation ? ['info'] : ['fail', 'warn']);
      // Of what is only information, waxseal explain has the remedy.
      const { remedy = {} } = (found?.status === 'info' ? checks.find((check) => check.id === id) : found) ?? {};
      // No other program's remedy is shown, and what is shown is what is tried.
      expect(Object.keys(found?.remedy ?? {}).filter((software) => /postfix|dovecot/.test(software))).to.deep.equal([]);
      expect(Object.keys(remedy).join()).to.match(/exim/);
      const added = [...(remedied.main ?? []), ...(remedied.mail ?? []), ...(remedied.authenticator ?? [])].filter(
        (line) => defect.main?.includes(line) !== true && defect.mail?.includes(line) !== true,
      );
      for (const line of added) expect(Object.values(remedy).join('\n')).to.include(line);
      // What is only taken out is named there too.
      const names = (lines: readonly string[] = []): string[] => lines.map((line) => line.split(' ')[0] ?? '');
      for (const name of names(defect.main).filter((each) => !names(remedied.main).includes(each)))
        expect(Object.values(remedy).join('\n')).to.include(name);
      const after = await told(remedied, [id], [role]);
      expect(after.results.map(({ status, because }) => `${status}: ${because}`).join('\n')).to.match(
        /^(?:pass: |not-applicable: before TLS none of .* is listed$|info: .*tell nothing of users: VRFY, HELP, RSET$)/,
      );
    }).timeout(60_000);
  }
});
