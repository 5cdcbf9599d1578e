import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import Eleventy from '@11ty/eleventy';
import { anchorOf, siteLink, sitePath } from './links.js';
import { JOBS } from './pages.js';

const ROOT = join(import.meta.dirname, '../..');
const DOCS = join(ROOT, 'docs');

/** Builds the site into a folder, which is emptied first. */
export const buildSite = async (output: string): Promise<void> => {
  rmSync(output, { recursive: true, force: true });
  const site = new Eleventy(
    relative(process.cwd(), join(ROOT, 'scripts/site/pages')) || '.',
    relative(process.cwd(), output),
    {
      quietMode: true,
      configPath: false,
      config: (configuration) => {
        configuration.amendLibrary('md', (library) => {
          withLinks(library as Markdown);
        });
        configuration.addTemplate(
          '_includes/page.liquid',
          readFileSync(join(ROOT, 'scripts/site/page.liquid'), 'utf8'),
        );
        for (const path of sources()) {
          const text = readFileSync(join(ROOT, path), 'utf8');
          configuration.addTemplate(path, text.replace(/<!--[^]*?-->\n?/g, ''), {
            layout: 'page.liquid',
            templateEngineOverride: 'md',
            permalink: sitePath(path),
            source: path,
            title: titleOf(text),
            top: '../'.repeat((sitePath(path) ?? '').split('/').length - 1),
            jobs: menu(),
          });
        }
        configuration.addTemplate('index.md', home(), {
          layout: 'page.liquid',
          templateEngineOverride: 'md',
          permalink: 'index.html',
          source: 'docs/index.md',
          title: 'waxseal',
          top: '',
          jobs: menu(),
        });
        return {
          markdownTemplateEngine: false,
          dir: { input: 'scripts/site/pages', includes: '../layouts', layouts: '../layouts' },
        };
      },
    },
  );
  await site.write();
  cpSync(join(ROOT, 'scripts/site/style.css'), join(output, 'style.css'));
  for (const folder of readdirSync(DOCS, { recursive: true, encoding: 'utf8' }))
    if (!folder.endsWith('.md') && /\.[a-z0-9]+$/.test(folder)) cpSync(join(DOCS, folder), join(output, folder));
};

/** The pages of the repository that the site shows. */
const sources = (): string[] => [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];

const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? 'waxseal';

/** Jobs with their pages; what is in none of them comes last. */
const jobs = (): (readonly [job: string, pages: readonly string[]])[] => {
  const all = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.replace(/\.md$/, ''));
  const named = new Set(JOBS.flatMap(([, names]) => names));
  const rest = all.filter((name) => !named.has(name));
  return [
    ...JOBS.map(([job, names]) => [job, names.filter((name) => all.includes(name))] as const),
    ...(rest.length > 0 ? [['More', rest] as const] : []),
  ];
};

/** Jobs with their pages, as the menu shows them. */
const menu = (): object[] => [
  ...jobs().map(([job, names]) => ({
    job,
    pages: names.map((name) => ({
      href: `${name}.html`,
      title: titleOf(readFileSync(join(DOCS, `${name}.md`), 'utf8')),
    })),
  })),
  {
    job: 'Reference',
    pages: readdirSync(join(DOCS, 'reference'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => ({
        href: `reference/${name.replace(/\.md$/, '.html')}`,
        title: titleOf(readFileSync(join(DOCS, 'reference', name), 'utf8')),
      })),
  },
];

const home = (): string =>
  [
    '# waxseal',
    '',
    'Waxseal proves whether encryption started before anything secret was sent, and whether it was the right encryption with the right peer: for mail clients, mail servers, and the path between them.',
    '',
    ...jobs().flatMap(([job, names]) => [
      `## ${job}`,
      '',
      ...names.map((name) => `- [${titleOf(readFileSync(join(DOCS, `${name}.md`), 'utf8'))}](${name}.md)`),
      '',
    ]),
    'The words of reports and messages are in the [glossary](architecture.md#words).',
    '',
  ].join('\n');

interface Token {
  readonly type: string;
  readonly content: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface Markdown {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: { readonly tokens: Token[]; readonly env: { readonly source?: string } }) => void,
      ): void;
    };
  };
}

/** Headings get anchors, and links lead to pages of the site. */
const withLinks = (markdown: Markdown): void => {
  markdown.core.ruler.push('waxseal', ({ tokens, env }) => {
    const used = new Map<string, number>();
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'heading_open') {
        const anchor = anchorOf(plain(tokens[index + 1]));
        const count = used.get(anchor) ?? 0;
        used.set(anchor, count + 1);
        token.attrSet('id', count === 0 ? anchor : `${anchor}-${String(count)}`);
      }
      for (const child of token.children ?? []) {
        const name = child.type === 'link_open' ? 'href' : child.type === 'image' ? 'src' : undefined;
        const link = name === undefined ? null : child.attrGet(name);
        // What is in the repository only is no link here.
        if (name !== undefined && link !== null) child.attrSet(name, siteLink(env.source ?? '', link) ?? '#');
      }
    }
  });
};

const plain = (token: Token | undefined): string =>
  (token?.children ?? [])
    .map((child) => (child.type === 'text' || child.type === 'code_inline' ? child.content : ''))
    .join('');
