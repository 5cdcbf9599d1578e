import { expect } from 'chai';
import { testClient } from '../../src/testing/test-client.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const NOBODY = 65534;
/** No user of this number has a name. */
const NAMELESS = 54_321;

const DROPS = `os.setgroups([]); os.setgid(${String(NOBODY)}); os.setuid`;
const SEND = `s = smtplib.SMTP('{host}', {port}, timeout=5); s.starttls(context=ssl.create_default_context(cafile='{ca}')); s.login('{user}', '{password}'); s.sendmail('{from}', ['{to}'], open('{message}', 'rb').read()); s.quit()`;
const python = (...lines: string[]): string[] => [
  // One that every user can start.
  '/usr/bin/python3',
  '-c',
  ['import os, smtplib, ssl, sys, time', ...lines].join('\n'),
];

const READERS: readonly (readonly [what: string, command: readonly string[]])[] = [
  ['becomes nobody before it reads anything', python(`${DROPS}(${String(NOBODY)})`, SEND)],
  ['becomes a user without a name', python(`${DROPS}(${String(NAMELESS)})`, SEND)],
  [
    'has a child without rights, which does the work',
    python(
      `if os.fork() == 0: ${DROPS}(${String(NOBODY)}); ${SEND}; os._exit(0)`,
      'sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))',
    ),
  ],
];

const DENIED: readonly (readonly [what: string, command: readonly string[], file: RegExp, user: RegExp])[] = [
  [
    'becomes nobody, and cannot read a file of its home',
    python(
      `${DROPS}(${String(NOBODY)})`,
      `try: open('{home}/rc').read()`,
      `except OSError as e: print(e, file=sys.stderr, flush=True); time.sleep(3); sys.exit(1)`,
    ),
    /\/rc/,
    /as the user nobody .*nobody, which it changed to, must be able to read the file/,
  ],
  [
    'becomes a user without a name, and goes on after the complaint',
    python(
      `${DROPS}(${String(NAMELESS)})`,
      `try: open('{home}/rc')`,
      `except OSError as e: print(e, file=sys.stderr, flush=True); time.sleep(3)`,
    ),
    /\/rc/,
    /as the user uid 54321/,
  ],
  [
    'changes its effective user only',
    [
      'perl',
      '-e',
      `$) = '${String(NOBODY)} ${String(NOBODY)}'; $> = ${String(NOBODY)}; open(F, '{home}/rc') or print STDERR "cannot read {home}/rc: $!\\n"; sleep 3; exit 1`,
    ],
    /\/rc/,
    /as the user nobody/,
  ],
  ...[';', '; exec "false"'].map(
    (then) =>
      [
        `exits as soon as it has complained${then === ';' ? '' : ', as another program'}`,
        [
          'perl',
          '-e',
          `$) = $( = ${String(NOBODY)}; $< = $> = ${String(NOBODY)}; open(F, '{home}/rc') or print STDERR "cannot read {home}/rc: $!\\n" ${then}`,
        ],
        /\/rc/,
        // Whose file it was may be gone with the process.
        /must be able to read the file/,
      ] as const,
  ),
  [
    'has a child without rights, which complains',
    python(
      `if os.fork() == 0:`,
      `  ${DROPS}(${String(NOBODY)})`,
      `  try: open('{home}/rc')`,
      `  except OSError as e: print(e, file=sys.stderr, flush=True); time.sleep(3); os._exit(1)`,
      'sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))',
    ),
    /\/rc/,
    /as the user nobody/,
  ],
];

// MTAs and fdm give up their rights before they read what they need (row A5 of the verdicts that were wrong).
describe('a client that changes its user', function () {
  this.timeout(60_000);

  before(function () {
    requireReal(this, 'python3');
    if (process.getuid?.() !== 0) skipUnlessRequired(this, 'only root can change its user');
  });

  const control = async (command: readonly string[]): Promise<string> => {
    const [result] = await testClient(command, {
      protocol: 'smtp',
      tls: 'starttls',
      scenario: 'control',
      files: { rc: 'host {host}\n' },
    });
    return `${result?.status ?? ''}: ${result?.because ?? ''}`;
  };

  for (const [what, command] of READERS) {
    it(`${what}: the CA and the message are readable`, async () => {
      expect(await control(command)).to.match(/^safe: /);
    });
  }

  for (const [what, command, file, user] of DENIED) {
    it(`${what}: the file is named, and the user if it is still there`, async () => {
      const said = await control(command);
      expect(said).to.match(/^inconclusive: the client could not read /);
      expect(said).to.match(file).and.match(user);
    });
  }
});
