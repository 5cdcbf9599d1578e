import { expect } from 'chai';
import { execFile } from 'node:child_process';
import type { Report } from '../../src/document/report-model.js';
import { commandLine } from '../support/built.js';
import { requireReal } from '../support/real.js';

// The command-line clients of TLS libraries accept good chains and refuse bad ones, whichever way TLS starts: curl, which does too, differs from none.

const CHAINS = ['key-usage/both-in-authority-1', 'key-usage/signature-in-authority-1'] as const;

const reportOf = (args: readonly string[]): Promise<Report> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [commandLine(), ...args], { timeout: 100_000 }, (_error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve(JSON.parse(stdout) as Report);
    });
  });

describe('a client beside a TLS library', function () {
  this.timeout(120_000);

  before(function () {
    requireReal(this, 'curl', 'openssl', 'gnutls-cli');
  });

  for (const library of ['openssl', 'gnutls'] as const)
    for (const tls of ['starttls', 'implicit'] as const)
      it(`${library}, ${tls}`, async () => {
        const { chains = [] } = await reportOf([
          ...['test', '--protocol', 'smtp', '--tls', tls, '--preset', 'curl', '--chains', 'builtin'],
          ...CHAINS.flatMap((chain) => ['--chain', chain]),
          ...['--compare-library', library, '--no-self-test', '--no-config', '--format', 'json'],
        ]);
        expect(chains.map(({ library: beside }) => [beside?.compared, beside?.different])).to.deep.equal([[2, 0]]);
      });
});
