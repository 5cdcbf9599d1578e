import { join } from 'node:path';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { expectTruths, type Truth } from '../support/client-rows.js';
import { requireReal } from '../support/real.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');

/** Clients of which one later connection alone is careless; all before it are as they should be, and without them it is not made. */
const clients: readonly (readonly [
  command: readonly string[],
  protocol: ProtocolName,
  tls: TlsMode,
  truths: readonly Truth[],
])[] = [
  [
    ['python3', '-B', 'retried_asyncio_smtp.py'],
    'smtp',
    'starttls',
    [['certificate-fault-later/third-connection', 'unsafe', 'its third connection verifies nothing']],
  ],
  [
    ['python3', '-B', 'grows_threads_imap.py'],
    'imap',
    'implicit',
    [['certificate-fault-later/third-connection', 'unsafe', 'the third of its pool verifies nothing']],
  ],
  [
    ['perl', 'folders_pop3.pl'],
    'pop3',
    'implicit',
    [['certificate-fault-later/last-connection', 'unsafe', 'its fourth connection verifies nothing']],
  ],
];

/** They connect a second time only if the session is lost, or ended by the server, after the login or behind a first mail. */
const returning: readonly (readonly [
  words: readonly string[],
  protocol: ProtocolName,
  tls: TlsMode,
  scenario: string,
  row: string,
])[] = [
  [['smtp', 'lost'], 'smtp', 'starttls', 'starttls-not-offered-later', 'after-lost-session'],
  [['smtp', 'goodbye'], 'smtp', 'starttls', 'starttls-not-offered-later', 'after-goodbye'],
  [['imap', 'goodbye'], 'imap', 'starttls', 'starttls-not-offered-later', 'after-goodbye'],
  [['imap', 'lost'], 'imap', 'implicit', 'certificate-fault-later', 'after-lost-session'],
  [['smtp', 'idle'], 'smtp', 'starttls', 'starttls-not-offered-later', 'after-lost-session'],
  [['imap', 'idle'], 'imap', 'implicit', 'certificate-fault-later', 'after-lost-session'],
  [['smtp', 'mailed'], 'smtp', 'starttls', 'starttls-not-offered-later', 'after-first-mail'],
  [['imap', 'mailed'], 'imap', 'starttls', 'starttls-not-offered-later', 'after-first-mail'],
];

/** They try so often to have TLS, and are careless only then. */
const trying: readonly (readonly [tries: number, row: string])[] = [
  [2, 'twice'],
  [3, 'three-times'],
];

describe('clients whose later connections are not as careful as their first ones', function () {
  this.timeout(120_000);

  before(function () {
    requireReal(this, 'python3', 'perl');
  });

  for (const [words, protocol, tls, truths] of clients)
    for (const kind of ['loose', 'careful'] as const) {
      const file = words.at(-1) ?? '';
      it(`${file} ${kind} (${protocol})`, () =>
        expectTruths({
          ...{ client: file, protocol, tls, scenario: ['control', 'certificate-fault-later'] },
          run: [...words.slice(0, -1), join(FOLDER, file), kind],
          truths: kind === 'loose' ? truths : [],
        }));
    }

  for (const [words, protocol, tls, scenario, row] of returning)
    for (const kind of ['loose', 'careful'] as const)
      it(`takes_up_again.py ${[...words, kind].join(' ')} (${tls})`, () =>
        expectTruths({
          ...{ client: 'takes_up_again.py', protocol, tls, scenario: ['control', scenario] },
          run: ['python3', '-B', join(FOLDER, 'takes_up_again.py'), ...words, kind],
          truths: kind === 'loose' ? [[`${scenario}/${row}`, 'unsafe', 'its second session is not as careful']] : [],
        }));

  for (const [tries, row] of trying)
    for (const kind of ['loose', 'careful'] as const)
      it(`tries_again.py ${String(tries)} ${kind}`, () =>
        expectTruths({
          ...{ client: 'tries_again.py', protocol: 'smtp', tls: 'starttls' },
          scenario: ['control', 'plaintext-after-failed-handshake/{alert,reset}{,-twice,-three-times}'],
          run: ['python3', '-B', join(FOLDER, 'tries_again.py'), String(tries), kind],
          truths:
            kind === 'loose'
              ? [[`plaintext-after-failed-handshake/{alert,reset}-${row}`, 'unsafe', 'its last try has no TLS']]
              : [],
        }));
});
