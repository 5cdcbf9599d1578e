/**
 * The lab of the pages, inside a network of its own: starts a good mail server on every usual port of mail.example.org and
 * mail.lab.test, for the user `alice`, then runs a shell script and ends with it. Writes the CA to lab-ca.pem, the password to lab-password.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { Listener } from '../../src/endpoints/listener.js';
import protocols from '../../src/protocols/index.js';
import { COMMON_PORTS } from '../../src/protocols/port-roles.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';

export const LAB_HOSTS = ['mail.example.org', 'mail.lab.test'] as const;
export const LAB_ADDRESS = '192.0.2.1';
const PASSWORD = 'a password for the lab';

const serveAll = async (): Promise<void> => {
  const authority = await createAuthority({ alsoFor: { dns: [...LAB_HOSTS], ip: [LAB_ADDRESS] } });
  const { certPem, keyPem } = await authority.issue('good', { dns: [...LAB_HOSTS], ip: [LAB_ADDRESS] });
  writeFileSync('lab-ca.pem', authority.pem);
  writeFileSync('lab-password', `${PASSWORD}\n`, { mode: 0o600 });
  const canaries = canariesOf('lab', 1);
  const context = createSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' });
  for (const port of COMMON_PORTS) {
    const protocol = protocols[port.protocol];
    const honest = honestSettings(port.protocol, canaries, { plaintext: 'refused', relay: !port.login });
    const answerer = () =>
      protocol.server({ ...honest, account: { ...honest.account, user: 'alice', password: PASSWORD } });
    await Listener.open({
      host: LAB_ADDRESS,
      port: port.port,
      clock: () => performance.now(),
      serve: ({ wire, ordinal }) =>
        new Conversation({
          wire,
          protocol,
          answerer: answerer(),
          tls: () => ({ context, trusted: true, timeout: 5000 }),
          tamper: {},
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
};

const [, program, script] = process.argv;
// Its names are imported, too.
if (program === import.meta.filename && script !== undefined) {
  await serveAll();
  const [code] = (await once(spawn('sh', [script], { stdio: 'inherit' }), 'close')) as [number | null];
  process.exit(code ?? 1);
}
