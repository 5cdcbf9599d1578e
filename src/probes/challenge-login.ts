import { countedLines } from './counted-lines.js';
import { spokenDialogue } from './dialogue.js';
import { said, type ShortReply } from './dialogue-facts.js';
import { plaintextLogin } from './plaintext-login.js';
import { defineProbe, NotObserved } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What became of a login before TLS that answers a challenge instead of saying the password. */
export type ChallengeLogin =
  | { readonly tried: false; readonly reason: string }
  | { readonly tried: true; readonly mechanism: string; readonly isChallenged: boolean; readonly answer?: ShortReply };

/** Asks for a challenge in clear, where such a login is listed there, and gives up before it is answered. */
export const challengeLogin = defineProbe<ChallengeLogin>({
  id: 'challenge-login',
  scope: 'listener',
  cost: 1,
  phase: 'login',
  intrusiveness: 'standard',
  run: async (context) => {
    const { outside } = await spokenDialogue(context);
    const mechanism = MECHANISMS.find((each) => outside?.logins.includes(each));
    if (mechanism === undefined) throw new NotObserved(`before TLS none of ${MECHANISMS.join(', ')} is listed`);
    // What gives a password away comes first.
    await context.facts(plaintextLogin);
    const spent = context.spendLogin();
    if (spent !== undefined) return { tried: false, reason: spent };
    const call = await acquaintedCall(context);
    const account = { user: context.word(), password: context.word(), token: context.word() };
    const { final } = await call.ask(context.protocol.say.login(call.tag(), mechanism, account));
    const isChallenged = final?.kind === 'continuation';
    if (isChallenged) await call.ask(context.protocol.say.cancel());
    call.quit();
    const answer = final && said(final);
    if (answer !== undefined && !isChallenged && countedLines(answer).lines === 0) context.giveBackLogin();
    return { tried: true, mechanism, isChallenged, ...(answer && { answer }) };
  },
});

/** Challenges that can be answered by guessing, or relayed; the most frequent first. */
const MECHANISMS = ['CRAM-MD5', 'NTLM', 'DIGEST-MD5'];
