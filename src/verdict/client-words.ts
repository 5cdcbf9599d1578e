import { printable } from '../wire/printable.js';
import type { ClientEnd } from './visit.js';

/** What the client said of its failure: the first line that sounds like one, else its last words. */
export const outputWords = (client: ClientEnd): string => {
  const lines = `${client.stdout}\n${client.stderr}`
    .split('\n')
    .filter((line, index, all) => !(CODE.test(line) && QUOTES_CODE.test((all[index - 1] ?? '').trim())))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !FRAME.test(line));
  const telling = lines.find((line) => COMPLAINT.test(line) && !/\bwarning\b/i.test(line)) ?? lines.at(-1);
  if (telling === undefined) return '';
  return `, it said: “${printable(telling.slice(0, MOST_WORDS))}${telling.length > MOST_WORDS ? '…' : ''}”`;
};

/** The file that the client says it may not read; undefined if it says nothing of the kind. */
export const unreadableFile = ({ stdout, stderr }: ClientEnd): string | undefined => {
  const line = `${stdout}\n${stderr}`.split('\n').find((each) => DENIED.test(each) && PATH.test(each));
  const path = line === undefined ? undefined : PATH.exec(line)?.[0];
  return path === undefined ? undefined : printable(path.slice(0, 200));
};

/** Whether a client says that it may not do something. */
export const saysDenied = (text: string): boolean => DENIED.test(text);

/** Whether a client says that a certificate is not valid yet, or not any more. */
export const saysOutOfDate = ({ stdout, stderr, error = '' }: ClientEnd): boolean =>
  OUT_OF_DATE.test(`${stdout}\n${stderr}\n${error}`);

/** Characters of a client's complaint that a sentence takes. */
const MOST_WORDS = 240;
const DENIED = /permission denied|EACCES|access denied/i;
/** In OpenSSL, GnuTLS, Go and Java. */
const OUT_OF_DATE =
  /certificate[^\n]{0,80}(?:not ?yet ?(?:valid|activated)|not ?activated|expired)|CERT_(?:NOT_YET_VALID|HAS_EXPIRED)/i;
const PATH = /\/(?:[^\s/:"'’“”,;()<>]+\/)+[^\s/:"'’“”,;()<>]+/;
/** A line of a stack trace, in Java, JavaScript, Ruby, PHP, Python, Tcl, Go; the error itself stands before or after them. */
const FRAME =
  /^(?:at \S+ ?\(|at (?:\/|node:)|from \S+:\d+:in |#\d+ |File ".*", line \d+|Traceback |\.\.\. \d+ more|while executing$|invoked from within$|\(file ".*" line \d+\)$|goroutine \d+ |Node\.js v|[\^~\s]+$)/;
/** How the program's own text stands in a trace; where it is not at hand, the error follows at once. */
const CODE = /^[\s"]/;
/** The line after it is the program's own text. */
const QUOTES_CODE = /^(?:File ".*", line \d+|while executing$|invoked from within$)/;
const COMPLAINT =
  /\b(?:\w*(?:error|exception)|fail(?:ed|ure)?|cannot|can't|could not|denied|refused|invalid|mismatch|not (?:match|trusted|allowed|found))\b/i;
