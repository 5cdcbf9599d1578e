import { isPasswordOf, isUserOf } from '../user-name.js';
import type { Command, ServerSettings } from '../protocol.js';
import { isApopDigest } from '../digests.js';
import { ServerSkeleton, type CommandTable, type Handled } from '../server-skeleton.js';
import { latin1 } from '../text.js';
import { capabilities, mechanisms } from './capabilities.js';
import { Maildrop, ownMail, sharedDrop } from './maildrop.js';

/** An honest POP3 server's side of one connection (RFC 1939, 2449, 2595, 5034). */
export class Pop3Server extends ServerSkeleton {
  #maildrop: Maildrop;
  #user: string | undefined;
  #timestamp: string | undefined;

  protected readonly phrases = {
    goAhead: '+OK Begin TLS negotiation',
    upgradeInsideTls: '-ERR TLS is already active',
    upgradeNotOffered: '-ERR Unknown command',
    upgradeWithParameter: '-ERR STLS takes no argument',
    upgradeAfterLogin: '-ERR STLS comes before the login',
    loginNeedsTls: '-ERR [AUTH] Logins are disallowed outside TLS, say STLS first',
    loginAgain: '-ERR Already logged in',
    loginNotOffered: '-ERR This login is not offered',
    loginCancelled: '-ERR Login cancelled',
    loginRight: '+OK Logged in',
    loginWrong: '-ERR [AUTH] Credentials are invalid',
  };

  protected readonly commands: CommandTable = {
    CAPA: () => capabilities(this.offer),
    STLS: (command) => this.startTls(command),
    USER: (command) => this.#login(command, (name) => this.#name(name)),
    PASS: (command) => this.#login(command, (password) => this.#password(command, password)),
    APOP: (command) => this.#login(command, (user, digest) => this.#apop(command, user, digest)),
    AUTH: (command) => (command.args.length === 0 ? mechanisms(this.offer) : this.authenticate(command)),
    QUIT: () => {
      this.#maildrop.leave();
      return { bytes: line('+OK Bye'), close: true };
    },
    STAT: this.#onceLoggedIn(() => this.#maildrop.stat()),
    LIST: this.#onceLoggedIn(({ args: [number] }) => this.#maildrop.list(number, 'size')),
    UIDL: this.#onceLoggedIn(({ args: [number] }) => this.#maildrop.list(number, 'uid')),
    RETR: this.#onceLoggedIn(({ args: [number] }) => this.#maildrop.retrieve(number)),
    TOP: this.#onceLoggedIn(({ args: [number, lines = ''] }) =>
      /^\d{1,9}$/.test(lines)
        ? this.#maildrop.retrieve(number, Number(lines))
        : line('-ERR TOP takes a message and a number of lines'),
    ),
    DELE: this.#onceLoggedIn(({ args: [number] }) => this.#maildrop.remove(number)),
    RSET: this.#onceLoggedIn(() => this.#maildrop.restore()),
    LAST: this.#onceLoggedIn(() => this.#maildrop.last()),
    NOOP: this.#onceLoggedIn(() => line('+OK')),
  };

  constructor(settings: ServerSettings) {
    super(settings);
    this.#maildrop = new Maildrop([ownMail(settings)]);
  }

  greeting(): Buffer {
    const { hostname, nonce } = this.settings;
    if (this.offer.logins.includes('APOP')) this.#timestamp = `<${nonce}@${hostname}>`;
    return line(`+OK ${hostname} POP3 ready${this.#timestamp === undefined ? '' : ` ${this.#timestamp}`}`);
  }

  protected reply(_command: Command | undefined, text: string): Buffer {
    return line(text);
  }

  protected challenge(challenge: string): Buffer {
    return line(`+ ${challenge}`);
  }

  protected unknown(): Handled {
    return UNKNOWN;
  }

  protected body(): Handled {
    return UNKNOWN;
  }

  protected literal(): Handled {
    return UNKNOWN;
  }

  protected tooLong(): Buffer {
    return line('-ERR Line too long');
  }

  /** What is in a shared mailbox is taken up at the login (RFC 1939 §4). */
  protected override logIn(): void {
    const { mail } = this.settings;
    if (mail !== undefined) this.#maildrop = sharedDrop(mail);
    super.logIn();
  }

  protected override forget(): void {
    if (this.settings.keepsState === true) return;
    this.#user = undefined;
  }

  #onceLoggedIn(answer: (command: Command) => Buffer): (command: Command) => Buffer {
    return (command) => (this.authenticated || this.settings.relay ? answer(command) : line('-ERR Log in first'));
  }

  #login(command: Command, next: (argument: string, more: string | undefined) => Buffer): Buffer {
    const refusal = this.loginRefusal(command.mechanism ?? '');
    if (refusal !== undefined) return line(refusal);
    const [argument, more] = command.args;
    return argument === undefined ? line('-ERR An argument is missing') : next(argument, more);
  }

  #name(user: string): Buffer {
    this.#user = user;
    return line('+OK Password, please');
  }

  #password(command: Command, password: string): Buffer {
    const user = this.#user;
    if (user === undefined) return line('-ERR USER first');
    this.#user = undefined;
    const { account } = this.settings;
    return this.decide(command, isUserOf(account, user) && isPasswordOf(account, password));
  }

  #apop(command: Command, user: string, digest = ''): Buffer {
    if (this.#timestamp === undefined) return line('-ERR APOP needs a timestamp in the greeting');
    const { account } = this.settings;
    return this.decide(
      command,
      isUserOf(account, user) && (account.isAnyone === true || isApopDigest(digest, this.#timestamp, account.password)),
    );
  }
}

const line = (text: string): Buffer => latin1(`${text}\r\n`);
const UNKNOWN = line('-ERR Unknown command');
