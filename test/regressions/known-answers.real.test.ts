import { expect } from 'chai';
import { commandDriver } from '../../src/clients/command.js';
import type { Driver } from '../../src/clients/driver.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import type { ClientStatus, TlsPolicy } from '../../src/verdict/visit.js';
import { requireReal, type RealProgram } from '../support/real.js';
import { authority, Subject } from '../support/subject.js';

interface Row {
  readonly client: string;
  readonly program: RealProgram;
  readonly protocol: ProtocolName;
  readonly command: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly policy?: TlsPolicy;
  readonly answers: readonly (readonly [id: string, status: ClientStatus])[];
}

const requests: Readonly<Record<'smtp' | 'imap' | 'pop3', readonly string[]>> = {
  smtp: ['--mail-from', '{from}', '--mail-rcpt', '{to}', '-T', '{message}', '{url}'],
  imap: ['{url}/INBOX;MAILINDEX=1'],
  pop3: ['{url}/1'],
};

const curl = (protocol: 'smtp' | 'imap' | 'pop3'): Row[] =>
  [
    { option: '--ssl-reqd', policy: 'required', stripped: 'safe', oddCase: 'safe' },
    { option: '--ssl', policy: 'required', stripped: 'unsafe', oddCase: 'unsafe' },
    // It knows the keyword in capitals only: TLS was on offer, and nobody denied it.
    { option: '--ssl', policy: 'opportunistic', stripped: 'downgradable', oddCase: 'unsafe' },
  ].map(({ option, policy, stripped, oddCase }): Row => ({
    client: `curl ${option}, ${protocol}, ${policy}`,
    program: 'curl',
    protocol,
    command: ['curl', '-sS', '--cacert', '{ca}', option, '-u', '{user}:{password}', ...requests[protocol]],
    policy: policy as TlsPolicy,
    answers: [
      ['control', 'safe'],
      ['starttls-not-offered', stripped as ClientStatus],
      ['starttls-in-odd-case/mixed', oddCase as ClientStatus],
      ...(protocol === 'imap' ? ([['preauth/without-starttls', stripped as ClientStatus]] as const) : []),
    ],
  }));

const injections = (...names: string[]): (readonly [string, ClientStatus])[] =>
  names.map((name) => [`starttls-response-injection/${name}`, 'safe']);

const python = (protocol: 'smtp' | 'imap' | 'pop3', library: string, lines: readonly string[]): Row => ({
  client: `Python ${library}`,
  program: 'python3',
  protocol,
  command: ['python3', '{home}/client.py'],
  files: {
    'client.py': [
      'import os, ssl',
      `import ${library}`,
      'e = {name[8:].lower(): value for name, value in os.environ.items() if name.startswith("WAXSEAL_")}',
      'context = ssl.create_default_context(cafile=e["ca"])',
      ...lines,
    ].join('\n'),
  },
  answers: [
    ['control', 'safe'],
    ['starttls-not-offered', 'safe'],
    ...injections('full-line', 'partial-line', 'sasl-list'),
  ],
});

const rows: readonly Row[] = [
  ...curl('smtp'),
  ...curl('imap'),
  ...curl('pop3'),
  python('smtp', 'smtplib', [
    's = smtplib.SMTP(e["host"], int(e["port"]), timeout=5)',
    's.starttls(context=context)',
    's.login(e["user"], e["password"])',
    's.sendmail(e["from"], [e["to"]], open(e["message"], "rb").read())',
    's.quit()',
  ]),
  python('imap', 'imaplib', [
    's = imaplib.IMAP4(e["host"], int(e["port"]), timeout=5)',
    's.starttls(context)',
    's.login(e["user"], e["password"])',
    's.select()',
    's.fetch("1", "(RFC822)")',
    's.logout()',
  ]),
  python('pop3', 'poplib', [
    's = poplib.POP3(e["host"], int(e["port"]), timeout=5)',
    's.stls(context)',
    's.user(e["user"])',
    's.pass_(e["password"])',
    's.retr(1)',
    's.quit()',
  ]),
  {
    client: 'swaks, which keeps what it read before TLS',
    program: 'swaks',
    protocol: 'smtp',
    command: [
      'swaks',
      '--server',
      '{host}',
      '--port',
      '{port}',
      '-tls',
      '--tls-verify',
      '--tls-ca-path',
      '{ca}',
      '--au',
      '{user}',
      '--ap',
      '{password}',
      '--from',
      '{from}',
      '--to',
      '{to}',
      '--data',
      '@{message}',
      '--timeout',
      '5',
    ],
    answers: [
      ['control', 'safe'],
      ['starttls-not-offered', 'safe'],
      ['certificate-fault/expired', 'safe'],
      ['starttls-response-injection/full-line', 'unsafe'],
      ['list-hidden-by-injection', 'unsafe'],
      ['starttls-response-injection/behind-bare-lf', 'unsafe'],
    ],
  },
  {
    client: 'msmtp, which verifies after the handshake',
    program: 'msmtp',
    protocol: 'smtp',
    command: ['sh', '-c', 'msmtp -C {home}/msmtprc {to} < {message}'],
    files: {
      msmtprc: [
        'account default',
        'host {host}',
        'port {port}',
        'tls on',
        'tls_starttls on',
        'tls_trust_file {ca}',
        'auth on',
        'user {user}',
        'password {password}',
        'from {from}',
        'timeout 5',
        '',
      ].join('\n'),
    },
    answers: [
      ['control', 'safe'],
      ['list-hidden-by-injection', 'safe'],
      ['certificate-fault/self-signed', 'safe'],
      ['certificate-fault/wrong-name', 'safe'],
      ['certificate-fault/expired', 'safe'],
      ['starttls-not-offered', 'safe'],
    ],
  },
  {
    client: 'mbsync, which verifies after the handshake',
    program: 'mbsync',
    protocol: 'imap',
    command: ['mbsync', '-c', '{home}/mbsyncrc', '-a'],
    files: {
      mbsyncrc: [
        'IMAPStore far',
        'Host {host}',
        'Port {port}',
        'User {user}',
        'Pass {password}',
        'SSLType STARTTLS',
        'CertificateFile {ca}',
        'Timeout 5',
        '',
        'MaildirStore near',
        'Path {dir}/',
        'Inbox {dir}/in',
        '',
        'Channel c',
        'Far :far:',
        'Near :near:',
        'Create Near',
        'Patterns INBOX',
        '',
      ].join('\n'),
    },
    answers: [
      ['control', 'safe'],
      ['certificate-fault/self-signed', 'safe'],
      ['certificate-fault/wrong-name', 'safe'],
      ['preauth/without-starttls', 'safe'],
      ['starttls-not-offered', 'safe'],
    ],
  },
];

describe('known answers of installed clients', function () {
  this.timeout(60_000);
  let folder: SessionFolder;

  before(() => {
    folder = openSession();
  });

  after(() => folder.remove());

  for (const row of rows) {
    describe(row.client, () => {
      let subject: Subject;

      before(async function () {
        requireReal(this, row.program);
        const driver: Driver = commandDriver(row.command, {
          folder,
          trust: await authority(),
          ...(row.files && { files: row.files }),
        });
        subject = new Subject({
          protocol: row.protocol,
          tls: 'starttls',
          driver,
          ...(row.policy && { policy: row.policy }),
        });
      });

      for (const [id, status] of row.answers) {
        it(`${id}: ${status}`, async () => {
          const judgement = await subject.judge(id);
          expect(judgement.status, judgement.because).to.equal(status);
        });
      }
    });
  }
});
