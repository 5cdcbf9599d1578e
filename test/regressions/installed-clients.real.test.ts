import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import presets from '../../src/clients/presets/index.js';
import { systemTool } from '../../src/place/executable.js';
import type { TlsMode } from '../../src/protocols/protocol.js';
import { expectTruths, type ClientRow, type Truth } from '../support/client-rows.js';
import { ended } from '../support/installed.js';
import { skipUnlessRequired } from '../support/real.js';
import { thinned } from '../support/representative.js';

/** A client of a Debian package. */
interface Row extends ClientRow {
  /** A file that is there where the client is installed. */
  readonly needs: string;
  /** Anyone who changes its user, traces or mounts. */
  readonly asRoot?: true;
}

const SCRIPTS = join(import.meta.dirname, 'clients', 'installed');
const script = (name: string): string => join(SCRIPTS, name);
const PYTHON = '/usr/bin/python3';
const EXIM = '/usr/local/lib/waxseal/exim4-daemon-light/usr/sbin/exim4';
const EXIM_VERIFIES = '\\n  tls_verify_hosts = *\\n  tls_verify_cert_hostnames = *';
const OPENSMTPD = '/usr/local/lib/waxseal/opensmtpd/usr/bin/smtp';

const modeOf = (how: string): TlsMode => (how === 'implicit' ? 'implicit' : 'starttls');

const UNVERIFIED: Truth = [
  '{certificate-fault,connection-kept-after-failed-handshake/certificate}',
  'unsafe',
  'no certificate is verified',
];
const CHAIN_ONLY: Truth = ['certificate-fault/wrong-name', 'unsafe', 'no host name is verified'];
const OPPORTUNISTIC: Truth = ['starttls-{not-offered,hidden}', 'unsafe', 'TLS is started only where it is listed'];
const NO_LIST_NO_TLS: Truth = ['capability-list-empty', 'unsafe', 'it logs in where no list says how, and without TLS'];

const TRUSTS_LOCALHOST: Truth = ['capability-list-refused/500', 'unsafe', 'net/smtp takes “localhost” for a safe peer'];
const COUNTED_TAGS: Truth = [
  'early-tagged-ok/before-command',
  'safe',
  'the tag of STARTTLS follows from the one before',
];
const RANDOM_TAGS: Truth = ['early-tagged-ok', 'not-applicable', 'nobody can foretell its tags'];

/** Who never starts TLS proves nothing but its leaks. */
const never = (...leaks: string[]): Truth[] => [
  ['*', 'unsafe|inconclusive|not-applicable', 'it never starts TLS'],
  ...leaks.map((glob): Truth => [glob, 'unsafe', 'it logs in in clear']),
];
const PREAUTH: Truth = ['preauth', 'unsafe', 'it reads a mailbox where the greeting says that it is logged in'];
const OLD: Truth = ['control', 'unsafe', 'it offers no TLS version above 1.1'];
const KNOWS_OLD_TLS_ONLY = ['control', /^unsafe: .*offers no TLS version above 1\.1/] as const;
const UNPREDICTED = [
  'early-tagged-ok',
  /^not-applicable: its tags cannot be predicted, which is the protection$/,
] as const;
const STRIPPED = 'starttls-not-offered';
/** Row A3: a control without waxseal's message passes by the login, and mail in clear is known by the grammar. */
const LOGGED_IN = /^safe: .*password found inside TLS 1\.3 only/;
const OWN_MAIL = /^unsafe: MAIL sent in clear/;
const BEFORE = 'login-before-starttls';

const aiosmtplib = (how: string, ...truths: Truth[]): Row => ({
  client: `aiosmtplib, ${how}`,
  needs: '/usr/lib/python3/dist-packages/aiosmtplib/__init__.py',
  protocol: 'smtp',
  tls: modeOf(how),
  run: [PYTHON, script('aiosmtplib_client.py'), how],
  truths,
});
/** The unfinished line swallows the reply's first one, so that no keyword is left. */
const SWALLOWED: Truth = ['starttls-response-injection/partial-line', 'inconclusive', 'the buffer is kept'];

