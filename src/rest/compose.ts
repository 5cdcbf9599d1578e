import { randomBytes } from 'node:crypto';
import Type, { type Static } from 'typebox';

const AddressModel = Type.Object({ Email: Type.String(), Name: Type.Optional(Type.String()) });

/** A mail to be made and kept, in Mailpit's form. */
export const SendModel = Type.Object({
  From: AddressModel,
  To: Type.Array(AddressModel),
  Cc: Type.Optional(Type.Array(AddressModel)),
  Bcc: Type.Optional(Type.Array(Type.String())),
  ReplyTo: Type.Optional(Type.Array(AddressModel)),
  Subject: Type.Optional(Type.String()),
  Text: Type.Optional(Type.String()),
  HTML: Type.Optional(Type.String()),
  Headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  Tags: Type.Optional(Type.Array(Type.String())),
  Attachments: Type.Optional(
    Type.Array(
      Type.Object({
        Content: Type.String(),
        Filename: Type.String(),
        ContentType: Type.Optional(Type.String()),
        ContentID: Type.Optional(Type.String()),
      }),
    ),
  ),
});

export type SendRequest = Static<typeof SendModel>;

/** Makes a mail (RFC 5322, RFC 2045); whatever is in the values, none adds a header. */
export const composed = (request: SendRequest, now: Date): Buffer => {
  const { From, To, Cc = [], ReplyTo = [], Subject = '', Text, HTML, Headers = {}, Attachments = [] } = request;
  const bodies = [
    ...(Text !== undefined || HTML === undefined ? [leaf('text/plain; charset=utf-8', Text ?? '')] : []),
    ...(HTML === undefined ? [] : [leaf('text/html; charset=utf-8', HTML)]),
  ];
  const attachments = Attachments.map(({ Content, Filename, ContentType, ContentID }) =>
    [
      `Content-Type: ${mediaType(ContentType)}; name="${quotable(Filename)}"`,
      `Content-Disposition: ${ContentID === undefined ? 'attachment' : 'inline'}; filename="${quotable(Filename)}"`,
      ...(ContentID === undefined ? [] : [`Content-ID: <${oneLine(ContentID)}>`]),
      'Content-Transfer-Encoding: base64',
      '',
      folded(Buffer.from(Content, 'base64')),
    ].join('\r\n'),
  );
  const body = multipart('alternative', bodies);
  const headers = [
    `From: ${mailbox(From)}`,
    `To: ${To.map(mailbox).join(', ')}`,
    ...(Cc.length > 0 ? [`Cc: ${Cc.map(mailbox).join(', ')}`] : []),
    ...(ReplyTo.length > 0 ? [`Reply-To: ${ReplyTo.map(mailbox).join(', ')}`] : []),
    `Subject: ${word(Subject)}`,
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomBytes(12).toString('hex')}@lab.test>`,
    'MIME-Version: 1.0',
    ...Object.entries(Headers)
      .filter(([name]) => /^[A-Za-z0-9-]{1,70}$/.test(name))
      .map(([name, value]) => `${name}: ${word(value)}`),
  ];
  return Buffer.from(`${headers.join('\r\n')}\r\n${multipart('mixed', [body, ...attachments])}`);
};

const multipart = (subtype: string, parts: readonly string[]): string => {
  const [only = '', ...more] = parts;
  if (more.length === 0) return only;
  const boundary = `=_${randomBytes(12).toString('hex')}`;
  return [
    `Content-Type: multipart/${subtype}; boundary="${boundary}"`,
    '',
    ...parts.map((part) => `--${boundary}\r\n${part}`),
    `--${boundary}--`,
    '',
  ].join('\r\n');
};

const leaf = (type: string, text: string): string =>
  [`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', '', folded(Buffer.from(text))].join('\r\n');

const folded = (bytes: Buffer): string => `${bytes.toString('base64').replace(/(.{76})(?=.)/g, '$1\r\n')}\r\n`;

const oneLine = (text: string): string => text.replace(/[\p{Cc}<>]+/gu, ' ').trim();

const quotable = (text: string): string => oneLine(text).replace(/["\\]/g, '_');

const mailbox = ({ Email, Name = '' }: { readonly Email: string; readonly Name?: string }): string =>
  Name === '' ? `<${oneLine(Email)}>` : `${word(Name, true)} <${oneLine(Email)}>`;

/** As it is where that is plain, else as an encoded word (RFC 2047), in pieces of whole characters. */
const word = (text: string, isPhrase = false): string => {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  if (/^[\x20-\x7e]*$/.test(line)) return isPhrase ? `"${line.replace(/["\\]/g, '\\$&')}"` : line;
  return (line.match(/.{1,10}/gsu) ?? [])
    .map((piece) => `=?utf-8?B?${Buffer.from(piece).toString('base64')}?=`)
    .join('\r\n ');
};

const mediaType = (type = ''): string =>
  /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) ? type : 'application/octet-stream';
