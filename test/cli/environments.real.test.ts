import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { namespaceAvailability } from '../../src/place/namespace-tree.js';
import { builtByModule } from '../support/built.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What somebody does in the first hour, in an empty folder; prints the name and the exit code of each step, and what went wrong. */
const FIRST_HOUR = `
waxseal() { "$NODE" "$INSTALLED/dist/cli/main.js" "$@"; }
step() { name=$1; shift; "$@" >$name.out 2>&1 </dev/null; echo "$name $?"; }
ready() { i=0; until grep -q "$3" "$2" 2>/dev/null || ! kill -0 $1 || [ $i -gt 600 ]; do sleep 0.05; i=$((i + 1)); done; }
step help waxseal --help
step list waxseal list scenarios
step explain waxseal explain starttls-not-offered
step test waxseal test --protocol imap --tls starttls --scenario starttls-not-offered --record recordings -- \\
  curl -sS --ssl --cacert {ca} -u {user}:{password} {url}
step judge waxseal judge recordings
"$NODE" "$INSTALLED/dist/cli/main.js" serve --protocol imap --tls starttls --state state --format json >serve.out 2>&1 & serve=$!
ready $serve serve.out '"ready"'
port=$(sed -n 's/.*"port":\\([0-9]*\\).*/\\1/p' serve.out | head -1)
user=$(sed -n 's/.*"user":"\\([^"]*\\)".*/\\1/p' serve.out | head -1)
password=$(sed -n 's/.*"password":"\\([^"]*\\)".*/\\1/p' serve.out | head -1)
step audit waxseal audit imap://localhost:$port --ca state/ca.pem --check 'starttls-*'
"$NODE" "$INSTALLED/dist/cli/main.js" proxy imap://localhost:$port --ca state/ca.pem --write-ca proxy.pem --connections 2 >proxy.out 2>&1 & proxy=$!
ready $proxy proxy.out 'listening on'
door=$(sed -n 's/^.*listening on 127.0.0.1:\\([0-9]*\\).*/\\1/p' proxy.out | head -1)
for round in 1 2; do curl -sS --ssl --cacert proxy.pem -u "$user:$password" imap://localhost:$door >>client.out 2>&1; done
(sleep 60; kill -INT $proxy) >/dev/null 2>&1 & late=$!
wait $proxy; code=$?; kill $late; echo "proxy $code"
kill -INT $serve; wait $serve; echo "serve $?"
grep -n -E 'a bug in waxseal|^ +at .*:[0-9]+:[0-9]+|UnhandledPromise' *.out
true
`;

const CODES = 'help 0\nlist 0\nexplain 0\ntest 1\njudge 1\naudit 0\nproxy 1\nserve 130\n';
/** Without a folder for temporary files no client can be run and no server started; the reason is said. */
const CODES_WITHOUT_FOLDERS = /^help 0\nlist 0\nexplain 0\ntest 3\njudge [0-3]\naudit \d\nproxy \d\nserve 3\n$/;

interface Environment {
  readonly what: string;
  /** Shell; what it ends with `exec` of is run inside. */
  readonly inside?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly asAnother?: true;
  readonly codes?: RegExp;
}

const LOOPBACK = 'ip link set lo up';
const ENVIRONMENTS: readonly Environment[] = [
  { what: 'a fresh folder outside the checkout, and no network but loopback' },
  { what: 'a user who is not root', asAnother: true },
  {
    what: 'no IPv6, neither locale nor terminal',
    inside: `${LOOPBACK}; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6`,
    env: { LC_ALL: 'C', TERM: 'dumb', COLUMNS: '40' },
  },
  {
    what: 'no user namespaces, and a HOME that is read-only',
    inside: `${LOOPBACK}; mkdir ro; mount -t tmpfs -o ro none ro; echo 0 > /proc/sys/user/max_user_namespaces`,
    env: { HOME: 'ro' },
  },
  {
    what: 'a TMPDIR that is read-only',
    inside: `${LOOPBACK}; mkdir ro; mount -t tmpfs -o ro none ro; TMPDIR=$PWD/ro; export TMPDIR`,
    codes: CODES_WITHOUT_FOLDERS,
  },
];

describe('the first hour', function () {
  this.timeout(240_000);
  let place: string | undefined;

  before(async function () {
    requireReal(this, 'curl');
    if (!(await namespaceAvailability('own')).available) skipUnlessRequired(this, 'this system allows no namespaces');
    // Not the tests' own temporary folder, which nobody else can enter.
    const made = mkdtempSync('/tmp/first-hour-');
    place = made;
    chmodSync(made, 0o755);
    for (const each of ['dist', 'docs', 'package.json'])
      cpSync(join(builtByModule(), each), join(made, 'installed', each), { recursive: true });
    cpSync(process.execPath, join(made, 'node'));
    mkdirSync(join(made, 'installed/node_modules'));
  });

  after(() => {
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
  });

  for (const { what, inside = LOOPBACK, env = {}, asAnother, codes } of ENVIRONMENTS) {
    it(`with ${what}`, function () {
      const isRoot = process.geteuid?.() === 0;
      if (asAnother === true && !isRoot) skipUnlessRequired(this, 'only root can become another user');
      const made = place ?? '';
      const folder = mkdtempSync(join(made, 'folder-'));
      if (asAnother === true) chownSync(folder, 65_534, 65_534);
      // Packages are reached where this user may look, wherever the checkout lies.
      const packages = `mount --bind ${join(ROOT, 'node_modules')} ${join(made, 'installed/node_modules')}`;
      const become = asAnother === true ? 'exec setpriv --reuid 65534 --regid 65534 --clear-groups' : 'exec';
      const namespaces = asAnother === true ? ['--mount', '--net'] : ['--user', '--map-root-user', '--mount', '--net'];
      const script = `${packages}; ${inside}; ${become} sh -c "$FIRST_HOUR"`;
      const { PATH = '', LANG = 'C.UTF-8' } = process.env;
      const ran = spawnSync('unshare', [...namespaces, 'sh', '-c', script], {
        cwd: folder,
        env: {
          ...{ PATH, LANG, FIRST_HOUR, HOME: folder, TMPDIR: folder },
          ...{ NODE: join(made, 'node'), INSTALLED: join(made, 'installed') },
          ...env,
        },
        encoding: 'utf8',
        timeout: 200_000,
      });
      if (codes === undefined) expect(ran.stdout, ran.stderr).to.equal(CODES);
      else expect(ran.stdout, ran.stderr).to.match(codes);
    });
  }
});
