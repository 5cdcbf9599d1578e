import { expect } from 'chai';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../src/endpoints/daemons/postfix.js';
import type { DaemonConfiguration } from '../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import type { AuditResult } from '../../src/audit/result.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { requireReal } from '../support/real.js';
import { FOLDER, IMPOSSIBLE_DEFECTS, TRIED_REMEDIES } from '../support/tried-remedies.js';

// What a remedy says is applied to the daemon that has the defect: afterwards the finding is gone.

const OTHERS = { dovecot: /postfix|exim/, postfix: /dovecot|exim/ };
const SASL = 'smtpd.conf: ';
const MECHANISMS = 'auth_mechanisms = ';
const start = { dovecot: startDovecot, postfix: startPostfix };

describe('remedies', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'remedies-'));
    chmodSync(folder, 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const auditedOne = async (
    id: string,
    daemon: 'dovecot' | 'postfix',
    role: PortRole,
    configuration: DaemonConfiguration,
    settings: readonly string[],
  ): Promise<AuditResult | undefined> => {
    const authority = await createAuthority({ keyType: 'rsa' });
    const certificate = await authority.issue('good', { dns: ['mail.lab.test'], ip: [] });
    writeFileSync(join(folder, 'key.pem'), certificate.keyPem);
    writeFileSync(join(folder, 'cert.pem'), certificate.certPem);
    const sasl = settings.filter((line) => line.startsWith(SASL));
    const conf = sasl.at(-1)?.slice(SASL.length);
    const mechanisms = daemon === 'postfix' ? settings.find((line) => line.startsWith(MECHANISMS)) : undefined;
    await using server = await start[daemon]({
      address: daemon === 'dovecot' ? '127.0.0.2' : '127.0.0.3',
      configuration,
      certificate,
      users: [{ user: 'alice', password: 'correcthorse' }],
      roles: [role],
      ...(conf !== undefined && { cyrusSasl: conf }),
      ...(mechanisms !== undefined && { mechanisms: mechanisms.slice(MECHANISMS.length).split(' ') }),
      settings: settings
        .filter((line) => line !== mechanisms && !sasl.includes(line))
        .map((line) => line.replaceAll(FOLDER, folder)),
    });
    const { results } = await audit(
      server.listeners.map((each) => `${each.portRole}://${each.address}:${String(each.port)}`),
      {
        checks: checks.filter((check) => check.id === id),
        depth: 'full',
        authorities: [authority.pem],
        servername: 'mail.lab.test',
      },
    );
    return results[0];
  };

  for (const [id, daemon, role, configuration, defect, remedy] of TRIED_REMEDIES) {
    it(`${id}, ${daemon}: ${remedy.join(', ')}`, async function () {
      requireReal(this, daemon);
      const audited = async (settings: readonly string[]): Promise<AuditResult | undefined> =>
        auditedOne(id, daemon, role, configuration, settings);
      const found = await audited(defect);
      // Less than the check's own severity is not the defect.
      const isInformation = checks.find((check) => check.id === id)?.severity === 'info';
      expect(found?.status, found?.because).to.be.oneOf(isInformation ? ['info'] : ['fail', 'warn']);
      // What is tried is what is shown, and nothing for other programs is.
      // Of what is only information, waxseal explain has the remedy.
      const all = Object.entries(checks.find((check) => check.id === id)?.remedy ?? {});
      const shown =
        found?.status === 'info'
          ? all.filter(([software]) => !OTHERS[daemon].test(software))
          : Object.entries(found?.remedy ?? {});
      expect(shown.map(([software]) => software.split(' ')[0])).to.include.oneOf([daemon, 'any']);
      expect(shown.filter(([software]) => OTHERS[daemon].test(software))).to.deep.equal([]);
      const words = shown.map(([, text]) => text).join('\n');
      for (const line of remedy) {
        const [name = '', value = ''] = line.split(/^no | *= */).filter((part) => part !== '');
        expect(words).to.include(name);
        if (line.startsWith('no ')) expect(words).to.match(/\b(?:no|without|default)\b/);
        // Where its files are everyone knows for themselves.
        else if (!value.includes(FOLDER)) expect(words).to.include(value);
      }
      const taken = remedy.filter((line) => line.startsWith('no ')).map((line) => line.slice('no '.length));
      const after = await audited([
        ...defect.filter((line) => !taken.some((word) => line.includes(word))),
        ...remedy.filter((line) => !line.startsWith('no ')),
      ]);
      expect(`${after?.status ?? ''}: ${after?.because ?? ''}`).to.match(
        /^(?:pass: |not-applicable: before TLS none of .* is listed$)/,
      );
    }).timeout(60_000);
  }

  for (const [id, daemon, role, settings, seen] of IMPOSSIBLE_DEFECTS) {
    it(`${id}: ${daemon} has none, even with ${settings.join(', ')}`, async function () {
      requireReal(this, daemon);
      const { status, because } = (await auditedOne(id, daemon, role, 'good', settings)) ?? {};
      expect(status, because).to.equal('pass');
      expect(because).to.match(seen);
      const { remedy = {} } = checks.find((check) => check.id === id) ?? {};
      expect(Object.keys(remedy).filter((software) => software.startsWith(daemon))).to.deep.equal([]);
    }).timeout(60_000);
  }
});
