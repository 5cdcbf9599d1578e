import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { namespaceAvailability } from '../../src/place/namespace-tree.js';
import { built } from '../support/built.js';
import { needs } from '../support/installed.js';
import { ROOT } from './pages.js';
import { inLab } from './in-lab.js';

/** A client that encrypts where that is offered, and logs in in any case. */
const IF_OFFERED = `
import imaplib, ssl, sys
host, port, user, password, ca = sys.argv[1:]
client = imaplib.IMAP4(host, int(port))
if 'STARTTLS' in client.capabilities:
    client.starttls(ssl.create_default_context(cafile=ca))
client.login(user, password)
client.logout()
`;

/** What is run today, and the lines that its text may have at 80 columns: golden sessions were recorded once. */
const ROWS: readonly { readonly what: string; readonly most: number; readonly command: string }[] = [
  {
    what: 'the audit of a good host with nine ports',
    most: 40,
    command: 'waxseal audit mail.example.org lmtp://mail.example.org --ca lab-ca.pem --login-attempts 6',
  },
  {
    what: 'the audit of a bad host with nine ports',
    most: 80,
    command: 'waxseal audit old.lab.test lmtp://old.lab.test',
  },
  {
    what: 'the test of a safe client',
    most: 15,
    command:
      'waxseal test --protocol imap --tls starttls -- curl -sS --ssl-reqd --cacert {ca} -u {user}:{password} {url}',
  },
  {
    what: 'the test of a client with one flaw',
    most: 60,
    command:
      'waxseal test --protocol imap --tls starttls -- python3 "$PWD/if-offered.py" {host} {port} {user} {password} {ca}',
  },
];

describe('the text of a report, today', function () {
  this.timeout(180_000);
  let folder: string;

  before(async function () {
    needs(this, 'curl');
    needs(this, 'python3');
    const lab = await namespaceAvailability('own');
    if (!lab.available) {
      if (process.env['WAXSEAL_REQUIRE_REAL'] === '1') throw new Error(lab.why);
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'limits-'));
    await cp(join(ROOT, 'bin'), join(built(), 'bin'), { recursive: true });
    await writeFile(join(folder, 'if-offered.py'), IF_OFFERED);
    const lines = ROWS.map(({ command }, index) => `${command} >${String(index)}.txt 2>${String(index)}.err`);
    await writeFile(join(folder, 'script.sh'), lines.join('\n'));
    await inLab(join(folder, 'script.sh'), folder, `${join(built(), 'bin')}:${process.env['PATH'] ?? ''}`);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const [index, { what, most }] of ROWS.entries())
    it(`of ${what} fits ${String(most)} lines`, async () => {
      const text = await readFile(join(folder, `${String(index)}.txt`), 'utf8');
      expect(text).to.match(/\d+ (?:safe|pass)/);
      expect(text.trimEnd().split('\n'), text).to.have.length.at.most(most);
    });
});
