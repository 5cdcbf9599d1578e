import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/document/report-model.js';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import { portOf } from '../../src/protocols/port-roles.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { parseRecording } from '../../src/verdict/recording.js';
import { requireReal } from '../support/real.js';
import { ACCOUNT } from '../support/submission-server.js';
import { waxseal } from './run-cli.js';

const ADDRESS = '127.0.0.2';

/** How the client starts TLS, and how the server does, by its scheme. */
const ROWS: readonly (readonly [preset: string, tls: string, scheme: string, role: PortRole, offer: RegExp])[] = [
  ['curl', 'implicit', 'imap', 'imap', /^\* OK \[CAPABILITY [^\]]*AUTH=PLAIN[^]*^\* CAPABILITY .*AUTH=PLAIN/m],
  ['fetchmail', 'implicit', 'imap', 'imap', /^\* OK \[CAPABILITY [^\]]*AUTH=PLAIN/],
  ['curl', 'implicit', 'pop3', 'pop3', /^SASL PLAIN/m],
  // It asks for no list there.
  ['fetchmail', 'implicit', 'pop3', 'pop3', /^\+OK/],
  ['curl', 'starttls', 'imaps', 'imaps', /^\* OK \[CAPABILITY [^\]]*STARTTLS/],
  ['fetchmail', 'starttls', 'imaps', 'imaps', /^\* OK \[CAPABILITY [^\]]*STARTTLS/],
  ['fetchmail', 'starttls', 'pop3s', 'pop3s', /^\+OK/],
];

// Row A20 of the verdicts that were wrong: inside TLS the client heard the greeting from before TLS, STARTTLS LOGINDISABLED.
describe('a client that starts TLS in another way than the server behind waxseal', function () {
  this.timeout(120_000);
  let folder: string;
  let server: RunningDaemon;

  before(async function () {
    requireReal(this, 'dovecot', 'curl', 'fetchmail');
    const theirs = await createAuthority();
    const certificate = await theirs.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
    server = await startDovecot({ address: ADDRESS, configuration: 'good', certificate, users: [ACCOUNT] });
    folder = mkdtempSync(join(tmpdir(), 'implicit-through-'));
    writeFileSync(join(folder, 'ca.pem'), theirs.pem);
    writeFileSync(join(folder, 'account'), `${ACCOUNT.user}\n${ACCOUNT.password}\n`, { mode: 0o600 });
  });

  after(async () => {
    await (server as RunningDaemon | undefined)?.stop();
    if ((folder as string | undefined) !== undefined) rmSync(folder, { recursive: true });
  });

  const target = (scheme: string, role: PortRole): string => {
    const port = server.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;
    return `${scheme}://${ADDRESS}:${String(port)}`;
  };

  for (const [preset, tls, scheme, role, offer] of ROWS)
    it(`${preset}, ${tls}, in front of ${scheme}://…`, async () => {
      const setUp = `${portOf(role).protocol} ${tls}`;
      const { code, stdout, stderr } = await waxseal(
        ...['test', '--preset', preset, '--through', target(scheme, role), '--tls', tls],
        ...['--account', join(folder, 'account'), '--ca', join(folder, 'ca.pem'), '--no-self-test'],
        ...['--scenario', 'certificate-fault/self-signed', '--format', 'json'],
        ...['--record', join(folder, setUp, preset)],
      );
      const { results } = JSON.parse(stdout) as Report;
      expect([...new Set(results.map(({ protocol, tls: mode }) => `${protocol} ${mode}`))]).to.deep.equal([setUp]);
      expect(
        results.map(({ id, status, because }) => `${id} ${status} ${status === 'safe' ? '' : because}`),
      ).to.deep.equal(['control safe ', 'certificate-fault safe ']);
      expect(code, stderr).to.equal(0);
      const heard = heardInControl(join(folder, setUp, preset));
      // What it hears is of the way that it uses: STARTTLS before TLS, and no login is forbidden inside.
      expect(heard[tls === 'implicit' ? 'inside' : 'outside']).to.match(offer);
      expect(heard.inside).not.to.match(/STARTTLS|STLS|LOGINDISABLED/);
    });

  for (const [words, says] of [
    [['--interception', 'tunnel'], /--interception tunnel cannot join them/],
    [['--other-door', `imaps://${ADDRESS}:1`], /--other-door is for clients that use the way of the server/],
  ] as const)
    it(`${words.join(' ')} is a usage error there`, async () => {
      const { code, stderr } = await waxseal(
        ...['test', '--through', target('imap', 'imap'), '--tls', 'implicit', ...words, '--', 'true'],
      );
      expect(code).to.equal(2);
      expect(stderr).to.match(says);
    });
});

/** What the control's client heard before TLS and inside, as it was recorded. */
const heardInControl = (recordings: string): Record<'inside' | 'outside', string> => {
  const heard = { inside: '', outside: '' };
  for (const file of readdirSync(recordings)) {
    const { visit } = parseRecording(readFileSync(join(recordings, file), 'utf8'), file);
    if (visit.scenario !== 'control') continue;
    for (const { leg, entries } of visit.connections)
      for (const entry of entries)
        if (leg !== 'server' && entry.kind === 'bytes' && entry.from === 'server')
          heard[entry.inside ? 'inside' : 'outside'] += entry.data;
  }
  return heard;
};
