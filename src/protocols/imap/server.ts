import { MailHost } from '../../mail/mail-host.js';
import { isPasswordOf, isUserOf } from '../user-name.js';
import type { Command, HonestAnswer, LiteralWait, Offer, ServerSettings, Unsolicited } from '../protocol.js';
import { ServerSkeleton, type CommandTable, type Handled } from '../server-skeleton.js';
import { latin1 } from '../text.js';
import { commandArguments, LOGIN_COMMAND } from './command.js';
import { IdleWatch } from './idle-watch.js';
import { SelectedMailbox, type CommandOutcome } from './selected-mailbox.js';
import { capabilities } from './offer.js';

/** An honest IMAP server's side of one connection (RFC 9051, 3501, 2177, 2971, 4959, 7888), with its mailboxes as long as it lives unless they are shared. */
export class ImapServer extends ServerSkeleton {
  #mail: SelectedMailbox | undefined;
  /** Its greeting was PREAUTH, which only an attacker says here: he takes any login that comes all the same. */
  #isImpostor = false;
  /** IDLE, which waits for the client's next line. */
  #idling: Command | undefined;
  readonly #watch: IdleWatch | undefined;

  protected readonly phrases = {
    goAhead: 'OK Begin TLS negotiation now',
    upgradeInsideTls: 'BAD TLS is already active',
    upgradeNotOffered: 'BAD Unknown command',
    upgradeWithParameter: 'BAD STARTTLS takes no argument',
    upgradeAfterLogin: 'BAD Already logged in',
    loginNeedsTls: 'NO [PRIVACYREQUIRED] Start TLS first',
    loginAgain: 'BAD Already logged in',
    loginNotOffered: 'NO [CANNOT] Mechanism not supported',
    loginCancelled: 'BAD Login cancelled',
    loginRight: 'OK Logged in',
    loginWrong: 'NO [AUTHENTICATIONFAILED] Credentials invalid',
  };

