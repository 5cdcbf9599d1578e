import { createRequire } from 'node:module';

import { expect } from 'chai';
import type { SMTPServer, SMTPServerOptions } from 'smtp-server';

import checks from '../../src/checks/index.js';
import { startSmtpServer } from '../../src/endpoints/daemons/smtp-server.js';
import { audit } from '../../src/audit/audit.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { sideBySide } from '../support/side-by-side.js';

const require = createRequire(import.meta.url);

const CHOSEN = [
  'injection-full-line',
  'injection-partial-line',
  'starttls-parameter',
  'login-accepted-before-tls',
  'login-offered-before-tls',
];

// Known answers of the catalogue: 3.19.1 keeps half a line over the upgrade, and a probe with whole lines only calls it safe.
describe('audit of smtp-server', () => {
  const it = sideBySide();
  const rows = [
    { alias: 'smtp-server-3.19.1', version: '3.19.1', partial: 'fail' },
    { alias: 'smtp-server', version: '3.21.6', partial: 'pass' },
  ] as const;
  for (const { alias, version, partial } of rows) {
    it(`${version}: whole lines are discarded, half a line is a ${partial}`, async () => {
      const { SMTPServer: Server } = require(alias) as { SMTPServer: new (options: SMTPServerOptions) => SMTPServer };
      const { certificate, ca } = await certificateFor('good');
      const known = { SMTPServer: Server, version: (require(`${alias}/package.json`) as { version: string }).version };
      expect(known.version).to.equal(version);
      await using server = await startSmtpServer({
        address: '127.0.0.1',
        configuration: 'good',
        certificate,
        users: [],
        roles: ['submission'],
        package: known,
      });
      const { results, faults } = await audit(
        server.listeners.map(({ address, port }) => `submission://${address}:${String(port)}`),
        {
          checks: checks.filter(({ id }) => CHOSEN.includes(id)),
          authorities: [ca],
          servername: 'mail.lab.test',
        },
      );
      expect(faults).to.deep.equal([]);
      expect(Object.fromEntries(results.map(({ id, status }) => [id, status]))).to.deep.equal({
        'injection-full-line': 'pass',
        'injection-partial-line': partial,
        'starttls-parameter': 'pass',
        // It offers AUTH before TLS, and refuses it there.
        'login-accepted-before-tls': 'pass',
        'login-offered-before-tls': 'warn',
      });
    });
  }
});
