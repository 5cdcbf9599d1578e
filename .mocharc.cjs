const { execFileSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

// What takes longest begins first: otherwise one worker is busy with it when all others have finished.
// The timing reporter in test/support tells what belongs here.
const LONGEST = [
  'docs/examples-',
  'cli/environments',
  'scenarios/middle',
  'lab/pairs',
  'regressions/installed-clients',
  'regressions/odd-clients',
  'package/consumers',
  'control/control',
  'place/keeper',
  'config/plugins',
  'mocha/suite',
  'cli/proxy.test',
  'regressions/audit-remedies',
  'audit/by-hand',
  'report/html.real',
  'regressions/belief',
  'conformance/scenarios',
  'tls/certificates.real',
  'regressions/real-clients',
  'endpoints/daemons/dovecot',
  'regressions/audit-daemons',
  'scripts/new-module',
  'docs/examples.test',
  'conformance/checks',
  'conformance/middle-seat',
  'regressions/audit-verdicts',
  'testing/chains',
  'testing/self-test',
  'wire/flood',
  'wire/wire.test',
  'profiles/profiles',
  'serving/set-up-by-hand',
  'testing/masking',
  'testing/controls',
  'conformance/cell',
  'cli/killed',
  'regressions/audit-servers',
  'regressions/known-answers',
  'regressions/verdicts',
  'verdict/mask.test',
  'toys/toy-client',
  'proxy/proxy',
  'testing/session',
  'place/cell',
];

/** Options that take a path; any other word may be a file to run, and then files run in the order of the command line. */
const TAKES_PATH = new Set(['--ignore', '--exclude', '--reporter', '--reporter-option', '--require', '--file']);

const words = process.argv.slice(2);
const isWholeSuite = !words.some((word, at) => !word.startsWith('-') && !TAKES_PATH.has(words[at - 1]));

// Workers inherit it.
process.env.WAXSEAL_TEST_MATRIX ??= isWholeSuite && process.env.WAXSEAL_REQUIRE_REAL !== '1' ? 'sample' : 'whole';

/** Rows that are not all played take turns, others with each commit. */
const commits = () => {
  try {
    return execFileSync('git', ['rev-list', '--count', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '0';
  }
};
if (process.env.WAXSEAL_TEST_MATRIX !== 'whole') process.env.WAXSEAL_TEST_TURN ??= commits();

const rank = (file) => {
  const at = LONGEST.findIndex((long) => file.startsWith(join('test', long)));
  return at < 0 ? LONGEST.length : at;
};

const files = () =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));

module.exports = {
  extension: ['test.ts'],
  recursive: true,
  // Less of the time goes into collecting what tests throw away.
  'node-option': ['import=tsx', 'max-semi-space-size=64'],
  require: ['./test/support/leftovers.ts'],
  parallel: true,
  // Three more than two cores: much of the work is waiting.
  jobs: 5,
  // Ends what hangs; on a busy machine, what takes two seconds elsewhere may take thirty.
  timeout: 60_000,
  'forbid-only': true,
  exit: true,
  ...(isWholeSuite && { spec: files() }),
};
