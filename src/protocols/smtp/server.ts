import { LARGEST_MESSAGE } from '../message-size.js';
import type { Body, Command, HonestOffer, Offer, ServerSettings } from '../protocol.js';
import { ServerSkeleton, type CommandTable, type Handled } from '../server-skeleton.js';
import { latin1 } from '../text.js';
import { multiline } from './grammar.js';
import { MessageContent } from './message-content.js';
import { MessageSize } from './message-size.js';

/** In what SMTP and LMTP differ. */
export interface Dialect {
  /** The protocol's name in the greeting. */
  readonly banner: string;
  /** The command that asks for the list. */
  readonly hello: string;
  /** The older command without a list, where there is one. */
  readonly oldHello?: string;
  /** A message is answered once for every recipient (RFC 2033 §4.2). */
  readonly repliesPerRecipient: boolean;
}

export const SMTP: Dialect = { banner: 'ESMTP', hello: 'EHLO', oldHello: 'HELO', repliesPerRecipient: false };

/** An honest SMTP or LMTP server's side of one connection (RFC 5321, 3207, 4954, 6409; RFC 2033). */
export class SmtpServer extends ServerSkeleton {
  readonly #dialect: Dialect;
  #greeted = false;
  #sender = false;
  #recipients = 0;
  #size = new MessageSize();
  /** What a shared mailbox is to get. */
  #content = new MessageContent();
  #envelope: { from: string; to: string[] } = { from: '', to: [] };
  /** What the body that comes next is: all after DATA, a piece or the last one after BDAT, or one without recipients. */
  #chunk: 'whole' | 'piece' | 'last' | 'refused' = 'whole';

  protected readonly phrases = {
    goAhead: '220 2.0.0 Ready to start TLS',
    upgradeInsideTls: '503 5.5.1 TLS is already active',
    upgradeNotOffered: '502 5.5.1 Command not implemented',
    upgradeWithParameter: '501 5.5.4 STARTTLS takes no parameter',
    loginNeedsTls: '530 5.7.0 Must issue a STARTTLS command first',
    loginAgain: '503 5.5.1 Already authenticated',
    loginNotOffered: '504 5.5.4 Mechanism not supported',
    loginCancelled: '501 5.5.2 Login cancelled',
    loginRight: '235 2.7.0 Authenticated',
    loginWrong: '535 5.7.8 Credentials invalid',
  };

  protected readonly commands: CommandTable;

