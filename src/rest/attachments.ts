import { createHash } from 'node:crypto';
import type { Attachment } from 'postal-mime';
import type { KeptMail } from '../mail/kept-mail.js';
import { HttpError } from './http-error.js';
import { MAIL_HTML_HEADERS } from './page.js';
import type { Answer } from './route.js';
import { parsedMail } from './summary.js';

/** What a mail says of an attachment, in Mailpit's form; its parts are counted from 1, those that are shown inline last. */
export const attachment = (part: Attachment, number: number): object => {
  const bytes = bytesOf(part);
  const checksum = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  return {
    PartID: String(number),
    FileName: part.filename ?? '',
    ContentType: part.mimeType,
    ContentID: (part.contentId ?? '').replace(/^<(.*)>$/, '$1'),
    Size: bytes.length,
    Checksums: { MD5: checksum('md5'), SHA1: checksum('sha1'), SHA256: checksum('sha256') },
  };
};

/** The bytes of an attachment. */
export const bytesOf = ({ content }: Attachment): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as Uint8Array);

/** An attachment by its number; throws a 404. */
export const partNumbered = async (mail: KeptMail, number: number): Promise<Attachment> => {
  const { attachments, inline } = await parsedMail(mail);
  const part = [...attachments, ...inline][number - 1];
  if (part === undefined) throw new HttpError(404, 'the message has no such part');
  return part;
};

/** Answers with an attachment, which no browser shows as a page of ours. */
export const partOf = async (mail: KeptMail, number: number): Promise<Answer> => {
  const part = await partNumbered(mail, number);
  return {
    type: /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(part.mimeType) ? part.mimeType : 'application/octet-stream',
    body: bytesOf(part),
    headers: {
      ...MAIL_HTML_HEADERS,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(Buffer.from(part.filename ?? 'part').toString())}`,
    },
  };
};
