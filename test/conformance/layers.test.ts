import { expect } from 'chai';
import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Row = readonly [file: string, code: string, complaint: string | undefined];

const rows: readonly Row[] = [
  ['src/testing/plan.ts', "import { x } from '../wire/wire.js';", undefined],
  ['src/testing/plan.ts', "import { x } from './pool.js';", undefined],
  ['src/testing/plan.ts', "import { x } from '../fault.js';", undefined],
  ['src/testing/plan.ts', "import { connect } from 'node:tls';", undefined],
  ['src/cli/main.ts', "import { x } from '../report/text.js';", undefined],
  ['src/mocha/index.ts', "import { x } from '../testing/plan.js';", undefined],
  ['src/index.ts', "export { x } from './testing/plan.js';", undefined],
  ['src/scenarios/starttls-refused.ts', "import type { X } from '../toys/client.js';", undefined],
  ['src/wire/boundary.ts', "import { x } from '../tls/client-hello.js';", undefined],
  ['src/endpoints/daemons/dovecot.ts', "import { x } from '../../place/keeper.js';", undefined],
  ['test/cases/plan.test.ts', "import { x } from '../../src/cases/plan.js';", undefined],

  ['src/wire/wire.ts', "import { x } from '../testing/plan.js';", 'downwards only'],
  ['src/wire/wire.ts', "import type { X } from '../protocols/protocol.js';", 'downwards only'],
  ['src/wire/wire.ts', "export * from '../verdict/evidence.js';", 'downwards only'],
  ['src/wire/wire.ts', "export { x } from '../verdict/evidence.js';", 'downwards only'],
  ['src/wire/wire.ts', "export const x = await import('../index.js');", 'downwards only'],
  ['src/wire/wire.ts', "export type X = import('../testing/plan.js').Plan;", 'downwards only'],
  ['src/fault.ts', "import { x } from './wire/wire.js';", 'downwards only'],
  ['src/endpoints/daemons/dovecot.ts', "import { x } from '../../probes/offer.js';", 'downwards only'],

  ['src/tls/issue.ts', "import { x } from '../wire/wire.js';", 'siblings'],
  ['src/wire/wire.ts', "import { x } from '../place/loopback.js';", 'siblings'],
  ['src/place/cell.ts', "import { x } from '../tls/issue.js';", 'siblings'],
  ['src/scenarios/starttls-refused.ts', "import { x } from '../checks/starttls-offered.js';", 'siblings'],
  ['src/toys/client.ts', "import { x } from '../endpoints/honest.js';", 'siblings'],
  ['src/cli/main.ts', "import { x } from '../index.js';", 'siblings'],

  ['src/testing/plan.ts', "import { x } from '../../test/support/x.js';", 'outside src'],
  ['src/testing/plan.ts', "import { x } from '../novelty/x.js';", 'has no layer'],
  ['src/novelty/x.ts', "import { x } from '../fault.js';", 'has no layer'],

  ['src/testing/thePlan.ts', '', 'kebab-case'],
  ['src/testing/tls-utils.ts', '', 'says nothing'],
  ['src/testing/plan.test-case.ts', '', undefined],

  ['src/checks/x.ts', "export const x = { protocols: ['imap'] };", 'belongs into its folder'],
  ['src/scenarios/x.ts', "export const x = protocol.name === 'managesieve';", 'belongs into its folder'],
  ['src/cli/x.ts', 'export const x = { pop3: 1 };', 'belongs into its folder'],
  ['src/cli/x.ts', "export const x = role === 'submission';", 'belongs into its folder'],
  ['src/cli/x.ts', "export const x = 'an IMAP server';", undefined],
  ['src/cli/x.ts', "import { x } from 'smtp';", undefined],
  ['src/protocols/imap/x.ts', "export const x = 'imap';", undefined],
  ['src/clients/presets/x.ts', "export const x = 'imap';", undefined],
  ['src/endpoints/daemons/x.ts', "export const x = 'imap';", undefined],
  ['test/checks/x.test.ts', "export const x = 'imap';", undefined],

  ['src/testing/plan.ts', 'process.exit(1);', 'main.ts'],
  ['src/testing/plan.ts', "import { exit } from 'node:process';", 'main.ts'],
  ['src/cli/main.ts', 'process.exit(1);', undefined],
  ['src/testing/plan.ts', 'console.log(1);', 'console'],
  ['src/cli/audit.ts', 'console.log(1);', undefined],
];

const RULES = new Set([
  'waxseal/layers',
  'waxseal/file-name',
  'waxseal/protocol-names',
  'no-console',
  'no-restricted-properties',
  'no-restricted-imports',
]);

describe('the linter keeps the layers', () => {
  // The files of the rows do not exist, so rules that need their types are left out.
  const eslint = new ESLint({ cwd: root, overrideConfig: tseslint.configs.disableTypeChecked });

  for (const [file, code, complaint] of rows) {
    it(`${file}: ${code || '(empty)'} → ${complaint ?? 'fine'}`, async () => {
      const [result] = await eslint.lintText(`${code}\n`, { filePath: `${root}/${file}` });
      const messages = (result?.messages ?? []).filter(
        (message) => message.fatal === true || RULES.has(message.ruleId ?? ''),
      );
      const texts = messages.map((message) => message.message).join('\n');
      if (complaint === undefined) expect(texts).to.equal('');
      else expect(texts).to.include(complaint);
    });
  }
});
