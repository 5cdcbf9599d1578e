import { expect } from 'chai';
import { told } from '../../src/verdict/told.js';
import type { ClientEnd, ControlFacts, Visit } from '../../src/verdict/visit.js';
import { connectionOf, passedControl, scripted } from './scripted.js';

const INSIDE = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S: 220 Go', '--', 'C: EHLO x', 'S: 250 x'];
const LOGIN = ['C: AUTH PLAIN AGEAYg==', 'S: 235 ok'];
const MAIL = ['C: MAIL FROM:<a@b>', 'S: 250', 'C: RCPT TO:<a@b>', 'S: 250', 'C: DATA', 'S: 354', 'C: x\r\n.', 'S: 250'];

const end = (more: Partial<ClientEnd> = {}): ClientEnd => ({
  how: 'ended',
  code: 0,
  stdout: '',
  stderr: '',
  duration: 1,
  ...more,
});
const idle: ClientEnd = { how: 'rested', idle: true, stdout: '', stderr: '', duration: 1 };
const control = (more: Partial<ControlFacts> = {}): ControlFacts =>
  passedControl({ reported: 'success', took: ['login', 'message'], ...more });

const saidOf = (script: readonly string[], more: Partial<Visit>): string => {
  const said = told(scripted('smtp', [script], { scenario: 'x', control: control(), ...more }));
  return said === undefined ? 'nothing' : [said.reported, said.although, said.why].filter(Boolean).join(': ');
};

