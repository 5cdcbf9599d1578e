import { expect } from 'chai';
import type { MomentContext } from '../../src/endpoints/tamper.js';
import scenario from '../../src/scenarios/early-tagged-ok.js';
import { passedControl, scripted } from '../verdict/scripted.js';

/** Visits in which the forged tag was another than the client's. */
const ROWS: readonly (readonly [
  what: string,
  variant: string,
  control: readonly string[],
  tags: readonly [string, string],
  status: string,
])[] = [
  [
    'counted, from where nobody knows',
    'before-command',
    ['KLMA1', 'KLMA2', 'KLMA3', 'KLMA4'],
    ['QRSA1', 'QRSA2'],
    'inconclusive',
  ],
  ['counted past a hundred', 'before-command', ['k97', 'k98', 'k99', 'k100', 'k101'], ['q11', 'q12'], 'inconclusive'],
  ['the same again', 'before-command', ['A1', 'A2', 'A3'], ['A1', 'A2'], 'inconclusive'],
  ['drawn by lot', 'before-command', ['k512', 'k087', 'k733', 'k250'], ['q912', 'q187'], 'not-applicable'],
  [
    'drawn by lot, and alike by chance',
    'before-command',
    ['k512', 'k087', 'k733', 'k250'],
    ['q512', 'q587'],
    'not-applicable',
  ],
  [
    'drawn by lot, and alike by chance in the control',
    'before-command',
    ['k512', 'k587', 'k733', 'k250'],
    ['q512', 'q087'],
    'not-applicable',
  ],
  [
    'counted, from where nobody knows',
    'after-greeting',
    ['KLMA1', 'KLMA2', 'KLMA3'],
    ['QRSA1', 'QRSA2'],
    'not-applicable',
  ],
  ['the same again', 'after-greeting', ['A1', 'A2', 'A3'], ['A1', 'A2'], 'inconclusive'],
];

describe('tags that were not foretold', () => {
  for (const [what, name, tags, [first, second], status] of ROWS)
    it(`${what}, ${name}: ${status}`, () => {
      const script = [
        'S! * OK hello',
        `C: ${first} CAPABILITY`,
        `S! ${first} OK`,
        `C: ${second} STARTTLS`,
        `S: ${second} NO`,
        'C.',
      ];
      const control = passedControl({ verbsOutside: ['CAPABILITY', 'STARTTLS'], tags: [...tags] });
      const variant = scenario.variants?.find((each) => each.name === name);
      if (variant === undefined) throw new Error(`no variant ${name}`);
      expect(scenario.judge(scripted('imap', [script], { control, variant: name }), variant).status).to.equal(status);
    });
});

describe('a client that looks around on its first connection, and asks for STARTTLS on its second', () => {
  const control = passedControl({
    verbsOutside: ['CAPABILITY', 'LOGOUT', 'STARTTLS'],
    tags: ['b1'],
    upgrade: { connection: 2, after: [] },
  });
  for (const [ordinal, greeting] of [
    [1, '* OK hello\r\n'],
    [2, '* OK hello\r\nb1 OK Begin TLS negotiation now\r\n'],
  ] as const)
    it(`is greeted with ${JSON.stringify(greeting)} on connection ${String(ordinal)}`, () => {
      const context = { control, ordinal, inside: false, variant: { name: 'before-command' } } as MomentContext<never>;
      const actions = scenario.tamper.greeting?.(context, (edit) => [{ do: 'answer', ...(edit && { edit }) }]);
      const [action] = actions ?? [];
      const honest = Buffer.from('* OK hello\r\n');
      const sent = action?.do === 'answer' ? (action.edit?.(honest) ?? honest) : undefined;
      expect(sent?.toString('latin1')).to.equal(greeting);
    });
});
