import { spokenDialogue } from './dialogue.js';
import { asked, type Asked } from './dialogue-facts.js';
import { isOpportunistic } from './listener.js';
import { defineProbe, NotObserved } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What is answered before TLS by a server that wants TLS first. */
export interface CommandsBeforeTls {
  /** The answer to the command that needs TLS. */
  readonly service: Asked;
  /** Whether a user exists that every server has, and one that none has. */
  readonly users: readonly [Asked, Asked];
  readonly others: readonly { readonly verb: string; readonly answer: Asked }[];
}

/** Asks for users and for help before TLS, where mail is refused for want of it. */
export const commandsBeforeTls = defineProbe<CommandsBeforeTls>({
  id: 'commands-before-tls',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await spokenDialogue(context);
    const { besides, service } = context.protocol.inspection;
    if (besides === undefined || isOpportunistic(context.listener))
      throw new NotObserved('TLS is not demanded before commands here');
    const call = await acquaintedCall(context);
    const first = asked(await call.ask(service.say(call.tag())));
    if (first.said?.code !== '530') {
      call.quit();
      throw new NotObserved('the server does not say that it wants TLS first (530)');
    }
    const whether = async (domain: string): Promise<readonly [Asked, Asked]> => [
      asked(await call.ask(besides.user(`postmaster${domain}`))),
      asked(await call.ask(besides.user(`${context.word()}${domain}`))),
    ];
    const bare = await whether('');
    // Exim knows no name without a domain but postmaster: 501 is no word about a user.
    const users = bare[1].said?.status === 'bad' ? await whether(`@${context.names[0]}`) : bare;
    const others: { verb: string; answer: Asked }[] = [];
    for (const [verb, bytes] of besides.others) others.push({ verb, answer: asked(await call.ask(bytes)) });
    call.quit();
    return { service: first, users, others };
  },
});
