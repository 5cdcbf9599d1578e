import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { commandReference } from '../../src/cli/program.js';
import { KINDS, listOf } from '../../src/knowledge/catalogue.js';
import { explainable, explanationsOf } from '../../src/knowledge/explanation.js';
import { WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import { PAGES, ROOT } from './pages.js';

/** A line that somebody reads, and where it is from. */
export interface Text {
  readonly where: string;
  readonly text: string;
  /** Read by users of the command, who know no more than the README: not the pages for people who change or extend waxseal. */
  readonly isForUsers: boolean;
}

/** Everything that users and contributors read: pages, help, lists, explanations, golden reports, and all messages. */
export const allTexts = (): Text[] => [
  ...[...PAGES, 'CHANGELOG.md'].flatMap((path) =>
    linesOf(path, readFileSync(join(ROOT, path), 'utf8'), !FOR_CONTRIBUTORS.test(path)),
  ),
  ...commandReference('0.0.0').flatMap(({ name, help }) => linesOf(`${name} --help`, help)),
  ...KINDS.flatMap((kind) =>
    listOf(kind).map(({ id, title }) => ({ where: `list ${kind}`, text: `${id}  ${title}`, isForUsers: true })),
  ),
  ...[...explainable(), ...WELL_KNOWN_PORTS.map(({ port }) => String(port))].flatMap((id) =>
    explanationsOf(id).flatMap(({ title, paragraphs }) =>
      [title, ...paragraphs.map(([heading, text]) => `${heading}: ${text}`)].map((text) => ({
        where: `explain ${id}`,
        text,
        isForUsers: true,
      })),
    ),
  ),
  ...filesIn('fixtures/reports', '.txt').flatMap((path) => linesOf(path, readFileSync(join(ROOT, path), 'utf8'))),
  ...filesIn('src', '.ts').flatMap((path) => messagesIn(path)),
];

/** Whether a text stands on a page, or in a report that pages show. */
export const isPageText = ({ where }: Text): boolean => /^(?:[\w./-]+\.md|fixtures\/\S+):\d+$/.test(where);

const FOR_CONTRIBUTORS = /^(?:CONTRIBUTING|docs\/(?:architecture|extending|security))\.md$/;

const linesOf = (where: string, text: string, isForUsers = true): Text[] =>
  text.split('\n').map((line, index) => ({ where: `${where}:${String(index + 1)}`, text: line, isForUsers }));

const filesIn = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));

/** The string literals of a source file, what is put into them as `{}`; comments are not for readers of messages. */
const messagesIn = (path: string): Text[] => {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Text[] = [];
  const visit = (node: ts.Node): void => {
    const text = ts.isStringLiteralLike(node)
      ? node.text
      : ts.isTemplateExpression(node)
        ? node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('')
        : undefined;
    if (text !== undefined && !ts.isImportDeclaration(node.parent)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${path}:${String(line + 1)}`, text, isForUsers: !/^src\/(?:proof|toys)\//.test(path) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};
