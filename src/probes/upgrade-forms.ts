import { Fault } from '../fault.js';
import { latin1 } from '../protocols/text.js';
import type { Call } from './call.js';
import type { CommandAnswer } from './call-answers.js';
import { thresholdDialogue } from './dialogue.js';
import type { TranscriptLine } from './place.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { acquaintedCall, isBusy, noGoAhead, notPutOff, unlessCut } from './threshold.js';

/** What became of the upgrade command in some form; `silent`: no answer within seconds. */
export interface UpgradeForm {
  readonly how: 'go-ahead' | 'refused' | 'ended' | 'silent';
  readonly line?: TranscriptLine;
}

/** The upgrade command as it is seldom written, each on a connection of its own. */
export interface UpgradeForms {
  readonly smallLetters: UpgradeForm;
  readonly trailingBlank: UpgradeForm;
  /** A line feed alone ends the line. */
  readonly bareLineFeed: UpgradeForm;
  /** Before EHLO; absent where no command has to come first. */
  readonly first?: UpgradeForm;
}

/** STARTTLS in small letters, with a blank behind it, with a bare line feed, and before EHLO. */
export const upgradeForms = defineProbe<UpgradeForms>({
  id: 'upgrade-forms',
  scope: 'listener',
  cost: 4,
  phase: 'behave',
  intrusiveness: 'standard',
  run: async (context) => {
    await thresholdDialogue(context);
    const written = async (form: (line: string) => string): Promise<UpgradeForm> => {
      const attempt = async (): Promise<UpgradeForm> => {
        const call = await acquaintedCall(context);
        const line = context.protocol.say.upgrade(call.tag()).toString('latin1').trimEnd();
        return asked(context, call, latin1(form(line)));
      };
      const found = await unlessCut(context, attempt, (each) => each.how === 'ended' || isPutOff(each), ENOUGH);
      // Who is busy says so of whatever is asked.
      if (isPutOff(found)) throw new Fault('UNREACHABLE', noGoAhead(context, [found.line?.text ?? '']));
      return found;
    };
    const { helloVerb } = context.protocol;
    return {
      smallLetters: await written((line) => `${line.toLowerCase()}\r\n`),
      trailingBlank: await written((line) => `${line} \r\n`),
      bareLineFeed: await written((line) => `${line}\n`),
      ...(helloVerb !== undefined && { first: await asFirst(context) }),
    };
  },
});

const asFirst = async (context: ProbeContext): Promise<UpgradeForm> => {
  const { upgradeFirstAnswer: known } = context.acquaintance;
  if (known !== undefined) return formOf(known);
  const attempt = async (): Promise<UpgradeForm> => {
    const call = await context.dial();
    await call.greeting();
    return asked(context, call, context.protocol.say.upgrade(call.tag()));
  };
  return unlessCut(context, attempt, () => false);
};

const asked = async (context: ProbeContext, call: Call, command: Buffer): Promise<UpgradeForm> => {
  const answer = notPutOff(context, call, await call.ask(command, PATIENCE));
  const form = formOf(answer);
  // A server that gave the go-ahead waits for TLS now.
  if (form.how === 'refused') call.quit();
  else call.close();
  return form;
};

/** What an answer to the upgrade command says. */
export const formOf = ({ how, final }: CommandAnswer): UpgradeForm => {
  const line = final?.said.at(-1);
  if (final === undefined) return { how: how === 'ended' ? 'ended' : 'silent' };
  return { how: final.status === 'ok' ? 'go-ahead' : 'refused', ...(line && { line }) };
};

const isPutOff = ({ how, line }: UpgradeForm): boolean =>
  how === 'refused' && line !== undefined && isBusy([line.text]);

/** How often a form is refused by the end of the connection, where nothing else was cut. */
const ENOUGH = 3;
/** Milliseconds: a server that waits for a carriage return never answers. */
const PATIENCE = 2500;
