import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { commandLine } from '../support/built.js';
import { it } from '../support/in-turn.js';

/** Something of ours throws where nobody can catch it, some time after the program said that it is ready. */
const planted = (how: string): string =>
  `data:text/javascript,${encodeURIComponent(`const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...more) => { if (String(text).includes('ready')) setTimeout(() => { ${how} }, 50); return write(text, ...more); };`)}`;

const run = async (
  args: readonly string[],
  options: { readonly plant?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const imports = options.plant === undefined ? [] : ['--import', options.plant];
  const child = spawn(process.execPath, [...imports, commandLine(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (out.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (out.stderr += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...out };
};

describe('what nobody caught', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'unexpected-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  for (const how of ['throw new Error("planted")', 'Promise.reject(new Error("planted"))']) {
    it(`costs no report: ${how}`, async () => {
      const file = join(folder, 'report.json');
      const { code, stderr } = await run(['serve', '--protocol', 'imap', '--report', `json:${file}`], {
        plant: planted(how),
      });
      expect(stderr).to.match(/^waxseal: a bug in waxseal: planted/);
      expect(code).to.equal(70);
      expect((JSON.parse(readFileSync(file, 'utf8')) as Report).interrupted).to.equal(true);
    });
  }

  const ROWS: readonly { readonly title: string; readonly args: readonly string[] }[] = [
    { title: 'serve', args: ['serve', '--protocol', 'imap'] },
    { title: 'test', args: ['test', '--protocol', 'imap', '--tls', 'starttls', '--', 'true'] },
  ];

  for (const { title, args } of ROWS) {
    it(`a temporary folder that cannot be made is one line, and exit code 3: ${title}`, async () => {
      const { code, stdout, stderr } = await run(args, {
        plant: 'data:text/javascript,process.env.TMPDIR="/proc/self"',
      });
      expect(stderr).to.match(
        /^waxseal: no temporary folder can be made in "\/proc\/self" \([^)]+\); set TMPDIR .*\n$/,
      );
      expect({ code, stdout }).to.deep.equal({ code: 3, stdout: '' });
    });
  }
});
