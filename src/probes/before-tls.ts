import { isIP } from 'node:net';
import { latin1 } from '../protocols/text.js';
import { spokenDialogue } from './dialogue.js';
import { asked, type Asked } from './dialogue-facts.js';
import { isOpportunistic } from './listener.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { acquaintedCall, addressLiteral } from './threshold.js';

/** What is answered in clear besides logins. */
export interface BeforeTlsFacts {
  /** The command that needs a login or TLS: `MAIL`, `SELECT`, `STAT`, `LISTSCRIPTS`; absent on relay ports, which serve strangers. */
  readonly command?: string;
  readonly answer?: Asked;
  /** The answer to the beginning of a mail where strangers send mail. */
  readonly strangers?: Asked;
  /** The answer to a recipient of that mail, where its beginning was accepted: many servers refuse only there. */
  readonly recipient?: Asked;
  /** Where that one was answered: the answers to recipients in domains that are the server's by its name or address, up to the first that is accepted. */
  readonly otherRecipients?: readonly Asked[];
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
    const { list } = await spokenDialogue(context);
    const call = await acquaintedCall(context);
    const tested = isOpportunistic(context.listener) ? undefined : context.protocol.inspection.service;
    const answer = tested && asked(await call.ask(tested.say(call.tag())));
    const { service } = context.protocol.inspection;
    const strangers =
      tested === undefined && service.kind === 'mail' ? asked(await call.ask(service.say(call.tag()))) : undefined;
    const isBegun = (answer ?? strangers)?.said?.status === 'ok';
    const { transaction } = context.protocol.inspection;
    const recipient = isBegun && transaction !== undefined ? asked(await call.ask(transaction.next)) : undefined;
    // Strangers send to everybody. A server completes the bare name with a domain that may be none of those that it serves (OpenSMTPD).
    const isHeard = recipient?.said?.status === 'ok' || recipient?.said?.status === 'no';
    const others = tested !== undefined && isHeard ? transaction : undefined;
    const otherRecipients: Asked[] = [];
    // Many hosts are in no domain that they serve; its own address is always served by a server that knows address literals (RFC 5321 §4.1.3).
    for (const domain of [...domainsOf(list[0]?.text ?? ''), addressLiteral(context.listener.address)]) {
      if (others === undefined) break;
      otherRecipients.push(asked(await call.ask(others.nextIn(domain))));
      // What is not about the address is refused to all of them, and each refusal may be a line that ban filters count.
      const { said } = otherRecipients.at(-1) ?? {};
      if (said?.status !== 'no' || !said.lines.some(({ text }) => ABOUT_ADDRESS.test(text))) break;
    }
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
      ...(others && { otherRecipients }),
      parameter,
    };
  },
});

const withParameter = ({ protocol }: ProbeContext, tag: string): Buffer => {
  const plain = protocol.say.upgrade(tag).toString('latin1').trimEnd();
  return latin1(`${plain} ${protocol.inspection.parameter}\r\n`);
};

/** A server's own name, which begins its list (RFC 5321 §4.1.1.1), and the domain that it is in. */
const domainsOf = (line: string): string[] => {
  const [, name] = /^\d{3}[- ]([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=\s|$)/i.exec(line) ?? [];
  if (name === undefined || isIP(name) !== 0) return [];
  const parent = name.slice(name.indexOf('.') + 1);
  return parent.includes('.') ? [name, parent] : [name];
};

/** A recipient is refused for where he is, or how he is written. */
const ABOUT_ADDRESS = /\brelay|\bliteral|\bsyntax|\b5\.1\.\d|\bunknown|\bno such|\binvalid recipient|\bdomain/i;
