import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { requireReal } from '../support/real.js';
import { waxseal } from './run-cli.js';

/** What reads a mail as curl does, and never ends. */
const resident = (option: string): string =>
  `curl -sS ${option} --cacert "$WAXSEAL_CA" -u "$WAXSEAL_USER:$WAXSEAL_PASSWORD" "$WAXSEAL_URL/INBOX;MAILINDEX=1"; exec sleep 600`;

/** Insists on TLS, and waits for ever, in silence, where it gets none. */
const STUCK = join(import.meta.dirname, '../regressions/clients/odd/stuck_imap.py');

describe('a client that never ends', function () {
  this.timeout(60_000);

  const statuses = async (scenario: string, command: readonly string[]): Promise<Record<string, string>> => {
    const { stdout, stderr } = await waxseal(
      ...['test', '--protocol', 'imap', '--tls', 'starttls', '--scenario', scenario, '--until-idle', '3'],
      ...['--no-self-test', '--format', 'json', '--', ...command],
    );
    expect(stderr).to.equal('');
    const { results } = JSON.parse(stdout) as Report;
    return Object.fromEntries(results.map(({ id, status, because }) => [id, `${status}: ${because}`]));
  };

  before(function () {
    requireReal(this, 'curl', 'python3');
  });

  it('is judged when it has come to rest', async () => {
    const found = await statuses('starttls-not-offered', ['sh', '-c', resident('--ssl-reqd')]);
    expect(found['control']).to.match(/^safe/);
    expect(found['starttls-not-offered']).to.match(/^safe/);
  });

  it('is unsafe where it leaked before', async () => {
    const found = await statuses('starttls-not-offered', ['sh', '-c', resident('--ssl')]);
    expect(found['starttls-not-offered']).to.match(/^unsafe/);
  });

  it('is not at rest while a scenario is silent for seconds', async () => {
    const found = await statuses('starttls-unanswered/for-seconds', ['sh', '-c', resident('--ssl-reqd')]);
    expect(found['starttls-unanswered']).to.match(/^not-applicable: the client waits longer than this silence lasts/);
  });

  it('has not answered an attack by being ended', async () => {
    const found = await statuses('starttls-refused/no', [
      ...['python3', STUCK, '{host}', '{port}', '{ca}', '{user}', '{password}'],
    ]);
    expect(found['control']).to.match(/^safe/);
    expect(found['starttls-refused']).to.equal('inconclusive: the client did nothing after the attack');
  });
});

describe('Alpine, which asks in a terminal', function () {
  this.timeout(120_000);

  it('is typed its password where it warns that the login is not encrypted, and has time to repeat a refused one', async function () {
    requireReal(this, 'alpine');
    const { stdout, stderr } = await waxseal(
      ...['test', '--preset', 'alpine', '--protocol', 'pop3', '--tls', 'starttls', '--tls-policy', 'opportunistic'],
      ...['--scenario', 'starttls-not-offered', '--scenario', 'control-refused', '--no-self-test', '--format', 'json'],
    );
    expect(stderr).to.equal('');
    const { results } = JSON.parse(stdout) as Report;
    expect(Object.fromEntries(results.map(({ id, status }) => [id, status]))).to.deep.equal({
      control: 'safe',
      'control-refused': 'safe',
      'starttls-not-offered': 'downgradable',
    });
  });
});
