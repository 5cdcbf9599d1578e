/** What is known of something, as titled paragraphs. */
export interface Explanation {
  readonly kind:
    | 'word'
    | 'scenario'
    | 'check'
    | 'finding'
    | 'profile'
    | 'family'
    | 'cause'
    | 'port'
    | 'topic'
    | 'protocol'
    | 'certificate'
    | 'preset'
    | 'placeholder';
  readonly title: string;
  readonly paragraphs: readonly Paragraph[];
}

/** A heading and its text. */
export type Paragraph = readonly [heading: string, text: string];

/** Where a rule or an attack is written down. */
export interface Sources {
  readonly references: readonly string[];
  readonly cve?: readonly string[];
  readonly cwe?: readonly string[];
}

/** The paragraph of its sources. */
export const sourcesOf = ({ references, cve = [], cwe = [] }: Sources): Paragraph => [
  'References',
  [...references, ...cve, ...cwe].join(', '),
];

/** A paragraph that lists something; none where there is nothing to list. */
export const listed = (heading: string, list: readonly string[]): Paragraph[] =>
  list.length === 0 ? [] : [[heading, list.join(', ')]];
