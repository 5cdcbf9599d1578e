import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandReference } from '../../src/cli/program.js';
import { PAGES, ROOT } from './pages.js';
import { examplesOf, missingLines } from './page.js';
import { describePage } from './reader.js';

for (const path of PAGES) describePage(path, readFileSync(join(ROOT, path), 'utf8'), 'plain');

describe('pages', () => {
  const all = PAGES.map((path) => ({ path, page: readFileSync(join(ROOT, path), 'utf8') }));
  const helps = new Map(commandReference('0').map(({ name, help }) => [name, help]));

  it('say of every example how it is run', () => {
    const unsaid = all.flatMap(({ path, page }) =>
      examplesOf(page)
        .filter(({ how }) => how.length === 0)
        .map(({ line }) => `${path}:${String(line)}`),
    );
    expect(unsaid).to.deep.equal([]);
  });

  it('name commands and options in their sentences that exist', () => {
    const unknown = all.flatMap(({ path, page }) =>
      [...page.matchAll(/`(waxseal [^`\n]+)`/g)].flatMap(({ 1: command = '' }) => {
        const [own = ''] = command.split(' -- ');
        const [, name = ''] = own.split(' ');
        const help = helps.get(`waxseal ${name}`) ?? (name.startsWith('--') ? helps.get('waxseal') : undefined);
        const options = [...own.matchAll(/ (--?[a-z][a-z0-9-]*)/g)].map(([, option = '']) => option);
        const wrong = help === undefined ? [name] : options.filter((option) => !new RegExp(`${option}\\b`).test(help));
        return wrong.map((word) => `${path}: ${command}: ${word}`);
      }),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('name no option that no command has', () => {
    const known = [...helps.values()].join('\n');
    const unknown = all.flatMap(({ path, page }) =>
      path === 'CONTRIBUTING.md'
        ? []
        : [...page.matchAll(/`(--[a-z][a-z-]+)[^`\n]*`/g)].flatMap(({ 1: option = '' }) =>
            known.includes(option) || OPTIONS_OF_OTHERS.has(option) ? [] : [`${path}: ${option}`],
          ),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('would be caught showing what is not printed', () => {
    expect(missingLines('port 12  a3f\n[...]\nready …', 'port 9 a3f\nmore\nready now')).to.deep.equal([]);
    expect(missingLines('ready\nport 12', 'port 9\nready')).to.deep.equal(['port 12']);
  });
});

/** What pages say of other programs, and of the scripts of this repository. */
const OPTIONS_OF_OTHERS = new Set([
  '--row',
  '--only',
  '--proxytunnel',
  '--count',
  '--ssl',
  '--ssl-reqd',
  '--tls-optional',
  '--pidfile',
  '--insecure',
  '--smtp-encryption',
]);
