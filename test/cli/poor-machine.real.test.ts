import { expect } from 'chai';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaceAvailability } from '../../src/place/namespace-tree.js';
import { commandLine } from '../support/built.js';
import { skipUnlessRequired } from '../support/real.js';

interface Row {
  readonly what: string;
  /** Shell, inside namespaces of its own; `$dir` is an empty folder. */
  readonly lacks: string;
  readonly args: readonly string[];
  readonly code: number;
  /** All that is said on standard error, or in the report. */
  readonly says: RegExp;
}

const TEST = ['test', '--protocol', 'imap', '--tls', 'starttls', '--scenario', 'starttls-not-offered'];
const CLIENT = ['--', 'true'];
const READ_ONLY = 'mount -t tmpfs -o ro none "$dir"; export TMPDIR="$dir"; ip link set lo up';
const NO_IPV6 = 'ip link set lo up; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
const NO_NAMESPACES = 'ip link set lo up; echo 0 > /proc/sys/user/max_user_namespaces';
/** Neither in user namespaces, nor by who is root in one. */
const NO_CELL = `${NO_NAMESPACES}; for kind in net mnt pid; do echo 0 > /proc/sys/user/max_\${kind}_namespaces; done`;
const NO_FOLDER =
  /^waxseal: no temporary folder can be made in .* \(the file system is read-only\); set TMPDIR to a folder that has room and can be written\n$/;
const NO_LOOPBACK =
  /^waxseal: this machine cannot connect to itself on 127\.0\.0\.1 \(ENETUNREACH\); is the loopback interface up\?\n$/;

const ROWS: readonly Row[] = [
  { what: 'read-only TMPDIR', lacks: READ_ONLY, args: [...TEST, ...CLIENT], code: 3, says: NO_FOLDER },
  {
    what: 'read-only TMPDIR',
    lacks: READ_ONLY,
    args: [...TEST, '--place', 'cell', ...CLIENT],
    code: 3,
    says: NO_FOLDER,
  },
  { what: 'read-only TMPDIR', lacks: READ_ONLY, args: ['serve', '--protocol', 'smtp'], code: 3, says: NO_FOLDER },
  { what: 'loopback down', lacks: ':', args: [...TEST, ...CLIENT], code: 3, says: NO_LOOPBACK },
  { what: 'loopback down', lacks: ':', args: ['demo'], code: 3, says: NO_LOOPBACK },
  { what: 'loopback down', lacks: ':', args: ['serve', '--protocol', 'smtp'], code: 3, says: NO_LOOPBACK },
  { what: 'loopback down', lacks: ':', args: ['proxy', 'imap://127.0.0.1:1'], code: 3, says: NO_LOOPBACK },
  {
    what: 'loopback down',
    lacks: ':',
    args: ['audit', '--format', 'json', 'imap://127.0.0.1:1'],
    code: 3,
    says: /127\.0\.0\.1:1 cannot be reached \(ENETUNREACH\); is the address right/,
  },
  {
    what: 'no IPv6',
    lacks: NO_IPV6,
    args: [...TEST, '-6', ...CLIENT],
    code: 3,
    says: /^waxseal: this machine cannot connect to itself on ::1 \(\w+\); has it no IPv6\? drop -6\n$/,
  },
  {
    what: 'no IPv6, nor asked for it',
    lacks: NO_IPV6,
    args: [...TEST, '--format', 'json', ...CLIENT],
    code: 3,
    says: /made no connection to the port that it was given/,
  },
  {
    what: 'no user namespaces',
    lacks: NO_NAMESPACES,
    args: [...TEST, '--format', 'json', ...CLIENT],
    code: 3,
    says: /made no connection to the port that it was given/,
  },
  {
    what: 'no namespaces of any kind',
    lacks: NO_CELL,
    args: [...TEST, '--place', 'cell', '--format', 'json', ...CLIENT],
    code: 3,
    says: /a cell cannot be made here \([^)"]*permits no further[^)"]*\); clients ran on loopback, and cases that need host names or ports below 1024 were left out"/,
  },
];

/** What the demonstration leaves out, and that it comes to its end. */
const DEMOS: readonly (readonly [what: string, lacks: string, leftOut: RegExp])[] = [
  ['read-only TMPDIR', READ_ONLY, /not shown: curl cannot be the POP3 client, .*read-only/],
  ['no IPv6', NO_IPV6, /^/],
  ['no user namespaces', NO_NAMESPACES, /^/],
];

// Row A23 of the verdicts that were wrong: exit code 70 and “a bug”, a wall of words, a dead demonstration.
describe('a machine that lacks something', function () {
  this.timeout(120_000);
  let dir: string;

  before(async function () {
    if (!(await namespaceAvailability('own')).available) skipUnlessRequired(this, 'this system allows no namespaces');
    dir = mkdtempSync(join(tmpdir(), 'poor-'));
  });

  after(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const run = async (
    lacks: string,
    args: readonly string[],
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const words = [process.execPath, commandLine(), ...args];
    const child = spawn(
      'unshare',
      ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', `${lacks}; exec "$@"`, 'sh', ...words],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, dir } },
    );
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes: Buffer) => (out.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (out.stderr += bytes.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...out };
  };

  for (const { what, lacks, args, code, says } of ROWS) {
    it(`${what}: waxseal ${args.join(' ')} → ${String(code)}`, async () => {
      const said = await run(lacks, args);
      expect(said.code, said.stderr).to.equal(code);
      expect(said.stdout === '' ? said.stderr : said.stdout).to.match(says);
      expect(said.stderr + said.stdout).to.not.match(/a bug in waxseal|self-test failed/);
    });
  }

  for (const [what, lacks, leftOut] of DEMOS) {
    it(`${what}: the demonstration goes on without that step`, async () => {
      const { code, stdout, stderr } = await run(lacks, ['demo']);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(leftOut).and.include('the careless client was caught');
    });
  }
});
