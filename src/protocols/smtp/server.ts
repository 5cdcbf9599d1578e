import type {
  ClientUnit,
  Command,
  HonestAnswer,
  HonestOffer,
  HonestServer,
  Offer,
  ServerSettings,
} from '../protocol.js';
import { SaslExchange, type SaslStep } from '../sasl.js';
import { latin1 } from '../text.js';
import { multiline } from './grammar.js';

/** An honest SMTP server's side of one connection (RFC 5321, 3207, 4954, 6409). */
export class SmtpServer implements HonestServer {
  readonly #settings: ServerSettings;
  #inside = false;
  #authenticated = false;
  #greeted = false;
  #sender = false;
  #recipients = 0;
  /** What the body that comes next is: all after DATA, a piece or the last one after BDAT, or one without recipients. */
  #chunk: 'whole' | 'piece' | 'last' | 'refused' = 'whole';
  #exchange: SaslExchange | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  greeting(): Buffer {
    return reply('220', `${this.#settings.hostname} ESMTP ready`);
  }

  upgraded(): Buffer {
    this.#inside = true;
    this.#authenticated = false;
    this.#exchange = undefined;
    if (this.#settings.keepsState !== true) {
      this.#greeted = false;
      this.#forget();
    }
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
        return {
          bytes: this.#sasl(this.#exchange?.respond(unit.raw.toString('latin1').trimEnd()) ?? { done: 'malformed' }),
        };
      case 'body':
        return { bytes: this.#body() };
      case 'literal-wait':
        return { bytes: reply('500', '5.5.2 Syntax error') };
      case 'oversize':
        return { bytes: reply('500', '5.5.2 Line too long'), close: true };
    }
  }

  #command(command: Command): HonestAnswer {
    switch (command.verb) {
      case 'EHLO':
      case 'LHLO':
        this.#greeted = true;
        this.#forget();
        return { bytes: multiline('250', [this.#settings.hostname, ...keywords(this.#offer())]) };
      case 'HELO':
        this.#greeted = true;
        this.#forget();
        return { bytes: reply('250', this.#settings.hostname) };
      case 'STARTTLS':
        return this.#startTls(command);
      case 'AUTH':
        return { bytes: this.#auth(command) };
      case 'MAIL':
        return { bytes: this.#mail(command) };
      case 'RCPT':
        if (!this.#sender) return { bytes: reply('503', '5.5.1 MAIL first') };
        if (!/^TO:/i.test(command.args[0] ?? '')) return { bytes: reply('501', '5.5.4 RCPT TO:<address>') };
        this.#recipients += 1;
        return { bytes: reply('250', '2.1.5 Ok') };
      case 'DATA':
        this.#chunk = 'whole';
        return {
          bytes:
            this.#recipients > 0 ? reply('354', 'End data with <CR><LF>.<CR><LF>') : reply('503', '5.5.1 RCPT first'),
        };
      case 'BDAT':
        return { bytes: this.#bdat(command) };
      case 'RSET':
        this.#forget();
        return { bytes: reply('250', '2.0.0 Ok') };
      case 'NOOP':
        return { bytes: reply('250', '2.0.0 Ok') };
      case 'VRFY':
        return { bytes: reply('252', '2.0.0 Send some mail, it will be tried') };
      case 'HELP':
        return { bytes: reply('214', '2.0.0 See RFC 5321') };
      case 'QUIT':
        return { bytes: reply('221', '2.0.0 Bye'), close: true };
      default:
        return { bytes: reply('502', '5.5.1 Command not implemented') };
    }
  }

  #startTls(command: Command): HonestAnswer {
    if (this.#inside) return { bytes: reply('503', '5.5.1 TLS is already active') };
    if (!this.#settings.outside.upgrade) return { bytes: reply('502', '5.5.1 Command not implemented') };
    if (command.args.length > 0) return { bytes: reply('501', '5.5.4 STARTTLS takes no parameter') };
    return { bytes: reply('220', '2.0.0 Ready to start TLS'), upgrade: true };
  }

  #auth(command: Command): Buffer {
    const mechanism = command.mechanism ?? '';
    if (!this.#inside && !this.#settings.acceptsLoginOutside)
      return reply('530', '5.7.0 Must issue a STARTTLS command first');
    if (this.#authenticated) return reply('503', '5.5.1 Already authenticated');
    if (!this.#offer().logins.includes(mechanism) || !SaslExchange.supported.includes(mechanism))
      return reply('504', '5.5.4 Mechanism not supported');
    this.#exchange = new SaslExchange(mechanism, this.#settings.account, this.#settings.nonce, this.#settings.hostname);
    return this.#sasl(this.#exchange.start(command.args[1]));
  }

  #sasl(step: SaslStep): Buffer {
    if ('challenge' in step) return latin1(`334 ${step.challenge}\r\n`);
    this.#exchange = undefined;
    if (step.done === 'malformed') return reply('501', '5.5.2 Login cancelled');
    this.#authenticated = step.done === 'ok';
    return step.done === 'ok' ? reply('235', '2.7.0 Authenticated') : reply('535', '5.7.8 Credentials invalid');
  }

  #mail(command: Command): Buffer {
    const { acceptsLoginOutside, relay, mailWithoutLogin = false } = this.#settings;
    if (!this.#greeted) return reply('503', '5.5.1 EHLO first');
    if (!this.#inside && !acceptsLoginOutside && !relay)
      return reply('530', '5.7.0 Must issue a STARTTLS command first');
    if (!this.#authenticated && !relay && !mailWithoutLogin) return reply('530', '5.7.0 Authentication required');
    if (this.#sender) return reply('503', '5.5.1 There is a sender already');
    if (!/^FROM:/i.test(command.args[0] ?? '')) return reply('501', '5.5.4 MAIL FROM:<address>');
    this.#sender = true;
    this.#recipients = 0;
    return reply('250', '2.1.0 Ok');
  }

  /** The reply to BDAT comes after its body, unless none follows (RFC 3030 §2). */
  #bdat(command: Command): Buffer {
    if (command.followedBy === undefined) return reply('501', '5.5.4 BDAT size [LAST]');
    this.#chunk = this.#recipients === 0 ? 'refused' : command.args[1]?.toUpperCase() === 'LAST' ? 'last' : 'piece';
    return Buffer.alloc(0);
  }

  #body(): Buffer {
    if (this.#chunk === 'refused') return reply('503', '5.5.1 RCPT first');
    if (this.#chunk === 'piece') return reply('250', '2.0.0 Ok: go on');
    this.#forget();
    return reply('250', '2.0.0 Ok: kept for the visit');
  }

  #offer(): Offer {
    return this.#inside ? this.#settings.inside : this.#settings.outside;
  }

  #forget(): void {
    this.#sender = false;
    this.#recipients = 0;
  }
}

/** What is offered unless told. */
export const honest: HonestOffer = {
  logins: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
  extensions: ['PIPELINING', 'SIZE 10485760', '8BITMIME'],
  saysLoginDisabled: false,
};

/** The keywords that an EHLO reply lists for an offer. */
export const keywords = (offer: Offer): string[] => [
  ...offer.extensions,
  ...(offer.upgrade ? ['STARTTLS'] : []),
  ...(offer.logins.length > 0 ? [`AUTH ${offer.logins.join(' ')}`] : []),
];

const reply = (code: string, text: string): Buffer => latin1(`${code} ${text}\r\n`);
