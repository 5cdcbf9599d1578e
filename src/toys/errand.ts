import type { Offer, Protocol, ProtocolName } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import { GaveUp } from './gave-up.js';
import type { Answer, Line } from './line.js';

/** What a toy carries to the server. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  /** RFC 5322, CRLF. */
  readonly message: string;
}

/** Does what a client of this protocol came for: sends its mail, or fetches it, or stores a script. */
export const runErrand = async (
  line: Line,
  protocol: Protocol,
  letter: Letter,
  offer: Offer | undefined,
  pipelines: boolean,
): Promise<void> => {
  const commands = ERRANDS[protocol.name](letter).map(
    (text) => (tag: string) => latin1(protocol.name === 'imap' ? `${tag} ${text}` : text),
  );
  const answers =
    pipelines && mayPipeline(protocol.name, offer) ? await line.pipeline(commands) : await oneByOne(line, commands);
  const last = answers.at(-1);
  if (answers.some(({ last: { status } }) => status !== 'ok' && status !== 'continue'))
    throw new GaveUp('the server refused a command');
  if (last?.last.kind !== 'continuation') return;
  const sent = await line.respond(
    latin1(`${letter.message.replace(/^\./gm, '..').replace(/(?:\r\n)?$/, '\r\n')}.\r\n`),
  );
  if (sent.last.status !== 'ok') throw new GaveUp('the server refused the message');
};

const oneByOne = async (line: Line, commands: readonly ((tag: string) => Buffer)[]): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (const words of commands) {
    const answer = await line.ask(words);
    answers.push(answer);
    if (answer.last.status !== 'ok') break;
  }
  return answers;
};

/** RFC 2920 and RFC 2449 want it listed; RFC 9051 §5.5 and RFC 5804 §1.2 permit it. */
const mayPipeline = (protocol: ProtocolName, offer: Offer | undefined): boolean =>
  protocol === 'imap' ||
  protocol === 'managesieve' ||
  offer?.extensions.some((extension) => extension.toUpperCase() === 'PIPELINING') === true;

const SCRIPT = 'keep;\r\n';

const ERRANDS: Readonly<Record<ProtocolName, (letter: Letter) => readonly string[]>> = {
  smtp: ({ from, to }) => [`MAIL FROM:<${from}>\r\n`, `RCPT TO:<${to}>\r\n`, 'DATA\r\n'],
  imap: () => ['SELECT INBOX\r\n', 'FETCH 1 BODY[]\r\n'],
  pop3: () => ['STAT\r\n', 'RETR 1\r\n'],
  managesieve: () => [`PUTSCRIPT "toy" {${SCRIPT.length}+}\r\n${SCRIPT}\r\n`, 'LISTSCRIPTS\r\n'],
};