const AIOSMTPLIB_KEEPS: readonly Truth[] = [
  ['starttls-response-injection/full-line', 'unsafe', 'the buffer is kept, and read when the next bytes come'],
  ['starttls-response-injection/sasl-list', 'unsafe', 'the buffer is kept, and read when the next bytes come'],
  ['starttls-response-injection/partial-last-line', 'unsafe', 'the buffer is kept'],
  SWALLOWED,
];

const TWISTED_KEEPS: Truth = [
  'starttls-response-injection/{full-line,sasl-list,behind-bare-lf}',
  'unsafe',
  'Twisted keeps its line buffer, and reads it when the next bytes come',
];
const twisted = (protocol: 'smtp' | 'imap' | 'pop3', ...truths: Truth[]): Row => ({
  client: `Twisted’s ${protocol} client`,
  needs: '/usr/lib/python3/dist-packages/twisted/mail/__init__.py',
  protocol,
  tls: 'starttls',
  run: [PYTHON, script('twisted_client.py'), protocol],
  scenario: ['control', 'starttls-response-injection', STRIPPED, 'certificate-fault/{self-signed,wrong-name}'],
  truths,
});

const perl = (
  file: string,
  protocol: 'smtp' | 'pop3',
  how: string,
  truths: readonly Truth[],
  ...more: string[]
): Row => ({
  client: `Perl’s ${file}, ${[how, ...more].join(', ')}`,
  needs: '/usr/share/perl5/Authen/SASL.pm',
  protocol,
  tls: modeOf(how),
  run: ['/usr/bin/perl', script(file), how, ...more],
  truths,
});

const ruby = (
  file: string,
  protocol: 'smtp' | 'imap' | 'pop3',
  how: string,
  truths: readonly Truth[],
  ...more: string[]
): Row => ({
  client: `Ruby’s ${file}, ${[how, ...more].join(', ')}`,
  needs: '/usr/bin/ruby',
  protocol,
  tls: modeOf(how),
  run: ['/usr/bin/ruby', script(file), how, ...more],
  truths,
});

const phpmailer = (how: string, ...truths: Truth[]): Row => ({
  client: `PHPMailer, ${how}`,
  needs: '/usr/share/php/libphp-phpmailer/autoload.php',
  protocol: 'smtp',
  tls: modeOf(how),
  run: ['/usr/bin/php', script('phpmailer.php'), how],
  truths,
});
const PHPMAILER_KEEPS: readonly Truth[] = [
  ['starttls-response-injection/{full-line,sasl-list}', 'unsafe', 'PHP’s streams keep what came before TLS'],
  ['starttls-response-injection/partial-last-line', 'unsafe', 'PHP’s streams keep what came before TLS'],
  SWALLOWED,
];

const phpImap = (flags: string, protocol: 'imap' | 'pop3', tls: TlsMode, ...truths: Truth[]): Row => ({
  client: `php-imap, /${flags}`,
  needs: '/usr/share/php8.2-imap/imap/imap.ini',
  protocol,
  tls,
  run: ['sh', '-c', `SSL_CERT_FILE="$WAXSEAL_CA" exec /usr/bin/php '${script('php-imap.php')}' '${flags}'`],
  truths,
  ...(truths.includes(OLD) && { says: [KNOWS_OLD_TLS_ONLY] }),
});

const python = (how: string, ...truths: Truth[]): Row => ({
  client: `smtplib, ${how}`,
  needs: PYTHON,
  protocol: 'smtp',
  tls: modeOf(how),
  run: [PYTHON, script('smtplib_client.py'), how],
  truths,
});

const django = (how: string, ...truths: Truth[]): Row => ({
  client: `Django, ${how}`,
  needs: '/usr/lib/python3/dist-packages/django/__init__.py',
  protocol: 'smtp',
  tls: modeOf(how),
  run: [PYTHON, script('django_client.py'), how],
  truths,
});

