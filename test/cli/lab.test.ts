import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import { commandLine } from '../support/built.js';
import { waxseal } from './run-cli.js';

interface Document {
  readonly ca: string;
  readonly running: readonly {
    readonly daemon: string;
    readonly finds: readonly string[];
    readonly listeners: readonly { readonly url: string; readonly audit: string }[];
  }[];
}

describe('waxseal lab', () => {
  it('lists every daemon, its weaknesses, and what finds them, and starts nothing', async () => {
    const { code, stdout } = await waxseal('lab', '--list', 'dovecot:*');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^dovecot:good +Dovecot, good \(dovecot-imapd /m);
    expect(stdout).to.match(/^dovecot:expired +the certificate has expired \(certificate-out-of-date\)$/m);
    const all = JSON.parse((await waxseal('lab', '--list', '--format', 'json')).stdout) as { daemon: string }[];
    expect(new Set(all.map(({ daemon }) => daemon)))
      .to.have.property('size')
      .above(9);
  });

  it('says what is near a name that there is not', async () => {
    const { code, stderr } = await waxseal('lab', 'dovcot');
    expect(code).to.equal(2);
    expect(stderr).to.equal('waxseal: unknown: "dovcot"; did you mean dovecot? waxseal lab --list shows all\n');
  });

  it('serves what it says until Ctrl-C, and leaves nothing', async () => {
    const child = spawn(process.execPath, [commandLine(), 'lab', 'smtp-server:expired', '--format', 'json']);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    while (!output.endsWith('\n}\n')) await once(child.stdout, 'data');
    const { ca, running } = JSON.parse(output) as Document;
    expect(running.map(({ daemon, finds }) => [daemon, ...finds])).to.deep.equal([
      ['smtp-server', 'certificate-out-of-date'],
    ]);
    const urls = running.flatMap(({ listeners }) => listeners.map(({ url }) => url));
    expect(running[0]?.listeners[0]?.audit).to.equal(
      `waxseal audit ${urls[0] ?? ''} --ca ${ca} --servername mail.lab.test`,
    );
    const { results } = await audit(urls, { depth: 'quick', servername: 'mail.lab.test' });
    expect(results.filter(({ status }) => status === 'fail').map(({ id }) => id)).to.include('certificate-out-of-date');
    expect(existsSync(ca)).to.equal(true);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, existsSync(ca)]).to.deep.equal([130, false]);
  }).timeout(120_000);
});
