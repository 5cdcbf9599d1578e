import Type, { type Static } from 'typebox';
import { toolVersion } from '../document/version.js';
import { isSeen, type KeptMail } from '../mail/kept-mail.js';
import { parsePart } from '../mail/mime.js';
import { hostPort } from '../wire/host-port.js';
import { caseKey } from '../cases/case.js';
import { attachment, partOf } from './attachments.js';
import { triggersOf } from './chaos.js';
import { CHECK_ROUTES } from './check-routes.js';
import { composed, SendModel } from './compose.js';
import { HttpError } from './http-error.js';
import { frontPage, MAIL_HTML_HEADERS, mailPage, PAGE_HEADERS } from './page.js';
import { json, plain, type Answer, type Asked, type Route } from './route.js';
import { found } from './search.js';
import type { MailSite } from './site.js';
import { parsedMail, readStatus } from './summary.js';
import { valid } from './valid.js';

/** Answers a request in Mailpit's forms. Throws `HttpError` for what there is not, or is asked wrongly. */
export const answered = async (site: MailSite, asked: Asked): Promise<Answer> => {
  const method = asked.method === 'HEAD' ? 'GET' : asked.method;
  const matching = ROUTES.flatMap(([of, path, answer]) => {
    const parts = path.exec(asked.path);
    return parts === null ? [] : [{ of, answer, parts: parts.slice(1).map(decoded) }];
  });
  const route = matching.find(({ of }) => of === method);
  if (route !== undefined) return route.answer(site, route.parts, asked);
  const document = method === 'GET' ? site.documents.get(asked.path) : undefined;
  if (document !== undefined) return { type: document.type, body: document.body };
  throw matching.length > 0
    ? new HttpError(405, `this takes ${[...new Set(matching.map(({ of }) => of))].join(', ')}`)
    : new HttpError(404, 'there is nothing here');
};

const IdsModel = Type.Object({ IDs: Type.Optional(Type.Array(Type.String())) });
const ReadModel = Type.Object({
  IDs: Type.Optional(Type.Array(Type.String())),
  Search: Type.Optional(Type.String()),
  Read: Type.Optional(Type.Boolean()),
});
const TagsModel = Type.Object({ IDs: Type.Array(Type.String()), Tags: Type.Optional(Type.Array(Type.String())) });
const NameModel = Type.Object({ Name: Type.String({ minLength: 1 }) });

const ROUTES: readonly Route[] = [
  ['GET', /^\/$/, async (site) => html(await frontPage(site))],
  ['GET', /^\/message\/([^/]+)$/, async (site, [id = '']) => html(await mailPage(site, read(site, id)))],
  ['GET', /^\/(?:livez|readyz)$/, () => plain('ok')],
  ['GET', /^\/api\/v1\/info$/, (site) => json(info(site))],
  ['GET', /^\/api\/v1\/webui$/, (site) => json(configuration(site))],
  [
    'GET',
    /^\/api\/v1\/messages$/,
    async (site, _parts, { query }) => json(await list(site, site.mails, site.mails, query)),
  ],
  ['PUT', /^\/api\/v1\/messages$/, async (site, _parts, { body }) => setRead(site, valid(ReadModel, body ?? {}))],
  [
    'DELETE',
    /^\/api\/v1\/messages$/,
    (site, _parts, { body }) => {
      const { IDs = [] } = valid(IdsModel, body ?? {});
      site.remove(IDs.length === 0 ? site.mails : site.some(IDs));
      return plain('ok');
    },
  ],
  [
    'GET',
    /^\/api\/v1\/search$/,
    async (site, _parts, { query }) => json(await list(site, site.mails, await searched(site, query), query)),
  ],
  [
    'DELETE',
    /^\/api\/v1\/search$/,
    async (site, _parts, { query }) => {
      site.remove(await searched(site, query));
      return plain('ok');
    },
  ],
  ['GET', /^\/api\/v1\/message\/([^/]+)$/, async (site, [id = '']) => json(await message(site, read(site, id)))],
  ['GET', /^\/api\/v1\/message\/([^/]+)\/headers$/, (site, [id = '']) => json(headersOf(site.mail(id)))],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/raw$/,
    (site, [id = '']) => ({ type: 'text/plain; charset=utf-8', body: site.mail(id).content() }),
  ],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/part\/(\d{1,5})$/,
    (site, [id = '', part]) => partOf(site.mail(id), Number(part)),
  ],
  [
    'GET',
    /^\/view\/([^/]+)\.html$/,
    async (site, [id = '']) => ({
      type: 'text/html; charset=utf-8',
      body: (await parsedMail(site.mail(id))).html,
      headers: MAIL_HTML_HEADERS,
    }),
  ],
  ['GET', /^\/view\/([^/]+)\.txt$/, async (site, [id = '']) => plain((await parsedMail(site.mail(id))).text)],
  ['POST', /^\/api\/v1\/send$/, (site, _parts, { body }) => send(site, body)],
  ['GET', /^\/api\/v1\/tags$/, (site) => json([...site.tagCounts().keys()])],
  [
    'PUT',
    /^\/api\/v1\/tags$/,
    (site, _parts, { body }) => {
      const { IDs, Tags = [] } = valid(TagsModel, body);
      for (const mail of site.some(IDs)) site.setTags(mail, Tags);
      return plain('ok');
    },
  ],
  [
    'PUT',
    /^\/api\/v1\/tags\/([^/]+)$/,
    (site, [tag = ''], { body }) => retag(site, tag, [valid(NameModel, body).Name]),
  ],
  ['DELETE', /^\/api\/v1\/tags\/([^/]+)$/, (site, [tag = '']) => retag(site, tag, [])],
  ['GET', /^\/api\/v1\/chaos$/, (site) => json(site.servers.triggers.settings)],
  [
    'PUT',
    /^\/api\/v1\/chaos$/,
    (site, _parts, { body }) => {
      const { triggers, served } = site.servers;
      triggers.set(triggersOf(body ?? {}, served.seed));
      return json(triggers.settings);
    },
  ],
  ...CHECK_ROUTES,
  ['GET', /^\/api\/v1\/verdicts$/, (site, _parts, { query }) => json(verdicts(site, query))],
];

