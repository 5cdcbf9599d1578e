import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTransport } from 'nodemailer';
import type { Report } from '../../src/document/report-model.js';
import { ACCOUNT, submissionServer } from '../support/submission-server.js';
import { waxseal } from './run-cli.js';
import { startedProxy as started } from './started-proxy.js';
import { it, itSeldom } from '../support/in-turn.js';

describe('waxseal proxy', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxy-cli-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('tells verdicts as connections end, and reports on Ctrl-C', async function () {
    this.timeout(60_000);
    const { theirs, server: running } = await submissionServer();
    await using server = running;
    const [theirCa, ourCa, recordings] = [
      join(folder, 'their.pem'),
      join(folder, 'our.pem'),
      join(folder, 'recordings'),
    ];
    writeFileSync(theirCa, theirs.pem);
    const target = `127.0.0.1:${String(server.listeners[0]?.port)}`;
    const { line, stop, ended } = started([
      target,
      '--protocol',
      'smtp',
      '--tls',
      'starttls',
      '--ca',
      theirCa,
      '--write-ca',
      ourCa,
      '--record',
      recordings,
      '--format',
      'json',
    ]);
    const [, port] = await line(/listening on 127\.0\.0\.1:(\d+), forwarding to /);
    const mail = async (): Promise<unknown> =>
      createTransport({
        host: '127.0.0.1',
        port: Number(port),
        auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
        tls: { ca: readFileSync(ourCa, 'utf8'), servername: 'localhost' },
      }).sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' });
    await mail();
    await line(
      /\d\d:\d\d:\d\d connection 1 from 127\.0\.0\.1:\d+ \(not attacked, EHLO [^,]+, user lab-account\): safe: /,
    );
    await mail();
    await line(/connection 2 from 127\.0\.0\.1:\d+ \(starttls-not-offered, EHLO [^,]+, user lab-account\): unsafe: /);
    stop();
    const { code, stdout } = await ended;
    const report = JSON.parse(stdout) as Report;
    expect(report).to.include({ kind: 'proxy', interrupted: true });
    expect(report.results.map((result) => `${result.case} ${result.status}`)).to.deep.equal([
      'control@smtp+starttls#middle safe',
      'starttls-not-offered@smtp+starttls#middle unsafe',
    ]);
    expect(code).to.equal(130);
    const files = readdirSync(recordings).map((name) => join(recordings, name));
    expect(files.map((file) => statSync(file).mode & 0o777)).to.deep.equal([0o600, 0o600]);
    const stored = stdout + files.map((file) => readFileSync(file, 'utf8')).join('');
    for (const secret of [ACCOUNT.password, Buffer.from(`\0${ACCOUNT.user}\0${ACCOUNT.password}`).toString('base64')])
      expect(stored).to.not.include(secret);
  });

  it('refuses a server of strangers without permission', async function () {
    this.timeout(30_000);
    const { code, stdout, stderr } = await started(['imap://192.0.2.1']).ended;
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^waxseal: 192\.0\.2\.1 is neither this machine nor a private address.*--authorized-by/);
  });

  const WRONG: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [[], /name the real server, such as imap:\/\/mail\.lab\.test, or use --socks PORT/],
    [['--socks', '1080', 'imap://127.0.0.1'], /--socks has no meaning with a target/],
    [['--connect-to', 'a:1:b:2', 'imap://127.0.0.1'], /--connect-to has no meaning with a target/],
    [['--transparent', '--rotate', 'key', '--', 'true'], /--rotate key has no meaning with --transparent/],
    [['--socks', '1080', '--protocol', 'imap'], /--protocol has no meaning with --socks/],
    [['--socks', '1080', '--listen', '127.0.0.1:1'], /--listen has no meaning with --socks/],
    [['--socks', '0.0.0.0:0'], /other machines: also say which clients may connect, such as --allow-client/],
    [['--socks', '70000'], /--socks needs a port, or an IP address/],
    [['--socks', 'localhost'], /--socks needs a port, or an IP address/],
    [['--socks', '0', '--connect-to', 'mail.lab.test:143'], /--connect-to needs HOST1:PORT1:HOST2:PORT2/],
    [['--socks', '0', '--connect-to', 'a:70000:b:1'], /--connect-to needs HOST1:PORT1:HOST2:PORT2/],
    [['--socks', '0', '--scenario', 'starttls-not-ofered'], /did you mean starttls-not-offered\?/],
  ];
  for (const [args, words] of WRONG)
    it(`refuses ${args.join(' ') || 'to start without a target'}`, async () => {
      const { code, stdout, stderr } = await waxseal('proxy', ...args);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(words);
      expect(stderr.trimEnd().split('\n')).to.have.lengthOf(1);
    });

  itSeldom('is a proxy for every server with --socks, and says what it passes on', async function () {
    this.timeout(60_000);
    const { theirs, server: running } = await submissionServer();
    await using server = running;
    const [theirCa, ourCa] = [join(folder, 'their.pem'), join(folder, 'our.pem')];
    writeFileSync(theirCa, theirs.pem);
    const port = String(server.listeners[0]?.port);
    const { line, ended } = started([
      ...['--socks', '0', '--connect-to', `mail.lab.test:587:127.0.0.1:${port}`, '--connections', '2'],
      ...['--ca', theirCa, '--write-ca', ourCa],
    ]);
    const [, proxy = ''] = await line(/listening on 127\.0\.0\.1:(\d+) for SOCKS 5 and HTTP CONNECT/);
    for (const attack of ['not attacked', 'starttls-not-offered']) {
      await createTransport({
        host: 'mail.lab.test',
        port: 587,
        proxy: `http://127.0.0.1:${proxy}`,
        auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
        tls: { ca: readFileSync(ourCa, 'utf8') },
      }).sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' });
      await line(new RegExp(`from 127\\.0\\.0\\.1:\\d+ to mail\\.lab\\.test:587 \\(${attack}, `));
    }
    const { code, stdout } = await ended;
    expect(code).to.equal(1);
    expect(stdout).to.match(/^mail\.lab\.test:587\n/);
    expect(stdout).to.match(/client +EHLO .*, user lab-account at 127\.0\.0\.1 to\s+mail\.lab\.test:587/);
    expect(stdout).to.match(/again +waxseal proxy --scenario starttls-not-offered --socks 0/);
  });

  const SCRIPTS: readonly (readonly [title: string, script: string | undefined, words: RegExp])[] = [
    ['is missing', undefined, /cannot be read: .*no such file/i],
    [
      'is no JavaScript',
      'export default {\n  starttls: () => [}\n',
      /cannot be loaded: Unexpected token '\}' \(line 2\)/,
    ],
    ['throws', 'const a = 1;\nthrow new Error("not\\u001b[31m today");\n', /cannot be loaded: not.* today \(line 2\)/],
    ['imports what is not there', 'import "no-such-package-here";\n', /cannot be loaded: Cannot find package/],
    ['exports nothing', 'const a = 1;\n', /default export is not an object/],
    ['exports no rule', 'export default {};\n', /has no rule/],
    [
      'names no moment',
      'export default { starttsl: () => [] };\n',
      /"starttsl" is not a moment; did you mean starttls\?/,
    ],
    ['has a rule that is no function', 'export default { starttls: [] };\n', /rule for starttls is not a function/],
  ];
  for (const [title, script, words] of SCRIPTS)
    it(`tells in one line of a script that ${title}`, async () => {
      const path = join(folder, 'attack.mjs');
      if (script !== undefined) writeFileSync(path, script);
      const { code, stdout, stderr } = await waxseal('proxy', 'imap://127.0.0.1:1', '--script', path);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(words);
      expect(stderr.trimEnd().split('\n'), stderr).to.have.lengthOf(1);
      expect(stderr).to.not.include('\u001b');
    });

  itSeldom('tells in one line of a script that imports a name that is not there', async function () {
    this.timeout(30_000);
    const path = join(folder, 'attack.mjs');
    writeFileSync(path, 'import { sendd } from "waxseal/scenario";\n');
    const { code, stderr } = await started(['imap://127.0.0.1:1', '--script', path]).ended;
    expect(code).to.equal(2);
    expect(stderr).to.match(/^waxseal: .*cannot be loaded: .*sendd.*\n$/);
  });

  const PLAYED: readonly (readonly [title: string, script: string, code: number, line: RegExp])[] = [
    [
      'refuses STARTTLS',
      `import { commandOf, send } from 'waxseal/scenario';
export default {
  starttls: ({ protocol, unit }) => [send(protocol.answers.refuse(commandOf(unit), 'no', 'Not today'))],
};`,
      1,
      /\(script, .*: unsafe: MAIL sent in clear/,
    ],
    [
      'is a whole scenario',
      `import { defineScenario, fallsBackToPlaintext, secretsStayInsideTls, withoutUpgrade } from 'waxseal/scenario';
export default defineScenario({
  id: 'not-listed', family: 'strip', title: 't', why: 'w', references: [], modes: ['starttls'], covers: [],
  tamper: { greeting: withoutUpgrade, capabilities: withoutUpgrade },
  judge: secretsStayInsideTls, flaw: fallsBackToPlaintext,
});`,
      1,
      /\(not-listed, .*: unsafe: password sent in clear/,
    ],
    [
      'fails',
      'export default { starttls: ({ unit }) => unit.nothing.here };',
      3,
      /\(script[,)].*: inconclusive: the script failed at starttls: Cannot read properties/,
    ],
    [
      'fails after a leak',
      `import { withoutUpgrade } from 'waxseal/scenario';
export default {
  greeting: withoutUpgrade, capabilities: withoutUpgrade,
  message: () => { throw new Error('too late'); },
};`,
      1,
      /\(script, .*: unsafe: password sent in clear/,
    ],
    [
      'sends text instead of bytes',
      "import { send } from 'waxseal/scenario';\nexport default { starttls: () => [send('454 no')] };",
      3,
      /\(script[,)].*: inconclusive: the script failed at starttls: send takes a Buffer/,
    ],
    [
      'edits to something else',
      'export default { capabilities: (moment, next) => next(() => "text") };',
      3,
      /\(script[,)].*: inconclusive: the script failed at capabilities: an edit returns no Buffer/,
    ],
  ];
  for (const [title, script, code, words] of PLAYED)
    it(`plays a script that ${title}`, async function () {
      this.timeout(60_000);
      const { theirs, server: running } = await submissionServer();
      await using server = running;
      const [theirCa, path] = [join(folder, 'their.pem'), join(folder, 'attack.mjs')];
      writeFileSync(theirCa, theirs.pem);
      writeFileSync(path, script);
      const target = `submission://127.0.0.1:${String(server.listeners[0]?.port)}`;
      const { line, ended } = started([
        ...[target, '--script', path, '--ca', theirCa],
        ...['--write-ca', join(folder, 'our.pem'), '--connections', '2'],
      ]);
      const [, port] = await line(/listening on 127\.0\.0\.1:(\d+), .* attack: (?:script|not-listed), from/);
      const mail = (): Promise<unknown> =>
        createTransport({
          host: '127.0.0.1',
          port: Number(port),
          opportunisticTLS: true,
          auth: { user: ACCOUNT.user, pass: ACCOUNT.password },
          tls: { ca: readFileSync(join(folder, 'our.pem'), 'utf8'), servername: 'localhost' },
        })
          .sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'hello' })
          .catch((error: unknown) => error);
      await mail();
      await line(/not attacked/);
      await mail();
      const end = await ended;
      expect(end.stderr, end.stderr).to.match(words);
      expect(end.code, end.stderr).to.equal(code);
      if (code === 1) expect(end.stdout.replace(/\s+\\?\s*/g, ' ')).to.include(`--script ${path}`);
      expect(end.stderr).to.not.match(/^ +at /m);
    });
});
