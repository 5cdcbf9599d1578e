import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import type { AuditOptions } from '../../src/audit/options.js';
import { placesByAddress } from '../../src/audit/places.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { renderReport } from '../../src/report/render.js';
import { waxseal } from '../cli/run-cli.js';
import { Concurrency, countingRelay } from '../support/counting-relay.js';
import { itOf } from '../support/in-turn.js';

const quick: AuditOptions = {
  family: 4,
  resolve: () => Promise.resolve(['127.0.0.1']),
  patience: { hint: 50, backOff: 20, greeting: 4000, reply: 4000, handshake: 4000, quiet: 40 },
};

describe('an audit of many targets', () => {
  const it = itOf('many-targets');
  it('looks at a port once, makes one handshake for each further name, and three connections at once', async () => {
    await using imap = await toyServer('imap');
    await using imaps = await toyServer('imaps');
    await using pop3 = await toyServer('pop3');
    using concurrency = new Concurrency();
    await using first = await countingRelay(imap.port, { concurrency });
    await using second = await countingRelay(imaps.port, { concurrency });
    await using third = await countingRelay(pop3.port, { concurrency });
    const { pem } = await toyAuthority();
    const ports = [
      { role: 'imap', relay: first },
      { role: 'imaps', relay: second },
      { role: 'pop3', relay: third },
    ];
    const names = Array.from({ length: NAMES }, (_, index) => `d${String(index)}.example`);
    const targets = ports.flatMap(({ role, relay }) => names.map((name) => `${role}://${name}:${String(relay.port)}`));
    const session = await audit(targets, { ...quick, authorities: [pem] });
    expect(session.faults).to.deep.equal([]);
    expect(session.report().from).to.satisfy(
      (all: string[]) => all.length > 0 && all.every((each) => each.startsWith('127.')),
    );
    expect(session.listeners).to.have.length(ports.length);
    for (const { relay } of ports) expect(relay.connections()).to.be.within(NAMES, MOST + NAMES - 1);
    expect(concurrency.most).to.equal(3);
    expect(session.results.filter(({ id }) => id === 'certificate-wrong-name')).to.have.length(targets.length);
    // What is said of the port as a whole is said once.
    expect(session.results.filter(({ id }) => id === 'starttls-not-advertised')).to.have.length(2);
    const text = renderReport(session.report(), 'text', { targetLines: true });
    const lines = text.split('\n').filter((line) => /^(?:imaps?|pop3):\/\/d/.test(line));
    expect(lines).to.have.length(targets.length);
    expect(lines[0]).to.match(/^\S+ +high +\S/);
    expect(lines.every((line) => /^\S+ +high +/.test(line))).to.equal(true);
  });

  it('says worst first what is wrong with each, and which were not reached', async () => {
    await using bad = await toyServer('imaps', { certificate: 'expired' });
    await using good = await toyServer('imaps');
    await using gone = await toyServer('imaps');
    await gone[Symbol.asyncDispose]();
    const { pem } = await toyAuthority();
    const { report } = await audit(
      [good, gone, bad].map(({ port }) => `imaps://localhost:${String(port)}`),
      { ...quick, authorities: [pem], depth: 'quick' },
    );
    const lines = renderReport(report(), 'text', { targetLines: true }).split('\n').slice(3, 7);
    const words = lines.map((line) => line.replace(/^\S+ +/, '').replace(/\s+/g, ' '));
    expect(words[0]).to.equal('verdict worst finding');
    expect(words[1]).to.match(/^high the certificate expired /);
    expect(words[2]).to.match(/^not reached localhost:\d+ \(127\.0\.0\.1\) cannot be reached \(ECONNREFUSED\)/);
    expect(words[3]).to.equal('pass 1 port');
  });
});

describe('a list of targets', () => {
  it('may have lines that cannot be read: they are said with their number, and the others are audited', async () => {
    await using server = await toyServer('imaps');
    const folder = mkdtempSync(join(tmpdir(), 'targets-'));
    const [targets, names] = [join(folder, 'targets'), join(folder, 'names')];
    const good = `imaps://127.0.0.1:${String(server.port)}`;
    writeFileSync(targets, `# ours\r\n\nhttps://127.0.0.1\n  ${good}  # the new one\nuser@127.0.0.1\n`);
    writeFileSync(names, 'localhost\nimap://localhost\n192.0.2.1\n');
    const { code, stdout, stderr } = await waxseal('audit', '--targets', targets, '--names', names, '--depth', 'quick');
    expect(stderr.split('\n').map((line) => /line \d: invalid (?:target|name)/.exec(line)?.[0])).to.deep.equal([
      'line 3: invalid target',
      'line 5: invalid target',
      'line 2: invalid name',
      'line 3: invalid name',
      undefined,
    ]);
    expect(stdout).to.contain(`${good}  high`);
    expect(stdout).to.contain(`${targets} line 3: invalid target`);
    // The certificate of the toy is not trusted here.
    expect(code).to.equal(1);
  });

  it('is refused where no line can be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'targets-'));
    const targets = join(folder, 'targets');
    writeFileSync(targets, 'https://127.0.0.1\n');
    const { code, stderr } = await waxseal('audit', '--targets', targets);
    expect(code).to.equal(2);
    expect(stderr).to.contain('line 1: invalid target');
  });
});

describe('the places of a server', () => {
  it('are shared by the addresses of a name, and by all that share one of these', () => {
    const places = placesByAddress([['192.0.2.1', '2001:db8::1'], ['2001:db8::1', '192.0.2.2'], ['192.0.2.9'], []], 3);
    const of = (address: string): unknown => places.get(address);
    expect(of('192.0.2.1')).to.equal(of('2001:db8::1'));
    expect(of('192.0.2.1')).to.equal(of('192.0.2.2'));
    expect(of('192.0.2.9')).not.to.equal(of('192.0.2.1'));
  });
});

const NAMES = 25;
/** Connections to a port at depth `normal`. */
const MOST = 20;
