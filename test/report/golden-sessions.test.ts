import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { PAGES, ROOT } from '../docs/pages.js';
import { GOLDEN_FORMS, SESSIONS, goldenText } from './golden-sessions.js';

const folder = join(ROOT, 'fixtures/reports/sessions');
const read = (path: string): string => readFileSync(path, 'utf8');

/** Lines that a session’s text may have, at 80 columns. */
const MOST: Partial<Record<(typeof SESSIONS)[number], number>> = {
  'good-audit': 40,
  'bad-audit': 80,
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
    it(`${name} fits the width of a terminal, but for command lines and tables`, () => {
      for (const form of GOLDEN_FORMS.filter(({ isTerminal }) => isTerminal)) {
        const wide = goldenText(report, form)
          .replace(/\x1b\[\d+m/g, '')
          .split('\n')
          .filter((line) => line.length > form.width && !/^ {2}(?:again|by hand) |^[\d ]{4} +\w+ |^port /.test(line));
        expect(wide).to.deep.equal([]);
      }
    });
  }

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
