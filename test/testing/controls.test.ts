import { expect } from 'chai';
import { join } from 'node:path';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { testClient } from '../../src/testing/test-client.js';
import { sideBySide } from '../support/side-by-side.js';

/** Twenty lines of Python, as people write them; `{…}` are waxseal's placeholders. */
const python = (tls: string, script: string): readonly string[] => [
  'python3',
  '-c',
  `import smtplib, ssl, socket, sys\ntrust = ssl.create_default_context(cafile='{ca}')\n${tls}\n${script}`,
];
const SEND = `s.login('{user}', '{password}')\ns.sendmail('{from}', '{to}', open('{message}', 'rb').read())\ns.quit()`;
/** A client of a few lines among those of the regressions. */
const odd = (file: string, ...words: string[]): readonly string[] => [
  'python3',
  '-B',
  join(import.meta.dirname, '../regressions/clients/odd', file),
  ...words,
];
const shell = (script: string): readonly string[] => ['sh', '-c', script];
const perl = (script: string): readonly string[] => [
  'perl',
  '-MIO::Socket::INET',
  '-e',
  `$| = 1; my $s = IO::Socket::INET->new(PeerAddr => '{ip}', PeerPort => {port}); $s->autoflush(1); $SIG{ALRM} = sub { exit 1 }; alarm 5; ${script}`,
];
const OLD = `trust.minimum_version = ssl.TLSVersion.TLSv1\ntrust.maximum_version = ssl.TLSVersion.TLSv1\ntrust.set_ciphers('DEFAULT@SECLEVEL=0')`;

interface Row {
  readonly title: string;
  readonly client: readonly string[];
  readonly tls: TlsMode;
  /** SMTP by default. */
  readonly protocol?: ProtocolName;
  readonly scenario: string;
  /** Status of the control and of the scenario. */
  readonly statuses: readonly [string, string];
  /** What is said of the control. */
  readonly because: RegExp;
}

