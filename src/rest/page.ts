import { createHash } from 'node:crypto';
import type { KeptMail } from '../mail/kept-mail.js';
import { isSeen } from '../mail/kept-mail.js';
import { hostPort } from '../wire/host-port.js';
import type { MailSite } from './site.js';
import { parsedMail } from './summary.js';

/** The page of all mails and verdicts; what mails and clients say is text in it, never markup. */
export const frontPage = async (site: MailSite): Promise<string> => {
  const { served, mail } = site.servers;
  const shown = site.mails.slice(0, MOST_SHOWN);
  const mails = await Promise.all(shown.map((each) => mailRow(site, each)));
  const { dropped } = mail.counts;
  const verdicts = served.verdicts
    .slice(-MOST_SHOWN)
    .toReversed()
    .map(
      ({ at, endpoint, peer, client, judgement: { status, because } }) =>
        `<tr class="${text(status)}"><td>${text(at.slice(11, 19))}<td>${text(endpoint.one.portRole)}<td>${text(client === '' ? peer : client)}<td><b>${text(status)}</b><td>${text(because)}`,
    );
  return page(
    'waxseal',
    `<h1>waxseal</h1>
<p>${[...served.endpoints].map(({ portRole, host, port }) => `${text(portRole)} <code>${text(hostPort(host, port))}</code>`).join(' · ')}</p>
<p>CA: ${[...site.documents.values()]
      .filter(({ path, title }) => title !== '' && path !== '/')
      .map(({ path, title }) => `<a href="${text(path)}" title="${text(title)}">${text(path.slice(1))}</a>`)
      .join(' · ')}</p>
<h2>Mails</h2>
<p>${String(mail.inbox.mails.length)} in the inbox, the newest ${String(shown.length)} are listed${dropped > 0 ? `; ${String(dropped)} older ones were dropped to make room` : ''}.</p>
<table><thead><tr><th>received<th>from<th>to<th>subject<th>bytes<tbody>
${mails.join('\n')}
</table>
<h2>Connections</h2>
<table><thead><tr><th>time<th>server<th>client<th>verdict<th>why<tbody>
${verdicts.join('\n')}
</table>`,
  );
};

/** The page of one mail: headers and text. */
export const mailPage = async (site: MailSite, mail: KeptMail): Promise<string> => {
  const { summary, text: body, html, attachments, inline } = await parsedMail(mail);
  const id = site.idOf(mail);
  const addresses = (list: readonly { Name: string; Address: string }[]): string =>
    text(list.map(({ Name, Address }) => (Name === '' ? Address : `${Name} <${Address}>`)).join(', '));
  const parts = [...attachments, ...inline].map(
    ({ filename, mimeType }, index) =>
      `<a href="/api/v1/message/${id}/part/${String(index + 1)}">${text(filename ?? mimeType)}</a>`,
  );
  return page(
    summary.Subject,
    `<p><a href="/">all mails</a> · <a href="/api/v1/message/${id}/raw">source</a>${html === '' ? '' : ` · <a href="/view/${id}.html">HTML</a>`}</p>
<h1>${text(summary.Subject)}</h1>
<dl><dt>From<dd>${addresses([summary.From])}<dt>To<dd>${addresses(summary.To)}<dt>Cc<dd>${addresses(summary.Cc)}<dt>Bcc<dd>${addresses(summary.Bcc)}<dt>Received<dd>${text(summary.Created)}<dt>Attachments<dd>${parts.join(' · ')}</dl>
<pre>${text(body.slice(0, LONGEST_SHOWN))}</pre>`,
  );
};

/** What every page and file is served with: nothing from elsewhere is loaded, and nothing runs. */
export const PAGE_HEADERS = (): Readonly<Record<string, string>> => ({
  'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
});

/** What the HTML of a mail is served with: it has no origin, runs nothing, and loads nothing from elsewhere. */
export const MAIL_HTML_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

const mailRow = async (site: MailSite, mail: KeptMail): Promise<string> => {
  const { Created, From, To, Bcc, Subject, Size } = await site.summaries.of(mail);
  const to = [...To, ...Bcc].map(({ Address }) => Address).join(', ');
  return `<tr${isSeen(mail) ? '' : ' class="unread"'}><td>${text(Created.slice(0, 19).replace('T', ' '))}<td>${text(From.Address)}<td>${text(to)}<td><a href="/message/${site.idOf(mail)}">${text(Subject === '' ? '(no subject)' : Subject)}</a><td>${String(Size)}`;
};

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(title)}</title>
<style>${STYLE}</style>
${body}
</html>
`;

/** Text as text in HTML and in its attributes; marks that reorder or hide text are shown as such. */
const text = (value: string): string =>
  value
    .slice(0, LONGEST_SHOWN)
    .replace(/[\p{Cf}\p{Cs}]|(?![\t\n\r])\p{Cc}/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif }
body { margin: 1.5rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
.unread td { font-weight: 600 }
.unsafe b, .downgradable b { color: #d33 }
.safe b { color: #292 }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
dt { float: left; width: 7rem; opacity: .7 }
dd { margin-left: 7rem; min-height: 1.4em; overflow-wrap: anywhere }
`;
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
const MOST_SHOWN = 100;
/** Characters. */
const LONGEST_SHOWN = 200_000;
