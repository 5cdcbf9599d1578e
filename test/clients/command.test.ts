import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { commandDriver, type CommandOptions } from '../../src/clients/command.js';
import { CAME_TO_REST } from '../../src/clients/driver.js';
import { keeperStrategy } from '../../src/place/keeper.js';
import { openSession, type SessionFolder } from '../../src/place/visit-home.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { skipUnlessRequired } from '../support/real.js';
import { task } from './task.js';
import { it } from '../support/in-turn.js';

/** Prints what a client can see of its world, as JSON. */
const LOOK = `
const fs = require('node:fs');
let terminal = true;
try { fs.closeSync(fs.openSync('/dev/tty', 'r')); } catch { terminal = false; }
console.log(JSON.stringify({
  env: process.env, cwd: process.cwd(), terminal, input: fs.readFileSync(0, 'utf8'),
  files: fs.readdirSync(process.env.HOME, { recursive: true }).sort(),
  ca: fs.readFileSync(process.env.SSL_CERT_FILE, 'utf8'),
}));`;

interface Seen {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly terminal: boolean;
  readonly input: string;
  readonly files: readonly string[];
  readonly ca: string;
}

describe('commands as mail clients', () => {
  let folder: SessionFolder;
  let authority: Authority;
  let listener: Server;
  let heard = '';
  let served: Promise<unknown>[] = [];

  before(async () => {
    folder = openSession();
    authority = await createAuthority();
    listener = createServer((socket) => {
      served.push(once(socket, 'close'));
      socket.on('data', (bytes: Buffer) => {
        heard += bytes.toString();
      });
      socket.on('error', () => undefined);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });
  beforeEach(() => {
    heard = '';
    served = [];
  });
  after(async () => {
    listener.close();
    await folder.remove();
  });

  const driver = (command: readonly string[], options: Partial<CommandOptions> = {}) =>
    commandDriver(command, { folder, trust: authority, ...options });
  const node = (script: string): readonly string[] => [process.execPath, '-e', script];
  const port = (): number => (listener.address() as { port: number }).port;

  /** Accept queues keep order: once our own connection is served, so are all that were there before. */
  const everythingServed = async (): Promise<void> => {
    const fence = connect(port(), '127.0.0.1');
    await once(listener, 'connection');
    fence.end();
    fence.resume();
    await Promise.all(served);
  };

  const look = async (options: Partial<CommandOptions> = {}): Promise<Seen> => {
    const end = await driver(node(LOOK), options).run(task({ ca: authority.pem }));
    expect(end, end.stderr).to.include({ how: 'ended', code: 0 });
    return JSON.parse(end.stdout) as Seen;
  };

  describe('a visit', () => {
    before(() => {
      Object.assign(process.env, {
        ALL_PROXY: 'http://localhost:1',
        https_proxy: 'http://localhost:1',
        WAXSEAL_TEST_PASSED_ON: 'yes',
        WAXSEAL_TEST_KEPT: 'secret',
      });
    });
    after(() => {
      for (const name of ['ALL_PROXY', 'https_proxy', 'WAXSEAL_TEST_PASSED_ON', 'WAXSEAL_TEST_KEPT'])
        Reflect.deleteProperty(process.env, name);
    });

    it('has a fresh home, no terminal, no input, no proxy, and inherits nothing that was not asked for', async () => {
      const seen = await look({ passOn: ['WAXSEAL_TEST_PASSED_ON'] });
      expect(seen.terminal).to.equal(false);
      expect(seen.input).to.equal('');
      expect(seen.env['HOME'])
        .to.match(/waxseal-/)
        .and.not.equal(process.env['HOME']);
      expect(seen.cwd).to.equal(`${seen.env['HOME'] ?? ''}/work`);
      expect(seen.env).to.include({ WAXSEAL_TEST_PASSED_ON: 'yes', PATH: process.env['PATH'] ?? '' });
      const strange = Object.keys(seen.env).filter(
        (name) =>
          !/^(PATH|HOME|LANG|LC_ALL|TZ|PWD|TMPDIR|XDG_\w+|WAXSEAL_\w+|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|SHLVL|_)$/.test(
            name,
          ),
      );
      expect(strange).to.deep.equal([]);
      expect(seen.env).not.to.have.property('WAXSEAL_TEST_KEPT');
    });

    it('leaves nothing behind, and the next one finds nothing of it', async () => {
      const first = await look();
      const second = await look();
      expect(second.env['HOME']).not.to.equal(first.env['HOME']);
      expect(existsSync(first.env['HOME'] ?? '')).to.equal(false);
      expect(readdirSync(folder.path).filter((name) => name.includes('visit'))).to.deep.equal([]);
    });

    it('has the CA in all forms, and the message', async () => {
      const seen = await look({ files: { '.clientrc': 'host={host}\nca={ca_p12}\nbraces={a,b}\n' } });
      expect(seen.ca).to.equal(authority.pem);
      for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'WAXSEAL_CA'])
        expect(seen.env[name]).to.equal(seen.env['WAXSEAL_CA']);
      expect(seen.files).to.include('.clientrc');
    });

    it('finds what was compiled before the first one, with programs of a PATH of its own', async () => {
      const built = driver(['sh', '-c', 'cat {built}/made; echo "$PATH"'], {
        path: `${process.env['PATH'] ?? ''}:/opt/client`,
        build: { files: { source: 'compiled' }, command: ['sh', '-c', 'cp source made; echo " with $PATH" >> made'] },
      });
      await built.prepare?.();
      for (const visit of [1, 2])
        expect((await built.run(task({ visit }))).stdout).to.match(
          /^compiled with .*:\/opt\/client\n.*:\/opt\/client\n$/,
        );
    });

    it('does not begin where the client cannot be compiled', async () => {
      const broken = driver(['sh'], { build: { files: {}, command: ['sh', '-c', 'echo no semicolon >&2; exit 1'] } });
      const error: unknown = await Promise.resolve(broken.prepare?.()).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Fault).with.property('message', 'sh could not compile the client: no semicolon');
    });

    it('has a terminal of 24 lines and 80 columns where it wants one, and its answers', async () => {
      const end = await driver(
        ['sh', '-c', 'stty size; printf "Password: "; read -r word </dev/tty; echo "got $word"; exit 3'],
        { terminal: true, answers: [{ pattern: /password:/i, text: '{password}' }] },
      ).run(task());
      expect(end).to.include({ how: 'ended', code: 3 });
      expect(end.stdout.replaceAll('\r', '')).to.match(/^24 80\nPassword: apassword\ngot apassword\n$/);
    });

    it('is answered without a terminal, too', async () => {
      const end = await driver(['sh', '-c', 'printf "User? " >&2; read -r word; echo "got $word"'], {
        answers: [{ pattern: /user\?/i, text: '{user}' }],
      }).run(task());
      expect(end.stdout).to.equal('got auser\n');
    });

    it('words with quotes reach the command on a terminal as they are', async () => {
      const end = await driver(['printf', '[%s]', "it's $HOME", '"a b"'], { terminal: true }).run(task());
      expect(end.stdout).to.equal('[it\'s $HOME]["a b"]');
    });

    it('begins with a copy of a prepared home, links and rights included', async () => {
      const prepared = folder.home('prepared');
      prepared.write('.config/client/rc', 'prepared');
      symlinkSync('rc', join(prepared.path, '.config/client/link'));
      for (const visit of [1, 2]) {
        const end = await driver(
          ['sh', '-c', 'cd "$HOME/.config/client"; cat rc; readlink link; stat -c %a rc; echo changed > rc'],
          { homeFrom: prepared.path },
        ).run(task({ visit }));
        expect(end.stdout).to.equal('preparedrc\n600\n');
      }
      await prepared.remove();
    });

    for (const [what, command, code, output] of [
      ['all', ['sh', '-c', 'echo one > "$HOME/x"; echo 1', '--then', 'sh', '-c', 'cat "$HOME/x"'], 0, '1\none\n'],
      ['up to the first that fails', ['sh', '-c', 'echo 1; exit 4', '--then', 'echo', '2'], 4, '1\n'],
    ] as const)
      it(`runs several commands in one home: ${what}`, async () => {
        const end = await driver(command).run(task());
        expect(end).to.include({ how: 'ended', code, stdout: output });
      });

    it('that is ended because it came to rest says so', async () => {
      const rest = new AbortController();
      const running = driver(['sleep', '100']).run(task({ signal: rest.signal }));
      rest.abort(CAME_TO_REST);
      expect(await running).to.include({ how: 'rested', idle: true });
    });

    it('has what is no secret where every user can read it', async () => {
      const modes = await driver(
        [
          'sh',
          '-c',
          'for each in "$WAXSEAL_CA" "$WAXSEAL_CA_DIR" "$WAXSEAL_CA_DIR"/* "$WAXSEAL_CA_P12" "$WAXSEAL_MESSAGE"; do stat -c "%a %n" "$each" "$(dirname "$each")"; done',
        ],
        {},
      ).run(task());
      const rows = modes.stdout.trim().split('\n');
      expect(rows.length).to.be.greaterThan(10);
      for (const row of rows) expect(row).to.match(/^(?:644|755|711) /);
      expect(modes.stderr).to.equal('');
    });
  });

  it('WAXSEAL_CA_P12 names a PKCS#12 file although the command has no {ca_p12}', async () => {
    const end = await driver(['sh', '-c', 'head -c 1 "$WAXSEAL_CA_P12" | od -An -tx1'], {}).run(task());
    expect(end.stderr).to.equal('');
    // A DER SEQUENCE (RFC 7292 §4).
    expect(end.stdout.trim()).to.equal('30');
  });

  for (const [how, command, shows] of [
    [
      'openssl reads it, in a shell that one line starts',
      ['sh', '-c', 'openssl pkcs12 -in "$WAXSEAL_CA_P12" -passin pass:changeit -nokeys 2>&1'],
      /BEGIN CERTIFICATE/,
    ],
    ['a grandchild finds it', ['sh', '-c', `sh -c 'test -s "$WAXSEAL_CA_P12" && echo read'`], /^read/],
    ['it is there with {ca_p12}, too', ['sh', '-c', 'cmp "$WAXSEAL_CA_P12" {ca_p12} && echo same'], /^same/],
  ] as const) {
    it(`WAXSEAL_CA_P12: ${how}`, async () => {
      const end = await driver([...command], {}).run(task());
      expect(end.stdout, end.stderr).to.match(shows);
    });
  }

  it('configuration files are templates, for the owner only', async () => {
    const end = await driver(['sh', '-c', 'cat "$HOME/.config/mail/rc"; stat -c %a "$HOME/.config/mail/rc"'], {
      files: { '.config/mail/rc': 'host {host} %{x} {a,b}\n' },
    }).run(task());
    expect(end.stdout).to.equal('host localhost %{x} {a,b}\n600\n');
  });

  for (const [what, command] of [
    ['nothing before it', ['--then', 'echo']],
    ['nothing after it', ['echo', '--then']],
    ['a program that is not there', ['echo', '--then', 'no-such-program']],
  ] as const)
    it(`--then with ${what} is refused before the first visit`, () => {
      expect(() => driver(command)).to.throw(Fault);
    });

  const wrong: readonly (readonly [why: string, ...names: string[]])[] = [
    ['leads out of the home', '../../x'],
    ['leads out of the home', '/etc/x'],
    ['is a folder', '.config'],
    ['another --file needs it as a folder', 'a', 'a/b'],
    ['contains a NUL character', 'a\0b'],
  ];
  for (const [why, ...names] of wrong) {
    it(`a configuration file ${JSON.stringify(names.join(', '))} is refused before the first visit: ${why}`, () => {
      expect(() => driver(['true'], { files: Object.fromEntries(names.map((name) => [name, 'x'])) }))
        .to.throw(Fault, why)
        .with.property('code', 'BAD_USAGE');
    });
  }

  it('arguments are passed as they are, without a shell', async () => {
    const end = await driver([
      process.execPath,
      '-p',
      'JSON.stringify(process.argv.slice(1))',
      '--',
      '{host};$HOME `id`',
      '{a,b}',
      '',
    ]).run(task());
    expect(JSON.parse(end.stdout)).to.deep.equal(['localhost;$HOME `id`', '{a,b}', '']);
  });

  it('with a shell, the words are one line for it', async () => {
    const end = await driver(['echo {user} |', 'tr a-z A-Z'], { shell: true }).run(task());
    expect(end.stdout).to.equal('AUSER\n');
  });

  it('a command that does not exist is said before any visit', () => {
    expect(() => driver(['waxseal-no-such-client', '{url}']))
      .to.throw()
      .with.property('code', 'CANNOT_START');
    expect(() => driver([]))
      .to.throw()
      .with.property('code', 'BAD_USAGE');
  });

  it('exit code, signal and output are facts', async () => {
    expect(await driver(['sh', '-c', 'echo out; echo err >&2; exit 3']).run(task())).to.include({
      how: 'ended',
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await driver(['sh', '-c', 'kill -9 $$']).run(task())).to.include({ how: 'ended', signal: 'SIGKILL' });
  });

  it('a grandchild that sends after its parents have ended is waited for', async () => {
    const late = `setTimeout(() => { const s = require('node:net').connect(${String(port())}, '127.0.0.1', () => s.end('late')); }, 300)`;
    await driver(['sh', '-c', `"$0" -e "$1" >/dev/null 2>&1 &`, process.execPath, late]).run(task());
    await everythingServed();
    expect(heard).to.equal('late');
  });

  it('one that never ends is stopped, with all its children', async () => {
    const giveUp = new AbortController();
    const running = driver(['sh', '-c', 'sleep 600 & echo started; sleep 600']).run(task({ signal: giveUp.signal }));
    giveUp.abort();
    expect(await running).to.include({ how: 'stopped' });
  });

  it('--trust namespace shows the CA in place of the system’s', async function () {
    if ((await keeperStrategy()) !== 'namespace') skipUnlessRequired(this, 'this system allows no namespaces');
    const end = await driver(['cat', '/etc/ssl/certs/ca-certificates.crt'], { trustNamespace: true }).run(task());
    expect(end.stdout, end.stderr).to.equal(authority.pem);
  });
});
