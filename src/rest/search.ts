import type { KeptMail } from '../mail/kept-mail.js';
import { isSeen } from '../mail/kept-mail.js';
import { parsedMail, type NamedAddress, type Summaries, type Summary } from './summary.js';

/** What a search knows of a mail; its text is read only if it is asked for. */
interface Searched {
  readonly mail: KeptMail;
  readonly summary: Summary;
  readonly tags: ReadonlySet<string>;
}

type Test = (searched: Searched) => boolean | Promise<boolean>;

/**
 * A search as Mailpit has them: words and "phrases" that all have to be found, `-` or `!` before what must not, and the filters `from:`,
 * `to:`, `cc:`, `bcc:`, `reply-to:`, `addressed:`, `subject:`, `message-id:`, `tag:`, `is:read`, `is:unread`, `is:tagged`,
 * `has:attachment`, `before:`, `after:`, `larger:`, `smaller:`.
 */
export const searchTest = (query: string): Test => {
  const tests = [...query.slice(0, LONGEST_QUERY).matchAll(/([-!]?)((?:[a-z-]{2,12}:)?)(?:"([^"]*)"|([^\s"]+))/gi)]
    .slice(0, MOST_TERMS)
    .map(([, not = '', filter = '', quoted, word = '']) => {
      const test = filtered(filter.toLowerCase().slice(0, -1), (quoted ?? word).toLowerCase(), filter);
      return async (searched: Searched): Promise<boolean> => (await test(searched)) === (not === '');
    });
  return async (searched) => {
    for (const test of tests) if (!(await test(searched))) return false;
    return true;
  };
};

/** Mails of a list that a search finds, in its order; others are served meanwhile. */
export const found = async (
  mails: readonly KeptMail[],
  query: string,
  summaries: Summaries,
  tagsOf: (mail: KeptMail) => ReadonlySet<string>,
): Promise<KeptMail[]> => {
  const test = searchTest(query);
  const matching: KeptMail[] = [];
  let since = performance.now();
  for (const mail of mails) {
    if (mail.isGone) continue;
    const searched = { mail, summary: await summaries.of(mail), tags: tagsOf(mail) };
    if (await test(searched)) matching.push(mail);
    if (performance.now() - since < AT_A_TIME) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  return matching;
};

const filtered = (name: string, wanted: string, written: string): Test => {
  switch (name) {
    case 'from':
      return ({ summary: { From } }) => holds([From], wanted);
    case 'to':
      return ({ summary: { To } }) => holds(To, wanted);
    case 'cc':
      return ({ summary: { Cc } }) => holds(Cc, wanted);
    case 'bcc':
      return ({ summary: { Bcc } }) => holds(Bcc, wanted);
    case 'reply-to':
      return ({ summary: { ReplyTo } }) => holds(ReplyTo, wanted);
    case 'addressed':
      return ({ summary: { From, To, Cc, Bcc, ReplyTo } }) => holds([From, ...To, ...Cc, ...Bcc, ...ReplyTo], wanted);
    case 'subject':
      return ({ summary: { Subject } }) => Subject.toLowerCase().includes(wanted);
    case 'message-id':
      return ({ summary: { MessageID } }) => MessageID.toLowerCase().includes(wanted);
    case 'tag':
      return ({ tags }) => [...tags].some((tag) => tag.toLowerCase() === wanted);
    case 'is':
      return ({ mail, tags }) =>
        wanted === 'read' ? isSeen(mail) : wanted === 'unread' ? !isSeen(mail) : wanted === 'tagged' && tags.size > 0;
    case 'has':
      return ({ summary: { Attachments } }) => /^attachments?$/.test(wanted) && Attachments > 0;
    case 'before':
      return ({ mail }) => mail.receivedAt < Date.parse(wanted);
    case 'after':
      return ({ mail }) => mail.receivedAt >= Date.parse(wanted);
    case 'larger':
      return ({ mail }) => mail.size > sizeOf(wanted);
    case 'smaller':
      return ({ mail }) => mail.size < sizeOf(wanted);
    default:
      return anywhere(`${written.toLowerCase()}${wanted}`);
  }
};

const anywhere =
  (wanted: string): Test =>
  async ({ mail, summary }) => {
    const { From, To, Cc, Bcc, ReplyTo, Subject, Snippet, MessageID } = summary;
    if (holds([From, ...To, ...Cc, ...Bcc, ...ReplyTo], wanted)) return true;
    if ([Subject, Snippet, MessageID].some((text) => text.toLowerCase().includes(wanted))) return true;
    const { text, html } = await parsedMail(mail);
    return text.toLowerCase().includes(wanted) || html.toLowerCase().includes(wanted);
  };

const holds = (addresses: readonly NamedAddress[], wanted: string): boolean =>
  addresses.some(({ Name, Address }) => `${Name} <${Address}>`.toLowerCase().includes(wanted));

/** Bytes, of `500`, `20k` or `2m`. */
const sizeOf = (text: string): number => {
  const [, number = 'NaN', unit = ''] = /^(\d{1,12})([km]?)b?$/.exec(text) ?? [];
  return Number(number) * (unit === 'm' ? 1024 * 1024 : unit === 'k' ? 1024 : 1);
};

const LONGEST_QUERY = 2000;
const MOST_TERMS = 50;
/** Milliseconds. */
const AT_A_TIME = 10;
