import type { Offer, OfferChange, Reply } from '../protocol.js';
import { latin1 } from '../text.js';
import { readReply } from './replies.js';
import { readLine, stringOf, textOf } from './strings.js';

/** The offer of a capability block (RFC 5804 §1.7), be it a greeting or a reply. */
export const offer = (replies: readonly Reply[]): Offer | undefined => {
  const block = replies.findLast((reply) => isBlock(reply));
  if (block === undefined) return undefined;
  const lines = block.lines.slice(0, -1);
  return {
    upgrade: lines.some((line) => nameOf(line) === 'STARTTLS'),
    logins: [
      ...new Set(
        lines
          .filter((line) => nameOf(line) === 'SASL')
          .flatMap((line) =>
            (wordsOf(line)[1] ?? '')
              .toUpperCase()
              .split(/[ \t]+/)
              .filter(Boolean),
          ),
      ),
    ],
    loginDisabled: false,
    extensions: lines.filter((line) => nameOf(line) !== 'STARTTLS' && nameOf(line) !== 'SASL'),
  };
};

/** Edits a capability block; other replies, and bytes that are no whole reply, stay as they are. */
export const rewriteOffer = (reply: Buffer, change: OfferChange): Buffer => {
  const read = readReply(reply, { first: false });
  if (read?.length !== reply.length || !isBlock(read.value)) return reply;
  const ending = read.value.lines.at(-1) ?? '';
  let kept = read.value.lines.slice(0, -1);
  if (change.upgrade !== undefined) kept = kept.filter((line) => nameOf(line) !== 'STARTTLS');
  if (change.logins !== undefined) kept = kept.filter((line) => nameOf(line) !== 'SASL');
  const added = [
    ...(change.addExtensions ?? []).map(lineOf),
    ...(change.logins === undefined ? [] : [saslLine(change.logins)]),
    ...(change.upgrade === true ? ['"STARTTLS"'] : []),
  ];
  return latin1([...kept, ...added, ending, ''].join('\r\n'));
};

/** A whole capability block with its `OK`; what RFC 5804 asks for and the offer lacks is put in. */
export const capabilities = (offered: Offer): Buffer => {
  const extensions = offered.extensions.map(lineOf);
  const missing = REQUIRED.filter((line) => !extensions.some((each) => nameOf(each) === nameOf(line)));
  const lines = [...missing, ...extensions, saslLine(offered.logins), ...(offered.upgrade ? ['"STARTTLS"'] : [])];
  return latin1([...lines, 'OK', ''].join('\r\n'));
};

const isBlock = (reply: Reply): boolean =>
  reply.status === 'ok' && reply.lines.slice(0, -1).some((line) => TELLING.has(nameOf(line)));

/** An empty list says that no login is offered at the moment (RFC 5804 §1.7). */
const saslLine = (logins: readonly string[]): string => `"SASL" ${stringOf(logins.join(' '))}`;

/** Extensions are whole lines as on the wire; a bare word is quoted. */
const lineOf = (extension: string): string => (/^["{]/.test(extension) ? extension : stringOf(extension));

const nameOf = (line: string): string => (wordsOf(line)[0] ?? '').toUpperCase();

const wordsOf = (line: string): string[] => {
  const buffer = latin1(`${line}\r\n`);
  return readLine(buffer, 0, buffer.length)?.words.map((word) => textOf(buffer, word)) ?? [];
};

const TELLING: ReadonlySet<string> = new Set(['IMPLEMENTATION', 'SASL', 'SIEVE']);
const REQUIRED = ['"IMPLEMENTATION" "mail.lab.test"', '"SIEVE" "fileinto"', '"VERSION" "1.0"'];