  protected readonly commands: CommandTable = {
    CAPABILITY: (command) => this.#listed(command, [this.#list], 'OK Capabilities listed'),
    NOOP: (command) => this.#listed(command, this.#mail?.news() ?? [], 'OK Done'),
    ID: (command) => this.#listed(command, ['ID NIL'], 'OK Identified'),
    LOGOUT: (command) => ({ bytes: this.#listed(command, ['BYE Logging out'], 'OK Logged out'), close: true }),
    STARTTLS: (command) => this.startTls(command),
    LOGIN: (command) => this.#login(command),
    AUTHENTICATE: (command) => this.authenticate(command),
    IDLE: (command) => this.#idle(command),
  };

  constructor(settings: ServerSettings) {
    super(settings);
    if (settings.mail !== undefined)
      this.#watch = new IdleWatch(settings.mail, () => this.#idling !== undefined && this.#mail?.hasNews === true);
  }

  /** What a client that idles is told (RFC 2177), where others put mails into the mailbox. */
  get unsolicited(): Unsolicited | undefined {
    const watch = this.#watch;
    return (
      watch && {
        arrives: () => watch.arrives(),
        take: () => Buffer.concat(this.#idling === undefined ? [] : (this.#mail?.news() ?? []).map(untagged)),
      }
    );
  }

  /** Nobody is told any more. */
  end(): void {
    this.#watch?.end();
  }

  /** Takes the client for logged in from the greeting on, which is then PREAUTH (RFC 9051 §7.1.4); call it before `greeting`. */
  preauthenticate(): void {
    this.#isImpostor = true;
    this.logIn();
  }

  greeting(): Buffer {
    const status = this.authenticated ? 'PREAUTH' : 'OK';
    return untagged(`${status} [${this.#list}] ${this.settings.hostname} ready`);
  }

  /** A client that is logged in can neither log in nor start TLS any more (RFC 9051 §6.2). */
  protected override get offer(): Offer {
    const { extensions } = super.offer;
    return this.authenticated ? { upgrade: false, logins: [], loginDisabled: false, extensions } : super.offer;
  }

  protected override command(command: Command): Handled {
    if (command.tag === undefined) return untagged('BAD A command begins with a tag');
    return command.verb === '' ? this.reply(command, 'BAD No command') : super.command(command);
  }

  protected reply(command: Command | undefined, text: string): Buffer {
    return latin1(`${command?.tag ?? '*'} ${text}\r\n`);
  }

  protected challenge(challenge: string): Buffer {
    return latin1(`+ ${challenge}\r\n`);
  }

  protected unknown(command: Command): Handled {
    if (this.#mail === undefined)
      return this.reply(
        command,
        command.moment === 'other' && command.verb !== 'ENABLE' ? 'BAD Unknown command' : LOG_IN_FIRST,
      );
    const { lines, final } = this.#mail.answer(command) ?? UNKNOWN;
    return this.settings.mail === undefined
      ? this.#listed(command, lines, final)
      : inPieces(lines, this.reply(command, final));
  }

  protected tooLong(): Buffer {
    return untagged('BYE Command too long');
  }

  protected body(): Handled {
    return Buffer.alloc(0);
  }

  /** Invites a literal, unless its command would be refused anyway: nobody is asked for a password that must not be sent. */
  protected literal(unit: LiteralWait): Handled {
    const refusal =
      unit.verb === 'LOGIN' || unit.verb === 'AUTHENTICATE'
        ? this.loginRefusal(unit.verb === 'LOGIN' ? LOGIN_COMMAND : (commandWord(unit) ?? ''))
        : this.authenticated || unit.verb === 'ID'
          ? undefined
          : LOG_IN_FIRST;
    const limit = this.authenticated ? LONGEST_LITERAL : LONGEST_LITERAL_BEFORE_LOGIN;
    if (refusal === undefined && unit.size <= limit) return latin1('+ Ready for literal data\r\n');
    return latin1(`${unit.tag} ${refusal ?? 'NO [TOOBIG] Literal too long'}\r\n`);
  }

  protected override loginRefusal(mechanism: string): string | undefined {
    if (this.#isImpostor && !this.inside) return undefined;
    const refusal = super.loginRefusal(mechanism);
    // LOGIN is there unless the list says that it is not.
    if (mechanism !== LOGIN_COMMAND || (refusal !== undefined && refusal !== this.phrases.loginNotOffered))
      return refusal;
    return this.offer.loginDisabled ? 'NO [CANNOT] LOGIN is disabled' : undefined;
  }

  protected override strayResponse(text: string): Handled {
    const command = this.#idling;
    this.#idling = undefined;
    if (command === undefined) return untagged('BAD Nothing was asked');
    return this.reply(command, text.toUpperCase() === 'DONE' ? 'OK Idle ended' : 'BAD Expected DONE');
  }

  protected override logIn(): void {
    this.#mail = new SelectedMailbox(this.settings.mail ?? ownMail(this.settings.message), super.offer.extensions);
    super.logIn();
  }

  protected override logOut(): void {
    this.#mail = undefined;
    super.logOut();
  }

  protected override forget(): void {
    this.#idling = undefined;
  }

  get #list(): string {
    return `CAPABILITY ${capabilities(this.offer).join(' ')}`;
  }

  #login(command: Command): Buffer {
    const refusal = this.loginRefusal(LOGIN_COMMAND);
    if (refusal !== undefined) return this.reply(command, refusal);
    const { tokens, malformed } = commandArguments(command);
    if (malformed || tokens.length !== 2 || tokens.some(({ kind }) => kind === 'list'))
      return this.reply(command, 'BAD LOGIN takes a user name and a password');
    const [user, password] = tokens;
    const { account } = this.settings;
    return this.decide(command, isUserOf(account, user?.text) && isPasswordOf(account, password?.text));
  }

  #idle(command: Command): Buffer {
    if (!this.authenticated) return this.reply(command, LOG_IN_FIRST);
    this.#idling = command;
    this.#watch?.look();
    return latin1('+ idling\r\n');
  }

  #listed(command: Command, lines: Iterable<string>, final: string): Buffer {
    return Buffer.concat([...[...lines].map(untagged), this.reply(command, final)]);
  }
}

const commandWord = (unit: LiteralWait): string | undefined =>
  unit.raw.toString('latin1').split(/ +/)[2]?.toUpperCase();

const untagged = (text: string): Buffer => latin1(`* ${text}\r\n`);

/** The mailboxes of one connection, which holds the canary message; nothing in them depends on a clock. */
const ownMail = (message: Buffer): MailHost => {
  const host = new MailHost({ limits: OWN_LIMITS, whenFull: 'refuse', uidValidity: 1 });
  host.add(host.inbox, message);
  return host;
};

/** An answer whose lines are made as the client takes them: a mailbox may hold more than memory does. */
const inPieces = (lines: Iterable<string>, final: Buffer): HonestAnswer => {
  const rest: Iterator<string, unknown> = lines[Symbol.iterator]();
  const piece = (): { readonly bytes: Buffer; readonly isLast: boolean } => {
    const made: Buffer[] = [];
    for (let size = 0; size < PIECE;) {
      const next = rest.next();
      if (next.done === true) return { bytes: Buffer.concat([...made, final]), isLast: true };
      const bytes = untagged(next.value);
      size += bytes.length;
      made.push(bytes);
    }
    return { bytes: Buffer.concat(made), isLast: false };
  };
  const first = piece();
  if (first.isLast) return { bytes: first.bytes };
  const more = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const { bytes, isLast } = piece();
      yield bytes;
      if (isLast) return;
    }
  };
  return { bytes: first.bytes, more: more() };
};

const LOG_IN_FIRST = 'BAD Log in first';
const UNKNOWN: CommandOutcome = { lines: [], final: 'BAD Unknown command' };
const OWN_LIMITS = { mails: 1000, bytes: 16 * 1024 * 1024 };
/** Bytes of an answer that are made at once. */
const PIECE = 64 * 1024;
const LONGEST_LITERAL = 4 * 1024 * 1024;
const LONGEST_LITERAL_BEFORE_LOGIN = 4096;
