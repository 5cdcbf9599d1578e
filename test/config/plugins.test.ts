import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { serve } from '../../src/index.js';
import { POP3_CLIENT } from '../cli/pop3-client.js';
import { commandLine } from '../support/built.js';
import { it, itOf } from '../support/in-turn.js';

const SCENARIO = `
import { commandOf, defineScenario, fallsBackToPlaintext, secretsStayInsideTls, send } from 'waxseal/scenario';
const attack = (id, more) => defineScenario({
  id,
  family: 'refuse',
  title: 'STARTTLS is refused with a poem',
  why: 'A client that reads poems goes on in clear.',
  references: ['RFC 3207 §4'],
  modes: ['starttls'],
  tamper: {
    starttls: ({ protocol, unit, inside }, next) =>
      inside ? next() : [send(protocol.answers.refuse(commandOf(unit), 'no', 'Roses are red'))],
  },
  judge: secretsStayInsideTls,
  flaw: fallsBackToPlaintext,
  covers: [],
  ...more,
});
export default [
  attack('poem'),
  attack('poem-judge', { judge: () => { throw new Error('no rhyme'); } }),
  attack('poem-tamper', { tamper: { starttls: () => { throw new Error('no metre'); } } }),
];
`;

const CHECK = `
import { defineCheck, defineProbe, fail, pass, plaintextOffer } from 'waxseal/check';
const check = (id, more) => defineCheck({
  id,
  title: 'The server has a name that rhymes',
  why: 'It is nicer.',
  references: [],
  severity: 'low',
  intrusiveness: 'passive',
  needs: { offer: plaintextOffer },
  judge: ({ offer }) => (offer.logins.length > 99 ? pass('it rhymes') : fail('it does not rhyme')),
  remedy: {},
  flaw: { name: 'does not rhyme', server: {} },
  covers: [],
  examples: [],
  ...more,
});
const probe = defineProbe({ id: 'rhyme', scope: 'listener', cost: 1, phase: 'look', intrusiveness: 'passive', run: async () => { throw new Error('no ear'); } });
export const first = check('rhyme');
export const second = check('rhyme-judge', { judge: () => { throw new Error('no rhyme'); } });
export const third = check('rhyme-probe', { needs: { rhyme: probe } });
`;

describe('plug-ins', function () {
  const itPlugged = itOf('plug-ins');
  this.timeout(60_000);
  let folder = '';

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'plugins-')));
    for (const [name, text] of [
      ['client.cjs', POP3_CLIENT],
      ['package.json', '{"type":"module"}'],
      ['my-scenarios.js', SCENARIO],
      ['node_modules/my-checks/index.js', CHECK],
      ['waxseal.config.json', '{"plugins":["./my-scenarios.js","./node_modules/my-checks/index.js"]}'],
    ] as const) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const waxseal = async (...words: string[]) => {
    const child = spawn(process.execPath, [commandLine(), ...words], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, stdout, stderr };
  };
  const results = () =>
    (
      JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as {
        results: { id: string; status: string; because: string }[];
      }
    ).results;

  itPlugged('are listed and explained', async () => {
    const scenarios = await waxseal('list', 'scenarios');
    expect(scenarios.stdout).to.match(/^poem +STARTTLS is refused with a poem$/m);
    expect((await waxseal('list', 'checks', '--no-config')).stdout).to.not.include('rhyme');
    const plugin = ['--no-config', '--plugin', 'node_modules/my-checks/index.js'];
    expect((await waxseal('list', 'checks', ...plugin)).stdout).to.match(
      /^rhyme-judge +The server has a name that rhymes$/m,
    );
    const explained = await waxseal('explain', 'poem', 'rhyme');
    expect(explained.code).to.equal(0);
    expect(explained.stdout).to.include('reads poems').and.include('It is nicer');
  });

  itPlugged('attack clients, and one that fails costs its own result', async () => {
    const client = [
      '--protocol',
      'pop3',
      '--tls',
      'starttls',
      '--no-self-test',
      '--',
      process.execPath,
      'client.cjs',
      'careful',
    ];
    const { code, stdout, stderr } = await waxseal(
      'test',
      '--cwd',
      '.',
      '--scenario',
      'poem*',
      '--scenario',
      'starttls-not-offered',
      '--report',
      'json:r.json',
      ...client,
    );
    expect(code, stdout + stderr).to.equal(3);
    const because = new Map(results().map((each) => [each.id, `${each.status}: ${each.because}`]));
    expect(because.get('poem')).to.match(/^safe/);
    expect(because.get('starttls-not-offered')).to.match(/^safe/);
    expect(because.get('poem-judge')).to.match(
      /^inconclusive: the plug-in ".*my-scenarios.js" failed in the judge of poem-judge: no rhyme$/,
    );
    expect(because.get('poem-tamper')).to.match(
      /^inconclusive: the plug-in ".*my-scenarios.js" failed at starttls: no metre$/,
    );
  });

  itPlugged('check servers, and one that fails costs its own result', async () => {
    await using served = await serve({ protocol: 'imap', tls: 'starttls' });
    const target = `imap://localhost:${String(served.endpoints[0]?.port)}`;
    const { code, stdout, stderr } = await waxseal(
      'audit',
      target,
      '--check',
      'rhyme*',
      '--fail-on',
      'low',
      '--report',
      'json:r.json',
    );
    expect(code, stdout + stderr).to.equal(1);
    const because = new Map(results().map((each) => [each.id, `${each.status}: ${each.because}`]));
    expect(because.get('rhyme')).to.equal('fail: it does not rhyme');
    expect(because.get('rhyme-judge')).to.match(
      /^inconclusive: the plug-in .* failed in the judge of rhyme-judge: no rhyme$/,
    );
    expect(because.get('rhyme-probe')).to.match(/^inconclusive: the plug-in .* failed in the probe rhyme: no ear$/);
  });

  const rows: readonly (readonly [text: string, complaint: string])[] = [
    ['', 'exports no scenario and no check'],
    ['export default 1', 'exports something that is neither a scenario nor a check'],
    ['throw new Error("mine")', 'cannot be loaded: mine'],
    ['export default {', 'cannot be loaded'],
    ["export default { id: 'My Id', judge() {}, tamper: {}, modes: [] }", 'ids are kebab-case'],
    ["export default { id: 'mine', judge() {}, tamper: {}, modes: [] }", 'leaves out family, title, why'],
    [
      SCENARIO.replace("attack('poem')", "attack('starttls-hidden')"),
      'the id starttls-hidden of a plug-in is taken already',
    ],
  ];
  for (const [index, [text, complaint]] of rows.entries())
    it(`a module that ${complaint} is refused`, async () => {
      writeFileSync(join(folder, `bad-${String(index)}.js`), text);
      const { code, stderr } = await waxseal('list', 'scenarios', '--no-config', '--plugin', `bad-${String(index)}.js`);
      expect(code).to.equal(2);
      expect(stderr).to.include(complaint);
    });

  it('that are no file are refused', async () => {
    const { code, stderr } = await waxseal('list', 'scenarios', '--plugin', 'none.js');
    expect([code, stderr]).to.deep.equal([
      2,
      `waxseal: the plug-in ${JSON.stringify(join(folder, 'none.js'))} is not a file\n`,
    ]);
  });
});
