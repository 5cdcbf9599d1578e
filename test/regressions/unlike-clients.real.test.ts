import { join } from 'node:path';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';
import { requireReal } from '../support/real.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');

interface Unlike {
  readonly tls?: ClientRow['tls'];
  readonly scenario: readonly string[];
  readonly truths?: readonly Truth[];
}

const unlike = (
  words: readonly [file: string, ...rest: string[]],
  protocol: ClientRow['protocol'],
  { tls = 'starttls', scenario, truths = [] }: Unlike,
): ClientRow => {
  const [file, ...rest] = words;
  return {
    client: words.join(' '),
    protocol,
    tls,
    run: ['python3', '-B', join(FOLDER, file), ...rest],
    scenario,
    truths,
  };
};

const STRIPPED = ['control', 'starttls-not-offered', 'starttls-refused', 'certificate-fault/{self-signed,wrong-name}'];

const PIECES = ['control', 'capability-list-in-segments/{within-keyword,byte-by-byte}'];

/** Further inputs of the kinds of rows A1, A3 and A6 of the verdicts that were wrong. */
const rows: readonly ClientRow[] = [
  unlike(['asyncio_imap.py', 'keep'], 'imap', {
    scenario: ['control', 'starttls-response-injection', 'capability-carry-over', ...STRIPPED],
    truths: [
      [
        'starttls-response-injection/{full-line,partial-line,sasl-list,behind-bare-lf}',
        'unsafe',
        'asyncio’s reader keeps its buffer',
      ],
      ['starttls-response-injection/whole-session', 'unsafe|inconclusive', 'asyncio’s reader keeps its buffer'],
    ],
  }),
  unlike(['asyncio_imap.py', 'careful'], 'imap', {
    scenario: ['control', 'starttls-response-injection', 'capability-carry-over', ...STRIPPED],
  }),
  unlike(['drafts_imap.py', 'careful'], 'imap', { scenario: [...STRIPPED, 'preauth'] }),
  unlike(['drafts_imap.py', 'loose'], 'imap', {
    scenario: [...STRIPPED, 'preauth'],
    truths: [
      ['starttls-not-offered', 'unsafe', 'it logs in in clear'],
      ['preauth', 'unsafe', 'its draft is saved in clear, without a login'],
    ],
  }),
  unlike(['alerts_smtp.py', 'careful'], 'smtp', { scenario: STRIPPED }),
  unlike(['alerts_smtp.py', 'loose'], 'smtp', {
    scenario: STRIPPED,
    truths: [['{starttls-not-offered,starttls-refused}', 'unsafe', 'its alert is sent in clear, without a login']],
  }),
  ...(['1.0', '1.1'] as const).flatMap((newest) => [
    unlike(['old_tls.py', 'careful', newest], 'smtp', {
      scenario: STRIPPED,
      truths: [['control', 'unsafe', 'it knows nothing newer']],
    }),
    unlike(['old_tls.py', 'loose', newest], 'smtp', {
      scenario: STRIPPED,
      truths: [
        ['control', 'unsafe', 'it knows nothing newer'],
        ['{starttls-not-offered,starttls-refused}', 'unsafe', 'it goes on in clear'],
      ],
    }),
    unlike(['old_tls.py', 'careful', newest], 'pop3', {
      tls: 'implicit',
      scenario: ['control', 'implicit-port-speaks-plaintext', 'certificate-fault/{self-signed,wrong-name}'],
      truths: [['control', 'unsafe', 'it knows nothing newer']],
    }),
  ]),
  // A reply in pieces is no attack on a client that finds them all at once: they wait for as long as this client takes to read.
  ...(
    [
      ['0', 'always'],
      ['0.4', 'always'],
      ['1', 'list'],
    ] as const
  ).flatMap(([seconds, where]) => [
    unlike(['recv_once_smtp.py', 'loose', seconds, where], 'smtp', {
      scenario: PIECES,
      truths: [['capability-list-in-segments', 'unsafe', 'it takes the first piece for the whole list']],
    }),
    unlike(['recv_once_smtp.py', 'careful', seconds, where], 'smtp', { scenario: PIECES }),
  ]),
  ...(
    [
      ['sieve', 'managesieve', 'a script', 'no'],
      ['smtp', 'smtp', 'a login', '454'],
      ['pop3', 'pop3', 'a login', 'err'],
    ] as const
  ).map(([kind, protocol, what, refusal]) =>
    unlike(['cut_off.py', kind], protocol, {
      scenario: ['control', `starttls-refused/${refusal}`],
      truths: [['starttls-refused', 'unsafe', `half of ${what} is sent in clear`]],
    }),
  ),
  unlike(['answers_by_tag_imap.py', 'keep'], 'imap', {
    scenario: ['control', 'starttls-response-injection/{full-line,sasl-list}', 'preauth/without-starttls'],
    truths: [
      ['starttls-response-injection', 'unsafe', 'answers from before TLS are kept'],
      ['preauth', 'unsafe', 'it logs in in clear'],
    ],
  }),
  unlike(['answers_by_tag_imap.py', 'careful'], 'imap', {
    scenario: ['control', 'starttls-response-injection/{full-line,sasl-list}', 'preauth/without-starttls'],
    truths: [['preauth', 'unsafe', 'it logs in in clear']],
  }),
];

describe('clients unlike those for which the judges were made', function () {
  this.timeout(120_000);

  before(function () {
    requireReal(this, 'python3');
  });

  for (const row of rows) it(`${row.client} (${row.protocol})`, () => expectTruths(row));
});
