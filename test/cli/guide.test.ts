import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';
import { waxseal } from './run-cli.js';
import { it } from '../support/in-turn.js';

const GUIDES = join(import.meta.dirname, '../../fixtures/guides');

describe('waxseal guide', () => {
  it('corrects ten claims with file, line and source, and exits with 1', async () => {
    const { code, stdout } = await waxseal('guide', join(GUIDES, 'wrong/ten.md'));
    expect(code).to.equal(1);
    expect(stdout).to.contain('ten.md:5: wrong: IMAP, port 995, implicit TLS');
    expect(stdout).to.contain('source  RFC 8314');
    expect(stdout.trimEnd().split('\n').at(-1)).to.equal('1 file, 10 claims: 10 wrong, 0 right');
  });

  it('has nothing to say of right guides, and exits with 0', async () => {
    const { code, stdout } = await waxseal('guide', join(GUIDES, 'right'));
    expect(stdout).to.match(/^\d+ files, \d+ claims: 0 wrong, \d+ right, \d+ not understood\n$/);
    expect(code).to.equal(0);
  });

  it('annotates lines for GitHub, and writes JSON', async () => {
    const file = join(GUIDES, 'wrong/prefs.js');
    const { stdout } = await waxseal('guide', '--format', 'github', file);
    expect(stdout).to.match(
      /^::error file=[^,]+prefs\.js,line=2,title=wrong%3A IMAP[^:]+::993 is TLS from the first byte/,
    );
    const json = JSON.parse((await waxseal('guide', '--format', 'json', file)).stdout) as {
      files: { claims: { line: number; state: string }[] }[];
    };
    expect(json.files[0]?.claims.map(({ line, state }) => [line, state])).to.deep.equal([
      [2, 'wrong'],
      [4, 'wrong'],
    ]);
  });

  describe('on files of its user', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'guide-'));
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });
    const rows: readonly (readonly [name: string, text: string | undefined, code: number, says: RegExp])[] = [
      ['absent.md', undefined, 2, /absent\.md.*no such file/],
      ['empty.md', '', 3, /nothing is said of mail ports or TLS/],
      ['other.xml', '<?xml version="1.0"?><x/>', 3, /not read: .*neither autoconfig/],
      ['hostile.md', 'IMAP port 995 \u001b[31m\u202e, SSL', 1, /“IMAP port 995 \\u\{1b\}\[31m\\u\{202e\}, SSL”/],
    ];
    for (const [name, text, code, says] of rows)
      it(`${name}: exit code ${String(code)}`, async () => {
        const path = join(folder, name);
        if (text !== undefined) writeFileSync(path, text);
        const ran = await waxseal('guide', path);
        expect(ran.stdout + ran.stderr).to.match(says);
        expect(ran.code).to.equal(code);
      });

    describe('--prove', () => {
      let server: RunningServer;
      before(async () => {
        server = await serve({ protocol: 'imap' });
      });
      after(() => server.stop());
      const port = (tls: string): number => server.endpoints.find((each) => each.tls === tls)?.port ?? 0;

      it('confirms what is so, refutes what is not, and says what nobody could observe', async () => {
        const path = join(folder, 'own.md');
        writeFileSync(
          path,
          [
            `IMAP: port ${String(port('implicit'))}, SSL/TLS`,
            `IMAP: port ${String(port('starttls'))}, STARTTLS`,
            `IMAP: port ${String(port('starttls'))}, SSL/TLS`,
            'IMAP: port 11, SSL/TLS',
          ].join('\n\n'),
        );
        const { code, stdout } = await waxseal('guide', '--prove', '127.0.0.1', '--format', 'json', path);
        const { files } = JSON.parse(stdout) as { files: { claims: { proof: { state: string } }[] }[] };
        expect(files[0]?.claims.map(({ proof }) => proof.state)).to.deep.equal([
          'confirmed',
          'confirmed',
          'refuted',
          'not-observed',
        ]);
        expect(code).to.equal(1);
      });

      it('corrects a page of ten wrong claims, and refutes those about ways and protocols on the wire too', async () => {
        const [implicit, starttls] = [String(port('implicit')), String(port('starttls'))];
        const path = join(folder, 'ten.md');
        writeFileSync(
          path,
          [
            'POP3 over SSL uses port 110.',
            'For SSL, enter 587.',
            'To send mail, set the SMTP port to 25.',
            'A VPN makes TLS unnecessary.',
            'Secure IMAP (IMAP4-SSL): 585',
            'If you see a certificate warning, click Continue.',
            'SSL is more secure than TLS.',
            'IMAP: port 995, SSL/TLS',
            // No table knows these ports: only the wire shows that they are wrong.
            `IMAP: port ${implicit}, STARTTLS`,
            `IMAP: port ${starttls}, SSL/TLS`,
          ].join('\n\n'),
        );
        const { code, stdout } = await waxseal('guide', '--prove', '127.0.0.1', '--format', 'json', path);
        const { files } = JSON.parse(stdout) as {
          files: { claims: { line: number; state: string; correction?: string; proof?: { state: string } }[] }[];
        };
        const claims = files[0]?.claims ?? [];
        expect(
          claims.filter(({ state, proof }) => state === 'wrong' || proof?.state === 'refuted').map(({ line }) => line),
        ).to.deep.equal([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        expect(claims.filter(({ proof }) => proof?.state === 'refuted').map(({ line }) => line)).to.deep.equal([
          17, 19,
        ]);
        expect(claims.filter(({ state, correction }) => state === 'wrong' && correction === undefined)).to.deep.equal(
          [],
        );
        expect(code).to.equal(1);
      });
    });
  });
});
