/** What a mail is made of, as far as clients differ in it. */
export interface Anatomy {
  /** Elements; names in lower case. */
  readonly elements: readonly Element[];
  /** Declarations of style attributes and style sheets; names in lower case. */
  readonly declarations: readonly Declaration[];
  /** Selectors of style sheets, with what stands before them. */
  readonly selectors: readonly string[];
  /** `@media (…)` and the like. */
  readonly atRules: readonly string[];
}

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Declaration {
  readonly property: string;
  readonly value: string;
}

/** Something that clients support or not, by its name at caniemail.com, and how often a mail has it. */
export interface Feature {
  readonly slug: string;
  readonly title: string;
  readonly category: 'css' | 'html' | 'image';
  readonly found: (anatomy: Anatomy) => number;
}

const property = (slug: string, names: readonly string[]): Feature => ({
  slug: `css-${slug}`,
  title: names.join(', '),
  category: 'css',
  found: ({ declarations }) => count(declarations, (each) => names.includes(each.property)),
});

const value = (slug: string, title: string, form: RegExp, names?: readonly string[]): Feature => ({
  slug: `css-${slug}`,
  title,
  category: 'css',
  found: ({ declarations }) =>
    count(declarations, (each) => (names?.includes(each.property) ?? true) && form.test(each.value)),
});

const selector = (slug: string, title: string, form: RegExp): Feature => ({
  slug: `css-${slug}`,
  title,
  category: 'css',
  found: ({ selectors }) => count(selectors, (each) => form.test(each)),
});

const atRule = (slug: string, title: string, form: RegExp): Feature => ({
  slug: `css-at-${slug}`,
  title,
  category: 'css',
  found: ({ atRules }) => count(atRules, (each) => form.test(each)),
});

const element = (slug: string, names: readonly string[]): Feature => ({
  slug: `html-${slug}`,
  title: names.map((name) => `<${name}>`).join(', '),
  category: 'html',
  found: ({ elements }) => count(elements, (each) => names.includes(each.name)),
});

const attribute = (slug: string, title: string, form: RegExp, on?: string, name = slug): Feature => ({
  slug: `html-${slug}`,
  title,
  category: 'html',
  found: ({ elements }) =>
    count(elements, (each) => {
      const given = Object.hasOwn(each.attributes, name) ? each.attributes[name] : undefined;
      return (on === undefined || each.name === on) && given !== undefined && form.test(given);
    }),
});

const image = (kind: string, form: RegExp): Feature => ({
  slug: `image-${kind}`,
  title: `${kind} image`,
  category: 'image',
  found: ({ elements }) => count(elements, (each) => each.name === 'img' && form.test(each.attributes['src'] ?? '')),
});

const count = <T>(all: readonly T[], is: (each: T) => boolean): number =>
  all.reduce((sum, each) => sum + Number(is(each)), 0);

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Properties whose feature has their own name. */
const PROPERTIES = words(`
  accent-color align-items aspect-ratio backdrop-filter background background-blend-mode background-clip background-color
  background-image background-origin background-position background-repeat background-size border-collapse border-image
  border-spacing box-shadow box-sizing caption-side clear clip-path color-scheme column-count cursor direction display empty-cells
  filter flex-direction flex-wrap float font font-kerning font-size font-size-adjust font-stretch font-weight height
  hyphenate-character hyphens inline-size justify-content letter-spacing line-height list-style list-style-image list-style-position
  list-style-type mask-image max-height max-width min-height min-width mix-blend-mode object-fit object-position opacity orphans
  outline-offset overflow-wrap position resize shape-margin shape-outside tab-size table-layout text-align text-align-last
  text-decoration text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness text-emphasis
  text-indent text-justify text-orientation text-overflow text-shadow text-transform text-underline-offset text-wrap transform
  user-select vertical-align visibility white-space widows width word-break word-spacing word-wrap writing-mode z-index
`);

const sides = (name: string): string[] => [
  name,
  ...['top', 'right', 'bottom', 'left'].map((side) => `${name}-${side}`),
];

const PSEUDO_CLASSES = words(`
  active checked first-child first-of-type focus focus-visible focus-within has hover lang last-child last-of-type link not nth-child
  nth-last-child nth-last-of-type nth-of-type only-child only-of-type target visited
`);

const ELEMENTS = words(`
  abbr acronym address audio base bdi blockquote code del dfn dialog div form hr img link marquee meter p picture pre progress ruby rp
  rt select small span strike strong style svg table textarea video wbr
`);

/** Attributes whose feature has their own name. */
const ATTRIBUTES = words(`
  align aria-describedby aria-hidden aria-label aria-labelledby aria-live background cellpadding cellspacing height hidden lang popover
  required role srcset target valign width
`);

const ANY = /^/;

