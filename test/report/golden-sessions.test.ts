import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { caseKey } from '../../src/cases/case.js';
import { planOf } from '../../src/cases/plan.js';
import scenarios from '../../src/scenarios/index.js';
import type { Report } from '../../src/document/report-model.js';
import { PAGES, ROOT } from '../docs/pages.js';
import { GOLDEN_FORMS, SESSIONS, goldenText } from './golden-sessions.js';
import { it } from '../support/in-turn.js';

const folder = join(ROOT, 'fixtures/reports/sessions');
const read = (path: string): string => readFileSync(path, 'utf8');

/** Added to the default set for clients that wait longer than its cases do. */
const DECIDING: readonly string[] = ['starttls-unanswered/for-seconds@imap+starttls#server'];

/** Lines that a session’s text may have, at 80 columns. */
const MOST: Partial<Record<(typeof SESSIONS)[number], number>> = {
  'good-audit': 40,
  'bad-audit': 80,
  'good-domain': 40,
  'safe-client': 15,
  'unsafe-client': 60,
};

describe('golden sessions', () => {
  for (const name of SESSIONS) {
    const report = JSON.parse(read(join(folder, `${name}.json`))) as Report;
    for (const form of GOLDEN_FORMS)
      it(`${name}, as in ${name}.${form.name}.txt; scripts/golden-report.ts writes it`, () => {
        expect(goldenText(report, form)).to.equal(read(join(folder, `${name}.${form.name}.txt`)));
      });
    const most = MOST[name];
    if (most !== undefined)
      it(`${name} fits ${String(most)} lines`, () => {
        for (const form of GOLDEN_FORMS)
          expect(goldenText(report, form).trimEnd().split('\n').length).to.be.at.most(most);
      });
    it(`${name} fits the width of a terminal`, () => {
      for (const form of GOLDEN_FORMS.filter(({ isTerminal }) => isTerminal)) {
        const wide = goldenText(report, form)
          .replace(/\x1b\[\d+m/g, '')
          .split('\n')
          .filter((line) => line.length > form.width);
        expect(wide).to.deep.equal([]);
      }
    });
  }

  for (const name of ['safe-client', 'unsafe-client'] as const)
    it(`${name} has the cases of today’s default set; scripts/record-golden.ts ${name} records it anew`, () => {
      const { results } = JSON.parse(read(join(folder, `${name}.json`))) as Report;
      const [plan] = planOf({
        scenarios,
        setUps: [{ protocol: 'imap', tls: 'starttls' }],
        seat: 'server',
        provides: [],
        globs: [],
        repeat: 1,
      });
      const today = [...(plan ? [plan.control, ...plan.cases] : [])].map(({ one }) => caseKey(one));
      // A case is added where the client outwaits another one.
      const added = DECIDING.filter((key) => results.some((each) => each.case === key));
      expect(results.map((each) => each.case)).to.have.members([...today, ...added]);
    });

  it('have command lines that run as they are copied', () => {
    for (const name of SESSIONS) {
      const report = JSON.parse(read(join(folder, `${name}.json`))) as Report;
      for (const form of GOLDEN_FORMS) {
        const whole = goldenText(report, { ...form, width: 10_000, isTerminal: false });
        const copied = commandsIn(goldenText(report, form));
        if (!name.startsWith('good-')) expect(copied, `${name}, ${form.name}`).to.not.be.empty;
        // At another width an audit may have more of them.
        const meant = new Set(commandsIn(whole).map(readByShell));
        for (const command of copied) expect(meant).to.include(readByShell(command));
      }
    }
  });

  it('are shown on pages, as they are', () => {
    const shown = PAGES.flatMap((path) =>
      [...read(join(ROOT, path)).matchAll(/<!-- golden: (\S+) -->\n+```text\n([\s\S]*?)```/g)].map(
        ({ 1: name = '', 2: text = '' }) => ({ path, name, text }),
      ),
    );
    for (const { path, name, text } of shown)
      expect(text, `${path}: ${name}`).to.equal(read(join(folder, `${name}.pipe-80.txt`)));
    expect(shown.map(({ name }) => name)).to.have.members([...SESSIONS]);
  });
});

/** The command lines of a text, as somebody copies them: from the label to the end of the block. */
const commandsIn = (text: string): string[] =>
  [...text.replace(/\x1b\[\d+m/g, '').matchAll(/^ {2}(?:again|by hand) +(.*(?:\n {12,}\S.*)*)/gm)].map(
    ([, command = '']) => command,
  );

/** What a shell makes of it: the words for each program that it starts, and what goes through its pipes. */
const readByShell = (command: string): string => {
  // Most lines stand in several forms.
  const known = READ.get(command);
  if (known !== undefined) return known;
  const tell = (program: string): string => `${program}() { echo "$(printf '%s<' ${program} "$@")" >&2; cat; }`;
  const programs = ['waxseal', 'openssl', 'curl', 'grep', 'sleep'].map(tell).join('; ');
  const { stdout, stderr, status } = spawnSync('sh', ['-c', `${programs}\n${command}`], {
    input: '',
    encoding: 'utf8',
  });
  expect(status, command).to.equal(0);
  // Programs of a pipe start in any order.
  const read = `${stderr.split('\n').sort().join('\n')}${stdout}`;
  READ.set(command, read);
  return read;
};
const READ = new Map<string, string>();