const nodeImap = (how: string, ...truths: Truth[]): Row => ({
  client: `node-imap, ${how}`,
  needs: join(import.meta.dirname, '../../node_modules/imap/package.json'),
  protocol: 'imap',
  tls: modeOf(how),
  run: [process.execPath, script('node-imap.cjs'), how],
  truths,
});

const go = (program: 'go-imap' | 'go-smtp', how: string, ...truths: Truth[]): Row => ({
  client: `${program}, ${how}`,
  needs: program === 'go-imap' ? '/usr/share/gocode/src/github.com/emersion/go-imap/client/client.go' : '/usr/bin/go',
  protocol: program === 'go-imap' ? 'imap' : 'smtp',
  tls: modeOf(how),
  run: [program, how],
  truths,
  ...(truths.includes(RANDOM_TAGS) && { says: [UNPREDICTED] }),
});

/** net/smtp as Grafana uses it: it logs in, and sends a message of its own; `own-relaxed` goes without a login where there is no TLS. */
const goOwn = (how: string, which: 'own' | 'own-relaxed', ...truths: Truth[]): Row => ({
  ...go('go-smtp', how, ...truths),
  client: `net/smtp with a message of its own, ${how}, ${which}`,
  run: ['go-smtp', how, which],
  says: [['control', LOGGED_IN], ...(which === 'own-relaxed' ? [[STRIPPED, OWN_MAIL] as const] : [])],
});

const git = (encryption: string, ...truths: Truth[]): Row => ({
  client: `git send-email, encryption ${encryption || 'none'}`,
  needs: '/usr/lib/git-core/git-send-email',
  protocol: 'smtp',
  tls: encryption === 'ssl' ? 'implicit' : 'starttls',
  ...preset('git-send-email', 'smtp', encryption === 'ssl' ? 'implicit' : 'starttls', (word) =>
    word.replace(/--smtp-encryption=.*/, `--smtp-encryption=${encryption}`),
  ),
  truths,
});

const nmh = (mechanism: string, option: string, ...truths: Truth[]): Row => ({
  client: `nmh with ${mechanism}, ${option}`,
  needs: '/usr/lib/mh/post',
  protocol: 'smtp',
  tls: option === '-initialtls' ? 'implicit' : 'starttls',
  ...preset('nmh', 'smtp', 'starttls', (word) => word.replace(' -tls ', ` ${option} `).replace('PLAIN', mechanism)),
  truths,
});

const offlineimap = (how: string, ...truths: Truth[]): Row => {
  const { run, files } = preset('offlineimap', 'imap', modeOf(how));
  return {
    client: `OfflineIMAP, ${how}`,
    needs: '/usr/bin/offlineimap',
    protocol: 'imap',
    tls: modeOf(how),
    run,
    files: mapped(files, (text) => (how === 'never' ? text.replace('starttls = yes', 'starttls = no') : text)),
    maxTime: 10_000,
    truths,
  };
};

const fdm = (protocol: 'imap' | 'pop3', how: string, ...truths: Truth[]): Row => {
  const { run, files } = preset('fdm', protocol, modeOf(how));
  return {
    client: `fdm, ${protocol}, ${how}`,
    needs: '/usr/bin/fdm',
    protocol,
    tls: modeOf(how),
    run,
    files: mapped(files, (text) => (how === 'never' ? text.replace(' starttls', '') : text)),
    truths,
  };
};

const exim = (how: string, options: string, ...truths: Truth[]): Row => ({
  client: `Exim as a smarthost’s client, ${how}`,
  needs: EXIM,
  asRoot: true,
  protocol: 'smtp',
  tls: modeOf(how),
  run: ['sh', script('exim.sh'), EXIM, options],
  files: { 'exim.conf': readFileSync(script('exim.conf'), 'utf8') },
  truths,
});

