import { latin1 } from '../protocols/text.js';
import { asked, spokenDialogue, type Asked } from './dialogue.js';
import { isOpportunistic } from './listener.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What is answered in clear besides logins. */
export interface BeforeTlsFacts {
  /** The command that needs a login or TLS: `MAIL`, `SELECT`, `STAT`, `LISTSCRIPTS`; absent on relay ports, which serve strangers. */
  readonly command?: string;
  readonly answer?: Asked;
  /** The answer to the beginning of a mail where strangers send mail. */
  readonly strangers?: Asked;
  /** The answer to a recipient of that mail, where its beginning was accepted: many servers refuse only there. */
  readonly recipient?: Asked;
  /** The answer to the upgrade command with a parameter that it does not have. */
  readonly parameter: Asked;
}

/** Says in clear what should wait for TLS, then asks for TLS with a parameter. */
export const beforeTls = defineProbe<BeforeTlsFacts>({
  id: 'before-tls',
  leads: true,
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await spokenDialogue(context);
    const call = await acquaintedCall(context);
    const tested = isOpportunistic(context.listener) ? undefined : context.protocol.inspection.service;
    const answer = tested && asked(await call.ask(tested.say(call.tag())));
    const { service } = context.protocol.inspection;
    const strangers =
      tested === undefined && service.kind === 'mail' ? asked(await call.ask(service.say(call.tag()))) : undefined;
    const isBegun = (answer ?? strangers)?.said?.status === 'ok';
    const { transaction } = context.protocol.inspection;
    const recipient = isBegun && transaction !== undefined ? asked(await call.ask(transaction.next)) : undefined;
    // A transaction is a reason of its own to refuse STARTTLS.
    if (service.undo !== undefined && isBegun) await call.ask(service.undo);
    const parameter = asked(await call.ask(withParameter(context, call.tag())));
    // A server that took the parameter waits for TLS now.
    if (parameter.said?.status === 'ok') call.close();
    else call.quit();
    return {
      ...(tested && { command: tested.verb }),
      ...(answer && { answer }),
      ...(strangers && { strangers }),
      ...(recipient && { recipient }),
      parameter,
    };
  },
});

const withParameter = ({ protocol }: ProbeContext, tag: string): Buffer => {
  const plain = protocol.say.upgrade(tag).toString('latin1').trimEnd();
  return latin1(`${plain} ${protocol.inspection.parameter}\r\n`);
};
