import { join } from 'node:path';
import { expect } from 'chai';
import { testClient } from '../../src/testing/test-client.js';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';
import { requireReal } from '../support/real.js';
import { thinned } from '../support/representative.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');

/** A client of a few lines, unlike our toys. */
const odd = (
  file: string,
  protocol: ClientRow['protocol'],
  scenario: readonly string[],
  truths: readonly Truth[],
  ...words: string[]
): ClientRow => ({
  client: [file, ...words].join(' '),
  protocol,
  tls: 'starttls',
  run: ['python3', '-B', join(FOLDER, file), ...words],
  scenario,
  truths,
});

const INJECTION = ['starttls-response-injection', 'capability-carry-over', 'control-withheld'];
const KEEPS: Truth = [
  'starttls-response-injection/{full-line,sasl-list,behind-bare-lf}',
  'unsafe',
  'the buffer is kept over STARTTLS',
];
const KEEPS_LAST: Truth = [
  'starttls-response-injection/partial-last-line',
  'unsafe',
  'the buffer is kept over STARTTLS',
];
const KEEPS_PARTS: Truth = ['starttls-response-injection/partial-line', 'unsafe', 'the buffer is kept over STARTTLS'];
/** All its answers came before TLS: it is done before the server says a word. */
const KEEPS_ALL: Truth = [
  'starttls-response-injection/whole-session',
  'unsafe|inconclusive',
  'the buffer is kept over STARTTLS',
];
const CHALLENGED = [
  'control',
  'starttls-not-offered',
  'starttls-refused/err',
  'starttls-answered-wrongly/unknown',
  'certificate-fault/self-signed',
];
const REFUSALS = [
  'starttls-refused/{454,bye}',
  'starttls-answered-wrongly/{250,no-code}',
  'starttls-accepted-without-tls/{stays-plain,fin,reset}',
  'plaintext-after-failed-handshake/{alert,reset}',
];
const ANSWERED: Truth = ['starttls-{refused,answered-wrongly}', 'unsafe', 'it logs in in clear'];

/** Pauses, threads, pipelines, and lists that are remembered; each of them keeps the buffer, or is careful. */
const HABITS: readonly (readonly [kind: string, protocol: ClientRow['protocol'], because: string])[] = [
  ['smtp-thread', 'smtp', 'its thread keeps on queueing lines'],
  ['smtp-slow-cram', 'smtp', 'it reads lazily, and pauses before each command'],
  ['smtp-helo', 'smtp', 'it takes what is buffered for the answer to HELO'],
  ['imap-authenticate', 'imap', 'it reads lazily, and logs in as is listed'],
  ['imap-any-ok', 'imap', 'any line with OK is an answer to it'],
  ['pop3-slow', 'pop3', 'it reads lazily, and pauses before each command'],
  ['pop3-auth-or-user', 'pop3', 'it reads lazily, and logs in as is listed'],
  ['sieve', 'managesieve', 'it reads lazily'],
];
const MOST_TELLING = [
  'control',
  'starttls-response-injection/{full-line,partial-line,managesieve-block}',
  'capability-carry-over/other-logins',
];

