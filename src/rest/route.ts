import type { MailSite } from './site.js';

/** A request, taken apart. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The JSON of its body; undefined without one. */
  readonly body: unknown;
}

/** What is answered with status 200. */
export interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request that is answered, its path with what is variable in groups. */
export type Route = readonly [
  method: string,
  path: RegExp,
  answer: (site: MailSite, parts: readonly string[], asked: Asked) => Answer | Promise<Answer>,
];

/** Answers with JSON. */
export const json = (value: unknown): Answer => ({ type: 'application/json', body: JSON.stringify(value) });

/** Answers with plain text. */
export const plain = (body: string): Answer => ({ type: 'text/plain; charset=utf-8', body });