// OpenSMTPD reads the system's authorities only: in a mount namespace ours stand in their place.
const opensmtpd = (scheme: string, how: string, ...truths: Truth[]): Row => ({
  client: `OpenSMTPD’s smtp, ${scheme}`,
  needs: OPENSMTPD,
  asRoot: true,
  protocol: 'smtp',
  tls: modeOf(how),
  run: [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `mount --bind "$WAXSEAL_CA" /etc/ssl/certs/ca-certificates.crt
    exec ${OPENSMTPD} -s "${scheme}://$WAXSEAL_USER:$WAXSEAL_PASSWORD@$WAXSEAL_HOST:$WAXSEAL_PORT" -F "$WAXSEAL_FROM" "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"`,
  ],
  truths,
});

/** A preset's command and files, changed word by word. */
const preset = (
  name: string,
  protocol: 'smtp' | 'imap' | 'pop3',
  tls: TlsMode,
  changed: (word: string) => string = (word) => word,
): { run: string[]; files: Readonly<Record<string, string>> } => {
  const configuration = presets.find((each) => each.name === name)?.configure({ protocol, tls, policy: 'required' });
  if (configuration === undefined) throw new Error(`there is no preset ${name} for ${protocol} with ${tls}`);
  return { run: configuration.command.map(changed), files: configuration.files ?? {} };
};

const mapped = (
  files: Readonly<Record<string, string>>,
  changed: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, changed(text)]));

/** What starts TLS fails, nobody looks, and the program goes on with the socket beneath. */
const unchecked = (needs: string, file: string, ...more: string[]): Row => ({
  client: [file, ...more].join(' '),
  needs,
  protocol: 'smtp',
  tls: 'starttls',
  run: [needs, script(file), ...more],
  scenario: [
    'control',
    'connection-kept-after-failed-handshake',
    'starttls-accepted-without-tls/stays-plain',
    'starttls-refused/454',
  ],
  truths: [['{connection-kept-*,starttls-*}', 'unsafe', 'it goes on in clear where TLS failed']],
});

