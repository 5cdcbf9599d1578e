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
  /** The answer to the upgrade command with a parameter that it does not have. */
  readonly parameter: Asked;
}

/** Says in clear what should wait for TLS, then asks for TLS with a parameter. */
export const beforeTls = defineProbe<BeforeTlsFacts>({
  id: 'before-tls',
  scope: 'listener',
  cost: 1,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await spokenDialogue(context);
    const call = await acquaintedCall(context);
    const tested = isOpportunistic(context.listener) ? undefined : command(context, call.tag());
    const answer = tested && asked(await call.ask(tested.bytes));
    // A transaction is a reason of its own to refuse STARTTLS.
    if (tested?.verb === 'MAIL' && answer?.said?.status === 'ok') await call.ask(latin1('RSET\r\n'));
    const parameter = asked(await call.ask(withParameter(context, call.tag())));
    // A server that took the parameter waits for TLS now.
    if (parameter.said?.status === 'ok') call.close();
    else await call.quit();
    return { ...(tested && { command: tested.verb }), ...(answer && { answer }), parameter };
  },
});

const command = ({ protocol }: ProbeContext, tag: string): { readonly verb: string; readonly bytes: Buffer } => {
  switch (protocol.name) {
    case 'smtp':
      return { verb: 'MAIL', bytes: latin1('MAIL FROM:<>\r\n') };
    case 'imap':
      return { verb: 'SELECT', bytes: latin1(`${tag} SELECT INBOX\r\n`) };
    case 'pop3':
      return { verb: 'STAT', bytes: latin1('STAT\r\n') };
    case 'managesieve':
      return { verb: 'LISTSCRIPTS', bytes: latin1('LISTSCRIPTS\r\n') };
  }
};

const withParameter = ({ protocol }: ProbeContext, tag: string): Buffer => {
  const plain = protocol.say.upgrade(tag).toString('latin1').trimEnd();
  return latin1(`${plain} ${protocol.name === 'managesieve' ? '"waxseal"' : 'waxseal'}\r\n`);
};
