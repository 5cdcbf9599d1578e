import type {
  ClientUnit,
  Command,
  HonestAnswer,
  HonestServer,
  LiteralWait,
  Offer,
  ServerSettings,
} from '../protocol.js';
import { SaslExchange, type SaslStep } from '../sasl.js';
import { latin1 } from '../text.js';
import { commandArguments, LOGIN_COMMAND } from './command.js';
import { MailSession, type Outcome } from './mail-session.js';
import { capabilities } from './offer.js';

/** An honest IMAP server's side of one connection (RFC 9051, 3501, 2177, 2971, 4959, 7888), with its mailboxes as long as it lives. */
export class ImapServer implements HonestServer {
  readonly #settings: ServerSettings;
  #inside = false;
  #mail: MailSession | undefined;
  #exchange: SaslExchange | undefined;
  /** The command that waits for the client's next line. */
  #current: Command | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  get authenticated(): boolean {
    return this.#mail !== undefined;
  }

  /** Takes the client for logged in from the greeting on, which is then PREAUTH (RFC 9051 §7.1.4); call it before `greeting`. */
  preauthenticate(): void {
    this.#logIn();
  }

  greeting(): Buffer {
    const status = this.authenticated ? 'PREAUTH' : 'OK';
    return untagged(`${status} [CAPABILITY ${capabilities(this.#offer()).join(' ')}] ${this.#settings.hostname} ready`);
  }

  upgraded(): Buffer {
    this.#inside = true;
    this.#mail = undefined;
    this.#exchange = undefined;
    this.#current = undefined;
    return Buffer.alloc(0);
  }

  startInside(): void {
    this.#inside = true;
  }

  answer(unit: ClientUnit): HonestAnswer {
    switch (unit.kind) {
      case 'command':
        return this.#command(unit);
      case 'response':
        return { bytes: this.#response(unit.raw.toString('latin1').trimEnd()) };
      case 'literal-wait':
        return { bytes: this.#literal(unit) };
      case 'body':
        return { bytes: Buffer.alloc(0) };
      case 'oversize':
        return { bytes: untagged('BYE Command too long'), close: true };
    }
  }

  #command(command: Command): HonestAnswer {
    const { tag, verb } = command;
    if (tag === undefined || verb === '')
      return {
        bytes: tag === undefined ? untagged('BAD A command begins with a tag') : tagged(command, 'BAD No command'),
      };
    switch (verb) {
      case 'CAPABILITY':
        return {
          bytes: Buffer.concat([
            untagged(`CAPABILITY ${capabilities(this.#offer()).join(' ')}`),
            tagged(command, 'OK Capabilities listed'),
          ]),
        };
      case 'NOOP':
        return { bytes: tagged(command, 'OK Done') };
      case 'ID':
        return { bytes: Buffer.concat([untagged('ID NIL'), tagged(command, 'OK Identified')]) };
      case 'LOGOUT':
        return { bytes: Buffer.concat([untagged('BYE Logging out'), tagged(command, 'OK Logged out')]), close: true };
      case 'STARTTLS':
        return this.#startTls(command);
      case 'LOGIN':
        return { bytes: this.#login(command) };
      case 'AUTHENTICATE':
        return { bytes: this.#authenticate(command) };
      case 'IDLE':
        return { bytes: this.#idle(command) };
      default:
        return { bytes: this.#mailCommand(command) };
    }
  }

  #startTls(command: Command): HonestAnswer {
    if (this.#inside) return { bytes: tagged(command, 'BAD TLS is already active') };
    if (!this.#settings.outside.upgrade) return { bytes: tagged(command, 'BAD Unknown command') };
    if (command.args.length > 0) return { bytes: tagged(command, 'BAD STARTTLS takes no argument') };
    if (this.authenticated) return { bytes: tagged(command, 'BAD Already logged in') };
    return { bytes: tagged(command, 'OK Begin TLS negotiation now'), upgrade: true };
  }

  #login(command: Command): Buffer {
    const refusal = this.#loginRefusal(LOGIN_COMMAND);
    if (refusal !== undefined) return tagged(command, refusal);
    const { tokens, malformed } = commandArguments(command);
    if (malformed || tokens.length !== 2 || tokens.some(({ kind }) => kind === 'list'))
      return tagged(command, 'BAD LOGIN takes a user name and a password');
    const [user, password] = tokens;
    return this.#verdict(
      command,
      user?.text === this.#settings.account.user && password?.text === this.#settings.account.password,
    );
  }

  #authenticate(command: Command): Buffer {
    const mechanism = command.mechanism ?? '';
    const refusal = this.#loginRefusal(mechanism);
    if (refusal !== undefined) return tagged(command, refusal);
    this.#exchange = new SaslExchange(mechanism, this.#settings.account, this.#settings.nonce, this.#settings.hostname);
    this.#current = command;
    return this.#sasl(command, this.#exchange.start(command.args[1]));
  }

  #loginRefusal(mechanism: string): string | undefined {
    if (this.authenticated) return 'BAD Already logged in';
    const offer = this.#offer();
    if (!this.#inside && !this.#settings.acceptsLoginOutside) return 'NO [PRIVACYREQUIRED] Start TLS first';
    if (mechanism === LOGIN_COMMAND) return offer.loginDisabled ? 'NO [CANNOT] LOGIN is disabled' : undefined;
    return offer.logins.includes(mechanism) && SaslExchange.supported.includes(mechanism)
      ? undefined
      : 'NO [CANNOT] Mechanism not supported';
  }

  #sasl(command: Command, step: SaslStep): Buffer {
    if ('challenge' in step) return latin1(`+ ${step.challenge}\r\n`);
    this.#exchange = undefined;
    this.#current = undefined;
    return step.done === 'malformed'
      ? tagged(command, 'BAD Login cancelled')
      : this.#verdict(command, step.done === 'ok');
  }

  #verdict(command: Command, isRight: boolean): Buffer {
    if (isRight) this.#logIn();
    return tagged(command, isRight ? 'OK Logged in' : 'NO [AUTHENTICATIONFAILED] Credentials invalid');
  }

  #logIn(): void {
    this.#mail = new MailSession(this.#settings.message, this.#offer().extensions);
  }

  #idle(command: Command): Buffer {
    if (!this.authenticated) return tagged(command, LOG_IN_FIRST);
    this.#current = command;
    return latin1('+ idling\r\n');
  }

  #response(text: string): Buffer {
    const command = this.#current;
    if (command === undefined) return untagged('BAD Nothing was asked');
    if (this.#exchange !== undefined) return this.#sasl(command, this.#exchange.respond(text));
    this.#current = undefined;
    return tagged(command, text.toUpperCase() === 'DONE' ? 'OK Idle ended' : 'BAD Expected DONE');
  }

  /** Invites a literal, unless its command would be refused anyway: nobody is asked for a password that must not be sent. */
  #literal(unit: LiteralWait): Buffer {
    const refusal =
      unit.verb === 'LOGIN' || unit.verb === 'AUTHENTICATE'
        ? this.#loginRefusal(unit.verb === 'LOGIN' ? LOGIN_COMMAND : (commandWord(unit) ?? ''))
        : this.authenticated || unit.verb === 'ID'
          ? undefined
          : LOG_IN_FIRST;
    const limit = this.authenticated ? LONGEST_LITERAL : LONGEST_LITERAL_BEFORE_LOGIN;
    if (refusal === undefined && unit.size <= limit) return latin1('+ Ready for literal data\r\n');
    return latin1(`${unit.tag} ${refusal ?? 'NO [TOOBIG] Literal too long'}\r\n`);
  }

  #mailCommand(command: Command): Buffer {
    if (this.#mail === undefined)
      return tagged(
        command,
        command.moment === 'other' && command.verb !== 'ENABLE' ? 'BAD Unknown command' : LOG_IN_FIRST,
      );
    const { lines, final } = this.#mail.answer(command) ?? UNKNOWN;
    return Buffer.concat([...lines.map(untagged), tagged(command, final)]);
  }

  /** Whoever is logged in can neither log in nor start TLS any more (RFC 9051 §6.2). */
  #offer(): Offer {
    const offer = this.#inside ? this.#settings.inside : this.#settings.outside;
    return this.authenticated
      ? { upgrade: false, logins: [], loginDisabled: false, extensions: offer.extensions }
      : offer;
  }
}

const commandWord = (unit: LiteralWait): string | undefined =>
  unit.raw.toString('latin1').split(/ +/)[2]?.toUpperCase();

const untagged = (text: string): Buffer => latin1(`* ${text}\r\n`);

const tagged = (command: Command, text: string): Buffer => latin1(`${command.tag ?? '*'} ${text}\r\n`);

const LOG_IN_FIRST = 'BAD Log in first';
const UNKNOWN: Outcome = { lines: [], final: 'BAD Unknown command' };
const LONGEST_LITERAL = 4 * 1024 * 1024;
const LONGEST_LITERAL_BEFORE_LOGIN = 4096;
