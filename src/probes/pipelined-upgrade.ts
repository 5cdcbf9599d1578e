import { buildClientHello } from '../tls/build-hello.js';
import { thresholdDialogue } from './dialogue.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { serverNameOf } from './raw-hello.js';
import { acquaintedCall, notPutOff, unlessCut } from './threshold.js';
import { formOf, type UpgradeForm } from './upgrade-forms.js';
import { usualHellos } from './usual-hellos.js';

/** What becomes of a client that does not wait. */
export interface PipelinedUpgrade {
  /** The capability command and STARTTLS in one segment. */
  readonly together: UpgradeForm;
  /** STARTTLS and the ClientHello in one segment: `served` with TLS, or what came instead. */
  readonly early: UpgradeForm['how'] | 'served';
}

/** Says more than one thing in a segment; each time on a connection of its own. */
export const pipelinedUpgrade = defineProbe<PipelinedUpgrade>({
  id: 'pipelined-upgrade',
  leads: true,
  scope: 'listener',
  cost: 2,
  phase: 'inject',
  intrusiveness: 'standard',
  run: async (context) => {
    await thresholdDialogue(context);
    const asked = <T>(way: (context: ProbeContext) => Promise<T>): Promise<T> =>
      unlessCut(
        context,
        () => way(context),
        () => false,
      );
    const [both, hello] = await Promise.all([asked(together), asked(early)]);
    return { together: both, early: hello };
  },
});

const together = async (context: ProbeContext): Promise<UpgradeForm> => {
  const { protocol, acquaintance, patience } = context;
  const call = await context.dial();
  await call.greeting(Math.max(patience.greeting, (acquaintance.greetedAfter ?? 0) * 2));
  const list = protocol.say.capabilities(call.tag(), acquaintance.ehlo ?? 'waxseal.invalid');
  const upgrade = protocol.say.upgrade(call.tag());
  const listed = await call.ask(list, PATIENCE, upgrade);
  const form =
    listed.how === 'answered' ? formOf(notPutOff(context, call, await call.next(PATIENCE, upgrade))) : formOf(listed);
  call.close();
  return form;
};

const early = async (context: ProbeContext): Promise<PipelinedUpgrade['early']> => {
  const call = await acquaintedCall(context);
  const [order] = usualHellos('TLSv1.2', context.names[0]);
  const hello = order === undefined ? Buffer.alloc(0) : buildClientHello({ ...serverNameOf(context), ...order });
  const upgrade = context.protocol.say.upgrade(call.tag());
  const answer = notPutOff(context, call, await call.ask(upgrade, PATIENCE, hello));
  const form = formOf(answer);
  const after = form.how === 'go-ahead' ? await call.listen(LISTENED) : undefined;
  call.close();
  if (after === undefined) return form.how;
  return after.how === 'records' ? 'served' : after.how === 'ended' ? 'ended' : 'silent';
};

/** Milliseconds. */
const PATIENCE = 2500;
/** Milliseconds for a ServerHello that may never come. */
const LISTENED = 800;
