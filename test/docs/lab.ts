/**
 * The lab of the pages and golden reports, inside a network of its own: mail servers on the usual ports of `LAB_HOSTS`, for the user
 * `alice`. Run with a shell script, it starts them, runs the script, and ends with it. Writes the CA to lab-ca.pem, the password to
 * lab-password.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ServerFlaw } from '../../src/checks/check.js';
import { keepsLines, servedInClear, upgradeInside } from '../../src/checks/flaws.js';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { Listener } from '../../src/endpoints/listener.js';
import { COMMON_PORTS, portOf } from '../../src/protocols/port-roles.js';
import protocols from '../../src/protocols/index.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';

/** A machine of the lab: its names, its address, and what is wrong with its servers. */
export interface LabHost {
  readonly names: readonly [string, ...string[]];
  readonly address: string;
  readonly flaw?: ServerFlaw['server'];
}

/** One good host, and one that does wrong what a server can do wrong while it still works. */
export const LAB_HOSTS: readonly LabHost[] = [
  { names: ['mail.example.org', 'mail.lab.test'], address: '192.0.2.1' },
  {
    names: ['old.lab.test'],
    address: '127.0.0.3',
    flaw: {
      certificate: 'self-signed',
      versions: { oldest: 'TLSv1', newest: 'TLSv1.2' },
      settings: (honest) => ({
        ...honest,
        acceptsLoginOutside: true,
        outside: { ...honest.inside, upgrade: true },
        keepsState: true,
      }),
      tamper: { ...servedInClear, ...upgradeInside, ...keepsLines },
    },
  },
];

const PASSWORD = 'a password for the lab';

const serveAll = async (): Promise<void> => {
  const dns = LAB_HOSTS.flatMap(({ names }) => names);
  const ip = LAB_HOSTS.map(({ address }) => address);
  const authority = await createAuthority({ alsoFor: { dns, ip } });
  writeFileSync('lab-ca.pem', authority.pem);
  writeFileSync('lab-password', `${PASSWORD}\n`, { mode: 0o600 });
  const canaries = canariesOf('lab', 1);
  for (const { names, address, flaw } of LAB_HOSTS) {
    const recipe = flaw?.certificate === 'self-signed' ? 'self-signed' : 'good';
    const { certPem, keyPem } = await authority.issue(recipe, { dns: names, ip: [address] });
    const { oldest = 'TLSv1.2', newest = 'TLSv1.3' } = flaw?.versions ?? {};
    const context = createSecureContext({
      cert: certPem,
      key: keyPem,
      minVersion: oldest,
      maxVersion: newest,
      ciphers: flaw === undefined ? 'DEFAULT' : 'DEFAULT:@SECLEVEL=0',
    });
    for (const port of [...COMMON_PORTS, portOf('lmtp')]) {
      const protocol = protocols[port.protocol];
      const honest = honestSettings(port.protocol, canaries, { plaintext: 'refused', relay: !port.login });
      const settings = { ...honest, account: { ...honest.account, user: 'alice', password: PASSWORD } };
      await Listener.open({
        host: address,
        port: port.port,
        clock: () => performance.now(),
        serve: ({ wire, ordinal }) =>
          new Conversation({
            wire,
            protocol,
            answerer: protocol.server(flaw?.settings?.(settings) ?? settings),
            tls: () => ({ context, trusted: true, timeout: 5000 }),
            tamper: flaw?.tamper ?? {},
            context: {
              protocol,
              mode: port.tls,
              ordinal,
              portRole: port.role,
              canaries,
              insideOffer: honestInside(port.protocol),
              variant: undefined,
            },
            idle: 20_000,
          }).run(),
      });
    }
  }
};

const [, program, script] = process.argv;
// Its names are imported, too.
if (program === import.meta.filename && script !== undefined) {
  await serveAll();
  const [code] = (await once(spawn('sh', [script], { stdio: 'inherit' }), 'close')) as [number | null];
  process.exit(code ?? 1);
}
