import type {
  Body,
  ClientUnit,
  Command,
  HonestAnswer,
  HonestServer,
  LiteralWait,
  Offer,
  ServerSettings,
} from './protocol.js';
import { SaslExchange, type SaslStep } from './sasl.js';

/** What a server says to one command: bytes, or bytes and what happens on the wire after them. */
export type Handled = Buffer | HonestAnswer;

/** Handlers by verb. */
export type CommandTable = Readonly<Record<string, (command: Command) => Handled>>;

/** Final replies that every protocol has, as text without a tag and without CRLF. */
export interface Phrases {
  readonly goAhead: string;
  readonly upgradeInsideTls: string;
  readonly upgradeNotOffered: string;
  readonly upgradeWithParameter: string;
  /** Absent where the upgrade may follow a login. */
  readonly upgradeAfterLogin?: string;
  readonly loginNeedsTls: string;
  readonly loginAgain: string;
  readonly loginNotOffered: string;
  readonly loginCancelled: string;
  readonly loginRight: string;
  readonly loginWrong: string;
}

/** What all honest servers share: TLS state, the upgrade, SASL logins, and a table of commands. */
export abstract class ServerSkeleton implements HonestServer {
  protected readonly settings: ServerSettings;
  protected abstract readonly phrases: Phrases;
  protected abstract readonly commands: CommandTable;
  #inside = false;
  #authenticated = false;
  #exchange: SaslExchange | undefined;
  #login: Command | undefined;

  constructor(settings: ServerSettings) {
    this.settings = settings;
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  protected get inside(): boolean {
    return this.#inside;
  }

  /** What is offered now. */
  protected get offer(): Offer {
    return this.#inside ? this.settings.inside : this.settings.outside;
  }

  abstract greeting(): Buffer;

  upgraded(): Buffer {
    this.#inside = true;
    this.#exchange = undefined;
    if (this.settings.keepsLogin !== true) this.logOut();
    this.forget();
    return Buffer.alloc(0);
  }

  startInside(): void {
    this.#inside = true;
  }

  answer(unit: ClientUnit): HonestAnswer {
    switch (unit.kind) {
      case 'command':
        return handled(this.command(unit));
      case 'response':
        return handled(this.#response(unit.raw));
      case 'body':
        return handled(this.body(unit));
      case 'literal-wait':
        return handled(this.literal(unit));
      case 'oversize':
        return { bytes: this.tooLong(unit.of), close: true };
    }
  }

  protected command(command: Command): Handled {
    return (this.commands[command.verb] ?? ((unknown) => this.unknown(unknown)))(command);
  }

  /** A final reply to a command; `text` is a phrase. */
  protected abstract reply(command: Command | undefined, text: string): Buffer;
  protected abstract challenge(challenge: string): Buffer;
  /** The answer to a command that is not in the table. */
  protected abstract unknown(command: Command): Handled;
  protected abstract tooLong(of: 'line' | 'message'): Buffer;
  /** The answer to a message body; only SMTP and LMTP have any. */
  protected abstract body(unit: Body): Handled;
  /** The answer to a literal that waits for its invitation; only IMAP has any. */
  protected abstract literal(unit: LiteralWait): Handled;

  /** The answer to a line that no login waits for. */
  protected strayResponse(_text: string): Handled {
    return this.#sasl({ done: 'malformed' });
  }

  /** The text of a response: base64 or `*`. */
  protected responseText(raw: Buffer): string {
    return raw.toString('latin1').trimEnd();
  }

  /** Forgets what was said before TLS (RFC 3207 §4.2). */
  protected forget(): void {}

  protected logIn(): void {
    this.#authenticated = true;
  }

  protected logOut(): void {
    this.#authenticated = false;
  }

  protected startTls(command: Command): Handled {
    const { phrases } = this;
    if (this.#inside) return this.reply(command, phrases.upgradeInsideTls);
    if (!this.settings.outside.upgrade) return this.reply(command, phrases.upgradeNotOffered);
    if (command.args.length > 0) return this.reply(command, phrases.upgradeWithParameter);
    if (this.#authenticated && phrases.upgradeAfterLogin !== undefined && this.settings.keepsLogin !== true)
      return this.reply(command, phrases.upgradeAfterLogin);
    return { bytes: this.reply(command, phrases.goAhead), upgrade: true };
  }

  /** Why a login is refused before anything secret is looked at; undefined if it may go on. */
  protected loginRefusal(mechanism: string): string | undefined {
    if (this.#authenticated) return this.phrases.loginAgain;
    if (!this.#inside && !this.settings.acceptsLoginOutside) return this.phrases.loginNeedsTls;
    return this.offer.logins.includes(mechanism) ? undefined : this.phrases.loginNotOffered;
  }

  /** A SASL login, with the client's initial response where it sent one. */
  protected authenticate(command: Command): Buffer {
    const [, initialResponse] = command.args;
    const mechanism = command.mechanism ?? '';
    const refusal =
      this.loginRefusal(mechanism) ??
      (SaslExchange.supported.includes(mechanism) ? undefined : this.phrases.loginNotOffered);
    if (refusal !== undefined) return this.reply(command, refusal);
    const { account, nonce, hostname } = this.settings;
    this.#exchange = new SaslExchange(mechanism, account, nonce, hostname);
    this.#login = command;
    return this.#sasl(this.#exchange.start(initialResponse));
  }

  /** The end of a login. */
  protected decide(command: Command | undefined, isRight: boolean): Buffer {
    if (isRight) this.logIn();
    return this.reply(command, isRight ? this.phrases.loginRight : this.phrases.loginWrong);
  }

  #response(raw: Buffer): Handled {
    const text = this.responseText(raw);
    return this.#exchange === undefined ? this.strayResponse(text) : this.#sasl(this.#exchange.respond(text));
  }

  #sasl(step: SaslStep): Buffer {
    if ('challenge' in step) return this.challenge(step.challenge);
    const command = this.#login;
    this.#exchange = undefined;
    this.#login = undefined;
    return step.done === 'malformed'
      ? this.reply(command, this.phrases.loginCancelled)
      : this.decide(command, step.done === 'ok');
  }
}

const handled = (answer: Handled): HonestAnswer => (Buffer.isBuffer(answer) ? { bytes: answer } : answer);
