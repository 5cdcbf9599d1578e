import { anatomyOf } from './anatomy.js';
import { FEATURES, type Feature } from './features.js';
import { FAMILIES, PLATFORMS, supportOf, type Client } from './support.js';

/** How well mail clients show the HTML of a mail, in Mailpit’s form. */
export interface HtmlCheck {
  readonly Platforms: Readonly<Record<string, readonly string[]>>;
  readonly Total: {
    readonly Tests: number;
    readonly Nodes: number;
    readonly Supported: number;
    readonly Partial: number;
    readonly Unsupported: number;
  };
  readonly Warnings: readonly Warning[];
}

/** A feature that a mail has, with its support in each client. */
export interface Warning {
  readonly Slug: string;
  readonly Title: string;
  readonly Description: string;
  readonly URL: string;
  readonly Category: Feature['category'];
  readonly Tags: readonly string[];
  readonly Keywords: string;
  readonly Results: readonly ClientResult[];
  readonly NotesByNumber: Readonly<Record<string, string>>;
  readonly Score: Score;
}

interface ClientResult {
  readonly Name: string;
  readonly Family: string;
  readonly Platform: string;
  readonly Version: string;
  readonly Support: 'yes' | 'no' | 'partial';
  readonly NoteNumber: string;
}

/** Percentages of clients, and how often the mail has the feature. */
interface Score {
  readonly Found: number;
  readonly Supported: number;
  readonly Partial: number;
  readonly Unsupported: number;
}

/** Looks for what mail clients support differently; worst first. */
export const checkedHtml = (html: string): HtmlCheck => {
  const anatomy = anatomyOf(html);
  const nodes = Math.max(1, anatomy.elements.filter(({ name }) => !UNCOUNTED.has(name)).length);
  const scripts = anatomy.elements.filter(
    ({ name, attributes }) => name === 'script' && !/json/i.test(attributes['type'] ?? ''),
  ).length;
  const warnings = [
    ...(scripts > 0 ? [scriptWarning(scripts)] : []),
    ...FEATURES.flatMap((feature) => {
      const clients = supportOf(feature.slug);
      const found = clients.length === 0 ? 0 : feature.found(anatomy);
      return found === 0 ? [] : [warningOf(feature, found, clients)];
    }),
  ];
  const share = (of: 'Partial' | 'Unsupported'): number =>
    Math.max(0, ...warnings.map(({ Score: { [of]: percent, Found } }) => Math.min(100, (percent * Found) / nodes)));
  const [unsupported, partial] = [share('Unsupported'), share('Partial')];
  return {
    Platforms: PLATFORMS_OF,
    Total: {
      Tests: FEATURES.length + 1,
      Nodes: nodes,
      Supported: Math.max(0, 100 - partial - unsupported),
      Partial: partial,
      Unsupported: unsupported,
    },
    Warnings: warnings.toSorted((a, b) => weight(b.Score) - weight(a.Score)),
  };
};

const weight = ({ Unsupported, Partial, Found }: Score): number => (Unsupported + Partial) * Found;

const warningOf = ({ slug, title, category }: Feature, found: number, clients: readonly Client[]): Warning => {
  const percent = (support: Client['support']): number =>
    (100 * clients.filter((each) => each.support === support).length) / clients.length;
  return {
    Slug: slug,
    Title: title,
    Description: '',
    URL: `https://www.caniemail.com/features/${slug}/`,
    Category: category,
    Tags: [],
    Keywords: '',
    Results: clients.map(({ family, platform, version, support }) => ({
      Name: `${FAMILIES[family] ?? family} ${PLATFORMS[platform] ?? platform} (${version})`,
      Family: family,
      Platform: platform,
      Version: version,
      Support: support,
      NoteNumber: '',
    })),
    NotesByNumber: {},
    Score: { Found: found, Supported: percent('yes'), Partial: percent('partial'), Unsupported: percent('no') },
  };
};

/** No mail client runs scripts. */
const scriptWarning = (found: number): Warning => ({
  Slug: 'html-script',
  Title: '<script>',
  Description: 'No mail client runs scripts.',
  URL: '',
  Category: 'html',
  Tags: [],
  Keywords: '',
  Results: [],
  NotesByNumber: {},
  Score: { Found: found, Supported: 0, Partial: 0, Unsupported: 100 },
});

const UNCOUNTED: ReadonlySet<string> = new Set(['html', 'head', 'meta', 'title']);

/** Families of clients by platform, by name. */
const PLATFORMS_OF: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.keys(PLATFORMS).map((platform) => {
    const clients = FEATURES.flatMap(({ slug }) => supportOf(slug)).filter((each) => each.platform === platform);
    return [platform, [...new Set(clients.map(({ family }) => FAMILIES[family] ?? family))].toSorted()];
  }),
);
