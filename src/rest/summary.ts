import PostalMime, { addressParser, decodeWords, type Address, type Attachment, type Email } from 'postal-mime';
import { isSeen, type KeptMail } from '../mail/kept-mail.js';
import { fieldValue, parsePart, type Part } from '../mail/mime.js';

/** An address, in Mailpit's form. */
export interface NamedAddress {
  readonly Name: string;
  readonly Address: string;
}

/** What a list says of a mail, without what changes. */
export interface Summary {
  readonly MessageID: string;
  readonly From: NamedAddress;
  readonly To: readonly NamedAddress[];
  readonly Cc: readonly NamedAddress[];
  readonly Bcc: readonly NamedAddress[];
  readonly ReplyTo: readonly NamedAddress[];
  readonly Subject: string;
  readonly Created: string;
  readonly Size: number;
  readonly Attachments: number;
  readonly Snippet: string;
}

/** A mail taken apart. */
export interface ParsedMail {
  readonly summary: Summary;
  /** When it was written, else when it came; ISO 8601. */
  readonly date: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly Attachment[];
  readonly inline: readonly Attachment[];
}

/** Takes a mail apart, however hostile it is: what is too deep or too long for the parser shows headers and raw text alone. */
export const parsedMail = async (mail: KeptMail): Promise<ParsedMail> => {
  const content = mail.content();
  const email = await emailOf(content);
  if (email === undefined) {
    const part = parsePart(content.toString('latin1'));
    const text = utf8(part.body.slice(0, LONGEST_PREVIEW));
    return {
      summary: summaryOf(mail, fieldsOf(part), text, 0),
      date: new Date(mail.receivedAt).toISOString(),
      text,
      html: '',
      attachments: [],
      inline: [],
    };
  }
  const inline = email.attachments.filter((each) => each.disposition === 'inline' || each.related === true);
  const attachments = email.attachments.filter((each) => !inline.includes(each));
  const { text = '', html = '', date } = email;
  const written = date === undefined ? NaN : Date.parse(date);
  return {
    summary: summaryOf(mail, addressesOf(email), text === '' ? withoutTags(html) : text, attachments.length),
    date: new Date(Number.isNaN(written) ? mail.receivedAt : written).toISOString(),
    text,
    html,
    attachments,
    inline,
  };
};

/** What lists say of mails; what was found out once is remembered as long as the mail is kept. */
export class Summaries {
  readonly #known = new WeakMap<KeptMail, Summary>();

  async of(mail: KeptMail): Promise<Summary> {
    const known = this.#known.get(mail);
    if (known !== undefined) return known;
    const summary = mail.size > LONGEST_PREVIEW ? await previewOf(mail) : (await parsedMail(mail)).summary;
    this.#known.set(mail, summary);
    return summary;
  }
}

/** What changes is not remembered. */
export const readStatus = (mail: KeptMail): { readonly Read: boolean } => ({ Read: isSeen(mail) });

/** Of a large mail the beginning is read, and its parts are counted. */
const previewOf = async (mail: KeptMail): Promise<Summary> => {
  const content = mail.content();
  const email = await emailOf(content.subarray(0, LONGEST_PREVIEW));
  const part = parsePart(content.toString('latin1'));
  if (email === undefined) return summaryOf(mail, fieldsOf(part), '', attachmentsIn(part));
  const { text = '', html = '' } = email;
  return summaryOf(mail, addressesOf(email), text === '' ? withoutTags(html) : text, attachmentsIn(part));
};

const emailOf = async (content: Buffer): Promise<Email | undefined> => {
  if (hasTooManyParts(content)) return undefined;
  try {
    return await PostalMime.parse(content, {
      maxNestingDepth: DEEPEST,
      maxHeadersSize: LONGEST_HEADERS,
      maxRfc822NestingDepth: 3,
      attachmentEncoding: 'arraybuffer',
    });
  } catch {
    return undefined;
  }
};

/** A part takes the parser a tenth of a millisecond, and a mail may have a million: nobody is served meanwhile. */
const hasTooManyParts = (content: Buffer): boolean => {
  let at = 0;
  for (let parts = 0; parts < MOST_PARTS; parts += 1) {
    at = content.indexOf('\n--', at, 'latin1') + 1;
    if (at === 0) return false;
  }
  return true;
};

type Addresses = Omit<Summary, 'Created' | 'Size' | 'Attachments' | 'Snippet' | 'Bcc'> & {
  readonly bcc: readonly NamedAddress[];
};

const addressesOf = (email: Email): Addresses => ({
  MessageID: (email.messageId ?? '').replace(/^<(.*)>$/, '$1'),
  From: named(email.from === undefined ? [] : [email.from])[0] ?? NOBODY,
  To: named(email.to),
  Cc: named(email.cc),
  bcc: named(email.bcc),
  ReplyTo: named(email.replyTo),
  Subject: email.subject ?? '',
});

const fieldsOf = ({ fields }: Part): Addresses => {
  const value = (name: string): string => utf8((fieldValue(fields, name) ?? '').slice(0, LONGEST_FIELD));
  const list = (name: string): NamedAddress[] => named(addressParser(value(name)));
  return {
    MessageID: value('message-id').replace(/^<(.*)>$/, '$1'),
    From: list('from')[0] ?? NOBODY,
    To: list('to'),
    Cc: list('cc'),
    bcc: list('bcc'),
    ReplyTo: list('reply-to'),
    Subject: decodeWords(value('subject')),
  };
};

const summaryOf = (mail: KeptMail, { bcc, ...addresses }: Addresses, text: string, attachments: number): Summary => {
  const listed = new Set([...addresses.To, ...addresses.Cc, ...bcc].map(({ Address }) => Address.toLowerCase()));
  const hidden = mail.envelope.to.filter((address) => !listed.has(address.toLowerCase()));
  return {
    ...addresses,
    Bcc: [...bcc, ...hidden.map((Address) => ({ Name: '', Address }))],
    Created: new Date(mail.receivedAt).toISOString(),
    Size: mail.size,
    Attachments: attachments,
    Snippet: text
      .slice(0, 4 * LONGEST_SNIPPET)
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, LONGEST_SNIPPET),
  };
};

/** Groups count as the mailboxes in them. */
const named = (addresses: readonly Address[] = []): NamedAddress[] =>
  addresses.flatMap((each) => each.group ?? [each]).map(({ name, address }) => ({ Name: name, Address: address }));

const attachmentsIn = (part: Part): number =>
  part.children.length > 0
    ? part.children.reduce((sum, child) => sum + attachmentsIn(child), 0)
    : Number(/^\s*attachment/i.test(fieldValue(part.fields, 'content-disposition') ?? ''));

const withoutTags = (html: string): string => html.slice(0, LONGEST_PREVIEW).replace(/<[^<>]*>/g, ' ');

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();

const NOBODY: NamedAddress = { Name: '', Address: '' };
const DEEPEST = 50;
/** Lines that may begin a part. */
const MOST_PARTS = 5000;
const LONGEST_HEADERS = 1024 * 1024;
const LONGEST_FIELD = 8192;
const LONGEST_PREVIEW = 256 * 1024;
const LONGEST_SNIPPET = 250;
