import { join } from 'node:path';
import { needs } from '../support/installed.js';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');

/** A client of a few lines in another language than the others of its folder. */
const small = (
  run: readonly string[],
  protocol: ClientRow['protocol'],
  scenario: readonly string[],
  truths: readonly Truth[],
): ClientRow => {
  const [language = '', file = '', ...words] = run;
  return {
    client: run.join(' '),
    protocol,
    tls: 'starttls',
    run: [language, join(FOLDER, file), ...words],
    scenario,
    truths,
  };
};

const INJECTION = ['starttls-response-injection', 'capability-carry-over', 'control-withheld'];
const REFUSED = [
  'starttls-not-offered',
  'starttls-refused',
  'capability-list-empty',
  'certificate-fault/{expired,wrong-name}',
];
const KEEPS: Truth = [
  'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf,managesieve-block}',
  'unsafe',
  'the buffer is kept over STARTTLS',
];
/** All its answers came before TLS. */
const KEEPS_ALL: Truth = [
  'starttls-response-injection/whole-session',
  'unsafe|inconclusive',
  'the buffer is kept over STARTTLS',
];
const KEEPS_LAST: Truth = [
  'starttls-response-injection/partial-last-line',
  'unsafe',
  'the buffer is kept over STARTTLS',
];

/** Starts TLS, does not look whether that worked, and goes on in clear where each answer is the right one. */
const keptOn = (...run: readonly string[]): ClientRow =>
  small(
    run,
    'smtp',
    ['control', 'connection-kept-after-failed-handshake'],
    [['connection-kept-*', 'unsafe', 'it goes on in clear where TLS failed']],
  );

const rows: readonly ClientRow[] = [
  ...['1.2', '1.3'].flatMap((version) => [
    keptOn('php', 'kept_after_failed_tls.php', version),
    keptOn('python3', 'kept_after_failed_tls.py', 'socket', version),
    keptOn('python3', 'kept_after_failed_tls.py', 'memory', version),
  ]),
  small(['perl', 'own_buffer_smtp.pl', 'keep'], 'smtp', INJECTION, [KEEPS, KEEPS_LAST, KEEPS_ALL]),
  small(['perl', 'own_buffer_smtp.pl'], 'smtp', [...INJECTION, ...REFUSED], []),
  small(['perl', 'own_buffer_smtp.pl', 'loose'], 'smtp', REFUSED, [
    ['{starttls-not-offered,starttls-refused,capability-list-empty}', 'unsafe', 'it goes on in clear'],
    ['starttls-refused/{421,bye}', 'unsafe', 'it goes on to log in in clear'],
  ]),
  small(['node', 'events_smtp.cjs', 'keep', 'xoauth2'], 'smtp', INJECTION, [KEEPS, KEEPS_LAST, KEEPS_ALL]),
  small(['node', 'events_smtp.cjs', 'xoauth2'], 'smtp', [...INJECTION, ...REFUSED], []),
  small(
    ['node', 'events_smtp.cjs', 'early'],
    'smtp',
    ['control', ...REFUSED],
    [['*', 'unsafe', 'its first message goes before TLS']],
  ),
  small(
    ['node', 'events_smtp.cjs', 'second'],
    'smtp',
    ['control', 'starttls-refused/454', 'certificate-fault/expired'],
    [
      ['control', 'unsafe', 'its second message goes without TLS'],
      [
        '{starttls-refused,certificate-fault}',
        'safe|inconclusive',
        'it sends no second message where the first one failed',
      ],
    ],
  ),
  small(['php', 'streams_sieve.php', 'wait'], 'managesieve', INJECTION, [
    KEEPS,
    KEEPS_ALL,
    ['capability-carry-over', 'safe|inconclusive|not-applicable', 'it uses no list'],
  ]),
  small(
    ['php', 'streams_sieve.php', 'ask', 'loose'],
    'managesieve',
    ['starttls-not-offered', 'starttls-refused'],
    [['starttls-*', 'unsafe', 'it goes on in clear']],
  ),
  small(['ruby', 'queue_imap.rb', 'keep'], 'imap', INJECTION, [
    KEEPS,
    KEEPS_ALL,
    ['starttls-response-injection/partial-line', 'safe', 'whole lines only are queued'],
  ]),
  small(['ruby', 'queue_imap.rb'], 'imap', REFUSED, []),
  small(
    ['ruby', 'queue_imap.rb', 'loose'],
    'imap',
    ['starttls-not-offered', 'starttls-refused/no'],
    [['starttls-*', 'unsafe', 'it goes on in clear']],
  ),
];

describe('clients of a few lines, in other languages', function () {
  this.timeout(120_000);

  for (const row of rows)
    it(`${row.client} (${row.protocol})`, async function () {
      needs(this, row.client.split(' ')[0] ?? '');
      await expectTruths(row);
    });
});