  constructor(settings: ServerSettings, dialect: Dialect = SMTP) {
    super(settings);
    this.#dialect = dialect;
    this.commands = {
      [dialect.hello]: () => this.#hello(multiline('250', [this.settings.hostname, ...keywords(this.offer)])),
      ...(dialect.oldHello !== undefined && {
        [dialect.oldHello]: () => this.#hello(line(`250 ${this.settings.hostname}`)),
      }),
      STARTTLS: (command) => this.startTls(command),
      AUTH: (command) => {
        const refused = this.settings.refusal?.('login');
        return refused === undefined ? this.authenticate(command) : line(forced(refused, 'authentication'));
      },
      MAIL: (command) => line(this.#mail(command)),
      RCPT: (command) => line(this.#recipient(command)),
      DATA: () => line(this.#data()),
      BDAT: (command) => this.#bdat(command),
      RSET: () => {
        this.#endTransaction();
        return line('250 2.0.0 Ok');
      },
      NOOP: () => line('250 2.0.0 Ok'),
      VRFY: () => line('252 2.0.0 Send some mail, it will be tried'),
      HELP: () => line('214 2.0.0 See RFC 5321'),
      QUIT: () => ({ bytes: line('221 2.0.0 Bye'), close: true }),
    };
  }

  greeting(): Buffer {
    return line(`220 ${this.settings.hostname} ${this.#dialect.banner} ready`);
  }

  protected reply(_command: Command | undefined, text: string): Buffer {
    return line(text);
  }

  protected challenge(challenge: string): Buffer {
    return line(`334 ${challenge}`);
  }

  protected unknown(): Handled {
    return line('502 5.5.1 Command not implemented');
  }

  protected tooLong(of: 'line' | 'message'): Buffer {
    return line(of === 'message' ? TOO_BIG : '500 5.5.2 Line too long');
  }

  protected literal(): Handled {
    return line('500 5.5.2 Syntax error');
  }

  protected body(unit: Body): Handled {
    this.#size.add(unit, this.#chunk === 'whole');
    if (this.settings.mail !== undefined && this.#chunk !== 'refused' && this.#size.octets <= LARGEST_MESSAGE)
      this.#content.add(unit, this.#chunk === 'whole');
    if (unit.goesOn === true) return Buffer.alloc(0);
    if (this.#chunk === 'refused') return line('503 5.5.1 RCPT first');
    if (this.#size.octets > LARGEST_MESSAGE) {
      this.#endTransaction();
      return line(TOO_BIG);
    }
    if (this.settings.mail !== undefined && this.#chunk !== 'piece' && !this.#deliver()) {
      this.#endTransaction();
      return line('452 4.3.1 The mail cannot be kept');
    }
    if (this.#chunk === 'piece') return line('250 2.0.0 Ok: go on');
    const replies = this.#dialect.repliesPerRecipient ? this.#recipients : 1;
    this.#endTransaction();
    return Buffer.concat(Array.from({ length: replies }, () => line('250 2.0.0 Ok: queued')));
  }

  protected override forget(): void {
    if (this.settings.keepsState === true) return;
    this.#greeted = false;
    this.#endTransaction();
  }

  #hello(answer: Buffer): Buffer {
    this.#greeted = true;
    this.#endTransaction();
    return answer;
  }

  #mail(command: Command): string {
    const { acceptsLoginOutside, relay, mailWithoutLogin = false } = this.settings;
    if (!this.#greeted) return `503 5.5.1 ${this.#dialect.hello} first`;
    if (!this.inside && !acceptsLoginOutside && !relay) return '530 5.7.0 Must issue a STARTTLS command first';
    if (!this.authenticated && !relay && !mailWithoutLogin) return '530 5.7.0 Authentication required';
    if (this.#sender) return '503 5.5.1 There is a sender already';
    if (!/^FROM:/i.test(command.args[0] ?? '')) return '501 5.5.4 MAIL FROM:<address>';
    if (announced(command) > LARGEST_MESSAGE) return TOO_BIG;
    const refused = this.settings.refusal?.('sender');
    if (refused !== undefined) return forced(refused, 'sender');
    this.#sender = true;
    this.#recipients = 0;
    this.#envelope = { from: addressOf(command, 5), to: [] };
    return '250 2.1.0 Ok';
  }

  #recipient(command: Command): string {
    if (!this.#sender) return '503 5.5.1 MAIL first';
    if (!/^TO:/i.test(command.args[0] ?? '')) return '501 5.5.4 RCPT TO:<address>';
    if (this.#recipients >= MOST_RECIPIENTS) return '452 4.5.3 Too many recipients';
    const refused = this.settings.refusal?.('recipient');
    if (refused !== undefined) return forced(refused, 'recipient');
    this.#recipients += 1;
    this.#envelope.to.push(addressOf(command, 3));
    return '250 2.1.5 Ok';
  }

  #data(): string {
    this.#chunk = 'whole';
    return this.#recipients > 0 ? '354 End data with <CR><LF>.<CR><LF>' : '503 5.5.1 RCPT first';
  }

  /** The reply to BDAT comes after its body, unless none follows (RFC 3030 §2). */
  #bdat(command: Command): Buffer {
    if (command.followedBy === undefined) return line('501 5.5.4 BDAT size [LAST]');
    this.#chunk = this.#recipients === 0 ? 'refused' : command.args[1]?.toUpperCase() === 'LAST' ? 'last' : 'piece';
    return Buffer.alloc(0);
  }

  #endTransaction(): void {
    this.#sender = false;
    this.#recipients = 0;
    this.#size = new MessageSize();
    this.#content = new MessageContent();
  }

  #deliver(): boolean {
    const { mail, onMailTaken } = this.settings;
    const isKept = mail?.deliver(this.#content.whole(), this.#envelope) !== undefined;
    onMailTaken?.();
    return isKept;
  }
}

/** What a test asked to be refused. */
const forced = (code: number, what: string): string => `${code} ${code < 500 ? 4 : 5}.3.0 Refused by the test: ${what}`;

/** The address after `FROM:` or `TO:`, whose length is given; a space may follow the colon. */
const addressOf = ({ args: [first = '', second = ''] }: Command, length: number): string => {
  const word = first.length > length ? first.slice(length) : second;
  return Buffer.from(word.replace(/^<(.*)>$/, '$1'), 'latin1').toString();
};

/** What is offered by default. */
export const honest: HonestOffer = {
  logins: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
  extensions: ['PIPELINING', `SIZE ${String(LARGEST_MESSAGE)}`, '8BITMIME'],
  saysLoginDisabled: false,
};

/** The keywords that a list holds for an offer. */
export const keywords = (offer: Offer): string[] => [
  ...offer.extensions,
  ...(offer.upgrade ? ['STARTTLS'] : []),
  ...(offer.logins.length > 0 ? [`AUTH ${offer.logins.join(' ')}`] : []),
];

const TOO_BIG = '552 5.3.4 Message too big';

/** Octets that MAIL announces (RFC 1870 §6.1); 0 if none. */
const announced = ({ args }: Command): number =>
  Number(args.map((arg) => /^SIZE=(\d{1,20})$/i.exec(arg)?.[1]).find((size) => size !== undefined) ?? 0);

const line = (text: string): Buffer => latin1(`${text}\r\n`);

/** RFC 5321 §4.5.3.1.8. */
const MOST_RECIPIENTS = 100;
