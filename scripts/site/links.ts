import { posix } from 'node:path';

/** The place of a page of the repository on the site; undefined for what is not there. */
export const sitePath = (path: string): string | undefined => {
  if (path === 'README.md') return 'readme.html';
  if (/^(?:CONTRIBUTING|SECURITY|CHANGELOG)\.md$/.test(path)) return `${path.slice(0, -3).toLowerCase()}-page.html`;
  if (!path.startsWith('docs/')) return undefined;
  return path.slice('docs/'.length).replace(/\.md$/, '.html');
};

/** A link of a page, for the site: relative, to HTML; undefined where the site has no such page. Links to other hosts stay. */
export const siteLink = (from: string, href: string): string | undefined => {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('#')) return href;
  const [path = '', anchor] = href.split('#');
  const here = sitePath(from);
  const there = sitePath(posix.normalize(posix.join(posix.dirname(from), path)));
  if (here === undefined || there === undefined) return undefined;
  return `${posix.relative(posix.dirname(here), there)}${anchor === undefined ? '' : `#${anchor}`}`;
};

/** The anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
