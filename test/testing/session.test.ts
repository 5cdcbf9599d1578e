import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { caseId, caseKey, type Case } from '../../src/cases/case.js';
import { planOf, type SetUp } from '../../src/cases/plan.js';
import type { Observe, Session, SessionOptions } from '../../src/testing/session-options.js';
import { runSession } from '../../src/testing/session.js';
import { defineScenario, type Scenario } from '../../src/scenarios/scenario.js';
import { Fault } from '../../src/fault.js';
import type { Judgement } from '../../src/verdict/judgement.js';
import type { ClientStatus, Visit } from '../../src/verdict/visit.js';
import { visitOf } from '../verdict/visits.js';

/** What the judge of a made-up scenario says is written into the visit itself. */
const said = (visit: Visit): Judgement => ({
  status: visit.client.stdout as ClientStatus,
  because: `made up: ${visit.client.stdout}`,
  leaked: [],
  evidence: [],
});
const scenario = (id: string, more: Partial<Scenario> = {}): Scenario =>
  defineScenario({
    id,
    family: 'strip',
    title: id,
    why: '',
    references: [],
    modes: ['starttls', 'implicit'],
    tamper: {},
    judge: said,
    flaw: { name: '', client: {} },
    covers: [],
    ...more,
  });

const registry = [
  scenario('control'),
  scenario('control-withheld', { modes: ['starttls'] }),
  scenario('first', { variants: [{ name: 'a' }, { name: 'b' }] }),
  scenario('second'),
  scenario('names', { needs: ['names'] }),
  scenario('compares', { comparesWith: 'control-withheld', modes: ['starttls'] }),
];
const STARTTLS: SetUp = { protocol: 'imap', tls: 'starttls' };
const IMPLICIT: SetUp = { protocol: 'imap', tls: 'implicit' };

/** A visit whose control passes, and whose judge says `status`. */
const seen = (one: Case, number: number, status: string, more: Partial<Visit> = {}): Visit => ({
  ...visitOf('imap', ['S: * OK', 'C: a NOOP']),
  number,
  scenario: one.scenario.id,
  tls: one.tls,
  hits: [{ connection: 1, entry: 0, canary: 'password', form: 'literal', inside: true }],
  client: { how: 'ended', code: 0, stdout: status, stderr: '', duration: 1 },
  ...more,
});

/** A client that takes so many milliseconds to speak in clear. */
const paced = (ms: number): Partial<Visit> => ({
  connections: visitOf('imap', ['S: * OK', 'C: a NOOP']).connections.map((connection) => ({
    ...connection,
    entries: connection.entries.map((entry, index) => ({ ...entry, at: index * ms })),
  })),
});

interface Run extends Partial<Omit<SessionOptions, 'plan'>> {
  readonly setUps?: readonly SetUp[];
  readonly repeat?: number;
  readonly globs?: readonly string[];
  readonly all?: boolean;
  readonly scenarios?: readonly Scenario[];
}

const run = ({
  setUps = [STARTTLS],
  repeat = 1,
  globs = [],
  all = false,
  scenarios = registry,
  ...more
}: Run = {}): Promise<Session> =>
  runSession({
    plan: planOf({ scenarios, setUps, seat: 'server', provides: [], globs, all, repeat }),
    observe: async (one, number) => seen(one, number, 'safe'),
    masking: { secrets: 'mask', key: Buffer.from('key'), known: new Set() },
    seed: 's',
    place: 'loopback',
    subject: {},
    reproduce: (one) => [caseKey(one)],
    keep: ({ visit }) => visit.number,
    ...more,
  });

