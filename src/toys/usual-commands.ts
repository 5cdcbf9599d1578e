import type { OutgoingMessage, Offer, Protocol } from '../protocols/protocol.js';
import { GaveUp } from './gave-up.js';
import type { Habits } from './habits.js';
import type { Answer, CommandChannel } from './command-channel.js';

/** Does what a client of this protocol came for: sends its mail, or fetches it, or stores a script. */
export const runUsualCommands = async (
  line: CommandChannel,
  protocol: Protocol,
  message: OutgoingMessage,
  offer: Offer | undefined,
  { pipelines, readsCodes }: Pick<Habits, 'pipelines' | 'readsCodes'>,
): Promise<void> => {
  const commands = protocol.client.usualCommands(message);
  const answers =
    pipelines && mayPipeline(protocol, offer)
      ? await line.pipeline(commands)
      : await oneByOne(line, commands, readsCodes);
  const last = answers.at(-1);
  if (readsCodes && answers.some(({ last: { status } }) => status !== 'ok' && status !== 'continue'))
    throw new GaveUp('the server refused a command');
  const content = protocol.client.content?.(message.message);
  if (last?.last.kind !== 'continuation' || content === undefined) return;
  const sent = await line.respond(content);
  if (readsCodes && sent.last.status !== 'ok') throw new GaveUp('the server refused the message');
};

const oneByOne = async (
  line: CommandChannel,
  commands: readonly ((tag: string) => Buffer)[],
  readsCodes: boolean,
): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (const words of commands) {
    const answer = await line.ask(words);
    answers.push(answer);
    if (readsCodes && answer.last.status !== 'ok') break;
  }
  return answers;
};

const mayPipeline = (protocol: Protocol, offer: Offer | undefined): boolean =>
  protocol.client.pipelines === 'always' ||
  offer?.extensions.some((extension) => extension.toUpperCase() === 'PIPELINING') === true;