describe('what a client told, beside what the server took', () => {
  const rows: readonly (readonly [what: string, script: readonly string[], more: Partial<Visit>, said: string])[] = [
    ['success, all taken', [...INSIDE, ...LOGIN, ...MAIL], { client: end() }, 'success'],
    ['success, no mail taken', [...INSIDE, ...LOGIN], { client: end() }, 'success: no mail was accepted'],
    ['success, no login taken', [...INSIDE, ...MAIL], { client: end() }, 'success: no login was accepted'],
    ['success, nothing taken', INSIDE, { client: end() }, 'success: no login and no mail was accepted'],
    [
      'success, of which nothing is taken in its control',
      INSIDE,
      { client: end(), control: control({ took: [] }) },
      'success',
    ],
    [
      'success, which it reports where it is refused, too',
      INSIDE,
      { client: end(), control: control({ reportsRefusal: false }) },
      'unknown: it reports success where an honest server refuses it, too',
    ],
    [
      'success, all taken, by a client that reports it where it is refused, too',
      [...INSIDE, ...LOGIN, ...MAIL],
      { client: end(), control: control({ reportsRefusal: false }) },
      'success',
    ],
    [
      'success, the mail was not answered before the end',
      [...INSIDE, ...LOGIN, ...MAIL.slice(0, -1), 'C.'],
      { client: end() },
      'success: it disconnected before its mail was answered',
    ],
    [
      'success, the login was not answered before the end',
      [...INSIDE, ...MAIL, 'C: AUTH PLAIN AGEAYg==', 'C.'],
      { client: end() },
      'success: it disconnected before its login was answered',
    ],
    [
      'success, a login was begun and not asked for',
      [...INSIDE, ...MAIL, 'C: AUTH LOGIN', 'C.'],
      { client: end() },
      'success: no login was accepted',
    ],
    [
      'success, another command was not answered before the end',
      [...INSIDE, ...MAIL, 'C: MAIL FROM:<a@b>', 'C.'],
      { client: end() },
      'success: no login was accepted',
    ],
    [
      'success, and where it is refused it reports failure',
      INSIDE,
      { client: end(), control: control({ reportsRefusal: true }) },
      'success: no login and no mail was accepted',
    ],
    ['failure, nothing taken', INSIDE, { client: end({ code: 1 }) }, 'failure'],
    ['failure by a signal', INSIDE, { client: end({ signal: 'SIGSEGV' }) }, 'failure'],
    ['failure by an error', INSIDE, { client: end({ error: 'no' }) }, 'failure'],
    ['failure, a login taken', [...INSIDE, ...LOGIN], { client: end({ code: 1 }) }, 'failure'],
    [
      'failure, mail taken',
      [...INSIDE, ...MAIL],
      { client: end({ code: 1 }) },
      'failure: the server has taken the mail',
    ],
    [
      'ended by waxseal, because it was idle',
      INSIDE,
      { client: idle, control: control({ reported: 'unknown' }) },
      'unknown: waxseal ended it when it was idle',
    ],
    [
      'ended by waxseal, where it ends by itself in its control',
      INSIDE,
      { client: idle },
      'unknown: waxseal ended it when it was idle',
    ],
    [
      'the control itself, ended when idle',
      INSIDE,
      { client: idle, scenario: 'control' },
      'unknown: waxseal ended it when it was idle',
    ],
    [
      'an old recording of a client that came to rest',
      INSIDE,
      { client: end({ how: 'rested' }) },
      'success: no login and no mail was accepted',
    ],
    [
      'success, where it was idle in its control',
      INSIDE,
      { client: end(), control: control({ reported: 'unknown' }) },
      'unknown: with an honest server it does not end by itself',
    ],
    [
      'failure, where it was idle in its control',
      INSIDE,
      { client: end({ code: 1 }), control: control({ reported: 'unknown' }) },
      'failure',
    ],
    ['no end of its own', INSIDE, { client: end({ how: 'stopped' }) }, 'unknown: it did not end by itself'],
    [
      'sealed TLS',
      ['S: 220', '--sealed'],
      { client: end() },
      'unknown: what the server took of it is hidden inside TLS',
    ],
    [
      'a control that failed',
      INSIDE,
      { client: end(), control: control({ passed: false }) },
      'unknown: it was not seen to succeed with an honest server',
    ],
    [
      'failure in its control, too',
      INSIDE,
      { client: end(), control: control({ reported: 'failure' }) },
      'unknown: it reports failure with an honest server, too',
    ],
    [
      'the control itself',
      INSIDE,
      { client: end({ code: 1 }), scenario: 'control', control: control({ passed: false }) },
      'failure',
    ],
    ['an old recording', INSIDE, { client: end(), control: passedControl() }, 'nothing'],
    [
      'a client that waxseal did not start',
      INSIDE,
      { client: end(), met: { by: 'serve', at: '2026-01-01T00:00:00Z', peer: 'x' } },
      'nothing',
    ],
  ];
  for (const [what, script, more, said] of rows)
    it(`${what}: ${said}`, () => {
      expect(saidOf(script, more)).to.equal(said);
    });

  it('what the real server took was taken, though the client had gone', () => {
    const connections = [
      connectionOf('smtp', INSIDE),
      connectionOf('smtp', [...INSIDE, ...MAIL], { id: 2, leg: 'server' }),
      connectionOf('smtp', ['S: 220', 'C: QUIT', 'C.'], { id: 3 }),
    ];
    const words = (more: Partial<Visit>): unknown =>
      told(scripted('smtp', [], { scenario: 'x', control: control({ took: ['message'] }), connections, ...more }));
    expect(words({ client: end() })).to.deep.equal({ reported: 'success' });
    expect(words({ client: end({ code: 1 }) })).to.deep.equal({
      reported: 'failure',
      although: 'the server has taken the mail',
    });
    const sealed = [connectionOf('smtp', ['S: 220', '--', '--sealed']), connectionOf('smtp', ['S: 220'], { id: 2 })];
    expect(words({ client: end(), connections: sealed })).to.include({ reported: 'unknown' });
  });

  it('without a control, what it reported is told, and nothing is missed', () => {
    const { control: _, ...visit } = scripted('smtp', [INSIDE], { scenario: 'control', client: end() });
    expect(told(visit)).to.deep.equal({ reported: 'success' });
    expect(told({ ...visit, scenario: 'x' })).to.deep.equal({
      reported: 'unknown',
      why: 'it was not seen to succeed with an honest server',
    });
  });

  it('a client that made no connection told nothing', () => {
    expect(told(scripted('smtp', [], { scenario: 'x', control: control(), client: end() }))).to.equal(undefined);
  });

  it('what a client said that waxseal did not start is not read for it: a report is on hundreds of them', () => {
    const visit = scripted('smtp', [INSIDE], { met: { by: 'serve', at: '2026-01-01T00:00:00Z', peer: '127.0.0.1:1' } });
    const unread = visit.connections.map((each) => ({
      ...each,
      get entries(): never {
        throw new Error('read');
      },
    }));
    expect(told({ ...visit, connections: unread })).to.equal(undefined);
  });
});
