import { expect } from 'chai';
import scenario from '../../src/scenarios/list-hidden-by-injection.js';
import { NO_VARIANT } from '../../src/scenarios/scenario.js';
import { passedControl, scripted } from '../verdict/scripted.js';

const UPGRADED = [
  'S: 220 ready',
  'C: EHLO x',
  'S: 250 STARTTLS',
  'C: STARTTLS',
  'S! 220 go',
  'S! 250 mail.lab.test ',
  '--',
] as const;
const LIST = ['C: EHLO x', 'S: 250-mail.lab.test', 'S: 250 AUTH PLAIN LOGIN'] as const;
const LOGIN = ['C: AUTH PLAIN AHgAeQ==', 'S: 235 ok', 'C: QUIT', 'C.'] as const;

/** What a client does inside TLS that sends EHLO and logs in with PLAIN in its control. */
const ROWS: readonly (readonly [what: string, inside: readonly string[], status: string, because: RegExp])[] = [
  ['logs in as usual', [...LIST, ...LOGIN], 'safe', /logged in/],
  ['leaves without a word', ['C.'], 'safe', /disconnected/],
  ['asks for the list and leaves', [...LIST, 'C: QUIT', 'C.'], 'unsafe', /^did not log in/],
  ['goes on without a login', [...LIST, 'C: MAIL FROM:<a@lab.test>', 'S: 250 ok', 'C.'], 'unsafe', /^did not log in/],
  ['takes another login', [...LIST, 'C: AUTH LOGIN', 'S: 334 VXNlcm5hbWU6', 'C.'], 'unsafe', /^logged in with LOGIN/],
  ['asks something else', [...LIST, 'C: VRFY x', 'S: 252 ok', ...LOGIN], 'inconclusive', /sent VRFY inside TLS/],
  ['does not ask', LOGIN, 'inconclusive', /logged in without EHLO/],
  ['is ended by us', [...LIST, '# idle', 'C#'], 'inconclusive', /./],
];

describe('a list that ends before it begins', () => {
  const control = passedControl({
    verbsOutside: ['EHLO', 'STARTTLS'],
    verbsInside: ['EHLO', 'AUTH', 'QUIT'],
    mechanisms: ['PLAIN'],
    loggedIn: true,
  });
  for (const [what, inside, status, because] of ROWS)
    it(`a client that ${what}: ${status}`, () => {
      const judged = scenario.judge(scripted('smtp', [[...UPGRADED, ...inside]], { control }), NO_VARIANT);
      expect(judged.status, judged.because).to.equal(status);
      expect(judged.because).to.match(because);
    });

  it('is nothing to a client that does not log in', () => {
    expect(scenario.pointless?.(NO_VARIANT, { ...control, loggedIn: false })).to.match(/does not log in/);
    expect(scenario.pointless?.(NO_VARIANT, control)).to.equal(undefined);
  });
});
