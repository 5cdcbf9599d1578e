import { expect } from 'chai';
import { defineCheck, fail, pass, type Check } from '../../src/checks/check.js';
import { Fault } from '../../src/fault.js';
import { defineProbe, NotObserved } from '../../src/probes/probe.js';
import { findings } from '../../src/audit/findings.js';
import { Gate } from '../../src/audit/gate.js';
import { Observer } from '../../src/audit/observer.js';
import { PATIENCE } from '../../src/audit/options.js';

const observer = (): Observer =>
  new Observer({
    listener: {
      host: 'mail.example.org',
      address: '192.0.2.1',
      port: 143,
      role: 'imap',
      protocol: 'imap',
      tls: 'starttls',
    },
    names: [{ servername: 'mail.example.org', host: 'mail.example.org', target: 'mail.example.org' }],
    gate: new Gate('192.0.2.1', { parallel: 1, loginAttempts: 0, maxTime: 1000, backOff: 20 }),
    patience: PATIENCE,
    ehloNames: ['waxseal.invalid'],
    roots: 'system',
    maxConnections: 1,
    depth: 'normal',
    seed: 'any',
    count: () => 1,
  });

const probe = (id: string, run: () => Promise<boolean>) =>
  defineProbe<boolean>({ id, scope: 'listener', cost: 0, phase: 'look', intrusiveness: 'passive', run });

const check = (run: () => Promise<boolean>, more: Partial<Check> = {}): Check => {
  const base = defineCheck({
    id: 'some-check',
    title: '',
    why: '',
    references: [],
    severity: 'high',
    intrusiveness: 'passive',
    remedy: { dovecot: 'x = y' },
    covers: [],
    examples: [],
    flaw: { name: '', server: {} },
    needs: { fact: probe('fact', run) },
    judge: ({ fact }) => (fact ? pass('good') : fail('bad')),
  }) as Check;
  return { ...base, ...more };
};

const order = { phase: 'look', allowsIntrusive: false, commandOptions: [] } as const;

describe('findings', () => {
  const rows: readonly (readonly [title: string, run: () => Promise<boolean>, status: string, because: RegExp])[] = [
    ['a good fact passes', async () => true, 'pass', /good/],
    ['a bad fact fails', async () => false, 'fail', /bad/],
    ['a fault is inconclusive', () => Promise.reject(new Fault('TIMED_OUT', 'no answer')), 'inconclusive', /no answer/],
    [
      'a false precondition is not applicable',
      () => Promise.reject(new NotObserved('no TLS')),
      'not-applicable',
      /no TLS/,
    ],
  ];
  for (const [title, run, status, because] of rows) {
    it(title, async () => {
      const [result] = await findings({ ...order, observer: observer(), checks: [check(run)] });
      expect(result?.status).to.equal(status);
      expect(result?.because).to.match(because);
      expect(result?.remedy).to.deep.equal(status === 'fail' ? { dovecot: 'x = y' } : undefined);
    });
  }

  it('what a check says keeps its own apostrophe; a peer\u2019s marks are escaped', async () => {
    const judge = (): ReturnType<typeof fail> => fail('the server’s word is \u202e');
    const [result] = await findings({ ...order, observer: observer(), checks: [check(async () => true, { judge })] });
    expect(result?.because).to.equal('the server’s word is \\u{202e}');
  });

  for (const [where, broken] of [
    ['a probe', check(() => Promise.reject(new TypeError('ours')))],
    ['a judge', check(async () => true, { judge: () => JSON.parse('{') as never })],
  ] as const) {
    it(`a bug of ours in ${where} costs its own result, and is told by name`, async () => {
      const bugs: string[] = [];
      const results = await findings({
        ...order,
        observer: observer(),
        checks: [broken, { ...check(async () => true, { id: 'another' }), needs: {}, judge: () => pass('good') }],
        onBug: ({ code, message }) => bugs.push(`${code} ${message}`),
      });
      expect(results.map(({ id, status }) => `${id} ${status}`)).to.deep.equal([
        'some-check inconclusive',
        'another pass',
      ]);
      expect(bugs).to.have.length(1);
      expect(bugs[0]).to.match(/^HARNESS_BUG a bug of waxseal in the (probe fact|judge of some-check@imap)/);
    });
  }

  it('an intrusive check does not touch somebody else’s server unless asked for', async () => {
    let runs = 0;
    const intrusive = check(async () => (runs += 1) > 0, { intrusiveness: 'intrusive' });
    const [refused] = await findings({ ...order, observer: observer(), checks: [intrusive] });
    expect([refused?.status, runs]).to.deep.equal(['not-applicable', 0]);
    const [allowed] = await findings({ ...order, allowsIntrusive: true, observer: observer(), checks: [intrusive] });
    expect([allowed?.status, runs]).to.deep.equal(['pass', 1]);
  });

  it('a probe runs once, however many checks want it', async () => {
    let runs = 0;
    const run = async (): Promise<boolean> => (runs += 1) === 1;
    const results = await findings({
      ...order,
      observer: observer(),
      checks: [check(run), check(run, { id: 'another' })],
    });
    expect([results.map(({ status }) => status), runs]).to.deep.equal([['pass', 'pass'], 1]);
  });
});
