import { join } from 'node:path';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';
import { needs } from '../support/installed.js';

const CLIENT = join(import.meta.dirname, 'clients', 'odd', 'reported.py');

const CASES = [
  'control',
  'starttls-not-offered',
  'starttls-refused/{454,no}',
  'certificate-fault/self-signed',
  'plaintext-after-failed-handshake/alert',
];

const reported = (
  protocol: ClientRow['protocol'],
  [kind, how = 'careful']: readonly [kind: string, how?: 'careful' | 'loose'],
  truths: readonly Truth[] = [],
): ClientRow => ({
  client: `${kind} ${how}`,
  protocol,
  tls: 'starttls',
  run: ['python3', '-B', CLIENT, kind, how],
  scenario: CASES,
  truths,
});

const IN_CLEAR: Truth = ['{starttls-not-offered,starttls-refused}', 'unsafe', 'it goes on in clear'];
const NO_MATTER_WHAT: Truth = [
  '{starttls-not-offered,starttls-refused,certificate-fault,plaintext-after-failed-handshake}',
  'unsafe',
  'whatever fails, its next connection is in clear',
];

/** Shapes that bug reports of mail software describe. */
const rows: readonly ClientRow[] = [
  // They insist on one login: before waxseal offered it, their control failed, and nothing was known of them.
  ...['SCRAM-SHA-256', 'SCRAM-SHA-1', 'OAUTHBEARER'].flatMap((mechanism) => [
    reported('smtp', [`smtp_mech:${mechanism}`]),
    reported('smtp', [`smtp_mech:${mechanism}`, 'loose'], [IN_CLEAR]),
  ]),
  reported('smtp', ['smtp_bdat']),
  reported('smtp', ['smtp_bdat', 'loose'], [IN_CLEAR]),
  reported('smtp', ['smtp_ladder']),
  reported('smtp', ['smtp_ladder', 'loose'], [NO_MATTER_WHAT]),
  reported('smtp', ['smtp_second_try_helo', 'loose'], [NO_MATTER_WHAT]),
  reported(
    'smtp',
    ['smtp_unverified_on_resume', 'loose'],
    [['certificate-fault', 'unsafe', 'its second connection verifies nothing']],
  ),
  { ...reported('pop3', ['pop3_apop_if_offered']), scenario: ['control', 'login-before-starttls'] },
  {
    ...reported('pop3', ['pop3_apop_if_offered', 'loose']),
    scenario: ['control', 'login-before-starttls'],
    truths: [['login-before-starttls', 'unsafe', 'its digest can be cracked offline, and is sent in clear']],
  },
  reported('imap', ['imap_literal_plus']),
  reported('imap', ['imap_literal_plus', 'loose'], [IN_CLEAR]),
];

const MSMTP = `account default
host {host}
port {port}
from {from}
auth MECHANISM
user {user}
password SECRET
tls on
tls_trust_file {ca}
`;

/** msmtp, told to use one login and no other. */
const msmtp = (mechanism: string, secret: '{password}' | '{token}' = '{password}'): ClientRow => ({
  client: `msmtp with ${mechanism} only`,
  protocol: 'smtp',
  tls: 'starttls',
  run: ['sh', '-c', 'msmtp -- "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"'],
  files: { '.msmtprc': MSMTP.replace('MECHANISM', mechanism).replace('SECRET', secret) },
  scenario: [...CASES, 'capability-carry-over/other-logins', 'starttls-response-injection/sasl-list'],
  truths: [],
});

const installed = [msmtp('scram-sha-256'), msmtp('digest-md5'), msmtp('oauthbearer', '{token}')];

describe('clients in the shapes of bug reports', function () {
  this.timeout(120_000);

  for (const row of rows)
    it(`${row.client} (${row.protocol})`, async function () {
      needs(this, 'python3');
      await expectTruths(row);
    });

  for (const row of installed)
    it(row.client, async function () {
      needs(this, 'msmtp');
      await expectTruths(row);
    });
});