const rows: readonly Row[] = [
  unchecked('/usr/bin/perl', 'unchecked-tls.pl'),
  unchecked('/usr/bin/perl', 'unchecked-tls.pl', '3'),
  unchecked('/usr/bin/php', 'unchecked-tls.php'),
  unchecked('/usr/bin/ruby', 'unchecked-tls.rb'),
  aiosmtplib('required', ...AIOSMTPLIB_KEEPS),
  aiosmtplib('auto', OPPORTUNISTIC, ...AIOSMTPLIB_KEEPS),
  aiosmtplib('never', ...never(STRIPPED, BEFORE)),
  aiosmtplib('implicit'),
  twisted('smtp', TWISTED_KEEPS, [
    'starttls-response-injection/{partial-line,partial-last-line}',
    'unsafe|inconclusive',
    'the buffer is kept, and the real list swallowed',
  ]),
  twisted('imap', TWISTED_KEEPS, ['starttls-response-injection/partial-line', 'unsafe', 'the buffer is kept']),
  twisted(
    'pop3',
    TWISTED_KEEPS,
    ['starttls-response-injection/partial-line', 'unsafe', 'the buffer is kept'],
    ['starttls-response-injection/behind-bare-lf', 'safe', 'a bare line feed ends no line there: it gets no go-ahead'],
  ),

  perl('net-smtp.pl', 'smtp', 'required', []),
  perl('net-smtp.pl', 'smtp', 'auto', [OPPORTUNISTIC]),
  perl('net-smtp.pl', 'smtp', 'never', never(STRIPPED, BEFORE)),
  perl('net-pop3.pl', 'pop3', 'required', []),
  perl('net-pop3.pl', 'pop3', 'never', never('control', STRIPPED)),
  perl('net-pop3.pl', 'pop3', 'implicit', []),

  ruby('net-smtp.rb', 'smtp', 'required', [CHAIN_ONLY]),
  ruby('net-smtp.rb', 'smtp', 'auto', [
    CHAIN_ONLY,
    OPPORTUNISTIC,
    NO_LIST_NO_TLS,
    ['capability-list-refused/500', 'unsafe', 'it logs in without TLS'],
  ]),
  ruby('net-smtp.rb', 'smtp', 'never', never('control', STRIPPED)),
  ruby('net-smtp.rb', 'smtp', 'required', [CHAIN_ONLY], 'cram_md5'),
  ruby('net-imap.rb', 'imap', 'required', [['early-tagged-ok', 'safe|unsafe', 'its threads race']], 'login'),
  ruby('net-imap.rb', 'imap', 'never', never('control', STRIPPED), 'login'),
  ruby('net-pop.rb', 'pop3', 'never', never('control', STRIPPED)),
  ruby('net-pop.rb', 'pop3', 'implicit', []),

  phpmailer('required', ...PHPMAILER_KEEPS),
  phpmailer('auto', OPPORTUNISTIC, ...PHPMAILER_KEEPS, [
    'capability-list-refused/500',
    'unsafe',
    'after HELO it logs in without TLS',
  ]),
  phpmailer('never', ...never(STRIPPED, BEFORE)),
  phpmailer('implicit'),

  phpImap('imap/tls', 'imap', 'starttls', OLD, PREAUTH),
  phpImap('imap', 'imap', 'starttls', OLD, PREAUTH, OPPORTUNISTIC, NO_LIST_NO_TLS, [
    '{capability-list-refused,starttls-answered-wrongly,starttls-refused}',
    'unsafe',
    'it goes on without TLS',
  ]),
  phpImap('imap/notls', 'imap', 'starttls', ...never(STRIPPED)),
  phpImap('imap/tls/novalidate-cert', 'imap', 'starttls', OLD, PREAUTH, UNVERIFIED),
  phpImap('pop3/tls', 'pop3', 'starttls', OLD),
  phpImap('imap/ssl', 'imap', 'implicit'),

  python('auto', OPPORTUNISTIC),
  python('naked', UNVERIFIED),
  python('never', ...never(STRIPPED, BEFORE)),
  django('starttls', UNVERIFIED),
  django('never', ...never(STRIPPED, BEFORE)),

  nodeImap('never', ...never(STRIPPED)),
  nodeImap(
    'always',
    OPPORTUNISTIC,
    NO_LIST_NO_TLS,
    ['capability-list-refused', 'unsafe', 'it logs in without a list'],
    [
      'starttls-response-injection/partial-line',
      'unsafe',
      'its parser keeps an unfinished line over the start of TLS, which swallows the list from inside',
    ],
  ),
  nodeImap('implicit'),

  go('go-imap', 'required', RANDOM_TAGS),
  go('go-imap', 'auto', OPPORTUNISTIC, NO_LIST_NO_TLS, RANDOM_TAGS),
  go('go-imap', 'never', ...never(STRIPPED)),
  go('go-smtp', 'required'),
  go('go-smtp', 'auto', OPPORTUNISTIC, NO_LIST_NO_TLS, TRUSTS_LOCALHOST),
  goOwn('required', 'own'),
  goOwn('auto', 'own', OPPORTUNISTIC, NO_LIST_NO_TLS, TRUSTS_LOCALHOST),
  goOwn('auto', 'own-relaxed', OPPORTUNISTIC, NO_LIST_NO_TLS, [
    'capability-list-refused/500',
    'unsafe',
    'it sends mail without a login where no TLS is listed',
  ]),

  git('tls'),
  git('ssl'),
  git('none', ...never(STRIPPED, BEFORE)),
  nmh('PLAIN', '-tls', [
    'starttls-response-injection/{full-line,partial-line,partial-last-line,sasl-list}',
    'unsafe',
    'nmh keeps what came before TLS',
  ]),
  nmh('LOGIN', '-tls', [
    'starttls-response-injection/{full-line,partial-line,partial-last-line,sasl-list}',
    'unsafe',
    'nmh keeps what came before TLS',
  ]),
  nmh('PLAIN', '-notls', ...never(STRIPPED, BEFORE)),
  nmh('PLAIN', '-initialtls'),

  // Its tags begin anew on each connection, and are counted there.
  offlineimap('required', UNVERIFIED, OPPORTUNISTIC, NO_LIST_NO_TLS, RANDOM_TAGS, COUNTED_TAGS, [
    'imap-id-before-tls',
    'unsafe',
    'it says ID first',
  ]),
  offlineimap('never', ...never(STRIPPED)),
  offlineimap('implicit'),

  fdm('imap', 'required', PREAUTH, [
    'starttls-response-injection/{full-line,partial-line,sasl-list}',
    'unsafe',
    'fdm keeps what came before TLS, and sends its password to whoever asked for it in clear',
  ]),
  fdm('imap', 'implicit'),
  fdm('pop3', 'required', [
    'starttls-response-injection/{full-line,partial-line,sasl-list}',
    'unsafe',
    'fdm keeps what came before TLS, and takes it for the answer to USER',
  ]),
  fdm('imap', 'never', ...never(STRIPPED)),

  exim('required', `hosts_require_tls = *${EXIM_VERIFIES}`),
  exim(
    'auto',
    `tls_try_verify_hosts =${EXIM_VERIFIES}`,
    OPPORTUNISTIC,
    [
      '{starttls-refused,starttls-answered-wrongly,starttls-accepted-without-tls,plaintext-after-failed-handshake,connection-kept-*,certificate-fault}',
      'unsafe',
      'after any trouble with TLS it tries without (tls_tempfail_tryclear)',
    ],
    ['capability-list-refused/500', 'unsafe', 'after HELO it asks for neither TLS nor a login'],
  ),
  exim('never', 'hosts_avoid_tls = *', ...never(STRIPPED, BEFORE)),
  exim('implicit', `protocol = smtps${EXIM_VERIFIES}`),
  opensmtpd('smtp+tls', 'required'),
  opensmtpd('smtp', 'auto'),
  opensmtpd('smtp+notls', 'never', ...never()),
  opensmtpd('smtps', 'implicit'),
];

