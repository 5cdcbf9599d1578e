import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { requireReal } from '../support/real.js';

describe('the doors of a real Dovecot', function () {
  this.timeout(60_000);
  let dovecot: RunningDaemon;
  let ca: string;

  before(async function () {
    requireReal(this, 'dovecot');
    const issued = await certificateFor('good');
    ca = issued.ca;
    dovecot = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate: issued.certificate,
      users: [{ user: 'alice', password: 'correcthorse', message: 'Subject: a\n\na\n' }],
    });
  });
  after(() => dovecot.stop());

  it('show the same server, and can be spliced', async () => {
    const { results, faults } = await audit(
      dovecot.listeners.map(({ portRole, port }) => `${portRole}://127.0.0.2:${String(port)}`),
      { checks: checks.filter(({ id }) => id.startsWith('doors-')), authorities: [ca] },
    );
    expect(faults).to.deep.equal([]);
    expect(
      results.map(({ portRole, id, status, severity }) => `${portRole} ${id} ${status} ${severity}`),
    ).to.deep.equal([
      'imap doors-can-be-spliced info info',
      'imap doors-differ pass medium',
      'pop3 doors-can-be-spliced warn medium',
      'pop3 doors-differ pass medium',
      'sieve doors-can-be-spliced not-applicable medium',
      'sieve doors-differ not-applicable medium',
      'submission doors-can-be-spliced warn medium',
      'submission doors-differ pass medium',
    ]);
  });
});
