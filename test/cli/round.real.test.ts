import { Ajv } from 'ajv';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '../support/installed.js';
import { waxseal } from './run-cli.js';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'round-'));
const curl = (option: string, ...more: string[]): string[] => [
  '--',
  'curl',
  '-sS',
  option,
  '--cacert',
  '{ca}',
  '-u',
  '{user}:{password}',
  ...more,
  '{url}',
];
const imap = ['test', '--protocol', 'imap', '--no-self-test', '--scenario', 'starttls-not-offered'];

describe('waxseal test with curl', function () {
  this.timeout(60_000);
  before(function () {
    needs(this, 'curl');
  });

  it('curl --ssl-reqd is safe → 0', async () => {
    const { code, stdout, stderr } = await waxseal(...imap, ...curl('--ssl-reqd'));
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.include('3 safe');
    expect(stderr).to.equal('');
  });

  it('curl --ssl is unsafe → 1, and its transcript shows the leak', async () => {
    const { code, stdout } = await waxseal(...imap, ...curl('--ssl'));
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/^unsafe \(critical\) [^]+\n {2}cases +IMAP, STARTTLS: starttls-not-offered/m)
      .and.match(/^ *▶ .* C: /m);
  });

  it('curl --ssl, opportunistic, is downgradable → 0', async () => {
    const { code, stdout } = await waxseal(...imap, '--tls-policy', 'opportunistic', ...curl('--ssl'));
    expect(code).to.equal(0);
    expect(stdout).to.match(/^downgradable \(critical\) [^]+\n {2}cases +IMAP, STARTTLS: starttls-not-offered/m);
  });

  it('a known result is expected → 0, a stale one is not → 1, nor is one that is better → 1', async () => {
    const known = (status: string, until: string): string => {
      const path = join(scratch, `${status}-${until}.json`);
      writeFileSync(path, JSON.stringify([{ case: 'starttls-not-offered', status, reason: 'told the vendor', until }]));
      return path;
    };
    expect((await waxseal(...imap, '--known', known('unsafe', '2999-01-01'), ...curl('--ssl'))).code).to.equal(0);
    expect((await waxseal(...imap, '--known', known('unsafe', '2020-01-01'), ...curl('--ssl'))).code).to.equal(1);
    expect((await waxseal(...imap, '--known', known('unsafe', '2999-01-01'), ...curl('--ssl-reqd'))).code).to.equal(1);
  });

  it('a client that does not trust the CA is told so once → 3', async () => {
    const { code, stdout } = await waxseal(
      ...imap,
      '--',
      'env',
      '-u',
      'CURL_CA_BUNDLE',
      '-u',
      'SSL_CERT_FILE',
      'curl',
      '-sS',
      '--ssl-reqd',
      '-u',
      '{user}:{password}',
      '{url}',
    );
    expect(code).to.equal(3);
    expect(stdout.split("does not trust waxseal's CA"), 'told once').to.have.length(2);
  });

  it('JSON is one document that the shipped schema describes, and so is every report file', async () => {
    const file = join(scratch, 'report.json');
    const text = join(scratch, 'report.txt');
    const { stdout } = await waxseal(
      ...imap,
      '--format',
      'json',
      '--report',
      `json:${file}`,
      '--report',
      `text:${text}`,
      ...curl('--ssl'),
    );
    const validate = new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync(join(root, 'docs/reference/report.schema.json'), 'utf8')) as object,
    );
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).to.be.true;
    expect(readFileSync(file, 'utf8')).to.equal(stdout);
    expect(readFileSync(text, 'utf8')).to.include('unsafe').and.not.match(/\x1b/);
  });

  it('a seed repeats a session', async () => {
    const users = async (): Promise<unknown[]> => {
      const { visits } = JSON.parse(
        (await waxseal(...imap, '--seed', 'same', '--format', 'json', ...curl('--ssl-reqd'))).stdout,
      ) as { visits: { visit: { canaries: { user: string } } }[] };
      return visits.map(({ visit }) => visit.canaries.user);
    };
    expect(await users()).to.deep.equal(await users());
  });

  it('a client that never ends is ended → 3', async () => {
    const { code, stdout } = await waxseal(...imap, '--tls', 'starttls', '--max-time', '0.5', '--', 'sleep', '60');
    expect(code).to.equal(3);
    expect(stdout).to.include('no connection');
  });

  it('a scenario that does not exist for this mode is said → 3', async () => {
    const { code, stdout } = await waxseal(
      'test',
      '--protocol',
      'imap',
      '--tls',
      'implicit',
      '--no-self-test',
      '--scenario',
      'starttls-not-offered',
      ...curl('--ssl-reqd'),
    );
    expect(code).to.equal(3);
    expect(stdout.replace(/\s+/g, ' ')).to.include('matches no case for imap with implicit');
  });

  it('the port is where the client was sent: another one is said', async () => {
    const { code, stdout } = await waxseal(
      ...imap,
      '--tls',
      'starttls',
      '--',
      'curl',
      '-sS',
      '-u',
      '{user}:{password}',
      'imap://127.0.0.1:1/',
    );
    expect(code).to.equal(3);
    expect(stdout).to.include('{port}');
  });
});