const statuses = ({ report }: Session): Record<string, string> =>
  Object.fromEntries(
    report.results.map(({ case: key, status }) => [
      key.replace(/@imap\+(starttls|implicit)#server$/, (_, tls: string) => (tls === 'implicit' ? ' implicit' : '')),
      status,
    ]),
  );

describe('a session', () => {
  it('gives a result a case, in the order of the plan, whichever ended first', async () => {
    const session = await run({
      setUps: [STARTTLS, IMPLICIT],
      jobs: 4,
      observe: async (one, number) => {
        for (let turns = number % 2 === 0 ? 1 : 5; turns > 0; turns--) await turn();
        return seen(one, number, 'safe');
      },
    });
    expect(Object.keys(statuses(session))).to.deep.equal([
      'control',
      'control-withheld',
      'first/a',
      'first/b',
      'second',
      'names',
      'compares',
      'control implicit',
      'first/a implicit',
      'first/b implicit',
      'second implicit',
      'names implicit',
    ]);
    expect(session.report.summary).to.deep.equal({
      safe: 10,
      unsafe: 0,
      downgradable: 0,
      inconclusive: 0,
      'not-applicable': 2,
    });
    expect(session.report.visits).to.deep.equal((session.report.visits as number[]).toSorted((a, b) => a - b));
  });

  it('runs the control before everything else, and teaches what it showed', async () => {
    const order: string[] = [];
    await run({
      observe: async (one, number, taught) => {
        order.push(one.scenario.id);
        if (one.scenario.id !== 'control') expect(taught.control?.passed).to.be.true;
        if (one.scenario.id === 'compares') expect(taught.withheld).to.be.an('object');
        return seen(one, number, 'safe');
      },
    });
    expect(order[0]).to.equal('control');
    expect(order.filter((id) => id === 'control-withheld')).to.have.length(2);
  });

  it('says once what is wrong with the set-up, and stops', async () => {
    let visits = 0;
    const session = await run({
      setUps: [STARTTLS, IMPLICIT],
      observe: async (one, number) => {
        visits += 1;
        return seen(
          one,
          number,
          one.tls === 'starttls' ? 'inconclusive' : 'safe',
          one.tls === 'starttls' ? { hits: [], connections: [] } : {},
        );
      },
    });
    expect(session.report.diagnosis).to.have.length(1);
    expect(session.report.diagnosis?.[0]).to.include('imap with starttls').and.include('no connection');
    expect(statuses(session)).to.include({
      control: 'inconclusive',
      second: 'inconclusive',
      names: 'not-applicable',
      'control implicit': 'safe',
      'second implicit': 'safe',
    });
    // Of the first set-up one case that may show a leak is tried all the same.
    expect(visits).to.equal(1 + 1 + 4);
  });

  it('catches a client that never starts TLS although its control failed', async () => {
    const session = await run({
      observe: async (one, number) =>
        seen(one, number, one.scenario.id === 'control' ? 'inconclusive' : 'unsafe', { hits: [] }),
    });
    expect(statuses(session)).to.deep.equal({
      control: 'inconclusive',
      'control-withheld': 'unsafe',
      'first/a': 'inconclusive',
      'first/b': 'inconclusive',
      second: 'inconclusive',
      names: 'not-applicable',
      compares: 'inconclusive',
    });
    expect(session.report.diagnosis?.[0]).to.include('it leaks in control-withheld: made up: unsafe');
  });

  for (const [what, leaking, told] of [
    ['in one case that is judged all the same', ['control-withheld'], 'it leaks in control-withheld'],
    ['in its control too', ['control', 'control-withheld'], undefined],
    ['nowhere', [], undefined],
  ] as const) {
    it(`says of a client that leaks ${what}: ${told ?? 'no leak elsewhere'}`, async () => {
      const session = await run({
        observe: async (one, number) => {
          const leaks = (leaking as readonly string[]).includes(one.scenario.id);
          return seen(one, number, leaks ? 'unsafe' : 'inconclusive', { hits: [] });
        },
      });
      const diagnosis = session.report.diagnosis?.join(' ') ?? '';
      if (told === undefined) expect(diagnosis).not.to.include('it leaks in');
      else expect(diagnosis).to.include(told);
    });
  }

  it('speaks TLS 1.0 to a client that knows nothing newer, from its second control on', async () => {
    const spoken: string[] = [];
    const session = await run({
      globs: ['second'],
      observe: async (one, number, { endpointTls = '1.2' }) => {
        spoken.push(`${one.scenario.id} ${endpointTls}`);
        const hello = { versions: ['TLSv1.0'], alpn: [], cipherSuites: [], groups: [] };
        const boundary = {
          kind: 'boundary',
          at: 1,
          completed: endpointTls === '1.0',
          pending: [],
          trusted: true,
          hello,
        };
        const [connection] = seen(one, number, 'safe').connections;
        if (connection === undefined) throw new Error('a connection was expected');
        return seen(one, number, endpointTls === '1.0' ? 'safe' : 'inconclusive', {
          connections: [{ ...connection, entries: [...connection.entries, boundary as never] }],
        });
      },
    });
    expect(spoken).to.deep.equal(['control 1.2', 'control 1.0', 'second 1.0']);
    expect(session.report.diagnosis?.[0]).to.include('offers no TLS version above 1.1');
  });

  it('loses one result to a rule that throws, names it, and goes on', async () => {
    const session = await run({
      observe: async (one, number) => {
        if (one.variant?.name === 'a') throw new TypeError('the rule is broken');
        return seen(one, number, 'safe');
      },
    });
    expect(statuses(session)).to.include({ 'first/a': 'inconclusive', 'first/b': 'safe', second: 'safe' });
    const result = session.report.results.find(({ variant }) => variant === 'a');
    expect(result?.because).to.equal('a bug in waxseal ended first/a@imap+starttls#server: the rule is broken');
    expect(session.bug).to.be.instanceOf(TypeError);
  });

  for (const [what, globs, more] of [
    ['of several at once', ['first', 'second'], { jobs: 8 }],
    ['one after the other', ['first', 'second'], { jobs: 1 }],
    ['of a case that is repeated anyway', ['second'], { jobs: 3, repeat: 3 }],
  ] as const) {
    it(`gives each slow visit that is made again a number of its own: ${what}`, async () => {
      const numbers: number[] = [];
      const session = await run({
        globs,
        ...more,
        observe: async (one, number) => {
          numbers.push(number);
          if (one.scenario.id !== 'control' && number < 5) {
            // Held up for longer than any window.
            const until = performance.now() + 600;
            while (performance.now() < until);
            await turn();
          }
          return seen(one, number, 'safe');
        },
      });
      expect(new Set(numbers).size).to.equal(numbers.length);
      expect(numbers.length).to.be.greaterThan(session.report.results.length);
      const reported = session.seen.map(({ visit }) => visit.number);
      expect(new Set(reported).size).to.equal(reported.length);
    });
  }

  it('goes on with a client that leaks in its control: proof stands by itself', async () => {
    const session = await run({ observe: async (one, number) => seen(one, number, 'unsafe', { hits: [] }) });
    expect(statuses(session)).to.include({ control: 'unsafe', 'first/a': 'unsafe', second: 'unsafe' });
    expect(session.report.diagnosis).to.equal(undefined);
  });

  it('says what needs another place, and where to have it', async () => {
    const { report } = await run();
    const result = report.results.find(({ id }) => id === 'names');
    expect(result?.status).to.equal('not-applicable');
    expect(result?.because).to.include('--place cell');
  });

  it('calls a verdict that flips none', async () => {
    const session = await run({
      repeat: 20,
      globs: ['second'],
      observe: async (one, number) =>
        seen(one, number, one.scenario.id === 'second' && number % 7 === 0 ? 'unsafe' : 'safe'),
    });
    const result = session.report.results.find(({ id }) => id === 'second');
    expect(result?.status).to.equal('inconclusive');
    expect(result?.because).to.match(/^17 of 20 safe; visit \d+ of them was unsafe/);
    expect(session.report.visits).to.have.length(40);
  });

  describe('of a client that was still waiting when a case ended', () => {
    const waiting = (decidedBy: string): Partial<Scenario> => ({ judge: (visit) => ({ ...said(visit), decidedBy }) });
    const impatient = [
      scenario('control'),
      scenario('brief', { variants: [{ name: 'a' }, { name: 'b' }], ...waiting('silent/for-seconds') }),
      scenario('other'),
      scenario('silent', {
        variants: [
          { name: 'for-seconds', extra: 'more' },
          { name: 'for-minutes', extra: 'slow' },
        ],
      }),
    ];
    const observe: Observe = async (one, number) =>
      seen(one, number, { brief: 'not-applicable', silent: 'unsafe' }[one.scenario.id] ?? 'safe');
    const decided = (more: Run = {}): Promise<Session> =>
      run({ scenarios: impatient, addsDeciding: true, observe, ...more });

    it('runs the case that decides, once for protocol and mode', async () => {
      const known = [
        { case: 'silent/*', status: 'unsafe' as const, reason: 'accepted' },
        { case: 'brief', status: 'unsafe' as const, reason: 'it is not' },
      ];
      const numbers: number[] = [];
      const session = await decided({
        setUps: [STARTTLS, IMPLICIT],
        repeat: 2,
        known,
        observe: (one, number, ...more) => {
          numbers.push(number);
          return observe(one, number, ...more);
        },
      });
      expect(statuses(session)).to.deep.equal({
        control: 'safe',
        'brief/a': 'not-applicable',
        'brief/b': 'not-applicable',
        other: 'safe',
        'silent/for-seconds': 'unsafe',
        'control implicit': 'safe',
        'brief/a implicit': 'not-applicable',
        'brief/b implicit': 'not-applicable',
        'other implicit': 'safe',
        'silent/for-seconds implicit': 'unsafe',
      });
      expect(new Set(numbers).size).to.equal(numbers.length).and.to.equal(20);
    });

    it('runs it before the cases that are left', async () => {
      const order: string[] = [];
      await decided({
        jobs: 1,
        observe: (one, ...more) => {
          order.push(caseId(one));
          return observe(one, ...more);
        },
      });
      expect(order.indexOf('silent/for-seconds')).to.be.lessThan(order.indexOf('other'));
    });

    for (const [what, more] of [
      ['where scenarios were chosen', { globs: ['control', 'brief', 'other'], isPartial: true }],
      ['where the cases were told before', { addsDeciding: false }],
      [
        'where that case is slow',
        {
          scenarios: [
            ...impatient.slice(0, 1),
            scenario('brief', waiting('silent/for-minutes')),
            ...impatient.slice(2),
          ],
        },
      ],
    ] as const)
      it(`runs no other case ${what}`, async () => {
        const session = await decided(more);
        expect(Object.keys(statuses(session)).filter((key) => key.startsWith('silent'))).to.deep.equal([]);
        expect(session.report.diagnosis).to.equal(undefined);
      });

    it('runs it once where all cases are run anyway', async () => {
      const session = await decided({ all: true });
      expect(session.report.results.filter(({ id }) => id === 'silent')).to.have.length(2);
      expect(session.report.diagnosis).to.equal(undefined);
    });
  });

  it('gives every visit a number of its own, the same in every run', async () => {
    const numbers = async (): Promise<string[]> =>
      (await run({ repeat: 2, jobs: 3 })).seen.map(({ one, visit }) => `${String(visit.number)} ${caseKey(one)}`);
    const first = await numbers();
    expect(new Set(first.map((each) => each.split(' ')[0])).size).to.equal(first.length);
    expect(await numbers()).to.deep.equal(first);
  });

  it('makes no more visits at once than it may', async () => {
    let now = 0;
    let most = 0;
    await run({
      setUps: [STARTTLS, IMPLICIT],
      jobs: 3,
      observe: async (one, number, _taught, { started }) => {
        now += 1;
        most = Math.max(most, now);
        started();
        for (let turns = 5; turns > 0; turns--) await turn();
        now -= 1;
        return seen(one, number, 'safe');
      },
    });
    expect(most).to.equal(3);
  });

  it('ends early when it is asked to, and keeps what was gathered', async () => {
    const stop = new AbortController();
    const session = await run({
      jobs: 1,
      signal: stop.signal,
      observe: async (one, number) => {
        if (one.scenario.id === 'first') stop.abort();
        return seen(one, number, one.scenario.id === 'first' ? 'unsafe' : 'safe');
      },
    });
    expect(session.report.interrupted).to.be.true;
    expect(statuses(session)).to.include({
      control: 'safe',
      'first/a': 'unsafe',
      'first/b': 'inconclusive',
      second: 'inconclusive',
    });
    expect(session.report.results.find(({ id }) => id === 'second')?.because).to.include('interrupted');
  });

  it('keeps what was gathered when waxseal itself fails, and says so', async () => {
    const session = await run({
      jobs: 1,
      observe: async (one, number) => {
        if (one.scenario.id === 'second') throw new Error('a bug');
        return seen(one, number, 'safe');
      },
    });
    expect(session.bug).to.be.instanceOf(Error);
    expect(statuses(session)).to.include({ control: 'safe', 'first/a': 'safe', second: 'inconclusive' });
  });

  it('goes on after a fault of one visit', async () => {
    const session = await run({
      observe: async (one, number) => {
        if (one.scenario.id === 'second') throw new Fault('CANNOT_BIND', 'no port is free');
        return seen(one, number, 'safe');
      },
    });
    expect(session.bug).to.equal(undefined);
    expect(session.report.faults).to.deep.equal(['no port is free']);
    expect(statuses(session)).to.include({ 'first/a': 'safe', second: 'inconclusive', compares: 'safe' });
  });

  const stall = (milliseconds: number): void => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  for (const [what, times, status, visits] of [
    ['once', 1, 'safe', 2],
    ['always', Infinity, 'inconclusive', 2],
  ] as const) {
    it(`repeats a visit alone whose event loop was held up; ${what}: ${status}`, async () => {
      let made = 0;
      const session = await run({
        globs: ['second'],
        observe: async (one, number) => {
          if (one.scenario.id === 'second') {
            made += 1;
            if (made <= times) {
              await turn();
              stall(600);
            }
          }
          return seen(one, number, 'safe');
        },
      });
      const result = session.report.results.find(({ id }) => id === 'second');
      expect(result?.status).to.equal(status);
      if (status === 'inconclusive') expect(result?.because).to.include('machine too slow');
      expect(made).to.equal(visits);
    });
  }

  for (const [what, id, paces, verdicts, taught] of [
    ['slower than in its control', 'paced', [10, 900, 900], ['inconclusive', 'safe'], [10, 900]],
    [
      'slower four times',
      'paced',
      [10, 100, 300, 900, 1900],
      ['inconclusive', 'inconclusive', 'inconclusive', 'inconclusive', 'safe'],
      [10, 100, 300, 900, 1900],
    ],
    [
      'slower each time',
      'paced',
      [10, 100, 300, 900, 1900, 2900],
      ['inconclusive', 'inconclusive', 'inconclusive', 'inconclusive', 'inconclusive'],
      [10, 100, 300, 900, 1900],
    ],
    ['slower once, and then as slow as before', 'paced', [10, 900, 902], ['inconclusive', 'inconclusive'], [10, 900]],
    ['as quick as in its control', 'paced', [10, 10], ['inconclusive'], [10]],
    ['slower, and unsafe', 'paced', [10, 900], ['unsafe'], [10]],
    ['slower where no pause goes by its pace', 'second', [10, 900], ['inconclusive'], [10]],
  ] as const) {
    it(`a client that is ${what} meets the attack ${String(taught.length)} times`, async () => {
      const heard: (number | undefined)[] = [];
      const session = await run({
        scenarios: [...registry, scenario('paced', { goesByPace: true })],
        globs: [id],
        observe: async (one, number, { control }) => {
          if (one.scenario.id === 'control') return seen(one, number, 'safe', paced(paces[0]));
          heard.push(control?.paceInClear);
          return seen(one, number, verdicts[heard.length - 1] ?? '', paced(paces[heard.length] ?? 0));
        },
      });
      expect(session.report.results.find((each) => each.id === id)?.status).to.equal(verdicts.at(-1));
      expect(heard).to.deep.equal(taught);
    });
  }

  it('a client that is slower in a visit that was repeated because waxseal was held up meets longer pauses, too', async () => {
    const heard: (number | undefined)[] = [];
    const session = await run({
      scenarios: [...registry, scenario('paced', { goesByPace: true })],
      globs: ['paced'],
      observe: async (one, number, { control }) => {
        if (one.scenario.id === 'control') return seen(one, number, 'safe', paced(10));
        heard.push(control?.paceInClear);
        if (heard.length === 1) {
          await turn();
          stall(600);
        }
        return seen(one, number, heard.length < 3 ? 'inconclusive' : 'safe', paced(900));
      },
    });
    expect(session.report.results.find(({ id }) => id === 'paced')?.status).to.equal('safe');
    expect(heard).to.deep.equal([10, 10, 900]);
  });

  it('marks results that are known, and known results that mean nothing', async () => {
    const observe: Observe = async (one, number) => seen(one, number, one.scenario.id === 'first' ? 'unsafe' : 'safe');
    const { report } = await run({
      observe,
      known: [
        { case: 'first/a', status: 'unsafe', reason: 'told' },
        { case: 'second', status: 'unsafe', reason: 'old' },
        { case: 'gone', status: 'unsafe', reason: '-' },
      ],
    });
    expect(
      report.results.flatMap(({ case: key, known }) => (known === undefined ? [] : [`${key} ${known.state}`])),
    ).to.deep.equal(['first/a@imap+starttls#server expected', 'second@imap+starttls#server unexpectedly-good']);
    expect(report.diagnosis).to.have.length(2);
    expect(report.diagnosis?.[0]).to.include('"second"').and.include('now safe');
    expect(report.diagnosis?.[1]).to.include('"gone"').and.include('matched no result');
  });

  for (const [what, selfTest, state] of [
    ['passed', async () => ({ passed: true }), 'passed'],
    ['failed', async () => ({ passed: false, why: 'the toy was not caught' }), 'failed'],
    ['absent', undefined, 'skipped'],
  ] as const) {
    it(`carries its self-test: ${what}`, async () => {
      const { report } = await run({ ...(selfTest && { selfTest }) });
      expect(report.selfTest).to.equal(state);
      if (state === 'failed') expect(report.faults?.[0]).to.include('the toy was not caught');
    });
  }
});

describe('a plan', () => {
  const plan = (globs: string[]): string[] =>
    planOf({ scenarios: registry, setUps: [STARTTLS], seat: 'server', provides: [], globs, repeat: 1 }).flatMap(
      ({ cases }) => cases.map(({ one }) => caseKey(one).split('@')[0] ?? ''),
    );
  const rows: readonly (readonly [globs: string[], cases: string[]])[] = [
    [['first'], ['first/a', 'first/b']],
    [['first/b'], ['first/b']],
    [['f*'], ['first/a', 'first/b']],
    [['*/a'], ['first/a']],
    [['first/b@imap+starttls#server'], ['first/b']],
    [
      ['second', 'first/a'],
      ['first/a', 'second'],
    ],
    [['control'], []],
  ];
  for (const [globs, cases] of rows) {
    it(`${globs.join(' and ')} choose ${cases.join(', ') || 'nothing else'}`, () => {
      expect(plan(globs)).to.deep.equal(cases);
    });
  }

  const further = registry.map((scenario): Scenario => {
    if (scenario.id === 'second') return { ...scenario, extra: 'slow' };
    const [a, ...more] = scenario.variants ?? [];
    return a === undefined
      ? scenario
      : { ...scenario, variants: [a, ...more.map((each) => ({ ...each, extra: 'more' as const }))] };
  });
  const sets: readonly (readonly [chosen: { globs: string[]; all?: boolean }, cases: string[], leftOut: string[]])[] = [
    [{ globs: [] }, ['first/a'], ['first/b', 'second']],
    [{ globs: [], all: true }, ['first/a', 'first/b', 'second'], []],
    [{ globs: ['first'] }, ['first/a', 'first/b'], []],
    [{ globs: ['second'] }, ['second'], []],
    // Slow ones wait for their name, unless nothing else is meant.
    [{ globs: ['*[ts]*'] }, ['first/a', 'first/b'], ['second']],
    [{ globs: ['*[ts]*'], all: true }, ['first/a', 'first/b', 'second'], []],
    [{ globs: ['f*', 'second@imap+starttls#server'] }, ['first/a', 'first/b', 'second'], []],
    [{ globs: ['sec*'] }, ['second'], []],
  ];
  for (const [chosen, ran, left] of sets) {
    it(`${JSON.stringify(chosen)} runs ${ran.join(', ')} where others are extra`, () => {
      const [only] = planOf({
        scenarios: further,
        setUps: [STARTTLS],
        seat: 'server',
        provides: [],
        repeat: 1,
        ...chosen,
      });
      const named = (cases: readonly Case[] = []): string[] =>
        cases.map(caseId).filter((id) => /^(?:first|second)/.test(id));
      expect(named(only?.cases.map(({ one }) => one))).to.deep.equal(ran);
      expect(named(only?.leftOut)).to.deep.equal(left);
    });
  }

  it('a glob that matches nothing is a usage error, with the nearest name', () => {
    expect(() => plan(['secnd']))
      .to.throw(Fault, 'did you mean second?')
      .with.property('code', 'BAD_USAGE');
  });
});