const NAMED: readonly string[] = [
  'aiosmtplib',
  'net/smtp',
  'php-imap',
  'go-imap',
  'git',
  'nmh',
  'fdm',
  'Exim',
  'OpenSMTPD',
];

describe('installed clients are judged as they are', function () {
  this.timeout(120_000);
  let programs: string;

  before(() => {
    programs = mkdtempSync(join(tmpdir(), 'go-'));
  });

  after(() => {
    rmSync(programs, { recursive: true });
  });

  // Of the clients that were judged wrongly once, the first set-up is always played.
  const first = new Set(NAMED.map((name) => rows.find(({ client }) => client.startsWith(name))));
  for (const row of thinned(rows, (each) => !first.has(each))) {
    it(`${row.client} (${row.protocol}, ${row.tls})`, async function () {
      if (!existsSync(row.needs)) skipUnlessRequired(this, `${row.needs} missing: scripts/install-daemons`);
      if (row.asRoot === true && process.getuid?.() !== 0) skipUnlessRequired(this, 'only root can run it');
      const [first = '', ...words] = typeof row.run === 'function' ? [] : row.run;
      const run = first.startsWith('go-') ? [await built(first, programs), ...words] : row.run;
      await expectTruths({ ...row, run });
    });
  }
});

/** Compiles a client with Debian's Go and its packaged libraries, once. */
const built = async (name: string, folder: string): Promise<string> => {
  const program = join(folder, name);
  if (existsSync(program)) return program;
  const compiler = systemTool('go') ?? 'go';
  const { code, output } = await ended(
    compiler,
    ['build', '-o', program, script(join(name, 'main.go'))],
    { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: join(folder, 'cache') },
    // Without its cache the compiler works for long where five tests want the processor.
    100_000,
  );
  if (code !== 0) throw new Error(`${name} does not compile: ${output}`);
  return program;
};
