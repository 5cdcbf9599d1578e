import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { Check } from 'typebox/value';
import type { Caller } from '../../src/control/caller.js';
import { Control } from '../../src/control/control.js';
import { COMMANDS, ControlError, type Answered, type CommandName } from '../../src/control/messages.js';
import type { Known } from '../../src/verdict/known.js';
import { nodemailer, play, type Played } from './play.js';
import { it } from '../support/in-turn.js';

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof ControlError ? error.code : String(error)),
  );

/** Whether anybody listens there. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => {
        resolve(false);
      });
  });

const start = (caller: Caller, fields: object = {}): Promise<Answered<'start'>> =>
  caller.call('start', { protocol: 'imap', tls: 'implicit', ...fields }) as Promise<Answered<'start'>>;

describe('commands of a test suite', () => {
  let control: Control;
  let caller: Caller;

  beforeEach(async () => {
    control = await Control.open({ seed: 'control' });
    caller = control.caller();
  });

  afterEach(async () => {
    await control[Symbol.asyncDispose]();
  });

  it('lists the control first, then what cases are compared with, then the cases', async () => {
    const { steps } = (await caller.call('list', {
      protocol: 'smtp',
      tls: 'starttls',
      scenario: ['starttls-response-injection', 'starttls-refused/454'],
    })) as Answered<'list'>;
    expect(steps[0]).to.deep.equal({ step: 'control', role: 'control', after: [] });
    const roles = steps.map(({ role }) => role);
    expect(roles).to.deep.equal(roles.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
    expect(roles).to.include('comparison');
    expect(steps.map(({ step }) => step))
      .to.include('starttls-refused/454')
      .and.not.include('starttls-refused/500');
    for (const [index, { role, after }] of steps.entries()) {
      expect(steps.slice(0, index).map(({ step }) => step)).to.include.members(after);
      expect(after.includes('control')).to.equal(role !== 'control');
    }
    const injection = steps.find(({ step }) => step.startsWith('starttls-response-injection'));
    expect(injection?.after.some((step) => step.startsWith('comparison/'))).to.equal(true);
  });

  it('passes what is accepted, and fails where an acceptance has expired or is not needed any more', async () => {
    const key = 'starttls-not-offered@smtp+starttls#server';
    const entry = { case: key, status: 'unsafe' as const, reason: 'the vendor knows' };
    const rows: readonly (readonly [known: Known, requireTLS: boolean, passed: boolean, state: string | undefined])[] =
      [
        [entry, false, true, 'expected'],
        [{ ...entry, case: 'starttls-*' }, false, true, 'expected'],
        [{ ...entry, client: 'client' }, false, true, 'expected'],
        [{ ...entry, client: 'another' }, false, false, undefined],
        [{ ...entry, until: '2001-01-31' }, false, false, 'stale'],
        [entry, true, false, 'unexpectedly-good'],
        // Other cases that it means may need it.
        [{ ...entry, case: 'starttls-*' }, true, true, undefined],
      ];
    for (const [known, requireTLS, passed, state] of rows) {
      await using accepting = await Control.open({ known: [known] });
      const ordered = { protocol: 'smtp', tls: 'starttls', step: 'starttls-not-offered' } as const;
      const one = accepting.caller();
      await play(one, { protocol: 'smtp', tls: 'starttls' }, nodemailer(requireTLS));
      const verdict = await play(one, ordered, nodemailer(requireTLS));
      expect([verdict.passed, verdict.result?.known?.state], JSON.stringify(known)).to.deep.equal([passed, state]);
      if (state === 'stale') expect(verdict.message).to.include('accepted until 2001-01-31');
      if (state === 'unexpectedly-good') expect(verdict.message).to.include('remove its entry');
    }
  }).timeout(60_000);

  it('skips what a client without a working control cannot prove, and still finds what leaks', async () => {
    const ordered = { protocol: 'smtp', tls: 'starttls' } as const;
    const broken: Played = () => Promise.reject(new Error('nonsense'));
    const control = await play(caller, ordered, broken);
    expect(control).to.include({ passed: false }).and.not.have.property('skipped');
    const idle = await play(caller, { ...ordered, step: 'starttls-not-offered' }, broken);
    expect(idle.skipped).to.equal('the control of this client has failed: nothing can be proved');
    const careless = await play(caller, { ...ordered, step: 'starttls-not-offered' }, nodemailer(false));
    expect(careless.result?.status).to.equal('unsafe');
    expect(careless).to.not.have.property('skipped');
    // Without any control it is the caller that has forgotten something.
    const unseen = await play(caller, { ...ordered, client: 'unseen', step: 'starttls-not-offered' }, broken);
    expect(unseen).to.include({ passed: false }).and.not.have.property('skipped');
  }).timeout(60_000);

  it('shows how the caller’s user repeats a step', async () => {
    const ordered = { protocol: 'imap', tls: 'implicit' } as const;
    const nothing: Played = () => Promise.resolve();
    const theirs = await play(caller, { ...ordered, reproduce: ['pytest', 'test_mail.py::test[a b]'] }, nothing);
    expect(theirs.message).to.match(/^again: pytest 'test_mail\.py::test\[a b\]'$/m);
    const ours = await play(caller, ordered, nothing);
    expect(ours.message).to.match(/^again: start \{"protocol":"imap","tls":"implicit","step":"control"\}$/m);
  });

  const OUTCOMES = [
    { name: 'a client that requires TLS', requires: true, status: 'safe', passed: true },
    { name: 'a client that takes TLS where it is offered', requires: false, status: 'unsafe', passed: false },
  ] as const;

  for (const { name, requires, status, passed } of OUTCOMES)
    it(`judges ${name} by its control: ${status}`, async () => {
      const ordered = { protocol: 'smtp', tls: 'starttls', client: name } as const;
      const first = await play(caller, ordered, nodemailer(requires));
      expect(first.result).to.include({ status: 'safe', id: 'control' });
      const verdict = await play(caller, { ...ordered, step: 'starttls-not-offered' }, nodemailer(requires));
      expect(verdict).to.include({ passed, role: 'case' });
      expect(verdict.result).to.include({ status });
      expect(verdict.message).to.contain(`is ${status}`);
      expect(verdict.transcript).to.contain('C: EHLO');
    });

  it('calls nothing safe before it has seen the control of this client', async () => {
    const ordered = { protocol: 'smtp', tls: 'starttls' } as const;
    await play(caller, { ...ordered, client: 'another' }, nodemailer(true));
    const verdict = await play(caller, { ...ordered, step: 'starttls-not-offered' }, nodemailer(true));
    expect(verdict.result).to.include({ status: 'inconclusive' });
    expect(verdict.passed).to.equal(false);
  });

  it('calls nothing safe that is judged by a comparison which it has not seen', async () => {
    const ordered = { protocol: 'smtp', tls: 'starttls' } as const;
    await play(caller, ordered, nodemailer(true));
    for (const step of ['starttls-response-injection/behind-bare-lf', 'capability-carry-over/list']) {
      const verdict = await play(caller, { ...ordered, step }, nodemailer(true));
      expect(verdict.result?.status, `${step}: ${verdict.result?.because ?? ''}`).to.equal('inconclusive');
    }
  });

  it('forgets a control when it is told to', async () => {
    const ordered = { protocol: 'smtp', tls: 'starttls' } as const;
    await play(caller, ordered, nodemailer(true));
    await caller.call('reset', {});
    const verdict = await play(caller, { ...ordered, step: 'starttls-not-offered' }, nodemailer(true));
    expect(verdict.result).to.include({ status: 'inconclusive' });
  });

  it('compares with an honest server: a client that believes what was injected is unsafe', async () => {
    const ordered = { protocol: 'smtp', tls: 'starttls' } as const;
    const steps = (
      (await caller.call('list', {
        ...ordered,
        scenario: ['starttls-response-injection/*segment*', 'capability-carry-over/list'],
      })) as Answered<'list'>
    ).steps.filter(({ notApplicable }) => notApplicable === undefined);
    const statuses = new Map<string, string>();
    for (const { step, role } of steps) {
      const verdict = await play(caller, { ...ordered, step }, nodemailer(true));
      if (role === 'comparison')
        expect(verdict, step).to.deep.include({ passed: true }).and.not.have.property('result');
      if (verdict.result) statuses.set(step, verdict.result.status);
    }
    // A late segment that TLS fails on is no attack at all.
    expect([...new Set(statuses.values())].filter((status) => status !== 'not-applicable')).to.deep.equal(['safe']);
  }).timeout(20_000);

  it('waits for a connection, and for its end', async () => {
    const { visit, port } = await start(caller);
    const wait = (until: string, timeout: number): Promise<object> => caller.call('wait', { visit, until, timeout });
    expect(await wait('connected', 0)).to.deep.equal({ reached: false, connections: 0 });
    const connected = wait('connected', 5000);
    const socket = connect(port, '127.0.0.1');
    expect(await connected).to.deep.equal({ reached: true, connections: 1 });
    expect(await wait('disconnected', 0)).to.deep.include({ reached: false });
    socket.destroy();
    expect(await wait('disconnected', 5000)).to.deep.equal({ reached: true, connections: 1 });
  });

  it('ends what a caller started when the caller leaves, and nothing of others', async () => {
    const other = control.caller();
    const mine = await start(caller);
    const theirs = await start(other);
    await caller.leave();
    expect(await listens(mine.port)).to.equal(false);
    expect(await listens(theirs.port)).to.equal(true);
    expect(await codeOf(other.call('stop', { visit: mine.visit }))).to.equal('unknown-visit');
    await other.call('stop', { visit: theirs.visit });
    expect(await listens(theirs.port)).to.equal(false);
  });

  it('gives a verdict once, also where two ask at the same moment', async () => {
    const { visit } = await start(caller);
    const ask = (): Promise<string> => codeOf(caller.call('verdict', { visit, outcome: 'failure' }));
    expect(await Promise.all([ask(), ask()])).to.have.members(['no error', 'verdict-already-given']);
    expect(await ask()).to.equal('verdict-already-given');
  });

  it('judges a visit whose time was over before anybody asked', async () => {
    const { visit } = await start(caller, { maxTime: 100 });
    await caller.call('wait', { visit, until: 'connected', timeout: 300 });
    const verdict = (await caller.call('verdict', { visit, outcome: 'success' })) as Answered<'verdict'>;
    expect(verdict.result).to.include({ status: 'inconclusive' });
  });

  it('refuses more visits than it can hold, and takes some again when others have ended', async () => {
    const started = await Promise.all(Array.from({ length: 200 }, () => start(caller)));
    expect(await codeOf(start(caller))).to.equal('too-many-visits');
    await caller.call('stop', { visit: started[0]?.visit });
    expect(await codeOf(start(caller))).to.equal('no error');
    expect(await caller.call('reset', {})).to.deep.equal({ stopped: 200 });
  }).timeout(20_000);

  it('makes room for new visits where nobody asks for old ones whose time is over', async () => {
    const started = await Promise.all(Array.from({ length: 200 }, () => start(caller, { maxTime: 100 })));
    const [first] = started;
    let code = await codeOf(start(caller));
    // Their time is over at some moment; until then each attempt is refused.
    while (code === 'too-many-visits') {
      await caller.call('wait', { visit: first?.visit, until: 'connected', timeout: 100 }).catch(() => undefined);
      code = await codeOf(start(caller));
    }
    expect(code).to.equal('no error');
    // Whose time was over first, and that of one only.
    const codes = await Promise.all(started.map(({ visit }) => codeOf(caller.call('stop', { visit }))));
    expect(codes.filter((each) => each !== 'no error')).to.deep.equal(['verdict-already-given']);
  }).timeout(20_000);

  it('removes its files at the end', async () => {
    const { ca } = (await caller.call('hello', { version: 1 })) as Answered<'hello'>;
    const files = [ca.file, ca.dir, ca.p12, ca.jks];
    expect(files.filter((file) => !existsSync(file))).to.deep.equal([]);
    await control[Symbol.asyncDispose]();
    expect(files.filter((file) => existsSync(file))).to.deep.equal([]);
  });

  const ERRORS: readonly {
    readonly command: string;
    readonly fields: object;
    readonly code: string;
    readonly says: string;
  }[] = [
    { command: 'strat', fields: {}, code: 'unknown-command', says: 'start' },
    { command: 'toString', fields: {}, code: 'unknown-command', says: 'hello' },
    { command: 'hello', fields: { version: 2 }, code: 'unsupported-version', says: 'version 1' },
    { command: 'start', fields: { protocol: 'imap' }, code: 'bad-request', says: 'tls' },
    {
      command: 'start',
      fields: { protocol: 'gopher', tls: 'starttls' },
      code: 'bad-request',
      says: 'start: "protocol" must be one of smtp, imap, ',
    },
    {
      command: 'start',
      fields: { protocol: 'imap', tls: 'implicit', stpe: 'control' },
      code: 'bad-request',
      says: 'start has an unknown property: stpe; expected protocol, tls, step, ',
    },
    {
      command: 'start',
      fields: { protocol: 'imap', tls: 'implicit', step: 'no-such-case' },
      code: 'bad-request',
      says: 'no-such-case',
    },
    {
      command: 'start',
      fields: { protocol: 'smtp', tls: 'starttls', step: 'plaintext-on-port-25/fin' },
      code: 'bad-request',
      says: 'ports below 1024',
    },
    {
      command: 'list',
      fields: { protocol: 'imap', tls: 'implicit', scenario: ['no-such-*'] },
      code: 'bad-request',
      says: 'no-such-*',
    },
    { command: 'verdict', fields: { visit: 1 }, code: 'bad-request', says: 'outcome' },
    { command: 'verdict', fields: { visit: 77, outcome: 'success' }, code: 'unknown-visit', says: '77' },
    { command: 'stop', fields: { visit: 0 }, code: 'bad-request', says: 'visit' },
    { command: 'wait', fields: { visit: 1, until: 'doomsday' }, code: 'bad-request', says: 'until' },
  ];

  for (const { command, fields, code, says } of ERRORS)
    it(`says what is wrong with ${command} ${JSON.stringify(fields)}`, async () => {
      const error = await caller.call(command, fields).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(ControlError);
      expect((error as ControlError).code).to.equal(code);
      expect((error as ControlError).message).to.contain(says);
    });

  it('answers as its schema says', async () => {
    const ordered = { protocol: 'imap', tls: 'implicit' };
    const answers: [CommandName, object][] = [];
    const call = async (command: CommandName, fields: object): Promise<Record<string, unknown>> => {
      const answer = await caller.call(command, fields);
      answers.push([command, answer]);
      return answer as Record<string, unknown>;
    };
    await call('hello', {});
    await call('list', ordered);
    const { visit } = await call('start', ordered);
    await call('wait', { visit, until: 'connected', timeout: 0 });
    await call('verdict', { visit, outcome: 'failure', error: 'refused', recording: true });
    const second = await call('start', ordered);
    await call('stop', { visit: second['visit'] });
    await call('reset', { client: 'nobody' });
    expect(answers.map(([command]) => command)).to.include.members(Object.keys(COMMANDS));
    for (const [command, answer] of answers)
      expect(Check(COMMANDS[command].answers, JSON.parse(JSON.stringify(answer))), command).to.equal(true);
  });
});

const ORDER: readonly string[] = ['control', 'comparison', 'case'];
