import { expectTruths, type ClientRow } from '../support/client-rows.js';
import { requireReal, type RealProgram } from '../support/real.js';

const CURL = ['curl', '--silent', '--cacert', '{ca}', '--user', '{user}:{password}'];

const MBSYNC = [
  'IMAPAccount lab',
  'Host {host}',
  'Port {port}',
  'User {user}',
  'Pass {password}',
  'SSLType STARTTLS',
  'SystemCertificates no',
  'CertificateFile {ca}',
  '',
  'IMAPStore far',
  'Account lab',
  '',
  'MaildirStore near',
  'Path {home}/mail/',
  'Inbox {home}/INBOX',
  '',
  'Channel lab',
  'Far :far:',
  'Near :near:',
  'Create Near',
  'SyncState *',
  '',
].join('\n');

/** What cases outside the default set found; each was seen with a scripted server of its own, too. */
const ROWS: readonly (ClientRow & { readonly program: RealProgram })[] = [
  {
    client: 'curl, fetching a mail by POP3',
    program: 'curl',
    protocol: 'pop3',
    tls: 'implicit',
    run: [...CURL, 'pop3s://{host}:{port}/1'],
    scenario: ['mail-cut-off-inside-tls', 'tls-unusual/{tls-1-2,other-group,one-byte-records}', 'newer-tls-refused'],
    truths: [['mail-cut-off-inside-tls', 'unsafe', 'half a mail, and exit code 0']],
  },
  {
    client: 'curl, fetching a mail by IMAP',
    program: 'curl',
    protocol: 'imap',
    tls: 'implicit',
    run: [...CURL, 'imaps://{host}:{port}/INBOX;MAILINDEX=1'],
    scenario: ['mail-cut-off-inside-tls'],
    truths: [],
  },
  {
    client: 'mbsync',
    program: 'mbsync',
    protocol: 'imap',
    tls: 'starttls',
    run: ['sh', '-c', 'mkdir -p "$HOME/mail" && exec mbsync -c "$HOME/mbsyncrc" -a'],
    files: { mbsyncrc: MBSYNC },
    scenario: ['folders-named-before-tls', 'sent-to-another-server/mailbox', 'answers-come-late/go-ahead'],
    truths: [['folders-named-before-tls', 'unsafe', 'it crashes on LIST and LSUB before its login (SIGSEGV)']],
  },
];

describe('further cases, and what real clients do in them', function () {
  this.timeout(120_000);

  for (const row of ROWS)
    it(row.client, async function () {
      requireReal(this, row.program);
      await expectTruths(row);
    });
});
