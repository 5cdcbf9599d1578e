/** Writes the frame of a scenario or a check, which works as it stands, and brings indexes and reference pages up to date. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const scenario = (id: string): string => `import { send, type TamperRule } from '../endpoints/tamper.js';
import { secretsStayInsideTls } from '../verdict/judgement.js';
import { commandOf } from './rules.js';
import { defineScenario } from './scenario.js';

/** FILL IN: what deviates, at which moment. This one refuses the upgrade. */
const starttls: TamperRule = ({ protocol, unit, inside }, next) =>
  inside ? next() : [send(protocol.answers.refuse(commandOf(unit), 'no', 'Not available'))];

export default defineScenario({
  id: '${id}',
  family: 'refuse',
  title: 'FILL IN: what happens to the client',
  attack: 'FILL IN: lists STARTTLS; answers it with an error',
  why: 'FILL IN: what an attacker gains by it, and what a careful client does.',
  references: ['RFC 8314 §5.2'],
  modes: ['starttls'],
  tamper: { starttls },
  judge: secretsStayInsideTls,
  flaw: { name: 'FILL IN: makes the mistake', client: { onRefusal: (toy) => toy.logIn() } },
  covers: [],
});
`;

const check = (id: string): string => `import { plaintextOffer } from '../probes/offers.js';
import { defineCheck, fail, pass } from './check.js';
import { withoutUpgrade } from './flaws.js';

export default defineCheck({
  id: '${id}',
  title: 'FILL IN: what should be true',
  why: 'FILL IN: what happens where it is not.',
  references: ['RFC 8314 §4.1'],
  severity: 'medium',
  intrusiveness: 'passive',
  modes: ['starttls'],
  needs: { offer: plaintextOffer },
  judge: ({ offer }) => (offer.starttls ? pass('FILL IN: STARTTLS is listed') : fail('FILL IN: STARTTLS is not listed')),
  remedy: { postfix: 'FILL IN: the setting' },
  flaw: { name: 'FILL IN: makes the mistake', server: { tamper: withoutUpgrade } },
  covers: [],
  examples: [
    { given: { offer: { starttls: true } }, then: 'pass' },
    { given: { offer: { starttls: false } }, then: 'fail' },
  ],
});
`;

const FRAMES = {
  scenario: { folder: 'src/scenarios', text: scenario },
  check: { folder: 'src/checks', text: check },
} as const;

const [kind = '', id = '', ...more] = process.argv.slice(2);
const frame = kind === 'scenario' || kind === 'check' ? FRAMES[kind] : undefined;

/** What is wrong with the command line; undefined if nothing is. */
const complaint = (): string | undefined => {
  if (frame === undefined || more.length > 0)
    return `one id was expected, as in: scripts/new-${frame === undefined ? 'scenario' : kind} starttls-refused`;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id))
    return `an id of two words or more was expected, such as starttls-refused; ${JSON.stringify(id)} came`;
  if (existsSync(join(root, frame.folder, `${id}.ts`)))
    return `${frame.folder}/${id}.ts is there already; choose another id, or edit it`;
  return undefined;
};

const wrong = complaint();
if (wrong !== undefined || frame === undefined) {
  console.error(wrong);
  process.exitCode = 2;
} else {
  const path = join(frame.folder, `${id}.ts`);
  writeFileSync(join(root, path), frame.text(id));
  console.log(`wrote ${path}: replace what says FILL IN, and name the rows of the catalogue that it covers`);
  execFileSync(process.execPath, ['--import', 'tsx', join(root, 'scripts/generate.ts')], {
    cwd: root,
    stdio: 'inherit',
  });
}
