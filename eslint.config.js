import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// From the top down: a line may import the lines below it, and siblings on one line do not know each other.
const LAYERS = [
  ['cli', 'chai', 'mocha', 'index', 'scenario', 'check'],
  ['control', 'runner', 'rest', 'exporter', 'config'],
  ['report'],
  ['demo', 'proof', 'lab'],
  ['domain', 'guide'],
  ['testing', 'serving', 'audit'],
  ['targets'],
  ['document'],
  ['stage', 'knowledge', 'rules'],
  ['cases'],
  ['scenarios', 'checks', 'profiles', 'domain-checks'],
  ['probes'],
  ['endpoints', 'proxy', 'clients', 'toys'],
  ['capture'],
  ['verdict'],
  ['protocols', 'chains'],
  ['wire', 'tls', 'place', 'dns', 'mail'],
  ['fault'],
];

// The wire must see where TLS starts and read its hellos; that grammar lives in tls, which knows nothing of the wire.
const ALLOWED_SIBLINGS = [['wire', 'tls']];

const SOURCE = resolve(import.meta.dirname, 'src');

/** The folder (or the file without its suffix) directly below src that a path lies in; undefined outside src. */
const partOf = (path) => {
  const [first] = relative(SOURCE, path).split(sep);
  return first === '..' || first === '' ? undefined : first.replace(/\.[jt]s$/, '');
};

const heightOf = (part) => LAYERS.findIndex((line) => line.includes(part));

const isAllowedSibling = (from, to) => ALLOWED_SIBLINGS.some(([upper, lower]) => upper === from && lower === to);

const complaint = (from, to) => {
  if (to === undefined) return 'src imports nothing that lies outside src: it would be missing from the package.';
  if (from === to) return undefined;
  if (heightOf(from) < 0) return `'src/${from}' has no layer: put it into LAYERS in eslint.config.js.`;
  if (heightOf(to) < 0) return `'src/${to}' has no layer: put it into LAYERS in eslint.config.js.`;
  if (heightOf(from) > heightOf(to)) return `'${from}' lies below '${to}': imports point downwards only.`;
  if (heightOf(from) === heightOf(to) && !isAllowedSibling(from, to)) {
    return `'${from}' and '${to}' are siblings: what both need belongs to a layer below.`;
  }
  return undefined;
};

const layers = {
  meta: { type: 'problem', schema: [] },
  create: (context) => {
    const from = partOf(context.filename);
    if (from === undefined) return {};
    const inspect = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const message = complaint(from, partOf(resolve(dirname(context.filename), specifier)));
      if (message !== undefined) context.report({ node: node.source, message });
    };
    return {
      ImportDeclaration: inspect,
      ImportExpression: inspect,
      ExportAllDeclaration: inspect,
      ExportNamedDeclaration: inspect,
      TSImportType: inspect,
    };
  },
};

const KEBAB_CASE = /^[a-z0-9]+([-.][a-z0-9]+)*$/;
const CATCH_ALL = /(^|[-.])(utils?|helpers?|common|misc|manager)([-.]|$)/;

const fileName = {
  meta: { type: 'problem', schema: [] },
  create: (context) => ({
    Program: (node) => {
      const name = basename(context.filename).replace(/\.[jt]s$/, '');
      if (!KEBAB_CASE.test(name)) context.report({ node, message: `File names are kebab-case; '${name}' is not.` });
      if (CATCH_ALL.test(name))
        context.report({ node, message: `'${name}' says nothing: name the one idea of this file.` });
    },
  }),
};

/** The names of protocols and of their ports, as the generated list has them. */
const PROTOCOL_WORDS = new Set(
  [...readFileSync(resolve(SOURCE, 'protocols/names.ts'), 'utf8').matchAll(/'([a-z0-9]+)'/g)].map(([, word]) => word),
);

// What knows protocols by name: their folders, the clients and servers of others, and the clients that the demo shows.
const KNOWS_PROTOCOLS = ['protocols/', 'clients/presets/', 'endpoints/daemons/', 'lab/', 'demo/clients.', 'rules/'];

const protocolNames = {
  meta: { type: 'problem', schema: [] },
  create: (context) => {
    const path = relative(SOURCE, context.filename).split(sep).join('/');
    if (path.startsWith('..') || KNOWS_PROTOCOLS.some((folder) => path.startsWith(folder))) return {};
    const complain = (node, name) =>
      context.report({
        node,
        message: `What is particular to '${name}' belongs into its folder below src/protocols: ask the protocol.`,
      });
    return {
      Literal: (node) => {
        const isImported = node.parent.type.endsWith('Declaration') || node.parent.type === 'ImportExpression';
        if (PROTOCOL_WORDS.has(node.value) && !isImported) complain(node, node.value);
      },
      Property: ({ key, shorthand, computed }) => {
        if (key.type === 'Identifier' && !shorthand && !computed && PROTOCOL_WORDS.has(key.name))
          complain(key, key.name);
      },
    };
  },
};

export default defineConfig(
  globalIgnores(['node_modules', 'dist', 'coverage', 'fixtures', 'docs', 'packages']),
  {
    files: ['**/*.ts', '**/*.js'],
    // Rules that ask for types are oxlint's (.oxlintrc.json), which reads the types in a fraction of the time.
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    plugins: { waxseal: { rules: { layers, 'file-name': fileName, 'protocol-names': protocolNames } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'waxseal/layers': 'error',
      'waxseal/file-name': 'error',
      'waxseal/protocol-names': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],

      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],

      // Off because they fight the house style: types and interfaces are both fine, a listener may ignore its event, a contract may ask
      // for a promise where one implementation has nothing to await, and `{}`-shaped generics carry inference through define…().
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'exit',
          message: 'Only programs of their own end the process, such as src/cli/main.ts.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'node:process', importNames: ['exit'], message: 'Only src/cli/main.ts ends the process.' }],
        },
      ],
    },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  // Programs of their own.
  {
    files: ['src/cli/main.ts', 'src/cli/check-waxseal.ts', 'src/place/redirector.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      // chai's assertions are property reads: `expect(x).to.be.true`.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
);
