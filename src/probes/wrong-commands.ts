import { latin1 } from '../protocols/text.js';
import { spokenDialogue } from './dialogue.js';
import { defineProbe } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** How many wrong commands a connection survives. */
export interface WrongCommands {
  readonly sent: number;
  /** `ended`: the server hung up; `slowed`: its answers became late; `tolerated`: all were answered. */
  readonly how: 'ended' | 'slowed' | 'tolerated';
}

/** Says commands that no server knows, one after the other. */
export const wrongCommands = defineProbe<WrongCommands>({
  id: 'wrong-commands',
  leads: true,
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    await spokenDialogue(context);
    const call = await acquaintedCall(context);
    for (let sent = 1; sent <= MOST; sent += 1) {
      const { how } = await call.ask(latin1(`${context.protocol.tagged ? `${call.tag()} ` : ''}XWAXSEAL\r\n`), SLOW);
      if (how === 'answered') continue;
      call.close();
      return { sent, how: how === 'ended' ? 'ended' : 'slowed' };
    }
    call.quit();
    return { sent: MOST, how: 'tolerated' };
  },
});

const MOST = 100;
/** Milliseconds. */
const SLOW = 1000;
