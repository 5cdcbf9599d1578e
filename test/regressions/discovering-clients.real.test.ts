import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cellAvailability } from '../../src/place/cell.js';
import { built } from '../support/built.js';
import { needs } from '../support/installed.js';
import { skipUnlessRequired } from '../support/real.js';

/** What a real client that looks for its server in DNS does; all of it was looked at on the wire. */
interface Row {
  readonly title: string;
  readonly client: 'msmtp' | 'mpop';
  readonly words: readonly string[];
  readonly statuses: Readonly<Record<string, string>>;
}

// `msmtp --configure` writes its warning into a comment: who pipes it into a configuration sees nothing of it.
const HEEDLESS = `umask 077; msmtp --configure "$WAXSEAL_FROM" > conf
printf 'user %s\\npassword %s\\ntls_trust_file %s\\n' "$WAXSEAL_USER" "$WAXSEAL_PASSWORD" "$WAXSEAL_CA" >> conf
exec msmtp -C conf -a "$WAXSEAL_FROM" -- "$WAXSEAL_TO" < "$WAXSEAL_MESSAGE"`;

const ROWS: readonly Row[] = [
  {
    title: 'msmtp --configure, and a user who reads its warnings',
    client: 'msmtp',
    words: ['--preset', 'msmtp-configure', '--tls', 'implicit'],
    statuses: { 'discovered-plaintext/srv': 'safe', 'discovered-stranger/srv': 'safe' },
  },
  {
    title: 'msmtp --configure, and a script that does not',
    client: 'msmtp',
    words: ['--protocol', 'smtp', '--tls', 'implicit', '--', 'sh', '-c', HEEDLESS],
    statuses: { 'discovered-plaintext/srv': 'safe', 'discovered-stranger/srv': 'unsafe' },
  },
  {
    title: 'mpop --configure, and a user who reads its warnings',
    client: 'mpop',
    words: ['--preset', 'mpop-configure', '--tls', 'implicit'],
    statuses: { 'discovered-plaintext/srv': 'safe', 'discovered-stranger/srv': 'safe' },
  },
];

interface Report {
  readonly results: readonly { readonly id: string; readonly variant?: string; readonly status: string }[];
}

const run = (words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const command = [
      join(built(), 'dist/cli/main.js'),
      'test',
      '--place',
      'cell',
      '--no-self-test',
      '--format',
      'json',
    ];
    const cases = ['--scenario', 'discovered-*/srv'];
    execFile(process.execPath, [...command, ...cases, ...words], { cwd: tmpdir() }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });

describe('real clients that look for their server in DNS', function () {
  this.timeout(60_000);
  before(async function () {
    const cells = await cellAvailability();
    if (!cells.available) skipUnlessRequired(this, cells.why);
  });

  for (const { title, client, words, statuses } of ROWS)
    it(title, async function () {
      needs(this, client);
      const { results } = JSON.parse(await run(words)) as Report;
      const found = Object.fromEntries(
        results.map(({ id, variant, status }) => [[id, ...(variant === undefined ? [] : [variant])].join('/'), status]),
      );
      expect(found).to.deep.include({ control: 'safe', ...statuses });
    });
});
