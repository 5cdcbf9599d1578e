import type { PresetSetUp } from '../clients/presets/preset.js';
import type { Kind, Listed } from './catalogue.js';
import { listed, type Explanation } from './paragraphs.js';

/** Kinds of things of which `waxseal list` says everything. */
export const SIMPLE_KINDS: Readonly<Partial<Record<Kind, Explanation['kind']>>> = {
  protocols: 'protocol',
  certificates: 'certificate',
  presets: 'preset',
  placeholders: 'placeholder',
};

/** All that a list says of something. */
export const simpleExplanation = (
  kind: Explanation['kind'] | undefined,
  { id, title, ...fields }: Listed,
): readonly Explanation[] =>
  kind === undefined
    ? []
    : [
        {
          kind,
          title: `${id}: ${title}`,
          paragraphs: Object.entries(fields).flatMap(([field, value]) =>
            Array.isArray(value) || typeof value === 'string' || typeof value === 'boolean'
              ? listed(FIELD_WORDS[field] ?? field, wordsIn(value))
              : [],
          ),
        },
      ];

const wordsIn = (value: string | boolean | readonly unknown[]): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'boolean'
      ? [value ? 'yes' : 'no']
      : value.map((each: unknown) => (isSetUp(each) ? setUpWords(each) : String(each)));

const isSetUp = (value: unknown): value is PresetSetUp =>
  typeof value === 'object' && value !== null && 'protocol' in value && 'policy' in value;

/** As in the key of a case. */
const setUpWords = ({ protocol, tls, policy }: PresetSetUp): string =>
  `${protocol}+${tls}${policy === 'opportunistic' ? ' if available' : ''}`;

const FIELD_WORDS: Readonly<Record<string, string>> = {
  modes: 'TLS modes',
  ports: 'Ports',
  faulty: 'Clients must refuse it',
  program: 'Program',
  packages: 'Debian packages',
  npm: 'npm package',
  remark: 'Remark',
  setUps: 'Set-ups',
  variable: 'Environment variable',
};