const ROWS: readonly Row[] = [
  {
    title: 'a client that never starts TLS (smtplib without starttls) is caught without a control',
    client: python('', `s = smtplib.SMTP('{host}', {port}, timeout=5)\n${SEND}`),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'unsafe'],
    because: /^the client never asked for TLS/,
  },
  {
    title: 'a client with a message of its own passes by its login',
    client: python(
      '',
      `s = smtplib.SMTP('{host}', {port}, timeout=5)\ns.starttls(context=trust)\ns.login('{user}', '{password}')\ns.sendmail('me@own.test', 'you@own.test', 'Subject: alert\\n\\nit burns')\ns.quit()`,
    ),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['safe', 'safe'],
    because: /password found inside TLS 1\.3 only/,
  },
  {
    title: 'TLS from the first byte where STARTTLS was due is named as what it is',
    client: python('', `s = smtplib.SMTP_SSL('{host}', {port}, timeout=5, context=trust)\n${SEND}`),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /began with TLS where STARTTLS was due.*--tls implicit.*--place cell/,
  },
  {
    title: 'a wait for a greeting where TLS was due names the cell too',
    client: python('', `s = smtplib.SMTP('{host}', {port}, timeout=4)\n${SEND}`),
    tls: 'implicit',
    scenario: 'implicit-port-speaks-plaintext',
    statuses: ['inconclusive', 'unsafe'],
    because: /no ClientHello came.*--tls starttls.*--place cell/,
  },
  {
    title: 'words in clear where the ClientHello was due are quoted',
    client: python(
      '',
      `s = socket.create_connection(('{host}', {port}), 3)\ns.recv(999)\ns.sendall(b'EHLO me.test\\r\\n')\ns.recv(999)\ns.sendall(b'STARTTLS\\r\\n')\ns.recv(999)\ns.sendall(b'NOOP again\\r\\n')`,
    ),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /the client said “NOOP again” in clear where its ClientHello was due/,
  },
  {
    title: 'a client that knows only TLS 1.0 is spoken to, and judged',
    client: python(OLD, `s = smtplib.SMTP('{host}', {port}, timeout=5)\ns.starttls(context=trust)\n${SEND}`),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['unsafe', 'safe'],
    because: /offers no TLS version above 1\.1/,
  },
  {
    title: 'TLS from the first byte where STARTTLS was due, of a shell script, in IMAP',
    client: shell(`printf 'a1 LOGIN {user} {password}\\r\\n' | timeout 3 openssl s_client -quiet -connect {ip}:{port}`),
    tls: 'starttls',
    protocol: 'imap',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /began with TLS where STARTTLS was due.*--tls implicit.*--place cell/,
  },
  {
    title: 'TLS from the first byte where STARTTLS was due, of a Perl script that sends half a ClientHello, in POP3',
    client: perl(`print $s "\\x16\\x03\\x01\\x00\\xc0\\x01\\x00\\x00\\xbc\\x03\\x03", "x" x 40; sleep 1`),
    tls: 'starttls',
    protocol: 'pop3',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /began with TLS where STARTTLS was due/,
  },
  {
    title: 'words in clear where the ClientHello was due are quoted, of a Perl script in IMAP',
    client: perl(`<$s>; print $s "a1 STARTTLS\\r\\n"; <$s>; print $s "a2 CAPABILITY\\r\\n"; sleep 1`),
    tls: 'starttls',
    protocol: 'imap',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /the client said “a2 CAPABILITY” in clear where its ClientHello was due/,
  },
  {
    title: 'words in clear where implicit TLS was due are quoted, of a Perl script in POP3 that does not wait',
    client: perl(`print $s "CAPA\\r\\nQUIT\\r\\n"; sleep 1`),
    tls: 'implicit',
    protocol: 'pop3',
    scenario: 'certificate-fault/expired',
    statuses: ['inconclusive', 'inconclusive'],
    because: /the client said “CAPA” in clear where its ClientHello was due.*--tls starttls/,
  },
  ...(['smtp', 'imap', 'managesieve'] as const).map((protocol): Row => ({
    title: `a client that goes by the port number begins with TLS where STARTTLS was due, in ${protocol}`,
    client: odd('goes_by_port.py'),
    tls: 'starttls',
    protocol,
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /began with TLS where STARTTLS was due.*--tls implicit.*--place cell/,
  })),
  // Row A8, word for word.
  {
    title: 'TLS from the first byte on every port but 25 and 587: the diagnosis names mode and cell',
    client: odd('by_number.py', 'starttls-on', '25', '587'),
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because:
      /^the client began with TLS where STARTTLS was due \(exit code 1\), it said: “[^”]*”: is it configured for implicit TLS\? then use --tls implicit; if it goes by the port number, use --place cell, where ports are the real ones$/,
  },
  {
    title: 'the mirror, TLS from the first byte on 465 only: the diagnosis names mode and cell',
    client: odd('by_number.py', 'implicit-on', '465'),
    tls: 'implicit',
    scenario: 'certificate-fault/expired',
    statuses: ['inconclusive', 'inconclusive'],
    because:
      /^no ClientHello came: the client seems to wait for a greeting in clear \(exit code 1\), it said: “[^”]*”; is it configured for STARTTLS\? then use --tls starttls; if it goes by the port number, use --place cell, where ports are the real ones$/,
  },
  {
    title: 'a client that is configured without TLS, where implicit TLS was due, waits for no greeting: it leaks',
    client: odd('clear_on_implicit.py'),
    tls: 'implicit',
    scenario: 'certificate-fault/expired',
    statuses: ['unsafe', 'unsafe'],
    because: /^password sent in clear \(AUTH PLAIN\)/,
  },
  {
    title: 'a shell script that knows only TLS 1.1 is spoken to, and its login is found',
    client: shell(
      `(sleep 0.3; printf 'EHLO x\\r\\n'; sleep 0.2; printf 'AUTH PLAIN %s\\r\\n' "$(printf '\\0{user}\\0{password}' | base64 -w0)"; sleep 0.5) | timeout 4 openssl s_client -quiet -tls1_1 -cipher DEFAULT@SECLEVEL=0 -starttls smtp -CAfile {ca} -verify_return_error -connect {ip}:{port}`,
    ),
    tls: 'starttls',
    scenario: 'starttls-refused/bye',
    statuses: ['unsafe', 'safe'],
    because: /offers no TLS version above 1\.1/,
  },
  {
    title: 'a Perl script that never starts TLS is caught by its control in POP3',
    client: perl(`<$s>; print $s "USER {user}\\r\\n"; <$s>; print $s "PASS {password}\\r\\n"; <$s>`),
    tls: 'starttls',
    protocol: 'pop3',
    scenario: 'starttls-not-offered',
    statuses: ['unsafe', 'unsafe'],
    because: /password sent in clear \(PASS\)/,
  },
  {
    title: 'a file that the client may not read is named',
    client: ['sh', '-c', 'echo "error loading /private/waxseal/ca.pem: Permission denied" >&2; exit 1'],
    tls: 'starttls',
    scenario: 'starttls-not-offered',
    statuses: ['inconclusive', 'inconclusive'],
    because: /could not read \/private\/waxseal\/ca\.pem.*changes its user/,
  },
];

describe('controls of clients as people write them', function () {
  this.timeout(120_000);
  const it = sideBySide();
  for (const { title, client, tls, protocol = 'smtp', scenario, statuses, because } of ROWS) {
    it(title, async () => {
      const results = await testClient(client, { protocol, tls, scenario, maxTime: 10_000 });
      expect(
        results.map(({ status }) => status),
        results.map((each) => each.because).join('\n'),
      ).to.deep.equal(statuses);
      expect(results[0]?.because, results[0]?.because).to.match(because);
    });
  }
});
