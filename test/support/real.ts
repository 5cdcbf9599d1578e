import { systemTool } from '../../src/place/executable.js';

/** The real servers and clients that tests want: the program to look for, and the Debian packages that bring it. */
const REAL = {
  dovecot: { program: 'dovecot', packages: 'dovecot-imapd dovecot-pop3d dovecot-managesieved dovecot-submissiond' },
  postfix: { program: 'postfix', packages: 'postfix' },
  curl: { program: 'curl', packages: 'curl' },
  'gnutls-cli': { program: 'gnutls-cli', packages: 'gnutls-bin' },
  sslscan: { program: 'sslscan', packages: 'sslscan' },
  nmap: { program: 'nmap', packages: 'nmap' },
  testssl: { program: 'testssl', packages: 'testssl.sh' },
  openssl: { program: 'openssl', packages: 'openssl' },
  msmtp: { program: 'msmtp', packages: 'msmtp' },
  mbsync: { program: 'mbsync', packages: 'isync' },
  fetchmail: { program: 'fetchmail', packages: 'fetchmail' },
  mutt: { program: 'mutt', packages: 'mutt' },
  neomutt: { program: 'neomutt', packages: 'neomutt' },
  alpine: { program: 'alpine', packages: 'alpine' },
  swaks: { program: 'swaks', packages: 'swaks' },
  's-nail': { program: 's-nail', packages: 's-nail' },
  mpop: { program: 'mpop', packages: 'mpop' },
  getmail: { program: 'getmail', packages: 'getmail6' },
  python3: { program: 'python3', packages: 'python3' },
  perl: { program: 'perl', packages: 'libio-socket-ssl-perl' },
  'sieve-connect': { program: 'sieve-connect', packages: 'sieve-connect' },
  nc: { program: 'nc', packages: 'netcat-openbsd' },
  proxychains4: { program: 'proxychains4', packages: 'proxychains4' },
  microsocks: { program: 'microsocks', packages: 'microsocks' },
  tinyproxy: { program: 'tinyproxy', packages: 'tinyproxy' },
  ip: { program: 'ip', packages: 'iproute2' },
  zsh: { program: 'zsh', packages: 'zsh' },
  fish: { program: 'fish', packages: 'fish' },
  chromium: { program: 'chromium', packages: 'chromium' },
  mandoc: { program: 'mandoc', packages: 'mandoc' },
  spamd: { program: 'spamd', packages: 'spamd spamassassin' },
  promtool: { program: 'promtool', packages: 'prometheus' },
} as const;

/** A server or client that waxseal's authors did not write. */
export type RealProgram = keyof typeof REAL;

/**
 * Skips the test or suite when a program is missing, and names the package; with WAXSEAL_REQUIRE_REAL=1 it fails instead.
 * To be called in a `before` hook or a test that is a `function`: `before(function () { requireReal(this, 'dovecot'); })`.
 */
export const requireReal = (context: Mocha.Context, ...names: readonly RealProgram[]): void => {
  const missing = names.filter((name) => !hasReal(name));
  const [first] = missing;
  if (first === undefined) return;
  skipUnlessRequired(
    context,
    `${missing.join(', ')} missing: apt-get install ${missing.map((name) => REAL[name].packages).join(' ')}`,
  );
};

/** Skips because of what this machine lacks, or fails with WAXSEAL_REQUIRE_REAL=1. */
export const skipUnlessRequired = (context: Mocha.Context, why: string): void => {
  if (process.env['WAXSEAL_REQUIRE_REAL'] === '1') throw new Error(`WAXSEAL_REQUIRE_REAL=1, but ${why}`);
  const runnable = context.test ?? context.currentTest;
  if (runnable !== undefined) runnable.title += ` [${why}]`;
  context.skip();
};

/** Whether a program is installed. */
export const hasReal = (name: RealProgram): boolean => systemTool(REAL[name].program) !== undefined;
