import { asked, type Asked } from './dialogue-facts.js';
import { plaintextLogin } from './plaintext-login.js';
import { defineProbe, type OwnAccount, type ProbeContext } from './probe.js';
import { acquaintedCall } from './threshold.js';

/** What became of a login in clear with the user’s account, and of TLS after it. */
export type AccountLogin =
  /** `nothing`: there is no login in clear that could be kept; `left-out`: there is one, but it may not be tried. */
  | { readonly tried: false; readonly why: 'nothing' | 'left-out'; readonly reason: string }
  | {
      readonly tried: true;
      readonly login: Asked;
      /** STARTTLS after the login; absent where that failed. */
      readonly upgrade?: Asked;
      /** The answer inside TLS to what shows whether somebody is logged in; absent where the handshake failed. */
      readonly inside?: Asked;
      /** The login still counts; `unclear` where the answer is the same on a connection that never logged in. */
      readonly isKept?: true | 'unclear';
    };

/** Logs in outside TLS, where that is accepted, and tries to go on inside TLS without a login there. */
export const accountLogin = defineProbe<AccountLogin>({
  id: 'account-login',
  scope: 'listener',
  cost: 2,
  phase: 'login',
  intrusiveness: 'standard',
  run: async (context) => {
    const { account, protocol } = context;
    const known = await context.facts(plaintextLogin);
    if (account === undefined) return { tried: false, why: 'left-out', reason: 'no account was given' };
    if (!known.tried)
      return { tried: false, why: known.why === 'not-offered' ? 'nothing' : 'left-out', reason: known.reason };
    if (known.outcome !== 'challenged' && known.outcome !== 'judged')
      return { tried: false, why: 'nothing', reason: 'no login is accepted before TLS, so that none can be kept' };
    if (!account.inClear)
      return {
        tried: false,
        why: 'left-out',
        reason:
          'the password of --account is sent in clear to loopback and private addresses only; --account-in-clear sends it to this server too',
      };
    const spent = context.spendLogin();
    if (spent !== undefined) return { tried: false, why: 'left-out', reason: spent };
    const call = await acquaintedCall(context);
    const login = await loggedIn(context, call, known.mechanism, account);
    if (login.said?.status !== 'ok') return { tried: true, login };
    context.giveBackLogin();
    const upgrade = asked(await call.ask(protocol.say.upgrade(call.tag())));
    if (upgrade.said?.status !== 'ok') {
      call.quit();
      return { tried: true, login, upgrade };
    }
    const inside = await askedInside(context, call);
    if (inside === undefined || !isServed(context, inside))
      return { tried: true, login, upgrade, ...(inside && { inside }) };
    const other = await acquaintedCall(context);
    const answer = asked(await other.ask(protocol.say.upgrade(other.tag())));
    const without = answer.said?.status === 'ok' ? await askedInside(context, other) : undefined;
    return {
      tried: true,
      login,
      upgrade,
      inside,
      isKept: without === undefined || !isServed(context, without) ? true : 'unclear',
    };
  },
});

type Call = Awaited<ReturnType<typeof acquaintedCall>>;

const loggedIn = async (
  { protocol }: ProbeContext,
  call: Call,
  mechanism: string,
  { user, password }: OwnAccount,
): Promise<Asked> => {
  // POP3 takes bytes as they are (RFC 6856 §2.2); IMAP’s LOGIN takes ASCII only (RFC 9051 §6.2.3).
  const onTheWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const [usual = mechanism] = mechanism.split(' with ');
  const name = usual === 'LOGIN command' && !/^[\x20-\x7e]*$/.test(`${user}${password}`) ? 'PLAIN' : usual;
  const account =
    name === 'USER/PASS'
      ? { user: onTheWire(user), password: onTheWire(password), token: '' }
      : { user, password, token: '' };
  const command = protocol.say.login(call.tag(), name, account);
  const first = await call.ask(command);
  if (name === 'USER/PASS')
    return first.final?.status === 'ok'
      ? asked(await call.ask(protocol.say.login(call.tag(), 'PASS', account)))
      : asked(first);
  const answers = name === 'PLAIN' ? [`\0${user}\0${password}`] : [user, password];
  let heard = first;
  for (const answer of answers) {
    if (heard.final?.kind !== 'continuation') break;
    await call.say(protocol.say.response(Buffer.from(answer, 'utf8').toString('base64')));
    heard = await call.next(undefined, command);
  }
  return asked(heard);
};

/** What shows inside TLS whether somebody is logged in; undefined where the handshake fails. */
const askedInside = async ({ protocol, acquaintance }: ProbeContext, call: Call): Promise<Asked | undefined> => {
  const { peer } = await call.secure();
  if (!peer.completed) return undefined;
  if (protocol.speaksFirstAfterUpgrade) await call.next();
  const { service } = protocol.inspection;
  // Mail is taken from strangers too; a second login is refused to who is logged in (RFC 4954 §4).
  if (service.kind === 'mail')
    await call.ask(protocol.say.capabilities(call.tag(), acquaintance.ehlo ?? 'waxseal.invalid'));
  const heard = await call.ask(
    service.kind === 'mail'
      ? protocol.say.login(call.tag(), 'PLAIN', { user: '', password: '', token: '' })
      : service.say(call.tag()),
  );
  if (heard.final?.kind === 'continuation') await call.ask(protocol.say.cancel());
  call.quit();
  return asked(heard);
};

const isServed = ({ protocol }: ProbeContext, { said }: Asked): boolean =>
  protocol.inspection.service.kind === 'mail' ? said?.code === '503' : said?.status === 'ok';