/** All that is looked for. */
export const FEATURES: readonly Feature[] = [
  ...PROPERTIES.map((name) => property(name, [name])),
  property('animation', words('animation animation-name animation-duration animation-delay animation-timing-function')),
  property('border', sides('border')),
  property(
    'border-radius',
    words(
      'border-radius border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius',
    ),
  ),
  property('gap', words('gap column-gap row-gap')),
  property('grid-template', words('grid-template grid-template-areas grid-template-columns grid-template-rows')),
  property('inset', ['inset']),
  property('left-right-top-bottom', words('left right top bottom')),
  property('margin', sides('margin')),
  property('outline', words('outline outline-color outline-style outline-width')),
  property('overflow', words('overflow overflow-x overflow-y')),
  property('padding', sides('padding')),
  property('scroll-snap', words('scroll-snap-type scroll-snap-align')),
  property(
    'transition',
    words('transition transition-property transition-duration transition-delay transition-timing-function'),
  ),
  value('display-flex', 'display: flex', /^(?:inline-)?flex\b/i, ['display']),
  value('display-grid', 'display: grid', /^(?:inline-)?grid\b/i, ['display']),
  value('display-none', 'display: none', /^none\b/i, ['display']),
  value('important', '!important', /!\s*important\b/i),
  value('intrinsic-size', 'min-content, max-content, fit-content', /\b(?:min|max|fit)-content\b/i),
  value('variables', 'var()', /\bvar\(/i),
  value('rgb', 'rgb()', /\brgb\(/i),
  value('rgba', 'rgba()', /\brgba\(/i),
  ...words('linear radial conic').map((kind) =>
    value(`${kind}-gradient`, `${kind}-gradient()`, RegExp(`\\b${kind}-gradient\\(`, 'i')),
  ),
  ...words('clamp max min light-dark').map((name) =>
    value(`function-${name}`, `${name}()`, RegExp(`(?<![\\w-])${name}\\(`, 'i')),
  ),
  value('unit-calc', 'calc()', /\bcalc\(/i),
  value('unit-initial', 'initial', /^initial\b/i),
  value('unit-percent', 'percent', /\d%/),
  ...words('ch cm em ex in mm pc pt px rem vh vmax vmin vw').map((unit) =>
    value(`unit-${unit}`, `unit ${unit}`, RegExp(`(?<![\\w#.-])-?(?:\\d+|\\d*\\.\\d+)${unit}\\b`, 'i')),
  ),
  ...PSEUDO_CLASSES.map((name) => selector(`pseudo-class-${name}`, `:${name}`, RegExp(`:${name}(?![\\w-])`, 'i'))),
  ...words('after before first-letter first-line marker placeholder').map((name) =>
    selector(`pseudo-element-${name}`, `::${name}`, RegExp(`::?${name}(?![\\w-])`, 'i')),
  ),
  selector('selector-adjacent-sibling', 'adjacent sibling (a + b)', /\+(?![^(]*\))/),
  selector('selector-attribute', 'attribute ([a])', /\[/),
  selector('selector-child', 'child (a > b)', />/),
  selector('selector-class', 'class (.a)', /\.[a-z_]/i),
  selector('selector-general-sibling', 'general sibling (a ~ b)', /~(?!=)/),
  selector('selector-id', 'id (#a)', /#[a-z_]/i),
  selector('selector-universal', 'universal (*)', /(?:^|[\s,>+~])\*(?!=)/),
  atRule('font-face', '@font-face', /^@font-face\b/i),
  atRule('import', '@import', /^@import\b/i),
  atRule('keyframes', '@keyframes', /^@(?:-webkit-)?keyframes\b/i),
  atRule('media', '@media', /^@media\b/i),
  atRule('media-device-pixel-ratio', '@media (device-pixel-ratio)', /^@media\b.*device-pixel-ratio/i),
  atRule('media-hover', '@media (hover)', /^@media\b.*\(hover/i),
  atRule('media-orientation', '@media (orientation)', /^@media\b.*\(orientation/i),
  atRule('media-prefers-color-scheme', '@media (prefers-color-scheme)', /^@media\b.*prefers-color-scheme/i),
  atRule('media-prefers-reduced-motion', '@media (prefers-reduced-motion)', /^@media\b.*prefers-reduced-motion/i),
  atRule('supports', '@supports', /^@supports\b/i),
  ...ELEMENTS.map((name) => element(name, [name])),
  element('body', ['body']),
  element('h1-h6', words('h1 h2 h3 h4 h5 h6')),
  element('lists', words('ul ol dl')),
  element('object', words('object embed')),
  element(
    'semantics',
    words('article aside details figcaption figure footer header main mark nav section summary time'),
  ),
  ...ATTRIBUTES.map((name) => attribute(name, `attribute ${name}`, ANY)),
  attribute('loading-attribute', 'attribute loading', ANY, undefined, 'loading'),
  attribute('anchor-links', 'link to an anchor', /^#./, 'a', 'href'),
  attribute('mailto-links', 'link to a mail address', /^mailto:/i, 'a', 'href'),
  attribute('image-maps', 'image map', ANY, 'img', 'usemap'),
  ...words('reset submit').map((type) =>
    attribute(`button-${type}`, `<button type="${type}">`, RegExp(`^${type}$`, 'i'), 'button', 'type'),
  ),
  ...words('checkbox hidden radio reset submit text').map((type) =>
    attribute(`input-${type}`, `<input type="${type}">`, RegExp(`^${type}$`, 'i'), 'input', 'type'),
  ),
  ...words('apng avif bmp gif hdr heif ico mp4 png ppm svg webp').map((kind) =>
    image(kind, RegExp(`\\.${kind}(?:[?#]|$)`, 'i')),
  ),
  image('jpg', /\.jpe?g(?:[?#]|$)/i),
  image('tiff', /\.tiff?(?:[?#]|$)/i),
  image('base64', /^data:image\//i),
];