const html = (body: string): Answer => ({ type: 'text/html; charset=utf-8', body, headers: PAGE_HEADERS() });

const decoded = (part: string | undefined): string => {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    throw new HttpError(400, 'the path is not encoded as a URL');
  }
};

/** A mail that somebody looks at. */
const read = (site: MailSite, id: string): KeptMail => {
  const mail = site.mail(id);
  site.setRead([mail], true);
  return mail;
};

const count = (query: URLSearchParams, name: string, otherwise: number): number => {
  const given = query.get(name);
  if (given === null || given === '') return otherwise;
  if (!/^\d{1,9}$/.test(given)) throw new HttpError(400, `${name} must be a whole number`);
  return Number(given);
};

const list = async (
  site: MailSite,
  all: readonly KeptMail[],
  matching: readonly KeptMail[],
  query: URLSearchParams,
): Promise<object> => {
  const start = count(query, 'start', 0);
  const shown = matching.slice(start, start + Math.min(count(query, 'limit', 50), MOST_LISTED));
  const messages: object[] = [];
  for (const mail of shown)
    messages.push({
      ID: site.idOf(mail),
      ...(await site.summaries.of(mail)),
      ...readStatus(mail),
      Tags: [...site.tagsOf(mail)],
    });
  return {
    total: all.length,
    unread: all.filter((mail) => !isSeen(mail)).length,
    count: messages.length,
    messages_count: matching.length,
    messages_unread: matching.filter((mail) => !isSeen(mail)).length,
    start,
    tags: [...site.tagCounts().keys()],
    messages,
  };
};

const searched = (site: MailSite, query: URLSearchParams): Promise<KeptMail[]> => {
  const words = query.get('query') ?? '';
  if (words.trim() === '') throw new HttpError(400, 'query is missing');
  return found(site.mails, words, site.summaries, (mail) => site.tagsOf(mail));
};

const setRead = async (
  site: MailSite,
  { IDs = [], Search = '', Read = false }: Static<typeof ReadModel>,
): Promise<Answer> => {
  const mails =
    IDs.length > 0
      ? site.some(IDs)
      : Search === ''
        ? site.mails
        : await searched(site, new URLSearchParams({ query: Search }));
  site.setRead(mails, Read);
  return plain('ok');
};

