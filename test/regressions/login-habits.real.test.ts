import { join } from 'node:path';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';
import { thinned } from '../support/representative.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';
import { systemTool } from '../../src/place/executable.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');
type Row = Omit<ClientRow, 'tls' | 'client'>;

const odd = (file: string, ...words: string[]): readonly string[] => ['python3', '-B', join(FOLDER, file), ...words];

const CARRY_OVER = 'capability-carry-over/{list,other-logins,no-login-inside}';
const STALE = ['control', CARRY_OVER, 'starttls-not-offered', 'certificate-fault/self-signed'];
const STRIPPED = [
  'control',
  'starttls-not-offered',
  'starttls-refused/{454,no,err}',
  'certificate-fault/{self-signed,wrong-name}',
  'starttls-response-injection/full-line',
];
const LEAKS: Truth = ['starttls-{not-offered,refused}', 'unsafe', 'it logs in without TLS'];

/** They log in by the list from before TLS, which an honest server leaves empty until somebody is seen to need it. */
const stale: readonly Row[] = [
  ...(
    [
      ['smtp', 'keep'],
      ['imap', 'keep'],
      ['imap', 'asks'],
      ['pop3', 'keep'],
    ] as const
  ).map(([protocol, how]): Row => ({
    protocol,
    run: odd('stale_list.py', protocol, how),
    scenario: STALE,
    truths: [[CARRY_OVER, 'unsafe', 'it goes by the list from before TLS']],
  })),
  ...(['smtp', 'imap', 'pop3'] as const).map((protocol): Row => ({
    protocol,
    run: odd('stale_list.py', protocol, 'careful'),
    scenario: STALE,
    truths: [],
  })),
];

/** They know one login, and none of the usual ones. */
const single: readonly Row[] = (['smtp', 'imap', 'pop3'] as const).flatMap((protocol) =>
  (
    [
      ['EXTERNAL'],
      ['EXTERNAL', 'at-once'],
      ['EXTERNAL', 'at-once', 'nameless'],
      ['GSSAPI'],
      ['GSSAPI', 'at-once'],
      ['SCRAM-SHA-256-PLUS'],
    ] as const
  ).flatMap((words): Row[] => [
    { protocol, run: odd('one_mechanism.py', protocol, ...words), scenario: STRIPPED, truths: [] },
    { protocol, run: odd('one_mechanism.py', protocol, ...words, 'loose'), scenario: STRIPPED, truths: [LEAKS] },
  ]),
);

const MSMTP = [
  'account default\nhost {host}\nport {port}\ntls on\ntls_starttls on\ntls_trust_file {ca}',
  'user {user}\npassword {password}\nfrom {from}\n',
].join('\n');
const sendMail = 'chmod 600 ~/.msmtprc; exec msmtp -t <"$WAXSEAL_MESSAGE"';
const curl = (...words: string[]): readonly string[] => [
  ...['curl', '-sS', '--ssl-reqd', '--login-options', 'AUTH=NTLM', '{url}', '-u', '{user}:{password}'],
  ...words,
];
const installed: readonly (Row & { readonly needs: string })[] = [
  ...(['ntlm', 'external', 'scram-sha-256'] as const).map((mechanism) => ({
    needs: 'msmtp',
    protocol: 'smtp' as const,
    run: ['sh', '-c', sendMail],
    files: { '.msmtprc': `${MSMTP}auth ${mechanism}\n` },
    scenario: STRIPPED,
    truths: [],
  })),
  {
    needs: 'curl',
    protocol: 'smtp',
    run: curl('-T', '{message}', '--mail-from', '{from}', '--mail-rcpt', '{to}'),
    scenario: STRIPPED,
    truths: [],
  },
  { needs: 'curl', protocol: 'imap', run: curl(), scenario: STRIPPED, truths: [] },
  { needs: 'curl', protocol: 'pop3', run: curl(), scenario: STRIPPED, truths: [] },
];

const named = (row: Row): ClientRow => ({ ...row, tls: 'starttls', client: '' });
const titleOf = ({ protocol, run, files = {} }: Row): string => {
  const words = typeof run === 'function' ? [] : run.slice(run[0] === 'python3' ? 3 : 0);
  return `${words.join(' ')} ${Object.values(files).join(' ').split('\n').slice(-2).join('')} (${protocol})`;
};

describe('how clients choose their login', function () {
  this.timeout(120_000);

  before(function () {
    requireReal(this, 'python3');
  });

  for (const row of [...stale, ...thinned(single, () => true)])
    it(titleOf(row), () => expectTruths(named(row)).then(() => undefined));
  for (const { needs, ...row } of installed)
    it(titleOf(row), async function () {
      if (systemTool(needs) === undefined) skipUnlessRequired(this, needs);
      await expectTruths(named(row));
    });
});
