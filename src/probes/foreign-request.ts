import { latin1 } from '../protocols/text.js';
import { spokenDialogue } from './dialogue.js';
import type { TranscriptLine } from './place.js';
import { defineProbe } from './probe.js';

/** What became of a request of HTTP whose body holds a command of the server's own protocol. */
export interface ForeignRequest {
  /** The command was answered. */
  readonly executed?: TranscriptLine;
  readonly hasEnded: boolean;
}

/** Sends what a browser would send to this port: a request of HTTP, with a harmless command as its body. */
export const foreignRequest = defineProbe<ForeignRequest>({
  id: 'foreign-request',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'standard',
  run: async (context) => {
    await spokenDialogue(context);
    const { protocol, patience, acquaintance } = context;
    const call = await context.dial();
    await call.greeting(Math.max(patience.greeting, (acquaintance.greetedAfter ?? 0) * 2));
    const body = protocol.inspection.question(call.tag(), acquaintance.ehlo ?? '');
    await call.say(Buffer.concat([latin1(HEAD.replace('LENGTH', String(body.length))), body]));
    const heard = await call.listen(PATIENCE);
    call.close();
    // A goodbye is a positive reply in some protocols.
    const reply = heard.replies.find(({ kind, status, code }) => kind === 'final' && status === 'ok' && code !== '221');
    const line = reply?.said[0];
    return { hasEnded: heard.how === 'ended', ...(line && { executed: line }) };
  },
});

const HEAD = [
  'POST / HTTP/1.1',
  'Host: mail.invalid',
  'User-Agent: waxseal',
  'Accept: */*',
  'Origin: http://attacker.invalid',
  'Content-Type: text/plain',
  'Content-Length: LENGTH',
  '',
  '',
].join('\r\n');
/** Milliseconds. */
const PATIENCE = 1500;