const message = async (site: MailSite, mail: KeptMail): Promise<object> => {
  const { summary, date, text, html: markup, attachments, inline } = await parsedMail(mail);
  const { Snippet: _snippet, Created: _created, Attachments: _attachments, ...addresses } = summary;
  const header = headersOf(mail)['List-Unsubscribe']?.[0] ?? '';
  return {
    ID: site.idOf(mail),
    ...addresses,
    ReturnPath: mail.envelope.from,
    Date: date,
    Tags: [...site.tagsOf(mail)],
    Text: text,
    HTML: markup,
    Attachments: attachments.map((each, index) => attachment(each, index + 1)),
    Inline: inline.map((each, index) => attachment(each, attachments.length + index + 1)),
    ListUnsubscribe: { Header: header, HeaderPost: '', Links: [], Errors: '' },
  };
};

const headersOf = (mail: KeptMail): Record<string, string[]> => {
  const fields = new Map<string, string[]>();
  for (const { name, value } of parsePart(mail.content().toString('latin1')).fields) {
    const key = name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    fields.set(key, [...(fields.get(key) ?? []), Buffer.from(value, 'latin1').toString()]);
  }
  return Object.fromEntries([...fields].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

const send = (site: MailSite, body: unknown): Answer => {
  const request = valid(SendModel, body);
  const { From, To, Cc = [], Bcc = [], Tags = [] } = request;
  const to = [...[...To, ...Cc].map(({ Email }) => Email), ...Bcc];
  const mail = site.servers.mail.deliver(composed(request, new Date()), { from: From.Email, to });
  if (mail === undefined) throw new HttpError(507, 'the message cannot be kept');
  site.setTags(mail, Tags);
  return json({ ID: site.idOf(mail) });
};

const retag = (site: MailSite, tag: string, now: readonly string[]): Answer => {
  for (const mail of site.mails) {
    const tags = site.tagsOf(mail);
    if (tags.has(tag)) site.setTags(mail, [...[...tags].filter((each) => each !== tag), ...now]);
  }
  return plain('ok');
};

const info = (site: MailSite): object => {
  const { mail } = site.servers;
  const { accepted, acceptedBytes, deleted, dropped, refused } = mail.counts;
  const version = `waxseal ${toolVersion()}`;
  return {
    Version: version,
    LatestVersion: version,
    Database: 'waxseal',
    DatabaseSize: mail.bytes,
    Messages: mail.inbox.mails.length,
    Unread: mail.inbox.unseen,
    Tags: Object.fromEntries(site.tagCounts()),
    RuntimeStats: {
      Uptime: Math.round((Date.now() - site.startedAt) / 1000),
      Memory: process.memoryUsage.rss(),
      MessagesDeleted: deleted,
      SMTPAccepted: accepted,
      SMTPAcceptedSize: acceptedBytes,
      SMTPRejected: refused,
      SMTPIgnored: 0,
    },
    // How much is kept, and how many of the oldest mails went to make room.
    Limits: { Messages: mail.limits.mails, Bytes: mail.limits.bytes, Dropped: dropped },
  };
};

const configuration = ({ services: { relay, spamAssassin } }: MailSite): object => ({
  ChaosEnabled: true,
  DuplicatesIgnored: false,
  HideDeleteAllButton: false,
  Label: 'waxseal',
  MessageRelay: {
    Enabled: relay !== undefined,
    SMTPServer: relay === undefined ? '' : hostPort(relay.host, relay.port),
    ReturnPath: '',
    AllowedRecipients: '',
    BlockedRecipients: '',
    OverrideFrom: '',
    PreserveMessageIDs: false,
    RecipientAllowlist: '',
  },
  SpamAssassin: spamAssassin !== undefined,
});

/** What connections came to, newest first. */
const verdicts = (site: MailSite, query: URLSearchParams): object => {
  const { served } = site.servers;
  const all = served.verdicts.toReversed();
  const start = count(query, 'start', 0);
  return {
    counts: Object.fromEntries(served.counts),
    verdicts: all
      .slice(start, start + Math.min(count(query, 'limit', 50), MOST_LISTED))
      .map(({ one, endpoint, connection, judgement, peer, client, at }) => ({
        at,
        case: caseKey(one),
        portRole: endpoint.one.portRole,
        port: endpoint.port,
        connection,
        peer,
        ...(client !== '' && { client }),
        status: judgement.status,
        ...(judgement.severity !== undefined && { severity: judgement.severity }),
        ...(judgement.leaked.length > 0 && { leaked: judgement.leaked }),
        because: judgement.because,
      })),
  };
};

const MOST_LISTED = 1000;
