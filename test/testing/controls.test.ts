import { expect } from 'chai';
import type { TlsMode } from '../../src/protocols/protocol.js';
import { testClient } from '../../src/testing/test-client.js';

/** Twenty lines of Python, as people write them; `{…}` are waxseal's placeholders. */
const python = (tls: string, script: string): readonly string[] => [
  'python3',
  '-c',
  `import smtplib, ssl, socket, sys\ntrust = ssl.create_default_context(cafile='{ca}')\n${tls}\n${script}`,
];
const SEND = `s.login('{user}', '{password}')\ns.sendmail('{from}', '{to}', open('{message}', 'rb').read())\ns.quit()`;
const OLD = `trust.minimum_version = ssl.TLSVersion.TLSv1\ntrust.maximum_version = ssl.TLSVersion.TLSv1\ntrust.set_ciphers('DEFAULT@SECLEVEL=0')`;

interface Row {
  readonly title: string;
  readonly client: readonly string[];
  readonly tls: TlsMode;
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
    because: /knows nothing newer than TLS 1\.0/,
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
  for (const { title, client, tls, scenario, statuses, because } of ROWS) {
    it(title, async () => {
      const results = await testClient(client, { protocol: 'smtp', tls, scenario, maxTime: 10_000 });
      expect(
        results.map(({ status }) => status),
        results.map((each) => each.because).join('\n'),
      ).to.deep.equal(statuses);
      expect(results[0]?.because).to.match(because);
    });
  }
});
