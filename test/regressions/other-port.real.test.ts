import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Report } from '../../src/document/report-model.js';
import { cellAvailability } from '../../src/place/cell.js';
import { commandLine } from '../support/built.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const FOLDER = join(import.meta.dirname, 'clients', 'odd');
const CLIENT = join(FOLDER, 'other_port.py');
const IMPLICIT = 'plaintext-on-another-port';
const SUBMISSION = 'plaintext-on-port-25';

/** The case's statuses in a cell, where ports are the real ones. */
const rows: readonly (readonly [
  title: string,
  protocol: string,
  tls: 'implicit' | 'starttls',
  ports: readonly string[],
  scenario: string,
  status: string,
])[] = [
  ['993, then 143 in clear', 'imap', 'implicit', ['993', '143:clear'], IMPLICIT, 'unsafe'],
  ['993, then 143 with STARTTLS or not at all', 'imap', 'implicit', ['993', '143:starttls'], IMPLICIT, 'safe'],
  [
    '993, then 143 with STARTTLS, then in clear',
    'imap',
    'implicit',
    ['993', '143:starttls', '143:clear'],
    IMPLICIT,
    'unsafe',
  ],
  ['995, then 110 in clear', 'pop3', 'implicit', ['995', '110:clear'], IMPLICIT, 'unsafe'],
  ['465, then 587 in clear', 'smtp', 'implicit', ['465', '587:clear'], IMPLICIT, 'unsafe'],
  ['465, then 25 in clear', 'smtp', 'implicit', ['465', '25:clear'], IMPLICIT, 'unsafe'],
  ['465 twice, with TLS', 'smtp', 'implicit', ['465', '465'], IMPLICIT, 'safe'],
  ['587, then 25 in clear', 'smtp', 'starttls', ['587:starttls', '25:clear'], SUBMISSION, 'unsafe'],
  ['587, then 25 with STARTTLS', 'smtp', 'starttls', ['587:starttls', '25:starttls'], SUBMISSION, 'safe'],
  ['465, then 465 in clear', 'smtp', 'implicit', ['465', '465:clear'], 'implicit-port-speaks-plaintext', 'unsafe'],
];

/** Those that choose how TLS starts by the number of the port: the cell is what their diagnosis names. */
const BY_NUMBER: readonly (readonly [how: string, ports: readonly string[], tls: string, scenario: string])[] = [
  ['starttls-on', ['25', '587'], 'starttls', 'starttls-not-offered'],
  ['starttls-on', ['25', '587'], 'implicit', 'certificate-fault/expired'],
  ['implicit-on', ['465'], 'starttls', 'starttls-not-offered'],
  ['implicit-on', ['465'], 'implicit', 'certificate-fault/expired'],
];

/** What waxseal prints as a command of its own: a cell starts it anew. */
const played = (...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [commandLine(), ...args], (_error, stdout) => {
      resolve(stdout);
    });
  });

describe('clients that try another port', function () {
  this.timeout(60_000);
  before(async function () {
    requireReal(this, 'python3');
    const { available } = await cellAvailability();
    if (!available) skipUnlessRequired(this, 'no cell here');
  });

  for (const [title, protocol, tls, ports, scenario, status] of rows) {
    it(`${title}: ${status}`, async () => {
      const args = ['test', '--place', 'cell', '--protocol', protocol, '--tls', tls, '--scenario', scenario];
      const output = await played(
        ...args,
        ...['--no-self-test', '--format', 'json', '--', 'python3', '-B', CLIENT, protocol, ...ports],
      );
      const { results } = JSON.parse(output) as {
        results: { id: string; variant?: string; status: string; because: string }[];
      };
      // On a silent port these clients wait for 8 s: as with one that is dead, what they do then is their verdict.
      const told = results.filter(({ id }) => id === scenario).map((each) => `${each.status}: ${each.because}`);
      expect(told, output.slice(0, 400)).to.have.length.greaterThan(0);
      expect(told.filter((each) => !each.startsWith(`${status}: `)).join('\n')).to.equal('');
    });
  }

  for (const [how, ports, tls, scenario] of BY_NUMBER) {
    it(`${how} ${ports.join(', ')}, with ${tls} TLS: can be judged in a cell`, async () => {
      const output = await played(
        ...['test', '--place', 'cell', '--protocol', 'smtp', '--tls', tls, '--scenario', scenario, '--no-self-test'],
        ...['--format', 'json', '--', 'python3', '-B', join(FOLDER, 'by_number.py'), how, ...ports],
      );
      const { results } = JSON.parse(output) as Report;
      expect(results.map(({ status }) => status).join(), output.slice(0, 2000)).to.equal('safe,safe');
    });
  }
});