const rows: readonly ClientRow[] = [
  odd(
    'knows_ok_only_imap.py',
    'imap',
    ['preauth'],
    [['preauth', 'not-applicable', 'it waits for a greeting for ever']],
  ),
  odd('ok_only_imap_late.py', 'imap', ['preauth'], [['preauth', 'unsafe', 'it logs in without a greeting after 12 s']]),
  ...HABITS.flatMap(([kind, protocol, because]) => [
    odd('habits.py', protocol, MOST_TELLING, [['starttls-response-injection', 'unsafe', because]], kind, 'keep'),
    odd('habits.py', protocol, MOST_TELLING, [], kind, 'careful'),
  ]),
  odd(
    'habits.py',
    'imap',
    MOST_TELLING,
    [['starttls-response-injection', 'inconclusive', 'it waits for no answer']],
    'imap-pipelines',
    'keep',
  ),
  odd(
    'habits.py',
    'smtp',
    ['capability-carry-over'],
    [
      ['capability-carry-over/other-logins', 'unsafe', 'it goes by the list from before TLS'],
      ['capability-carry-over/{list,no-login-inside}', 'safe|inconclusive', 'it would log in like this without a list'],
    ],
    'smtp-remembers',
    'keep',
  ),
  odd('habits.py', 'smtp', ['capability-carry-over'], [], 'smtp-remembers', 'careful'),
  odd('lazy_login_smtp.py', 'smtp', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS, KEEPS_LAST]),
  odd('eager_login_smtp.py', 'smtp', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS, KEEPS_LAST]),
  odd('xoauth2_keeps_smtp.py', 'smtp', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS, KEEPS_LAST]),
  odd('cram_else_login_imap.py', 'imap', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS]),
  odd('lazy_login_imap.py', 'imap', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS]),
  odd('lazy_user_pop3.py', 'pop3', INJECTION, [KEEPS, KEEPS_ALL, KEEPS_PARTS]),
  ...['2.6', '6'].map((seconds) => ({
    ...odd(
      'slow_leak_smtp.py',
      'smtp',
      REFUSALS,
      [
        ['starttls-refused', 'unsafe', `it leaks after ${seconds} s`],
        ['starttls-answered-wrongly', 'unsafe|inconclusive', `it leaks after ${seconds} s`],
      ],
      seconds,
    ),
    says: [
      ['starttls-answered-wrongly', /^(?:unsafe|inconclusive: waxseal stopped waiting for the client after \d)/],
    ] as const,
  })),
  ...[
    ['3', 'unsafe', 'unsafe'],
    // It was refused before its timer went off.
    ['8', 'not-applicable', 'unsafe'],
    // It was not waited for as long as that.
    ['14', 'not-applicable', 'inconclusive'],
  ].flatMap(([seconds = '', unanswered = '', outside = '']) => [
    odd(
      'own_timer.py',
      'imap',
      ['control', 'starttls-answered-wrongly/{untagged-ok,wrong-tag}', 'starttls-unanswered/for-seconds'],
      [
        ['starttls-answered-wrongly', unanswered, `it logs in in clear where no answer came for ${seconds} s`],
        ['starttls-unanswered', 'unsafe', `it logs in in clear where no answer came for ${seconds} s`],
      ],
      'imap',
      seconds,
    ),
    odd(
      'own_timer.py',
      'smtp',
      ['control', 'connection-kept-after-failed-handshake/certificate'],
      [['connection-kept-*', outside, `it logs in in clear ${seconds} s after it has ended TLS`]],
      'tls',
      seconds,
    ),
  ]),
  // In clear it waits for a greeting on the port that was for TLS.
  {
    ...odd(
      'own_timer.py',
      'imap',
      ['control', 'server-falls-silent/handshake-for-seconds'],
      [['server-falls-silent', 'unsafe', 'it comes back in clear after 5 s']],
      'implicit',
      '5',
    ),
    tls: 'implicit',
  },
  // Longer than the usual time limits; for a client that waits longer still, nothing is proved.
  ...(
    [
      ['handshake', '9', 'unsafe', 'unsafe'],
      ['handshake', '25', 'not-applicable', 'safe'],
      ['greeting', '9', 'safe', 'unsafe'],
    ] as const
  ).map(([kind, seconds, handshake, greeting]) =>
    odd(
      'own_timer.py',
      'smtp',
      ['control', 'server-falls-silent/*-for-seconds'],
      [
        ['server-falls-silent/handshake-for-seconds', handshake, `its own time is ${seconds} s`],
        ['server-falls-silent/greeting-for-seconds', greeting, `its own time is ${seconds} s`],
      ],
      kind,
      seconds,
    ),
  ),
  odd('slow_careful_smtp.py', 'smtp', REFUSALS, [
    [
      'starttls-answered-wrongly',
      'safe|inconclusive|not-applicable',
      'it goes after 3 s; what is no reply to it, it waits on',
    ],
  ]),
  odd(
    'second_connection_smtp.py',
    'smtp',
    [...REFUSALS, 'starttls-not-offered', 'certificate-fault/self-signed'],
    [
      ANSWERED,
      [
        '{starttls-accepted-without-tls,plaintext-after-failed-handshake,starttls-not-offered,certificate-fault}',
        'unsafe',
        'its second connection has no TLS',
      ],
    ],
  ),
  odd('after_close_smtp.py', 'smtp', REFUSALS, [
    ANSWERED,
    [
      '{starttls-accepted-without-tls,plaintext-after-failed-handshake}',
      'unsafe',
      'it sends its login into a connection without TLS',
    ],
    [
      '{starttls-accepted-without-tls,plaintext-after-failed-handshake}/reset',
      'safe',
      'nothing can leave after a reset',
    ],
  ]),
  odd(
    'pipelines_auth_smtp.py',
    'smtp',
    ['control', 'starttls-refused/454', 'starttls-not-offered'],
    [['*', 'unsafe', 'AUTH is in the segment of STARTTLS']],
  ),
  odd(
    'early_hello_smtp.py',
    'smtp',
    ['starttls-refused/454', 'starttls-not-offered'],
    [['starttls-*', 'safe|inconclusive', 'a ClientHello is no secret']],
  ),
  odd(
    'http.py',
    'smtp',
    ['control', 'starttls-not-offered'],
    [['{control,starttls-not-offered}', 'unsafe', 'its password leaves in clear']],
  ),
  odd('big_smtp.py', 'smtp', ['starttls-refused/454', 'certificate-fault/expired'], []),
  odd('never_quits_smtp.py', 'smtp', [...REFUSALS, 'starttls-not-offered', 'certificate-fault'], []),
  odd('pool_smtp.py', 'smtp', [...REFUSALS, 'starttls-not-offered', 'certificate-fault/wrong-name', ...INJECTION], []),
  odd(
    'blind_smtp.py',
    'smtp',
    [...REFUSALS, 'starttls-not-offered', 'certificate-fault/wrong-name', ...INJECTION],
    [
      ['capability-carry-over', 'safe|inconclusive', 'it reads no list'],
      [
        'starttls-response-injection',
        'safe|inconclusive|not-applicable',
        'it reads no answer, and reports success whatever becomes of its login',
      ],
    ],
  ),
  odd(
    'obeys_list_imap.py',
    'imap',
    ['control', 'starttls-not-offered', 'starttls-refused/no', 'login-before-starttls', 'preauth'],
    [
      ['*', 'inconclusive|unsafe', 'it never starts TLS'],
      ['starttls-not-offered', 'unsafe', 'LOGIN in clear'],
    ],
  ),
  odd(
    'random_tags_imap.py',
    'imap',
    ['early-tagged-ok', 'starttls-not-offered'],
    [['early-tagged-ok', 'not-applicable', 'nobody can foretell its tags']],
  ),
  odd(
    'shuffled_tags_imap.py',
    'imap',
    ['early-tagged-ok', 'starttls-not-offered'],
    [['early-tagged-ok', 'not-applicable', 'nobody can foretell its tags']],
  ),
  odd(
    'speaks_on_smtp.py',
    'smtp',
    ['control', 'starttls-not-offered', 'starttls-accepted-without-tls/stays-plain', 'starttls-refused/454'],
    [['*', 'unsafe', 'it never starts TLS']],
  ),
  odd(
    'background_smtp.py',
    'smtp',
    ['starttls-refused/454', 'starttls-not-offered'],
    [['starttls-*', 'unsafe', 'its child logs in in clear']],
  ),
  odd(
    'crumbs_smtp.py',
    'smtp',
    ['starttls-refused/454', 'starttls-not-offered'],
    [['starttls-*', 'unsafe', 'it logs in in clear']],
  ),
  odd(
    'storm_smtp.py',
    'smtp',
    ['starttls-refused/{454,bye}', 'starttls-not-offered', 'certificate-fault/self-signed'],
    [['{starttls-refused,starttls-not-offered,certificate-fault}', 'unsafe', 'it comes back 30 times at once']],
    '30',
  ),
  odd(
    'storm_smtp.py',
    'smtp',
    ['starttls-refused/{454,bye}', 'starttls-not-offered', 'certificate-fault/self-signed'],
    [],
    '4',
  ),
  ...[[], ['lazy']].map((words) =>
    odd(
      'last_sasl_pop3.py',
      'pop3',
      INJECTION,
      [
        [
          'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf}',
          'unsafe',
          'the buffer is kept over STLS',
        ],
        KEEPS_ALL,
      ],
      ...words,
    ),
  ),
  odd(
    'challenged_pop3.py',
    'pop3',
    ['capability-carry-over'],
    [['*', 'safe|not-applicable', 'it goes by its settings']],
    'apop',
    'leaves',
  ),
  ...(['apop', 'cram'] as const).flatMap((mechanism) => [
    odd(
      'challenged_pop3.py',
      'pop3',
      [...INJECTION, ...CHALLENGED],
      [['*', 'safe|not-applicable', 'it is careful']],
      mechanism,
    ),
    odd(
      'challenged_pop3.py',
      'pop3',
      INJECTION,
      [
        [
          'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf}',
          'unsafe',
          'the buffer is kept over STLS',
        ],
        KEEPS_ALL,
      ],
      mechanism,
      'keep',
    ),
    odd(
      'challenged_pop3.py',
      'pop3',
      CHALLENGED,
      [
        [
          '{starttls-not-offered,starttls-refused/err,starttls-answered-wrongly/unknown}',
          'unsafe',
          'its response can be cracked offline, and is sent in clear',
        ],
      ],
      mechanism,
      'loose',
    ),
  ]),
  odd('heedless_user_pop3.py', 'pop3', INJECTION, [
    [
      'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf}',
      'unsafe',
      'the buffer is kept over STLS',
    ],
    KEEPS_ALL,
    ['capability-carry-over', 'safe|inconclusive', 'it reads no list'],
  ]),
  odd(
    'heedless_user_pop3.py',
    'pop3',
    INJECTION,
    [['capability-carry-over', 'safe|inconclusive', 'it reads no list']],
    'careful',
  ),
  ...['', 'careful'].map((how) =>
    odd(
      'heedless_login_smtp.py',
      'smtp',
      INJECTION,
      [
        ['starttls-response-injection', how === '' ? 'unsafe|inconclusive' : 'inconclusive', 'all answers are ignored'],
        ['starttls-response-injection/late-segment', 'safe|not-applicable', 'TLS breaks'],
        ['capability-carry-over', 'safe|inconclusive', 'it reads no list'],
      ],
      ...(how === '' ? [] : [how]),
    ),
  ),
  odd('literals_imap.py', 'imap', INJECTION, [
    [
      'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf}',
      'unsafe',
      'the buffer is kept over STARTTLS',
    ],
    KEEPS_ALL,
    ['capability-carry-over', 'safe|inconclusive', 'it reads no list'],
  ]),
  odd(
    'literals_imap.py',
    'imap',
    INJECTION,
    [['capability-carry-over', 'safe|inconclusive', 'it reads no list']],
    'careful',
  ),
];

