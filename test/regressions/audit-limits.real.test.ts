import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { audit } from '../../src/audit/audit.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { UNPACKED } from '../../src/lab/program.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { startForeground } from '../support/foreground-daemon.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

// Real limits of connections and balancers: what they cut says nothing about the server, of which nothing else is said than without.

const ADDRESS = '127.0.0.2';
const HAPROXY = `${UNPACKED}/haproxy/usr/sbin/haproxy`;

interface Limit {
  readonly title: string;
  readonly role: PortRole;
  /** Settings of Dovecot, with which it limits connections. */
  readonly settings?: string;
  /** HAProxy in front of it: the line that limits, or cuts. */
  readonly proxy?: string;
}

const LIMITS: readonly Limit[] = [
  {
    title: 'one process for logins, of one client',
    role: 'imap',
    settings: 'service imap-login {\n  process_limit = 1\n  client_limit = 1\n  service_count = 1\n}',
  },
  { title: 'maxconn', role: 'imaps', proxy: 'maxconn 1' },
  { title: 'one server of two is dead', role: 'imap', proxy: 'server dead 127.0.0.2:1' },
];

interface Said {
  readonly texts: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** The status of each check, with the reason where it is inconclusive. */
const said = async (role: PortRole, port: number, ca: string): Promise<Said> => {
  const { results, faults } = await audit([`${role}://${ADDRESS}:${String(port)}`], {
    authorities: [ca],
    servername: 'mail.lab.test',
    depth: 'full',
  });
  const texts = Object.fromEntries(
    results.map(({ id, status, because }) => [id, status === 'inconclusive' ? `${status}: ${because}` : status]),
  );
  return { texts, faults: faults.map(({ fault }) => fault.message) };
};

describe('a real limit of connections', () => {
  for (const { title, role, settings, proxy } of LIMITS) {
    it(`${proxy === undefined ? 'Dovecot' : 'HAProxy'}, ${role}, ${title}: the same is said of the server as without`, async function () {
      requireReal(this, 'dovecot');
      if (proxy !== undefined && !existsSync(HAPROXY))
        skipUnlessRequired(this, 'haproxy missing: scripts/install-daemons');
      const { certificate, ca } = await certificateFor('good');
      const started = (more: readonly string[]): Promise<RunningDaemon> =>
        startDovecot({
          address: ADDRESS,
          configuration: 'good',
          certificate,
          users: [{ user: 'alice', password: 'correcthorse' }],
          roles: [role],
          settings: more,
        });
      await using open = await started([]);
      const [{ port } = { port: 0 }] = open.listeners;
      const good = await said(role, port, ca);
      const limited = async (): Promise<Said> => {
        if (proxy === undefined) {
          await using server = await started(settings === undefined ? [] : [settings]);
          return await said(role, server.listeners[0]?.port ?? 0, ca);
        }
        await using server = await startForeground({
          address: ADDRESS,
          ports: 1,
          files: (_, [own]) => ({
            'haproxy.cfg': [
              'defaults\n  mode tcp\n  retries 0\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s',
              `listen mail\n  balance roundrobin\n  bind ${ADDRESS}:${String(own)}\n  ${proxy}`,
              `  server one ${ADDRESS}:${String(port)}\n`,
            ].join('\n'),
          }),
          command: (folder) => [HAPROXY, '-db', '-f', `${folder}/haproxy.cfg`],
        });
        return await said(role, server.ports[0] ?? 0, ca);
      };
      const { texts, faults } = await limited();
      expect(faults).to.deep.equal([]);
      expect(Object.keys(texts)).to.deep.equal(Object.keys(good.texts));
      const other = Object.entries(texts).filter(([id, text]) => text !== good.texts[id]);
      // A limit may hide an answer; it does not change one.
      expect(Object.fromEntries(other.filter(([, text]) => !text.startsWith('inconclusive')))).to.deep.equal({});
      expect(other.filter(([, text]) => /banned|PROXY/.test(text))).to.deep.equal([]);
      expect(other.length).to.be.below(Object.keys(texts).length / 4);
    }).timeout(120_000);
  }
});
