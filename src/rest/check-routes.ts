import Type from 'typebox';
import { bytesOf, partNumbered } from './attachments.js';
import { HttpError } from './http-error.js';
import { checkedLinks } from './link-check.js';
import { released } from './release.js';
import { json, plain, type Route } from './route.js';
import { spamReport } from './spam-report.js';
import { parsedMail } from './summary.js';
import { valid } from './valid.js';

const ReleaseModel = Type.Object({ To: Type.Array(Type.String(), { maxItems: 100 }) });

/** What Mailpit does with one mail besides showing it: hands it on, checks it, makes attachments small. */
export const CHECK_ROUTES: readonly Route[] = [
  [
    'POST',
    /^\/api\/v1\/message\/([^/]+)\/release$/,
    async (site, [id = ''], { body }) => {
      const mail = site.mail(id);
      await released(mail.content(), valid(ReleaseModel, body ?? {}).To, site.services.relay);
      return plain('ok');
    },
  ],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/part\/(\d{1,5})\/thumb$/,
    async (site, [id = '', number]) => {
      const part = await partNumbered(site.mail(id), Number(number));
      const { thumbnail } = await import('./thumbnail/thumbnail.js');
      return { type: 'image/jpeg', body: await thumbnail(part.mimeType, bytesOf(part)) };
    },
  ],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/html-check$/,
    async (site, [id = '']) => {
      const { html } = await parsedMail(site.mail(id));
      if (html === '') throw new HttpError(400, 'message does not contain HTML');
      const { checkedHtml } = await import('./html-check/check.js');
      return json(checkedHtml(html));
    },
  ],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/link-check$/,
    async (site, [id = ''], { query }) => {
      const { html, text } = await parsedMail(site.mail(id));
      const follows = ['true', '1'].includes(query.get('follow') ?? '');
      return json(await checkedLinks(html, text, { follows, isAnywhere: site.services.links === 'anywhere' }));
    },
  ],
  [
    'GET',
    /^\/api\/v1\/message\/([^/]+)\/sa-check$/,
    async (site, [id = '']) => {
      const { spamAssassin } = site.services;
      if (spamAssassin === undefined)
        throw new HttpError(404, 'no SpamAssassin is configured; start waxseal with --spamassassin HOST:PORT');
      return json(await spamReport(site.mail(id).content(), spamAssassin));
    },
  ],
];
