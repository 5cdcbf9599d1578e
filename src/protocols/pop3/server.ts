import { createHash } from 'node:crypto';
import type { ClientUnit, Command, HonestAnswer, HonestServer, Offer, ServerSettings } from '../protocol.js';
import { SaslExchange, type SaslStep } from '../sasl.js';
import { latin1 } from '../text.js';
import { capabilities, mechanisms } from './capabilities.js';
import { Maildrop } from './maildrop.js';

/** An honest POP3 server's side of one connection (RFC 1939, 2449, 2595, 5034). */
export class Pop3Server implements HonestServer {
  readonly #settings: ServerSettings;
  readonly #maildrop: Maildrop;
  #inside = false;
  #authenticated = false;
  #user: string | undefined;
  #timestamp: string | undefined;
  #exchange: SaslExchange | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#maildrop = new Maildrop(settings.message, settings.nonce);
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  greeting(): Buffer {
    if (this.#offer().logins.includes('APOP')) this.#timestamp = `<${this.#settings.nonce}@${this.#settings.hostname}>`;
    return ok(`${this.#settings.hostname} POP3 ready${this.#timestamp === undefined ? '' : ` ${this.#timestamp}`}`);
  }

  upgraded(): Buffer {
    this.#inside = true;
    this.#authenticated = false;
    this.#user = undefined;
    this.#exchange = undefined;
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
      case 'oversize':
        return { bytes: err('Line too long'), close: true };
      case 'body':
      case 'literal-wait':
        return { bytes: err('Unknown command') };
    }
  }

  #command(command: Command): HonestAnswer {
    switch (command.verb) {
      case 'CAPA':
        return { bytes: capabilities(this.#offer()) };
      case 'STLS':
        return this.#startTls(command);
      case 'USER':
      case 'PASS':
      case 'APOP':
      case 'AUTH':
        return { bytes: this.#login(command) };
      case 'QUIT':
        return { bytes: ok('Bye'), close: true };
      default:
        return { bytes: this.#transaction(command) };
    }
  }

  #startTls(command: Command): HonestAnswer {
    if (this.#inside) return { bytes: err('TLS is already active') };
    if (!this.#settings.outside.upgrade) return { bytes: err('Unknown command') };
    if (command.args.length > 0) return { bytes: err('STLS takes no argument') };
    if (this.#authenticated) return { bytes: err('STLS comes before the login') };
    return { bytes: ok('Begin TLS negotiation'), upgrade: true };
  }

  #login(command: Command): Buffer {
    if (command.verb === 'AUTH' && command.args.length === 0) return mechanisms(this.#offer());
    if (this.#authenticated) return err('Already logged in');
    if (!this.#inside && !this.#settings.acceptsLoginOutside)
      return err('[AUTH] Logins are disallowed outside TLS, say STLS first');
    if (!this.#offer().logins.includes(command.mechanism ?? '')) return err('This login is not offered');
    const [argument] = command.args;
    if (argument === undefined) return err('An argument is missing');
    switch (command.verb) {
      case 'USER':
        this.#user = argument;
        return ok('Password, please');
      case 'PASS':
        return this.#pass(argument);
      case 'APOP':
        return this.#apop(argument, command.args[1]);
      default:
        this.#exchange = new SaslExchange(
          command.mechanism ?? '',
          this.#settings.account,
          this.#settings.nonce,
          this.#settings.hostname,
        );
        return SaslExchange.supported.includes(command.mechanism ?? '')
          ? this.#sasl(this.#exchange.start(command.args[1]))
          : err('Mechanism not supported');
    }
  }

  #pass(password: string): Buffer {
    const user = this.#user;
    if (user === undefined) return err('USER first');
    this.#user = undefined;
    return this.#decide(user === this.#settings.account.user && password === this.#settings.account.password);
  }

  #apop(user: string, digest: string | undefined): Buffer {
    if (this.#timestamp === undefined) return err('APOP needs a timestamp in the greeting');
    const right = apopDigest(this.#timestamp, this.#settings.account.password);
    return this.#decide(user === this.#settings.account.user && digest?.toLowerCase() === right);
  }

  #sasl(step: SaslStep): Buffer {
    if ('challenge' in step) return latin1(`+ ${step.challenge}\r\n`);
    this.#exchange = undefined;
    return step.done === 'malformed' ? err('Login cancelled') : this.#decide(step.done === 'ok');
  }

  #decide(right: boolean): Buffer {
    this.#authenticated = right;
    return right ? ok('Logged in') : err('[AUTH] Credentials are invalid');
  }

  #transaction(command: Command): Buffer {
    if (!TRANSACTION.has(command.verb)) return err('Unknown command');
    if (!this.#authenticated && !this.#settings.relay) return err('Log in first');
    const [number, lines] = command.args;
    switch (command.verb) {
      case 'STAT':
        return this.#maildrop.stat();
      case 'LIST':
        return this.#maildrop.list(number, 'size');
      case 'UIDL':
        return this.#maildrop.list(number, 'uid');
      case 'RETR':
        return this.#maildrop.retrieve(number);
      case 'TOP':
        return /^\d{1,9}$/.test(lines ?? '')
          ? this.#maildrop.retrieve(number, Number(lines))
          : err('TOP takes a message and a number of lines');
      case 'DELE':
        return this.#maildrop.remove(number);
      case 'RSET':
        return this.#maildrop.restore();
      case 'LAST':
        return this.#maildrop.last();
      default:
        return ok('');
    }
  }

  #offer(): Offer {
    return this.#inside ? this.#settings.inside : this.#settings.outside;
  }
}

/** The digest of RFC 1939 §7, in hexadecimal; the timestamp includes its angle brackets. */
export const apopDigest = (timestamp: string, password: string): string =>
  createHash('md5').update(`${timestamp}${password}`, 'latin1').digest('hex');

const ok = (text: string): Buffer => latin1(text === '' ? '+OK\r\n' : `+OK ${text}\r\n`);
const err = (text: string): Buffer => latin1(`-ERR ${text}\r\n`);

const TRANSACTION: ReadonlySet<string> = new Set([
  'STAT',
  'LIST',
  'UIDL',
  'RETR',
  'TOP',
  'DELE',
  'RSET',
  'LAST',
  'NOOP',
]);
