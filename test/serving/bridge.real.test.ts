import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import type { RunningDaemon } from '../../src/endpoints/daemons/running-daemon.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { commandLine } from '../support/built.js';
import { requireReal } from '../support/real.js';

describe('waxseal bridge', function () {
  this.timeout(60_000);
  let dovecot: RunningDaemon;

  before(async function () {
    requireReal(this, 'dovecot', 'openssl', 'gnutls-cli', 'sslscan', 'nmap', 'testssl');
    dovecot = await startDovecot({
      address: '127.0.0.2',
      configuration: 'good',
      certificate: (await certificateFor('good')).certificate,
      users: [{ user: 'alice', password: 'correcthorse', message: 'Subject: a\n\na\n' }],
    });
  });
  after(() => dovecot.stop());

  const port = (role: PortRole): number => dovecot.listeners.find(({ portRole }) => portRole === role)?.port ?? 0;

  const run = async (file: string, args: readonly string[]): Promise<{ code: number; text: string }> => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        text += bytes.toString();
      });
    const [code] = (await once(child, 'close')) as [number];
    return { code, text };
  };

  const through = (target: string, ...tool: readonly string[]): Promise<{ code: number; text: string }> =>
    run(process.execPath, [commandLine(), 'bridge', target, '--', ...tool]);

  /** What differs because of the port, the address and the time. */
  const facts = (text: string): string[] =>
    text
      .replace(
        /\d+(?:\.\d+)?(?: ?s(?:econds)?)\b|latency\)|\b127\.0\.0\.\d\b|^\d+\/tcp.*$|^Starting.*$|on port \d+|^(?:Nmap scan|Host is).*$/gm,
        '',
      )
      .split('\n');

  for (const [starttls, implicit] of [
    ['imap', 'imaps'],
    ['pop3', 'pop3s'],
    ['submission', 'submissions'],
  ] as const) {
    it(`sslscan finds the same on ${implicit} and on bridged ${starttls}`, async () => {
      const direct = await run('sslscan', ['--no-colour', `127.0.0.2:${String(port(implicit))}`]);
      const bridged = await through(
        `${starttls}://127.0.0.2:${String(port(starttls))}`,
        'sslscan',
        '--no-colour',
        '{host}:{port}',
      );
      expect(bridged.code).to.equal(0);
      expect(bridged.text).to.contain('TLSv1.3   enabled');
      expect(facts(bridged.text)).to.deep.equal(facts(direct.text));
    });
  }

  it('nmap finds the same cipher suites', async () => {
    const script = ['-Pn', '--script', '+ssl-enum-ciphers', '-p'];
    const direct = await run('nmap', [...script, String(port('imaps')), '127.0.0.2']);
    const bridged = await through(`imap://127.0.0.2:${String(port('imap'))}`, 'nmap', ...script, '{port}', '{host}');
    expect(bridged.text).to.contain('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
    expect(facts(bridged.text)).to.deep.equal(facts(direct.text));
  });

  const VERIFIED = [
    ['sieve', ['--protocol', 'managesieve', '--tls', 'starttls', '127.0.0.2']],
    ['imap', ['imap://127.0.0.2']],
  ] as const;
  for (const [role, target] of VERIFIED) {
    it(`GnuTLS reads the certificate behind ${role}`, async () => {
      const words = target.map((word) => (word.includes('127.0.0.2') ? `${word}:${String(port(role))}` : word));
      const { text } = await run(process.execPath, [
        commandLine(),
        'bridge',
        ...words,
        '--',
        'gnutls-cli',
        '--insecure',
        '--verify-hostname',
        'mail.lab.test',
        '-p',
        '{port}',
        '{host}',
      ]);
      expect(text).to.contain('Handshake was completed');
      expect(text).to.match(/subject `CN=mail\.lab\.test/);
    });
  }

  for (const [implicit, name] of [
    ['imaps', 'imap'],
    ['pop3s', 'pop3'],
    ['submissions', 'smtp'],
  ] as const) {
    it(`openssl starts TLS with ${name} in front of ${implicit}`, async () => {
      const { text } = await through(
        `${implicit}://127.0.0.2:${String(port(implicit))}`,
        'openssl',
        's_client',
        '-starttls',
        name,
        '-connect',
        '{host}:{port}',
        '-brief',
      );
      expect(text).to.contain('CONNECTION ESTABLISHED');
      expect(text).to.contain('Peer certificate: O = Waxseal, CN = mail.lab.test');
    });
  }

  /** By tool: its words for a port, with TLS from the first byte and with STARTTLS of IMAP, and the lines of what it says that are about TLS. */
  const TOOLS: readonly {
    readonly tool: string;
    readonly words: (host: string, port: string, isStarttls: boolean) => readonly string[];
    readonly about: RegExp;
    /** Some 20 s a run: in one direction only. */
    readonly isSlow?: true;
  }[] = [
    {
      tool: 'openssl',
      words: (host, at, isStarttls) => [
        ...['s_client', '-connect', `${host}:${at}`, '-servername', 'mail.lab.test', '-showcerts', '-brief'],
        ...(isStarttls ? ['-starttls', 'imap'] : []),
      ],
      about: /^(?:Protocol version|Ciphersuite|Peer certificate|Hash used|Signature type|Server Temp Key).*$/gm,
    },
    {
      tool: 'gnutls-cli',
      words: (host, at, isStarttls) => [
        ...['--insecure', '--verify-hostname', 'mail.lab.test', '--sni-hostname', 'mail.lab.test'],
        ...(isStarttls ? ['--starttls-proto', 'imap'] : []),
        ...['-p', at, host],
      ],
      about: /^- (?:Certificate\[| subject|Description|Server Signature|Options).*$/gm,
    },
    {
      tool: 'sslscan',
      words: (host, at, isStarttls) => [
        ...['--no-colour', '--sni-name=mail.lab.test', ...(isStarttls ? ['--starttls-imap'] : [])],
        `${host}:${at}`,
      ],
      about: /^(?:(?:SSL|TLS)v[\d.]+ .*|Accepted.*|Preferred.*|Signature Algorithm.*|Subject.*|.* strength:.*)$/gim,
    },
    {
      tool: 'testssl',
      words: (host, at, isStarttls) => [
        ...['--quiet', '--warnings', 'off', '--color', '0', '--ip', 'one', '--openssl', '/usr/bin/openssl', '-p'],
        ...(isStarttls ? ['-t', 'imap'] : []),
        `${host}:${at}`,
      ],
      about: /^ (?:SSLv\d|TLS 1).*$/gm,
      isSlow: true,
    },
  ];
  for (const { tool, words, about, isSlow } of TOOLS)
    for (const [role, isStarttls, alike] of [
      ['imap', false, 'imaps'],
      ...(isSlow ? [] : [['imaps', true, 'imap'] as const]),
    ] as const)
      it(`${tool} says the same of ${alike} and of bridged ${role}`, async () => {
        const direct = await run(tool, words('127.0.0.2', String(port(alike)), isStarttls));
        const bridged = await through(
          `${role}://127.0.0.2:${String(port(role))}`,
          tool,
          ...words('{host}', '{port}', isStarttls),
        );
        const [said, again] = [direct.text, bridged.text].map((text) => text.match(about) ?? []);
        expect(said?.join('\n')).to.match(/TLS ?v?1\.3/i);
        expect(again).to.deep.equal(said);
        expect(bridged.code).to.equal(direct.code);
      }).timeout(180_000);

  it('passes the tool’s exit code on', async () => {
    const { code } = await through(`imap://127.0.0.2:${String(port('imap'))}`, 'sh', '-c', 'exit 7; # {port}');
    expect(code).to.equal(7);
  });

  const WRONG = [
    [
      'a word before --',
      ['imap://127.0.0.2', 'sslscan'],
      /unexpected "sslscan"; the tool and its arguments come after --/,
    ],
    ['a tool that would not use the bridge', ['imap://127.0.0.2', '--', 'sslscan', 'x'], /arguments need \{port\}/],
    ['no tool behind --', ['imap://127.0.0.2', '--'], /missing tool after --/],
    [
      'a tool that is not there',
      ['imap://127.0.0.2', '--', 'no-such-tool', '{port}'],
      /"no-such-tool" cannot be started: it is not in PATH/,
    ],
    ['no protocol', ['127.0.0.2:2000'], /which protocol does 127\.0\.0\.2:2000 speak\?/],
    [
      'an open port without clients',
      ['imap://127.0.0.2', '--listen', '0.0.0.0:0'],
      /also say which clients may connect, such as --allow-client/,
    ],
  ] as const;
  for (const [title, args, says] of WRONG) {
    it(`refuses ${title}`, () => {
      const { status, stderr } = spawnSync(process.execPath, [commandLine(), 'bridge', ...args], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(stderr).to.match(says);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(status).to.equal(2);
    });
  }
});
