import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Parser } from 'htmlparser2';
import { buildSite } from '../../scripts/site/build.js';
import { PAGES } from '../docs/pages.js';

/** Links and anchors of a page. */
const linksOf = (html: string): { readonly links: string[]; readonly ids: Set<string>; readonly loads: string[] } => {
  const links: string[] = [];
  const loads: string[] = [];
  const ids = new Set<string>();
  const parser = new Parser({
    onopentag: (name, { id, href, src }) => {
      if (id !== undefined) ids.add(id);
      if (name === 'a' && href !== undefined) links.push(href);
      else if (href !== undefined) loads.push(href);
      if (src !== undefined) loads.push(src);
      if (name === 'script' || name === 'iframe') loads.push(`<${name}>`);
    },
  });
  parser.end(html);
  return { links, ids, loads };
};

describe('the site of the documentation', () => {
  let folder: string;
  let pages: Map<string, ReturnType<typeof linksOf>>;
  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), 'site-'));
    await buildSite(folder);
    pages = new Map(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.html'))
        .map((name) => [name, linksOf(readFileSync(join(folder, name), 'utf8'))]),
    );
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('has every page, and a place in the menu for each of docs/', () => {
    const documents = PAGES.filter((path) => path.startsWith('docs/'));
    expect([...pages.keys()]).to.have.length.above(documents.length);
    const menu = new Set(pages.get('index.html')?.links);
    const lost = documents.filter((path) => !menu.has(path.replace(/^docs\//, '').replace(/\.md$/, '.html')));
    expect(lost).to.deep.equal([]);
  });

  it('has links that lead somewhere, with anchors that are there', () => {
    const broken = [...pages].flatMap(([name, { links, ids }]) =>
      links
        .filter((href) => !/^[a-z][a-z0-9+.-]*:/i.test(href) && href !== '#')
        .filter((href) => {
          const [path = '', anchor] = href.split('#');
          const target = path === '' ? name : join(dirname(name), path);
          if (!existsSync(join(folder, target))) return true;
          const there = path === '' ? ids : pages.get(target)?.ids;
          return anchor !== undefined && there !== undefined && !there.has(decodeURIComponent(anchor));
        })
        .map((href) => `${name}: ${href}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('loads its style sheet and pictures of its own, and nothing else', () => {
    const foreign = [...pages].flatMap(([name, { loads }]) =>
      loads.filter((each) => /^(?:[a-z]+:|\/\/|<)/i.test(each) || !existsSync(join(folder, dirname(name), each))),
    );
    expect(foreign).to.deep.equal([]);
  });
});