/** Every case but the control. */
const ATTACKED = '{starttls,certificate,plaintext}-*';

/** Slow, lazy, out of step: each is known by its construction. */
const OUT_OF_STEP: readonly ClientRow[] = [
  odd(
    'fixed_reads_smtp.py',
    'smtp',
    [...REFUSALS, 'starttls-not-offered', 'certificate-fault/wrong-name', ...INJECTION],
    [['starttls-response-injection', 'inconclusive|not-applicable', 'it reads no answer']],
  ),
  odd(
    'retries_later_smtp.py',
    'smtp',
    [...REFUSALS, 'starttls-not-offered', 'certificate-fault/{expired,wrong-name}'],
    [[ATTACKED, 'unsafe', 'its second connection has no TLS, five seconds later']],
    '5',
  ),
  odd(
    'retries_later_smtp.py',
    'smtp',
    ['starttls-refused/454', 'starttls-not-offered'],
    [[ATTACKED, 'inconclusive', 'its second connection comes when waxseal has stopped waiting']],
    '60',
  ),
  ...(['2.6', '6'] as const).map((seconds) =>
    odd(
      'thinks_then_clear_pop3.py',
      'pop3',
      ['control', 'starttls-not-offered', 'starttls-refused/err', 'starttls-answered-wrongly/unknown'],
      [
        ['starttls-*', 'unsafe', 'it logs in in clear, after a while'],
        ['starttls-answered-wrongly', 'unsafe|inconclusive', 'it logs in in clear, after a while'],
      ],
      seconds,
    ),
  ),
  ...(['listed', 'loose', 'careful'] as const).map((kind) =>
    odd(
      'two_at_once_imap.py',
      'imap',
      [
        'control',
        'starttls-not-offered',
        'starttls-refused/no',
        'plaintext-after-failed-handshake/alert',
        'starttls-not-offered-later/next-connection',
      ],
      kind === 'careful'
        ? []
        : [
            ['{starttls-*,plaintext-*}', 'unsafe', 'where its first connection had no TLS its second one has none'],
            [
              'starttls-not-offered-later',
              kind === 'listed' ? 'unsafe' : 'safe',
              kind === 'listed' ? 'its second connection goes by the list' : 'its second connection insists on TLS',
            ],
          ],
      kind,
    ),
  ),
  odd(
    'byte_late_smtp.py',
    'smtp',
    [...REFUSALS, 'starttls-not-offered', 'certificate-fault/wrong-name', ...INJECTION],
    [],
  ),
  ...(['plain', 'hex', 'base64'] as const).map((how) =>
    odd(
      'reports_errors_smtp.py',
      'smtp',
      ['starttls-not-offered', 'starttls-refused/454', 'certificate-fault/self-signed'],
      [[ATTACKED, 'unsafe', 'its report of the error is mailed in clear']],
      how,
    ),
  ),
  odd(
    'any_2xx_smtp.py',
    'smtp',
    [
      'starttls-not-offered',
      'starttls-refused/454',
      'starttls-answered-wrongly/{200,250,354,no-code}',
      'starttls-hidden',
    ],
    [
      ['starttls-*', 'unsafe', 'after any other answer it goes on in clear'],
      ['starttls-hidden', 'unsafe|safe', 'it asks for TLS in any case'],
      ['starttls-answered-wrongly/{200,250}', 'safe', 'it begins TLS, and hears no ServerHello'],
    ],
  ),
  odd(
    'caches_list_smtp.py',
    'smtp',
    ['control', 'starttls-not-offered', 'starttls-refused/454', 'capability-carry-over/{list,other-logins}'],
    [
      ['starttls-not-offered', 'unsafe', 'it goes by a list that it has written down'],
      ['capability-carry-over/other-logins', 'unsafe', 'it goes by a list that it has written down'],
    ],
  ),
  odd(
    'driven_by_codes_smtp.py',
    'smtp',
    ['control', 'starttls-not-offered', 'starttls-refused/454', 'starttls-answered-wrongly/{250,334,no-code}'],
    [['starttls-answered-wrongly/334', 'unsafe', 'it answers whoever asks']],
  ),
  ...(['loose', 'careful'] as const).map((kind) =>
    odd(
      'polls_pop3.py',
      'pop3',
      ['starttls-not-offered', 'starttls-refused/err', 'certificate-fault/self-signed'],
      kind === 'careful' ? [] : [[ATTACKED, 'unsafe', 'it tries without TLS from its second turn on']],
      kind,
    ),
  ),
  odd('idles_imap.py', 'imap', ['control', 'starttls-not-offered', 'starttls-refused/no'], [], '2'),
  ...(['keep', 'careful'] as const).map((kind) =>
    odd(
      'two_threads_smtp.py',
      'smtp',
      [...INJECTION, 'starttls-not-offered', 'starttls-refused/454'],
      kind === 'careful'
        ? []
        : [
            [
              'starttls-response-injection/{full-line,partial-line,partial-last-line,sasl-list,behind-bare-lf}',
              'unsafe',
              'what was queued before TLS is an answer',
            ],
            KEEPS_ALL,
          ],
      kind,
    ),
  ),
];

const fileOf = ({ client }: ClientRow): string | undefined => client.split(' ')[0];

describe('clients of a few lines are judged as they are', function () {
  this.timeout(120_000);

  before(function () {
    requireReal(this, 'python3');
  });

  // Of a client in several set-ups the first one is always played: it leaks.
  const first = new Set(OUT_OF_STEP.map(fileOf).map((file, _, files) => files.indexOf(file)));
  const repeats = (row: ClientRow): boolean => !first.has(OUT_OF_STEP.indexOf(row));
  for (const row of [...thinned(rows, () => true), ...thinned(OUT_OF_STEP, repeats)])
    it(`${row.client} (${row.protocol})`, () => expectTruths(row));

  // The default set ends before the client's own time limit; that case is added where this is seen.
  it('own_timer.py imap 8 (imap, the default set)', async () => {
    const run = ['python3', '-B', join(FOLDER, 'own_timer.py'), 'imap', '8'];
    const results = await testClient(run, { protocol: 'imap', tls: 'starttls' });
    expect(results.filter(({ decidedBy }) => decidedBy !== undefined)).not.to.deep.equal([]);
    expect(results.at(-1)).to.include({ id: 'starttls-unanswered', variant: 'for-seconds', status: 'unsafe' });
  });
});
