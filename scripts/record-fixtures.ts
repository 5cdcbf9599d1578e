/**
 * Makes fixtures/recordings-2 through real runs of real clients, good and bad ones. Fixtures stay as they were recorded, so that old
 * recordings are judged for ever: when recordings change their shape, a new version gets a new folder.
 */
import { ImapFlow } from 'imapflow';
import { ImapFlow as OldImapFlow } from 'imapflow-1.3.5';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { commandDriver } from '../src/clients/command.js';
import type { ClientTask, Driver } from '../src/clients/driver.js';
import { functionDriver } from '../src/clients/function.js';
import { loopback } from '../src/place/loopback.js';
import { openSession } from '../src/place/visit-home.js';
import type { ProtocolName, TlsMode } from '../src/protocols/protocol.js';
import { planOf } from '../src/cases/plan.js';
import { recordingOf } from '../src/document/recording.js';
import { runSession } from '../src/testing/session.js';
import { visit } from '../src/stage/visit.js';
import scenarios from '../src/scenarios/index.js';
import { createAuthority } from '../src/tls/certificate-authority.js';
import type { TlsPolicy } from '../src/verdict/visit.js';
import { serializeRecording } from '../src/verdict/recording-text.js';

interface Row {
  readonly name: string;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly scenario: string;
  readonly client: Driver;
  readonly policy?: TlsPolicy;
}

const root = join(import.meta.dirname, '..');
const folder = join(root, 'fixtures/recordings-2');
await using session = openSession();
const authority = await createAuthority();

const command = (...words: string[]): Driver => commandDriver(words, { folder: session, trust: authority });
const curl = (...words: string[]): Driver =>
  command('curl', '-sS', '--cacert', '{ca}', '-u', '{user}:{password}', ...words);
const mail = ['--mail-from', '{from}', '--mail-rcpt', '{to}', '-T', '{message}', '{url}'];

const nodemailer = (requireTLS: boolean): Driver =>
  functionDriver(async (task) => {
    const { host, port, tls, ca, user, password, from, to, message } = task;
    await createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS,
      tls: { ca, servername: 'localhost' },
      auth: { user, pass: password },
    }).sendMail({ envelope: { from, to }, raw: message });
  });

const imapflow = (Client: typeof ImapFlow, more: object = {}): Driver =>
  functionDriver(async ({ host, port, tls, ca, user, password: pass }: ClientTask) => {
    const client = new Client({
      host,
      port,
      secure: tls === 'implicit',
      tls: { ca },
      auth: { user, pass },
      logger: false,
      connectionTimeout: 3000,
      greetingTimeout: 3000,
      socketTimeout: 5000,
      ...more,
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.logout();
  });

const swaks = command(
  ...[
    'swaks',
    '--protocol',
    'LMTP',
    '--server',
    '{host}',
    '--port',
    '{port}',
    '--timeout',
    '8',
    '--tls',
    '--tls-verify',
  ],
  ...['--tls-ca-path', '{ca}', '--auth', 'PLAIN', '--auth-user', '{user}', '--auth-password', '{password}'],
  ...['--from', '{from}', '--to', '{to}', '--data', '@{message}'],
);

const rows: readonly Row[] = [
  {
    name: 'curl-control-smtp',
    protocol: 'smtp',
    tls: 'starttls',
    scenario: 'control',
    client: curl('--ssl-reqd', ...mail),
  },
  {
    name: 'curl-insists-imap',
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: curl('--ssl-reqd', '{url}'),
  },
  {
    name: 'curl-tries-imap',
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: curl('--ssl', '{url}'),
  },
  {
    name: 'curl-tries-pop3-opportunistic',
    protocol: 'pop3',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: curl('--ssl', '{url}/1'),
    policy: 'opportunistic',
  },
  {
    name: 'curl-tries-smtp-refused',
    protocol: 'smtp',
    tls: 'starttls',
    scenario: 'starttls-refused/454',
    client: curl('--ssl', ...mail),
  },
  {
    name: 'curl-trusts-anyone-imaps',
    protocol: 'imap',
    tls: 'implicit',
    scenario: 'certificate-fault/self-signed',
    client: curl('-k', '{url}'),
  },
  {
    name: 'curl-verifies-pop3s',
    protocol: 'pop3',
    tls: 'implicit',
    scenario: 'certificate-fault/wrong-name',
    client: curl('{url}/1'),
  },
  {
    name: 'curl-other-account',
    protocol: 'pop3',
    tls: 'starttls',
    scenario: 'control',
    client: command('curl', '-sS', '--ssl', '--cacert', '{ca}', '-u', 'someone:correct-horse-battery', '{url}/1'),
  },
  {
    name: 'nodemailer-insists',
    protocol: 'smtp',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: nodemailer(true),
  },
  {
    name: 'nodemailer-tries',
    protocol: 'smtp',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: nodemailer(false),
  },
  {
    name: 'imapflow-insists',
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: imapflow(ImapFlow, { doSTARTTLS: true }),
  },
  {
    name: 'imapflow-tries',
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    client: imapflow(ImapFlow),
  },
  {
    name: 'imapflow-1.3.5-believes-injection',
    protocol: 'imap',
    tls: 'starttls',
    scenario: 'starttls-response-injection/sasl-list',
    client: imapflow(OldImapFlow as unknown as typeof ImapFlow),
  },
  {
    name: 'swaks-believes-injection-lmtp',
    protocol: 'lmtp',
    tls: 'starttls',
    scenario: 'starttls-response-injection/full-line',
    client: swaks,
  },
  { name: 'nobody-comes', protocol: 'imap', tls: 'implicit', scenario: 'control', client: command('true') },
];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const verdicts: Record<string, { status: string; because: string }> = {};
for (const [index, { name, protocol, tls, scenario, client, policy = 'required' }] of rows.entries()) {
  const seed = `fixtures ${String(index)}`;
  const settings = {
    seed,
    place: loopback,
    authority,
    driver: client,
    policy,
    maxTime: 10_000,
    secrets: new Map<string, number>(),
  };
  const masking = { secrets: 'mask', key: Buffer.from('fixtures'), known: new Set<string>() } as const;
  const { seen } = await runSession({
    plan: planOf({
      scenarios,
      setUps: [{ protocol, tls }],
      seat: 'server',
      provides: [],
      globs: [scenario],
      repeat: 1,
    }),
    observe: (one, number, taught, { signal, started }) =>
      visit(one, number, { ...settings, signal, onStarted: started }, taught),
    masking,
    seed,
    place: 'loopback',
    subject: {},
    reproduce: () => [],
    keep: () => undefined,
  });
  const last = seen.filter(({ one }) => one.scenario.id === scenario.split('/')[0]).at(-1);
  if (last === undefined) throw new Error(`${name}: no visit was made for ${scenario}`);
  writeFileSync(join(folder, `${name}.json`), serializeRecording(recordingOf(last.visit, last.masks)));
  verdicts[`${name}.json`] = { status: last.judgement.status, because: last.judgement.because };
  console.log(`${name}: ${last.judgement.status}, ${last.judgement.because}`);
}
writeFileSync(join(root, 'fixtures/verdicts-2.json'), `${JSON.stringify(verdicts, undefined, 2)}\n`);
